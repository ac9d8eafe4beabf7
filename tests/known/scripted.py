"""The known server with answers that a test dictates to the last byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from known.server import Seen, Server, in_turn


@dataclass(frozen=True)
class Answer:
    """What goes back. `body`: bytes as they are, anything else as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Scripted:
    """A running server whose `script` answers every request; it may be changed."""

    server: Server
    script: Callable[[Seen], Answer] = lambda seen: Answer(404)

    def answering(self, *answers: Any) -> None:
        """Give these in turn, and the last of them from then on; what is no Answer is a body."""
        left = [a if isinstance(a, Answer) else Answer(body=a) for a in answers]
        self.script = lambda seen: left.pop(0) if len(left) > 1 else left[0]

    def failing(self, *kinds: str) -> None:
        """Have these faults befall the next requests."""
        self.server.faults = in_turn(*kinds)

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return self.server.url

    @property
    def seen(self) -> list[Seen]:
        """What it was asked."""
        return self.server.seen

    def route(self, seen: Seen) -> tuple[int, Mapping[str, str], bytes]:
        """The answer in the server's terms."""
        answer = self.script(seen)
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        return answer.status, answer.headers, body


@contextmanager
def scripted() -> Iterator[Scripted]:
    """A scripted server on a port of this machine."""
    with Server() as server:
        made = Scripted(server)
        server.routes = {"GET /": made.route, "POST /": made.route}
        yield made
