"""One exchange with an HTTP service, bounded: no redirect that strays, no body without an end.

For providers whose library speaks through an httpx client: its `send` goes through `exchange`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from amplify.kit.address import origin
from amplify.kit.extra_requests import may_ask_again
from amplify.kit.http_failures import STUMBLES, BadReply

MOST_REPLY = 16_000_000
"""Bytes of a reply: a long one with log-probabilities takes a hundredth of that."""

MOST_FILE = 600_000_000
"""Bytes of a file that is fetched: above what services take for a batch."""

MOST_ERROR = 100_000
"""Bytes of a refusal that are read; the rest tells nothing more."""

SAME_CALL = (307, 308)
"""Statuses that redirect a call as it is; after others a POST is made a GET without its body."""

PACKED = (b"content-encoding", b"transfer-encoding")
"""Headers of a body that is not sent as it is."""

OUTER = ("content-encoding", "content-length", "content-type", "transfer-encoding")
"""Headers of how the body was sent. They are left out: it is decoded, and known to be JSON."""


async def exchange(
    send: Callable[[Any], Awaitable[Any]], request: Any, broken: type[Exception], file: bool = False
) -> Any:
    """The whole answer to an httpx request, its body bounded after decompression.

    `send` gets a request to an answer of which no body is read and no redirect followed. One
    redirect within the origin that was asked is followed; any other is the answer itself. `broken`
    is what the library raises where a body cannot be decompressed. `file` says that a whole file
    is fetched, which may be longer. Raises BadReply for a body that is too long or cannot be
    decoded; one of an error status is cut instead.
    """
    answer = await _answered(send, request)
    refused = answer.status_code >= 300
    most = MOST_ERROR if refused else MOST_FILE if file else MOST_REPLY
    try:
        if not refused and _plain(answer.headers, most):
            await answer.aread()
            return answer
        content = await _body(answer, broken, most, refused)
    finally:
        await answer.aclose()
    headers = [(n, v) for n, v in answer.headers.multi_items() if n.lower() not in OUTER]
    return type(answer)(
        answer.status_code,
        headers=headers,
        content=content,
        request=answer.request,
        extensions=answer.extensions,
    )


def _plain(headers: Any, most: int) -> bool:
    """Whether the body is as long as it says, and no longer than that: it can be read at once."""
    length = b""
    # Each look into httpx's headers encodes and compares all of them.
    for given, value in headers.raw:
        name = given.lower()
        if name in PACKED or (name == b"content-length" and length):
            return False
        if name == b"content-length":
            length = value
    return length.isdigit() and len(length) < 10 and int(length) <= most


async def _answered(send: Callable[[Any], Awaitable[Any]], request: Any) -> Any:
    try:
        answer = await send(request)
        onward = answer.next_request
        same = onward is not None and origin(str(onward.url)) == origin(str(request.url))
        if not same or answer.status_code not in SAME_CALL or not may_ask_again():
            return answer
        await answer.aclose()
        return await send(onward)
    except STUMBLES as error:
        if isinstance(error, OSError):
            raise
        # A library stumbled over a status line or a header.
        raise BadReply(f"{type(error).__name__}: {error}") from None


async def _body(answer: Any, broken: type[Exception], most: int, cut: bool) -> bytes:
    content = bytearray()
    try:
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > most:
                if not cut:
                    raise BadReply(f"its body is longer than {most:,} bytes")
                break
    except (broken, *STUMBLES) as error:
        if not cut:
            raise BadReply(f"its body cannot be decoded: {error}") from None
    return bytes(content[:most])
