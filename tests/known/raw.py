"""A server on this machine whose answers are bytes that a test dictates, HTTP or not."""

from __future__ import annotations

import gzip
import json
import socketserver
import struct
import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@dataclass
class Raw:
    """Answers every request with the same bytes, which may be without an end, and hangs up.

    `asked` holds the first line and the headers of each request.
    """

    answer: Iterable[bytes] = ()
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self.port}"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    raw: Raw


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()).strip():
            lines.append(line)
        told = [line for line in lines if line.lower().startswith(b"content-length:")]
        self.rfile.read(int(told[0].split(b":")[1]) if told else 0)
        self.server.raw.asked.append(b"".join(lines))
        with suppress(OSError):  # the other end need not hear it out
            for chunk in self.server.raw.answer:
                self.wfile.write(chunk)


@contextmanager
def raw() -> Iterator[Raw]:
    """A running server of raw answers."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.raw = Raw(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.raw
        finally:
            server.shutdown()
            thread.join()


def whole(body: bytes, *headers: str) -> list[bytes]:
    """An answer of status 200 with this body and its length."""
    told = [*headers, f"content-length: {len(body)}"]
    return [OK, "".join(f"{line}\r\n" for line in told).encode("latin-1"), b"\r\n", body]


class Endless:
    """A body in chunks that never ends."""

    def __iter__(self) -> Iterator[bytes]:
        yield OK + b"transfer-encoding: chunked\r\n\r\n"
        while True:
            yield b"10000\r\n" + b" " * 0x10000 + b"\r\n"


def bomb(reply: Any, megabytes: int = 200) -> bytes:
    """A reply that is this long once it is decompressed, as white space is before it."""
    return _packed(json.dumps(reply).encode(), megabytes)


@cache
def _packed(end: bytes, megabytes: int) -> bytes:
    """So much white space and this `end` as gzip: the megabyte is compressed once and repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    megabyte = b" " * 1_000_000
    block = packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(end) + packer.flush()
    checksum = 0
    for part in (*[megabyte] * megabytes, end):
        checksum = zlib.crc32(part, checksum)
    size = megabytes * len(megabyte) + len(end)
    header = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
    return header + block * megabytes + last + struct.pack("<II", checksum, size)


def unreadable(reply: Any) -> dict[str, Iterable[bytes]]:
    """Answers to a call in none of which there is a reply; `reply` is one that could be read."""
    good = json.dumps(reply).encode()
    packed = gzip.compress(bomb(reply), mtime=0)
    return {
        "a gzip bomb": whole(bomb(reply), "content-encoding: gzip"),
        "a bomb in a bomb": whole(packed, "content-encoding: gzip, gzip"),
        "ten codings": whole(good, "content-encoding: " + ", ".join(["gzip"] * 10)),
        "no gzip at all": whole(good, "content-encoding: gzip"),
        "half of a gzip": whole(gzip.compress(good, mtime=0)[:-20], "content-encoding: gzip"),
        "no deflate at all": whole(good, "content-encoding: deflate"),
        "an unknown coding": whole(b"\x28\xb5\x2f\xfd" + good, "content-encoding: zstd"),
        "no end": Endless(),
        "deep brackets": whole(b"[" * 100_000),
        "deep objects": whole(b'{"a":' * 100_000),
        "UTF-16": whole(good.decode().encode("utf-16")),
        "a byte that is no UTF-8": whole(good.replace(b"A: good", b"A: \xff")),
        "a NUL byte": whole(good[:1] + b"\0" + good[1:]),
        "a byte order mark": whole(b"\xef\xbb\xbf" + good),
        "NaN": whole(good[:-1] + b', "x": NaN}'),
        "deep usage": whole(good[:-1] + b', "usage": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "a reason of bytes": [b"HTTP/1.1 200 \xc4\r\n\r\n", good],
        "HTML": whole(b"<html><body>Sign in</body></html>"),
        "a stream of events": whole(b'event: x\ndata: {"type": "x"}\n\n'),
        "a header of 64 kB": whole(good, "x-long: " + "x" * 65_536),
        "5,000 headers": whole(good, *(f"x-{n}: {n}" for n in range(5000))),
        "a body that is cut": [OK, b"content-length: 99999\r\n\r\n", good],
        "chunks that are cut": [OK, b"transfer-encoding: chunked\r\n\r\nffff\r\n", good],
        "a chunk of no size": [OK, b"transfer-encoding: chunked\r\n\r\nzz\r\n", good],
        "a length below zero": [OK, b"content-length: -5\r\n\r\n", good],
        "a length that is none": [OK, b"content-length: many\r\n\r\n", good],
        "two lengths": [OK, b"content-length: 3\r\ncontent-length: 5\r\n\r\n", good],
        "a status that is none": [b"HTTP/1.1 OK 200\r\n\r\n", good],
        "a status of five digits": [b"HTTP/1.1 20000 OK\r\n\r\n", good],
        "another protocol": [b"SSH-2.0-OpenSSH_9.6\r\n"],
        "nothing": [],
        "nothing but a status": [b"HTTP/1.1 200 OK\r\n\r\n"],
    }


def odd(reply: Any) -> dict[str, Iterable[bytes]]:
    """Answers to a call that are strange, and hold the reply all the same."""
    good = json.dumps(reply).encode()
    many = "9" * 5000
    return {
        "a count of 5,000 digits": whole(
            good[:-1] + b', "usage": {"input_tokens": 9' + b"9" * 5000 + b"}}"
        ),
        "a count beyond all floats": whole(good[:-1] + b', "usage": {"prompt_tokens": 1e400}}'),
        "a field twice": whole(good.replace(b"{", b'{"model": "other", ', 1)),
        "a gzip": whole(gzip.compress(good, mtime=0), "content-encoding: gzip"),
        "limits of 5,000 digits": whole(
            good,
            f"x-ratelimit-remaining-requests: {many}",
            f"x-ratelimit-reset-requests: {many}s",
            f"anthropic-ratelimit-tokens-remaining: {many}",
            "anthropic-ratelimit-tokens-reset: 9999-12-31T23:59:59Z",
        ),
    }


def refused(status: int, body: bytes, *headers: str) -> list[bytes]:
    """An answer of an error status."""
    told = "".join(f"{line}\r\n" for line in (*headers, f"content-length: {len(body)}"))
    return [f"HTTP/1.1 {status} no\r\n{told}\r\n".encode("latin-1"), body]


def unreadable_refusals() -> dict[str, tuple[Iterable[bytes], str]]:
    """Answers of an error status whose body cannot be read; the kind of failure of each."""
    return {
        "no gzip at all": (refused(401, b"zzzz", "content-encoding: gzip"), "auth"),
        "a gzip bomb": (refused(400, bomb({}), "content-encoding: gzip"), "bad-request"),
        "megabytes": (refused(404, b"x" * 5_000_000), "not-found"),
        "deep brackets": (refused(500, b"[" * 90_000), "server"),
        "a charset that is none": (
            refused(400, b"x", "content-type: x; charset=hex"),
            "bad-request",
        ),
    }
