"""Find out in which encoding a file stores its characters."""

from __future__ import annotations

import codecs
from pathlib import Path

from amplify.builtin.file_types import HEAD, refuse_other_types
from amplify.builtin.tasks.formats.compressed import open_unpacked
from amplify.builtin.tasks.shorten import shortened

SAMPLE = 200_000
"""Bytes of lines with characters beyond ASCII by which an encoding is guessed."""


def encoding_of(path: Path) -> tuple[str, str]:
    """The encoding of the file, UTF-8 if all of it is; and a note where it is another.

    DataError where the file is of a known type that is no text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_unpacked(path) as stream:
        refuse_other_types(path, stream.read(HEAD))
    try:
        with open_unpacked(path) as stream:
            while block := stream.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _guessed(path)
    return "utf-8", ""


def _guessed(path: Path) -> tuple[str, str]:
    """The encoding that fits best the lines which are not ASCII."""
    from charset_normalizer import from_bytes

    with open_unpacked(path) as stream:
        beyond = ((n, line) for n, line in enumerate(stream, 1) if not line.isascii())
        number, first = next(beyond)
        sample, size = [first], len(first)
        for _, line in beyond:
            sample.append(line)
            size += len(line)
            if size > SAMPLE:
                break
    matches = from_bytes(b"".join(sample), cp_isolation=list(CANDIDATES))
    least = min((match.chaos for match in matches), default=0.0)
    best = [match for match in matches if match.chaos == least]
    plausible = {name for match in best for name in match.could_be_from_charset}
    encoding = next((name for name in CANDIDATES if name in plausible), CANDIDATES[0])
    word = next((w for w in first.decode(encoding, "replace").split() if not w.isascii()), "")
    return encoding, (
        f"the file is not UTF-8 and is read as {encoding}, a guess: {path.name}:{number} then holds"
        f" {shortened(word, 40)!r}; where that is wrong, say encoding"
    )


CANDIDATES = (
    *("cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"),
    *("gb18030", "euc_kr", "big5", "euc_jp", "shift_jis", "mac_roman", "cp437"),
)
"""The encodings that are tried; of those that fit equally well the first is taken. In all of
them a line break is the byte that it is in ASCII."""
