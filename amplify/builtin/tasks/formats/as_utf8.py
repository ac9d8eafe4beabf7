"""A stream of text in another encoding, as a stream in UTF-8."""

from __future__ import annotations

import io
from typing import IO, Any


class AsUtf8(io.RawIOBase):
    """The bytes of a stream as UTF-8; what is no character of its encoding becomes U+FFFD."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
        self._ahead = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the writable buffer of bytes; the number of bytes, 0 at the end."""
        if not self._ahead:
            self._ahead = self._text.read(len(buffer)).encode()
        size = min(len(buffer), len(self._ahead))
        buffer[:size], self._ahead = self._ahead[:size], self._ahead[size:]
        return size
