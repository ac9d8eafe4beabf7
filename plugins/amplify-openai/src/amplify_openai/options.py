"""The options of `openai/openai`. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from amplify import option

AnswerBy = Literal["auto", "schema", "choice", "guided-choice", "grammar", "call"]


@dataclass(frozen=True, kw_only=True)
class OpenAIOptions:
    """Which model is asked, where, and how."""

    model: str = option(help="the model's name, as the server knows it")
    api: Literal["chat", "responses"] = option(
        "chat", help="chat completions, which every server speaks, or OpenAI's responses"
    )
    server: Literal["vllm", "ollama", "llama-cpp", "lm-studio", "transformers-serve"] | None = (
        option(None, help="a server of your own, by its kind: its usual address and its quirks")
    )
    base_url: str | None = option(
        None,
        help="the server's address, up to and with /v1"
        " (default: the server's usual one, else OPENAI_BASE_URL, else OpenAI)",
    )
    system: str | None = option(None, help="a system message in front of every prompt")
    temperature: float | None = option(
        0.0, help="sampling temperature; null: the model's own. Left out where a model refuses it"
    )
    seed: int | None = option(None, help="sent along; what it does is up to the server")
    send_stop: bool = option(
        True, help="send stop strings along, to spare tokens; replies are cut at them in any case"
    )
    reasoning_effort: str | None = option(
        None, help="for models that reason: none, minimal, low, medium, high, …"
    )
    reasoning_tokens: int = option(
        0, help="tokens for hidden reasoning, on top of the template's max_tokens"
    )
    max_tokens_field: str | None = option(
        None,
        help="the field that bounds a reply, where the server takes neither max_tokens nor"
        " max_completion_tokens (chat only)",
    )
    logprobs: bool = option(False, help="ask for each token's log-probability, and record it")
    answer_by: AnswerBy = option(
        "auto",
        help="how a label is asked for: in one call by a JSON schema, or behind the rationale in a"
        " second call, held to the labels by vLLM's choice (guided-choice before vLLM 0.12) or"
        " llama.cpp's grammar, or by nothing (call); auto: a schema, and a second call where the"
        " server refuses it",
    )
    cache_breakpoint: bool = option(
        False, help="mark the end of the shared block for OpenAI's cache (gpt-5.6 and later)"
    )
    context: int | None = option(
        None, help="tokens that prompt and reply may have together (default: not known)"
    )
    tokenizer: str | None = option(
        None, help="the model's tokenizer.json or its folder, to count tokens without a call"
    )
    ca_file: str | None = option(
        None,
        help="a file of certificates (PEM) by which the server is known, besides the usual ones",
    )
    batch: bool = option(False, help="use the Batch API: cheaper, done within 24 hours")
    extra: dict[str, Any] = option(
        factory=dict, help="further fields of every request, as the server knows them; no secrets"
    )

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ValueError("model must not be empty")
        if self.temperature is not None and not 0 <= self.temperature <= 2:
            raise ValueError(f"temperature is 0 to 2 or null, not {self.temperature}")
        if self.reasoning_tokens < 0:
            raise ValueError(f"reasoning_tokens must not be negative: {self.reasoning_tokens}")
        if self.max_tokens_field is not None and not self.max_tokens_field.strip():
            raise ValueError("max_tokens_field must not be empty")
        if self.context is not None and self.context < 1:
            raise ValueError(f"context must be at least 1, it is {self.context}")
        if self.api == "responses" and self.seed is not None:
            raise ValueError("the responses API takes no seed: drop it, or use api = chat")
        if self.api == "responses" and self.answer_by in ("choice", "guided-choice", "grammar"):
            raise ValueError(f"answer_by = {self.answer_by} is for api = chat")
