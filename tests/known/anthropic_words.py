"""What Anthropic's API sends; nothing of the SDK or the plugin is used."""

from __future__ import annotations

from typing import Any


def message(
    text: str | None = "A: good", stop: str | None = "end_turn", **more: Any
) -> dict[str, Any]:
    """A message as the API sends it, a thinking block before the text."""
    content: list[dict[str, Any]] = [{"type": "thinking", "thinking": "", "signature": "x"}]
    if text is not None:
        content.append({"type": "text", "text": text, "citations": None})
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "known-1-2026",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 13,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 7,
            "output_tokens": 3,
            "service_tier": "standard",
        },
        **more,
    }


def problem(message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    """An error as the API sends it."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
