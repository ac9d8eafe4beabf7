"""A file of lines that a kill may have cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify.run.store.whole_lines import whole_lines


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"torn", []),
        (b"one\n\n", [(1, b"one\n"), (2, b"\n")]),
        (b"one\ntwo\ntor", [(1, b"one\n"), (2, b"two\n")]),
    ],
)
def test_a_line_that_was_cut_off_is_cut_from_the_file(
    tmp_path: Path, content: bytes, lines: list[tuple[int, bytes]]
) -> None:
    path = tmp_path / "lines"
    path.write_bytes(content)
    with path.open("a+b") as file:
        assert list(whole_lines(file)) == lines
        file.write(b"next\n")
    assert path.read_bytes() == b"".join(line for _, line in lines) + b"next\n"
