"""What a test must know of an LLM service to ask it: the plugin, the addresses and the words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol

from known import anthropic_batches, anthropic_words, openai_batches, openai_words
from known.openai_words import KEY
from known.server import Server


class Office(Protocol):
    """The server's side of a service's batches."""

    uploads: list[list[Any]]
    silent: bool

    def end(self) -> None:
        """Every batch is over."""


@dataclass(frozen=True)
class Vendor:
    """A service and the plugin that asks it."""

    name: str
    """Of the component, and of the SDK's variables."""
    options: type
    provider: Callable[..., Any]
    base: str
    """The path of the address that is given to the SDK."""
    calls: str
    """The path of a call."""
    batches: str
    """The path of the batches."""
    steps: tuple[str, ...]
    """The requests of a batch's whole way, by the end of their path."""
    good: Callable[..., dict[str, Any]]
    """A reply, as JSON."""
    error: Callable[[str], dict[str, Any]]
    """An error, as JSON."""
    office: Callable[[Server, Callable[[str], str]], Office]
    """Has a server take batches and answer each prompt."""

    @property
    def llm(self) -> str:
        """The plan's section."""
        return f'use = "{self.name}"\nmodel = "known-1"'

    @property
    def key_variable(self) -> str:
        return f"{self.name.upper()}_API_KEY"

    @property
    def url_variable(self) -> str:
        return f"{self.name.upper()}_BASE_URL"

    def env(self, url: str) -> dict[str, str]:
        """The variables by which the SDK finds a server and its key."""
        return {self.key_variable: KEY, self.url_variable: url + self.base}


def openai() -> Vendor:
    """OpenAI's service."""
    from amplify_openai.options import OpenAIOptions
    from amplify_openai.provider import OpenAIProvider

    def office(server: Server, answer: Callable[[str], str]) -> Office:
        def reply(body: Any) -> Any:
            return openai_words.chat(answer(body["messages"][-1]["content"]))

        batches = openai_batches.Batches(reply)
        paths = [
            f"{method} /v1/{what}" for method in ("GET", "POST") for what in ("files", "batches")
        ]
        server.routes = dict.fromkeys(paths, batches.route)
        return batches

    return Vendor(
        "openai",
        OpenAIOptions,
        OpenAIProvider,
        base="/v1",
        calls="/v1/chat/completions",
        batches="/v1/batches",
        steps=("POST /files", "POST /batches", "GET /batches", "GET /batch_0", "GET /content"),
        good=openai_words.chat,
        error=openai_words.error,
        office=office,
    )


def anthropic() -> Vendor:
    """Anthropic's service."""
    from amplify_anthropic.options import AnthropicOptions
    from amplify_anthropic.provider import AnthropicProvider

    path = "/v1/messages/batches"

    def office(server: Server, answer: Callable[[str], str]) -> Office:
        def reply(body: Any) -> Any:
            return anthropic_words.message(answer(body["messages"][-1]["content"][-1]["text"]))

        batches = anthropic_batches.Batches(server.url, reply)
        server.routes = {f"{method} {path}": batches.route for method in ("GET", "POST")}
        return batches

    return Vendor(
        "anthropic",
        AnthropicOptions,
        AnthropicProvider,
        base="",
        calls="/v1/messages",
        batches=path,
        steps=("POST /batches", "GET /batches", "GET /msgbatch_1", "GET /results"),
        good=anthropic_words.message,
        error=anthropic_words.problem,
        office=office,
    )


VENDORS = {"openai": openai, "anthropic": anthropic}
INSTALLED = [name for name in VENDORS if find_spec(f"amplify_{name}")]
