"""A real HTTP server on this machine that answers as a test tells it, and keeps what it was asked.

It can also do what services do on bad days: cut a body, hang, drip, drop the connection.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True)
class Answer:
    """What goes back. `body`: bytes as they are, anything else as JSON.

    `cut`: the connection is closed after so many bytes of the body; `wait`: seconds before
    anything is sent; `drop`: the connection is closed without an answer.
    """

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    wait: float = 0.0
    drop: bool = False


Script = Callable[[Seen], Answer]


@dataclass
class Service:
    """The running server: its address, what it saw, and how it answers, which may be changed."""

    url: str
    script: Script
    seen: list[Seen] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def answering(self, *answers: Answer) -> None:
        """Give these in turn, and the last of them from then on."""
        left = list(answers)
        self.script = lambda seen: left.pop(0) if len(left) > 1 else left[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, self.path, headers, self.rfile.read(length))
        self.service.seen.append(seen)
        answer = self.service.script(seen)
        if answer.wait:
            self.service.over.wait(answer.wait)
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        if answer.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name, value in {"content-type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if answer.cut is None else body[: answer.cut])
        if answer.cut is not None:
            self.close_connection = True

    do_GET = do_POST = answer  # the library's names

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that gave up
            super().handle()


@contextmanager
def serving(script: Script = lambda seen: Answer(404)) -> Iterator[Service]:
    """A service on a free port of this machine."""
    service = Service("", script)
    handler = type("Handler", (Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
