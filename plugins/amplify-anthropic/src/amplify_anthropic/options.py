"""The options of `anthropic/anthropic`. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from amplify import option


@dataclass(frozen=True, kw_only=True)
class AnthropicOptions:
    """Which model is asked, and how. The API takes no temperature and no seed."""

    model: str = option(help="the model's name")
    system: str | None = option(None, help="a system message in front of every prompt")
    cache: Literal["5m", "1h", "off"] = option(
        "5m", help="how long Anthropic keeps the shared block; an hour costs more to write"
    )
    send_stop: bool = option(
        True, help="send stop strings along, to spare tokens; replies are cut at them in any case"
    )
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = option(
        None, help="how much effort the model puts in; null: its own default"
    )
    thinking: Literal["adaptive", "disabled"] | None = option(
        None, help="whether the model may think first; null: its own default"
    )
    thinking_tokens: int = option(
        0, help="tokens for thinking, on top of the template's max_tokens"
    )
    answer_by: Literal["auto", "tool", "schema", "call"] = option(
        "auto",
        help="how a label is asked for: by a forced call of a tool, by a JSON schema, or behind the"
        " rationale in a second call; auto: a tool, or a schema where the model thinks, then what"
        " the service does not refuse",
    )
    context: int | None = option(
        None, help="tokens that prompt and reply may have together (default: not known)"
    )
    ca_file: str | None = option(
        None,
        help="a file of certificates (PEM) by which the server is known, besides the usual ones",
    )
    batch: bool = option(False, help="use Message Batches: cheaper, done within 24 hours")
    extra: dict[str, Any] = option(
        factory=dict, help="further fields of every request, as the API knows them; no secrets"
    )

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise ValueError("model must not be empty")
        if self.thinking_tokens < 0:
            raise ValueError(f"thinking_tokens must not be negative: {self.thinking_tokens}")
        if self.answer_by == "tool" and self.thinks:
            raise ValueError(
                "a model cannot be forced to call a tool while it thinks: say"
                " thinking = disabled, or answer_by = schema"
            )
        if self.context is not None and self.context < 1:
            raise ValueError(f"context must be at least 1, it is {self.context}")

    @property
    def thinks(self) -> bool:
        """Whether the options turn thinking on, which a forced call of a tool rules out."""
        more = self.extra.get("thinking")
        by_extra = isinstance(more, dict) and more.get("type") in ("adaptive", "enabled")
        return self.thinking == "adaptive" or by_extra
