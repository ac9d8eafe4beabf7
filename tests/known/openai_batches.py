"""The server's side of OpenAI's Batch API: files go up, are worked off, and files come down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from known.openai_words import chat, error
from known.server import Seen

Answered = tuple[int, Mapping[str, str], bytes]


class Batches:
    """Answers the paths of files and batches.

    Each batch stays as it is until `done` is set, or `finish` is called for the newest: then
    `answer` makes a reply of each line's body. While it is `silent`, batches are created and nobody
    is told.
    """

    def __init__(self, answer: Callable[[Any], Any] = lambda body: chat()) -> None:
        self.answer = answer
        self.files: dict[str, bytes] = {}
        self.batches: list[dict[str, Any]] = []
        self.done = False
        self.silent = False

    def route(self, seen: Seen) -> Answered | None:
        """The answer to a request."""
        match seen.method, seen.path.split("?")[0].removeprefix("/v1/").split("/"):
            case "POST", ["files"]:
                name = f"file-{len(self.files)}"
                self.files[name] = _uploaded(seen)
                return _json({"id": name, "object": "file", "purpose": "batch"})
            case "POST", ["batches"]:
                made = _json(self._made(seen.json))
                return None if self.silent else made
            case "GET", ["batches"]:
                return _json({"object": "list", "data": self.batches, "has_more": False})
            case "GET", ["batches", name]:
                batch = next((b for b in self.batches if b["id"] == name), None)
                if batch is None:
                    return _json(error(f"no such batch: {name}"), 404)
                if self.done and batch["status"] == "validating":
                    self._answer(batch)
                return _json(batch)
            case "GET", ["files", name, "content"]:
                return 200, {}, self.files[name]
        return _json(error("no such path"), 404)

    def finish(self, status: str, output: bytes | None, errors: bytes | None = None) -> None:
        """End the newest batch with these files."""
        batch = self.batches[0]
        batch["status"] = status
        batch["request_counts"] = {"total": 4, "completed": 2, "failed": 1}
        for field, content in (("output_file_id", output), ("error_file_id", errors)):
            if content is not None:
                batch[field] = name = f"file-{len(self.files)}"
                self.files[name] = content

    def end(self) -> None:
        """Every batch is over, and those that come will be."""
        self.done = True
        for batch in self.batches:
            if batch["status"] == "validating":
                self._answer(batch)

    @property
    def uploads(self) -> list[list[Any]]:
        """The lines of what went up, batch by batch, the oldest first."""
        files = (self.files[batch["input_file_id"]] for batch in reversed(self.batches))
        return [[json.loads(line) for line in file.splitlines()] for file in files]

    def _made(self, asked: Any) -> dict[str, Any]:
        batch = {
            "id": f"batch_{len(self.batches)}",
            "object": "batch",
            "status": "validating",
            "created_at": 1,
            **asked,
        }
        self.batches.insert(0, batch)
        return batch

    def _answer(self, batch: dict[str, Any]) -> None:
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        made = [line_of(line["custom_id"], self.answer(line["body"])) for line in lines]
        name = f"file-{len(self.files)}"
        self.files[name] = b"\n".join(made)
        batch.update(status="completed", output_file_id=name)


def line_of(key: str, body: Any, status: int = 200) -> bytes:
    """A line of an output file."""
    told = {"status_code": status, "request_id": "r", "body": body}
    return json.dumps({"id": "b", "custom_id": key, "response": told, "error": None}).encode()


def _json(body: Any, status: int = 200) -> Answered:
    return status, {}, json.dumps(body).encode()


def _uploaded(seen: Seen) -> bytes:
    """The file in a form that was posted."""
    boundary = seen.headers["content-type"].partition("boundary=")[2].encode()
    parts = {
        head: content.rstrip(b"\r\n")
        for part in seen.body.split(b"--" + boundary)
        for head, _, content in [part.partition(b"\r\n\r\n")]
    }
    assert any(b'name="purpose"' in h and c == b"batch" for h, c in parts.items())
    return next(content for head, content in parts.items() if b"filename=" in head)
