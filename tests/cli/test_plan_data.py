"""What `amplify plan` says of data with known faults: it reads them, or refuses them in words."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from known.in_process import ALONE, printed

ROWS = [(f"note {i} of the day", ("positive", "negative")[i % 2]) for i in range(24)]
OBJECTS: list[dict[str, object]] = [{"text": text, "label": label} for text, label in ROWS]


def csv(rows: Iterable[tuple[str, str]], header: str = "text,label", more: str = "") -> bytes:
    return "".join(f"{line}\n" for line in (header, *(f"{t},{n}{more}" for t, n in rows))).encode()


def json_lines(labels: Callable[[int], str], text: str = "note {} of the day") -> bytes:
    lines = (f'{{"text": "{text.format(i)}", "label": {labels(i)}}}\n' for i in range(24))
    return "".join(lines).encode()


def fifth(label: str, other: str) -> Callable[[int], str]:
    """The label of a row; of every fifth row in another form."""
    return lambda i: other if i % 5 == 4 else label


def alike(first: str, second: str, third: str = "bar") -> bytes:
    return csv((text, (first, second, third)[i % 3]) for i, (text, _) in enumerate(ROWS))


@dataclass(frozen=True)
class Kind:
    """A kind of fault: a file that has it, and what `plan` must say.

    `shared` are the names of files with the fault among the shared cases, `folder` ends the name of
    their folder. `code` is the exit code: 0 where the file is read.
    """

    name: str
    data: bytes
    phrases: tuple[str, ...]
    folder: str
    shared: str = "t.csv"
    code: int = 0


LOOK_ALIKE = ("labels that look alike", "merge_labels = true makes one of each group")
TWO_LABELS = ('instruction = "Answer with one of: negative, positive."',)

KINDS = {
    "case": Kind("t.csv", alike("good", "Good"), LOOK_ALIKE, "labels-that-look-alike"),
    "number format": Kind(
        "t.jsonl",
        json_lines(lambda i: ("1", "0", "1.0", "0.0")[i % 4]),
        (*LOOK_ALIKE, "numbers are taken as labels"),
        "labels-that-look-alike",
        "mixed.jsonl",
    ),
    "Unicode form": Kind(
        "t.csv", alike("caf\xe9", "cafe\u0301"), LOOK_ALIKE, "labels-that-look-alike", "nfd.csv"
    ),
    "white space": Kind(
        "t.csv",
        alike("very good", "very  good"),
        LOOK_ALIKE,
        "labels-that-look-alike",
        "spaces.csv",
    ),
    "invisible characters": Kind(
        "t.csv",
        alike("good", "good\u200b"),
        (*LOOK_ALIKE, r"\u200b'"),
        "labels-that-look-alike",
        "zwsp.csv",
    ),
    "not a number": Kind(
        "t.jsonl",
        json_lines(fifth('"a"', "NaN")),
        ("t.jsonl:", "column 'label' is empty: it holds NaN"),
        "nan-label",
        "t.jsonl",
        2,
    ),
    "half of a surrogate pair": Kind(
        "t.jsonl",
        json_lines(lambda i: f'"{"ab"[i % 2]}"', r"cut off {}: \ud83d"),
        ("items with U+FFFD in place of a character that is lost",),
        "lone-surrogate",
        "t.jsonl",
    ),
    "columns without a name": Kind(
        "t.csv",
        csv(((label, text) for text, label in ROWS), "v1,v2,,,", ",,,"),
        TWO_LABELS,
        "two-columns-without-a-name",
    ),
    "no quoting": Kind(
        "t.tsv",
        csv(
            (('"' if i == 4 else "") + text, label) for i, (text, label) in enumerate(ROWS)
        ).replace(b",", b"\t"),
        ("quotes are read as text, as at t.tsv:6", *TWO_LABELS),
        "tsv-without-quoting",
        "t.tsv",
    ),
    "quotes inside a cell": Kind(
        "error.tsv",
        csv(
            ('"note"' + text if i == 8 else text, label) for i, (text, label) in enumerate(ROWS)
        ).replace(b",", b"\t"),
        ("quotes are read as text, as at error.tsv:10", *TWO_LABELS),
        "tsv-without-quoting",
        "error.tsv",
    ),
    "an array": Kind(
        "array.json", json.dumps(OBJECTS).encode(), TWO_LABELS, "hints-*", "array.json"
    ),
    "an indented array": Kind(
        "pretty.json", json.dumps(OBJECTS, indent=1).encode(), TWO_LABELS, "hints-*", "pretty.json"
    ),
    "a packed table": Kind(
        "t.csv.gz", gzip.compress(csv(ROWS), mtime=0), TWO_LABELS, "hints-*", "t.csv.gz"
    ),
    "class numbers": Kind(
        "t.csv",
        csv((text, str(i % 3)) for i, (text, _) in enumerate(ROWS)),
        ("Answer with one of: 0, 1, 2.", "numbers are taken as labels: 3 different ones in 24"),
        "class-numbers-*",
    ),
    "contradictory duplicates": Kind(
        "t.csv",
        csv([*ROWS, *((text, "negative") for text, _ in ROWS[:6])]),
        (
            "inputs that stand more than once with different labels, so that no answer can be right"
            " for all",
            "t.csv:2 'positive' and t.csv:26 'negative'",
        ),
        "same-text-two-labels",
    ),
}


def planned(path: str, kind: Kind) -> None:
    text = " ".join(printed("--no-plugins", "plan", path, *ALONE, code=kind.code).split())
    assert [phrase for phrase in kind.phrases if phrase not in text] == [], text


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_data_with_a_known_fault(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / kind.name
    path.write_bytes(kind.data)
    planned(str(path), kind)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_shared_data_with_a_known_fault(kind: Kind) -> None:
    data = os.environ.get("AMPLIFY_DATA", str(Path(__file__).parents[3] / "shared" / "data"))
    cases = Path(data).parent / "cases"
    files = list(cases.glob(f"*-{kind.folder}/{kind.shared}"))
    if not files:
        pytest.skip(f"no shared cases at {cases}")
    planned(str(files[0]), kind)


def test_a_name_that_is_no_utf_8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(bytes(tmp_path) + b"/rese\xf1a.csv"))
    try:
        path.write_bytes(csv(ROWS))
    except OSError:
        pytest.skip("the file system takes no such name")
    text = printed("--no-plugins", "plan", str(path), *ALONE, code=2)
    assert "holds bytes that are no UTF-8" in text
    assert "rename the file or the folder" in text


def test_a_name_that_is_too_long() -> None:
    text = printed("--no-plugins", "plan", "x" * 300 + ".csv", *ALONE, code=2)
    assert "File name too long" in text


def test_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "t.csv").write_bytes(csv(ROWS))
    assert TWO_LABELS[0] in printed("--no-plugins", "plan", "~/t.csv", *ALONE)
