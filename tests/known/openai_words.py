"""What OpenAI's API sends, and a request to send it; nothing of the SDK or the plugin is used."""

from __future__ import annotations

from typing import Any

from amplify import Message, Prompt, Request

KEY = "sk-sesame-0123456789"


def chat(text: str | None = "A: good", stop: str | None = "stop", **more: Any) -> dict[str, Any]:
    """A chat completion as the API sends it; `more` goes into the choice."""
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "known-1-2026",
        "choices": [{"index": 0, "message": message, "finish_reason": stop, **more}],
        "usage": {
            "prompt_tokens": 120,
            "completion_tokens": 3,
            "total_tokens": 123,
            "prompt_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 7},
        },
    }


def response(*parts: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    """A response as the API sends it, a reasoning item before the message."""
    content = parts or ({"type": "output_text", "text": "A: good", "annotations": []},)
    message = {"type": "message", "role": "assistant", "status": status, "content": content}
    return {
        "id": "resp_1",
        "object": "response",
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": "known-1-2026",
        "output": [{"type": "reasoning", "summary": []}, message],
        "usage": {
            "input_tokens": 120,
            "input_tokens_details": {"cached_tokens": 100},
            "output_tokens": 3,
            "total_tokens": 123,
        },
        **more,
    }


def error(message: str, code: str | None = None, param: str | None = None) -> dict[str, Any]:
    """An error as the API sends it."""
    fields = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return {"error": fields}


def ask(own: str = "Q: rain?\nA:", shared: str = "Q: snow?\nA: bad\n\n", **more: Any) -> Request:
    given: dict[str, Any] = {"max_tokens": 20, "stop": ("\n\n", "\nQ:"), **more}
    return Request(Prompt(shared, own), "arm", "item", **given)


def talk(shown: int = 1, system: str = "Judge.") -> Request:
    """A request in the chat layout, with `shown` demonstrations."""
    told = [Message("system", system)] if system else []
    turns = [Message("user", "snow?"), Message("assistant", "bad")] * shown
    return Request(Prompt.chat([*told, *turns], [Message("user", "rain?")]), "arm", "item", 20)
