"""The server's side of Anthropic's Message Batches."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from known.anthropic_words import problem
from known.server import Seen

Answered = tuple[int, Mapping[str, str], bytes]


class Batches:
    """Answers the paths of batches; they end when `status` says so, with `results`.

    With `answer` the results are made of each request's parameters. While it is `silent`, batches
    are created and nobody is told.
    """

    def __init__(self, url: str, answer: Callable[[Any], Any] | None = None) -> None:
        self.url = url
        self.answer = answer
        self.uploads: list[list[Any]] = []
        self.status = "in_progress"
        self.counts = dict.fromkeys(("succeeded", "errored", "canceled", "expired"), 0)
        self.counts["processing"] = 4
        self.results = b""
        self.silent = False

    def route(self, seen: Seen) -> Answered | None:
        """The answer to a request."""
        path, _, query = seen.path.removeprefix("/v1/messages/batches").partition("?")
        match seen.method, path.split("/"):
            case "POST", [""]:
                self.uploads.append(seen.json["requests"])
                made = _json(self._batch(len(self.uploads)))
                return None if self.silent else made
            case "GET", [""]:
                return _json(self._listed(dict(parse_qsl(query))))
            case "GET", ["", name] if name in self.names:
                return _json(self._batch(1 + self.names.index(name)))
            case "GET", ["", name, "results"]:
                return 200, {}, self._results(self.names.index(name))
        return _json(problem("no such batch", "not_found_error"), 404)

    def end(self) -> None:
        """Every batch is over, and those that come will be."""
        self.status = "ended"

    @property
    def names(self) -> list[str]:
        """The batches' ids."""
        return [f"msgbatch_{number}" for number in range(1, len(self.uploads) + 1)]

    def _listed(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """A page of the batches, the newest first."""
        names = self.names[::-1]
        if "after_id" in asked:
            names = names[names.index(asked["after_id"]) + 1 :]
        page = names[: int(asked.get("limit", "20"))]
        return {
            "data": [self._batch(1 + self.names.index(name)) for name in page],
            "has_more": len(page) < len(names),
            "first_id": page[0] if page else None,
            "last_id": page[-1] if page else None,
        }

    def _batch(self, number: int) -> dict[str, Any]:
        name, ended = f"msgbatch_{number}", self.status == "ended"
        return {
            "id": name,
            "type": "message_batch",
            "processing_status": self.status,
            "request_counts": self.counts,
            "created_at": "2026-11-25T00:00:00Z",
            "expires_at": "2026-11-26T00:00:00Z",
            "results_url": f"{self.url}/v1/messages/batches/{name}/results" if ended else None,
        }

    def _results(self, index: int) -> bytes:
        if self.answer is None:
            return self.results
        lines = []
        for one in self.uploads[index]:
            result = {"type": "succeeded", "message": self.answer(one["params"])}
            lines.append(json.dumps({"custom_id": one["custom_id"], "result": result}).encode())
        return b"\n".join(lines)


def _json(body: Any, status: int = 200) -> Answered:
    return status, {}, json.dumps(body).encode()
