"""What two LLM services' replies look like on the wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol


class Dialect(Protocol):
    """A service's way to say things."""

    def reply(self, asked: Mapping[str, Any], text: str, stop: str) -> bytes:
        """A reply of that text; `stop` is "end", "length", "refusal" or "content-filter"."""

    def nothing(self, asked: Mapping[str, Any]) -> bytes:
        """A success without an answer in it."""

    def error(self, kind: str, message: str) -> bytes:
        """The body of an error."""


class Chat:
    """OpenAI's chat completions."""

    def reply(self, asked: Mapping[str, Any], text: str, stop: str) -> bytes:
        message = {"role": "assistant", "content": text, "refusal": None}
        if stop == "refusal":
            message = {"role": "assistant", "content": None, "refusal": "I can't help with that."}
        elif stop == "content-filter":
            message["content"] = ""
        reasons = {"length": "length", "content-filter": "content_filter"}
        choice = {"index": 0, "message": message, "finish_reason": reasons.get(stop, "stop")}
        return self._body(asked, [choice], text)

    def nothing(self, asked: Mapping[str, Any]) -> bytes:
        return self._body(asked, [], "")

    def error(self, kind: str, message: str) -> bytes:
        return json.dumps({"error": {"message": message, "type": kind, "code": kind}}).encode()

    def _body(self, asked: Mapping[str, Any], choices: list[Any], text: str) -> bytes:
        told = len(json.dumps(asked.get("messages", ""))) // 4
        said = max(1, len(text) // 4)
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 0,
            "model": asked.get("model", ""),
            "choices": choices,
            "usage": {
                "prompt_tokens": told,
                "completion_tokens": said,
                "total_tokens": told + said,
            },
        }
        return json.dumps(body).encode()


class Messages:
    """Anthropic's messages."""

    def reply(self, asked: Mapping[str, Any], text: str, stop: str) -> bytes:
        said = "" if stop in ("refusal", "content-filter") else text
        reasons = {"length": "max_tokens", "refusal": "refusal", "content-filter": "refusal"}
        content = [{"type": "text", "text": said}] if said else []
        return self._body(asked, content, reasons.get(stop, "end_turn"))

    def nothing(self, asked: Mapping[str, Any]) -> bytes:
        return self._body(asked, [], "end_turn")

    def error(self, kind: str, message: str) -> bytes:
        return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()

    def _body(self, asked: Mapping[str, Any], content: list[Any], reason: str) -> bytes:
        body = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": asked.get("model", ""),
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "usage": {
                "input_tokens": len(json.dumps(asked.get("messages", ""))) // 4,
                "output_tokens": max(1, sum(len(part["text"]) for part in content) // 4),
                "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 0,
            },
        }
        return json.dumps(body).encode()
