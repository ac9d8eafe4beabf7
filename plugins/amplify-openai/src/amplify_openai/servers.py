"""Servers that speak OpenAI's protocol: where they listen, what they want, which key they get."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from amplify import PlanError, Secret
from amplify.kit.address import on_this_machine, service_address
from amplify_openai.options import OpenAIOptions

OPENAI = "https://api.openai.com/v1"
OWN_KEY = "AMPLIFY_SERVER_KEY"


@dataclass(frozen=True, slots=True)
class Kind:
    """What tells a kind of server from others.

    `most_tokens` is the field that bounds a reply. `shares` says that equal beginnings of prompts
    are computed once for all calls; `cache_key` that a hint for that is taken. `ways` are those in
    which a label is asked for unless the options name one: what is refused is left for the next.
    """

    base_url: str = ""
    most_tokens: str = "max_tokens"
    shares: bool = False
    cache_key: bool = False
    ways: tuple[str, ...] = ("schema", "call")


HOSTED = Kind(OPENAI, "max_completion_tokens", shares=True, cache_key=True)
OTHER = Kind()
KINDS = {
    "vllm": Kind("http://localhost:8000/v1", shares=True),
    "ollama": Kind("http://localhost:11434/v1"),
    "llama-cpp": Kind("http://localhost:8080/v1"),
    "lm-studio": Kind("http://localhost:1234/v1"),
    "transformers-serve": Kind("http://localhost:8000/v1", ways=("call",)),
}
"""The servers' own default addresses. `transformers serve` passes a schema over in silence."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where calls go. `key` is None for a server that gets none; `local`: on this machine.

    `headers` are the secrets among OPENAI_CUSTOM_HEADERS, which the SDK sends along: as long as
    they are held, no reply that is kept shows them.
    """

    base_url: str
    kind: Kind
    key: Secret | None = field(repr=False)
    local: bool
    headers: tuple[Secret, ...] = field(default=(), repr=False)


def choose_server(options: OpenAIOptions) -> Server:
    """The server that options and environment name.

    The key in OPENAI_API_KEY belongs to OpenAI and to the server in OPENAI_BASE_URL. One that the
    plan alone names gets AMPLIFY_SERVER_KEY, so that a plan cannot send a key elsewhere. Raises
    PlanError for an address that cannot be used, and where OpenAI's own key is missing.
    """
    from_environment = os.environ.get("OPENAI_BASE_URL", "").strip()
    own = options.base_url or (KINDS[options.server].base_url if options.server else "")
    base_url = service_address(
        own or from_environment or OPENAI, "[llm] base_url" if own else "OPENAI_BASE_URL"
    )
    hosted = is_hosted(base_url)
    if hosted and base_url.startswith("http:"):
        raise PlanError("OpenAI is reached by https only", where="llm openai")
    kind = KINDS[options.server] if options.server else HOSTED if hosted else OTHER
    if options.max_tokens_field:
        kind = replace(kind, most_tokens=options.max_tokens_field)
    trusted = hosted or (
        from_environment and base_url == service_address(from_environment, "OPENAI_BASE_URL")
    )
    key = Secret.read("OPENAI_API_KEY" if trusted else OWN_KEY)
    if key is None and hosted:
        raise PlanError(
            "OPENAI_API_KEY is not set",
            where="llm openai",
            hint="set it, or name another server with -o llm.server=… or -o llm.base_url=…",
        )
    if not trusted and os.environ.get("OPENAI_CUSTOM_HEADERS"):
        raise PlanError(
            f"OPENAI_CUSTOM_HEADERS would be sent to {base_url}, which the plan names",
            where="llm openai",
            hint="unset it, or name that server in OPENAI_BASE_URL",
        )
    headers = Secret.in_headers("OPENAI_CUSTOM_HEADERS")
    return Server(base_url, kind, key, on_this_machine(base_url), headers)


def is_hosted(address: str) -> bool:
    """Whether the address is OpenAI's own."""
    host = urlsplit(address).hostname or ""
    return host == "api.openai.com" or host.endswith(".api.openai.com")
