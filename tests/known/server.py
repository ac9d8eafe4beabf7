"""A real HTTP server on this machine that answers as LLM services do, and fails as they do.

It speaks OpenAI's chat completions and Anthropic's messages, and keeps every request that it saw,
so that a test can count what was really asked. `python -m known.server` runs it in a process of
its own, for benchmarks.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from known.dialects import Chat, Dialect, Messages


@dataclass(frozen=True)
class Seen:
    """A request that reached the server, `at` seconds after the server began.

    Its headers, which may hold a key, are not shown.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes
    at: float

    @cached_property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def prompt(self) -> str:
        """The text of the last message, its parts joined."""
        content = self.json["messages"][-1]["content"] if b'"messages"' in self.body else ""
        if isinstance(content, str):
            return content
        return "".join(part.get("text", "") for part in content)

    @property
    def key(self) -> str:
        """The API key that came with it."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        return bearer or self.headers.get("x-api-key", "")


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong.

    `kind` is a status ("429", "500", …), "quota", "hang", "cut", "reset", "not-json", "empty-body",
    "no-choice", "refusal", "length", "content-filter" or "drip". `seconds` are those of
    Retry-After, or between two bytes of a drip.
    """

    kind: str
    seconds: float | None = None


Route = Callable[[Seen], tuple[int, Mapping[str, str], bytes] | None]
"""What answers a request: status, headers and body; None: nothing, while the line stays open."""


@dataclass
class Server:
    """Serves on a port of this machine from a thread, as a context manager.

    `faults` says what befalls a request (None: nothing); `answer` what the model says; `delay` how
    many seconds that takes. `routes` answer what no dialect does, by "METHOD /path" (the longest
    that the request begins with). `headers` go with every reply. A `key` or a `model` that is set
    is the only one that is accepted.
    """

    faults: Callable[[Seen], Fault | None] = lambda seen: None
    answer: Callable[[Seen], str] = lambda seen: seen.prompt.split()[-1]
    delay: float = 0.0
    key: str = ""
    model: str = ""
    routes: dict[str, Route] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    port: int = 0
    keep: bool = True
    most: int = 0

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.open: set[_Connection] = set()
        self.flying = 0
        self.come_back()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def prompts(self) -> Counter[str]:
        """How often each prompt was asked."""
        return Counter(seen.prompt for seen in self.seen)

    def die(self) -> None:
        """Stop listening and cut every connection."""

        async def close() -> None:
            self.listener.close()
            for connection in list(self.open):
                connection.transport.abort()
            await asyncio.sleep(0)

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(10)

    def come_back(self) -> None:
        """Listen (again), on the same port."""

        async def listen() -> asyncio.Server:
            return await self.loop.create_server(
                lambda: _Connection(self), "127.0.0.1", self.port, reuse_address=True, backlog=1024
            )

        self.listener = asyncio.run_coroutine_threadsafe(listen(), self.loop).result(10)
        self.port = self.listener.sockets[0].getsockname()[1]


class _Connection(asyncio.Protocol):
    """One connection; requests come one after the other."""

    transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = b""
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server.open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.server.open.discard(self)
        for task in self.tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        method, path, _ = first.split(" ")
        at = time.monotonic() - self.server.began
        seen = Seen(method, path, headers, rest[:length], at)
        if self.server.keep:
            self.server.seen.append(seen)
        task = self.server.loop.create_task(self.serve(seen))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def serve(self, seen: Seen) -> None:
        server = self.server
        server.flying += 1
        server.most = max(server.most, server.flying)
        try:
            fault = server.faults(seen)
            if server.delay:
                await asyncio.sleep(server.delay)
        finally:
            server.flying -= 1
        dialect = Messages() if seen.path.endswith("/messages") else Chat()
        route = f"{seen.method} {seen.path}"
        found = max((r for r in server.routes if route.startswith(r)), key=len, default=None)
        if server.key and seen.key != server.key:
            self.refuse(dialect, 401, "authentication_error", f"Incorrect API key: {seen.key}")
        elif found is not None and fault is None:
            answer = server.routes[found](seen)
            if answer is not None:
                self.send(*answer)
        elif seen.method != "POST" or not seen.path.endswith(("/messages", "/chat/completions")):
            self.refuse(dialect, 404, "not_found_error", f"no such address: {seen.path}")
        elif server.model and seen.json["model"] != server.model:
            named = seen.json["model"]
            self.refuse(dialect, 404, "model_not_found", f"The model {named!r} does not exist")
        elif fault is None:
            self.say(dialect, seen, "end")
        else:
            await self.fail(dialect, seen, fault)

    async def fail(self, dialect: Dialect, seen: Seen, fault: Fault) -> None:
        kind, seconds = fault.kind, fault.seconds
        after = {} if seconds is None else {"retry-after": f"{seconds:g}"}
        whole = dialect.reply(seen.json, self.server.answer(seen), "end")
        if kind == "quota":
            self.refuse(dialect, 429, "insufficient_quota", "You exceeded your current quota")
        elif kind == "429":
            self.refuse(dialect, 429, "rate_limit_error", "Rate limit reached", after)
        elif kind.isdecimal():
            self.refuse(dialect, int(kind), "server_error", f"The server says {kind}", after)
        elif kind == "reset":
            self.transport.abort()
        elif kind == "cut":
            self.transport.write(_head(200, {}, len(whole)) + whole[: len(whole) // 2])
            self.transport.close()
        elif kind == "drip":
            self.transport.write(_head(200, {}, len(whole)))
            for place in range(len(whole)):
                self.transport.write(whole[place : place + 1])
                await asyncio.sleep(seconds or 0.02)
        elif kind == "not-json":
            self.send(200, {}, b"<html>Bad gateway</html>")
        elif kind == "empty-body":
            self.send(200, {}, b"")
        elif kind == "no-choice":
            self.send(200, {}, dialect.nothing(seen.json))
        elif kind in ("refusal", "length", "content-filter"):
            self.say(dialect, seen, kind)
        else:
            assert kind == "hang", kind

    def say(self, dialect: Dialect, seen: Seen, stop: str) -> None:
        self.send(200, {}, dialect.reply(seen.json, self.server.answer(seen), stop))

    def refuse(
        self,
        dialect: Dialect,
        status: int,
        kind: str,
        message: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send(status, headers or {}, dialect.error(kind, message))

    def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.transport.write(_head(status, {**self.server.headers, **headers}, len(body)) + body)


def _head(status: int, headers: Mapping[str, str], length: int) -> bytes:
    lines = [f"HTTP/1.1 {status} -", "content-type: application/json", f"content-length: {length}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def in_turn(*kinds: str | Fault | None) -> Callable[[Seen], Fault | None]:
    """Faults one after the other, a request each; nothing once they are used up."""
    left = [Fault(k) if isinstance(k, str) else k for k in kinds]
    return lambda seen: left.pop(0) if left else None


def always(kind: str, seconds: float | None = None) -> Callable[[Seen], Fault | None]:
    """The same fault every time."""
    return lambda seen: Fault(kind, seconds)


def mixed(share: float, faults: list[Fault], seed: int = 0) -> Callable[[Seen], Fault | None]:
    """A seeded share of the requests, each with one of the faults.

    What befalls a request depends on its prompt and how often that was asked, not on what else
    arrives meanwhile: the order in which calls arrive is another one on a busy machine.
    """
    asked: Counter[str] = Counter()

    def fault(seen: Seen) -> Fault | None:
        asked[seen.prompt] += 1
        draw = random.Random(f"{seed} {asked[seen.prompt]} {seen.prompt}")
        return draw.choice(faults) if draw.random() < share else None

    return fault


@dataclass
class Bucket:
    """A limit of `rate` requests a second, shared by all; beyond it 429."""

    rate: float
    after: float | None = None
    left: float = 1.0
    last: float = 0.0
    refused: int = 0

    def __call__(self, seen: Seen) -> Fault | None:
        self.left = min(self.rate, self.left + (seen.at - self.last) * self.rate)
        self.last = seen.at
        if self.left >= 1:
            self.left -= 1
            return None
        self.refused += 1
        return Fault("429", self.after)


if __name__ == "__main__":
    with Server(delay=float(sys.argv[1]), keep=False) as running:
        sys.stdout.write(f"{running.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
