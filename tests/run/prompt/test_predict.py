"""Many texts labelled into a file: streamed, capped, gone on with, and inert in a spreadsheet."""

from __future__ import annotations

import csv
import json
import shutil
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from known.opinions import Opinion, finished_prompt, opened

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.errors import DataError
from amplify.run.plan.sections import CallsSection
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.inputs import InputRow
from amplify.run.prompt.predict import CHUNK, Tally, predict, predict_into
from amplify.run.prompt.results import ResultFormat, Results

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1) ",
    "-2 \x1b[31m",
    'a\nb,"c" \u202e8',
    "\x00 4",
    "a\r6",
    "-5",
]
FORMS = pytest.mark.parametrize("form", ["csv", "jsonl"])


@pytest.fixture
def llm() -> Opinion:
    return Opinion()


@pytest.fixture
def prompt() -> FinishedPrompt:
    return finished_prompt()


def items(*texts: str, label: str | None = None) -> list[InputRow]:
    return [InputRow(text, f"file:{n}", label) for n, text in enumerate(texts, 1)]


def nothing(count: int = 1) -> None:
    """Show no progress."""


def label(
    prompt: FinishedPrompt,
    llm: Opinion,
    path: Path,
    rows: list[InputRow],
    resume: bool = False,
    **calls: Any,
) -> Tally:
    """Label the rows into the file, whose name says how it is written."""
    form: ResultFormat = "jsonl" if path.suffix == ".jsonl" else "csv"
    results = Results(form, prompt.labels, labelled=rows[0].label is not None)
    with opened(prompt, llm, CallsSection(**calls)) as labeller:
        return predict_into(labeller, lambda: rows, results, path, resume, nothing)


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of the file."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@FORMS
def test_what_failed_is_asked_again_and_what_is_missing_added(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"out.{form}"
    rows = items("text 1", "text 2 fail", "text 4", "text 5", "text 6", label="good")
    tally = label(prompt, llm, path, rows[:3])
    assert (tally.undone, tally.scored, tally.correct) == (1, 2, 1)
    assert [row["status"] for row in read(path)] == ["answered", "failed", "answered"]
    with path.open("a") as file:
        file.write(path.read_text().splitlines()[-1][:-3])  # a kill cut the row off
    llm.fails = False
    asked = len(llm.asked)
    tally = label(prompt, llm, path, rows, resume=True)
    assert llm.asked[asked:] == ["text 2 fail", "text 5", "text 6"]
    assert (tally.kept, tally.undone, tally.scored, tally.correct) == (2, 0, 5, 2)
    assert [str(row["row"]) for row in read(path)] == ["1", "2", "3", "4", "5"]
    assert [row["label"] for row in read(path)] == ["bad", "bad", "good", "bad", "good"]
    before = path.read_bytes()
    assert label(prompt, llm, path, rows, resume=True).kept == 5
    assert path.read_bytes() == before


@FORMS
def test_hostile_texts_are_kept_whole_and_no_cell_is_a_formula(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path, form: str
) -> None:
    path = tmp_path / f"out.{form}"
    label(prompt, llm, path, items(*HOSTILE))
    assert llm.asked == HOSTILE
    texts = [row["text"] for row in read(path)]
    if form == "jsonl":
        assert texts == HOSTILE
    else:
        assert [text.removeprefix("'") for text in texts] == HOSTILE
        for text in texts[:4]:
            assert text.startswith("'")
        assert texts[-1] == "-5"  # a number stays one
    assert label(prompt, llm, path, items(*HOSTILE), resume=True).kept == len(HOSTILE)


def test_an_interruption_keeps_what_was_asked_again(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path
) -> None:
    def interrupt(count: int = 1) -> None:
        raise KeyboardInterrupt

    path, rows = tmp_path / "out.csv", items(*(f"text {n} fail" for n in range(CHUNK + 9)))
    label(prompt, llm, path, rows)
    llm.fails = False
    with opened(prompt, llm) as labeller, pytest.raises(KeyboardInterrupt):
        predict_into(labeller, lambda: rows, Results("csv", prompt.labels), path, True, interrupt)
    assert [row["status"] for row in read(path)] == ["answered"] * CHUNK + ["failed"] * 9
    assert label(prompt, llm, path, rows, resume=True).statuses == {"answered": 9}


@FORMS
def test_a_kill_keeps_what_was_asked_again(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path, form: ResultFormat
) -> None:
    (tmp_path / "first").mkdir()
    path, rows = tmp_path / "first" / f"out.{form}", items(*(f"text {n} fail" for n in range(600)))
    label(prompt, llm, path, rows)
    llm.fails = False
    left = iter(["killed", "killed later"])

    def keep(count: int = 1) -> None:
        """Keep what a kill would leave on the disk just now."""
        if name := next(left, None):
            shutil.copytree(path.parent, tmp_path / name)

    with opened(prompt, llm) as labeller:
        predict_into(labeller, lambda: rows, Results(form, prompt.labels), path, True, keep)
    assert [*path.parent.iterdir()] == [path]
    for name, answered in (("killed", CHUNK), ("killed later", 2 * CHUNK)):
        asked = len(llm.asked)
        killed = tmp_path / name / path.name
        assert label(prompt, llm, killed, rows, resume=True).kept == answered
        assert len(llm.asked) - asked == len(rows) - answered
        assert killed.read_bytes() == path.read_bytes()
        assert [*killed.parent.iterdir()] == [killed]


def test_nothing_is_written_through_a_link_beside_the_file(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path
) -> None:
    path, kept = tmp_path / "out.csv", tmp_path / "kept"
    label(prompt, llm, path, items("text 1"))
    kept.write_text("kept")
    (tmp_path / "out.csv.part").symlink_to(kept)
    label(prompt, llm, path, items("text 1", "text 2"), resume=True)
    assert (kept.read_text(), len(read(path)), path.is_symlink()) == ("kept", 2, False)
    assert len([*tmp_path.iterdir()]) == 3


def test_a_cap_ends_it_and_it_is_gone_on_with(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path
) -> None:
    path, rows = tmp_path / "out.csv", items(*(f"text {n}" for n in range(8)))
    tally = label(prompt, llm, path, rows, max_calls=3)
    assert (tally.statuses, len(read(path))) == ({"answered": 3}, 3)
    assert label(prompt, llm, path, rows, resume=True).statuses == {"answered": 5}
    assert len(llm.asked) == len(read(path)) == 8


class Rambling(Opinion):
    """Answers a text when it is asked again."""

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        for index, request in enumerate(requests):
            text = request.prompt.text.rpartition("Q: ")[2]
            self.asked.append(text)
            again = "Which of these is the answer" in text
            yield index, Completion("good" if again else "well", "rambling")


def test_a_text_whose_second_call_a_cap_prevents_is_asked_again(
    prompt: FinishedPrompt, tmp_path: Path
) -> None:
    answer = msgspec.structs.replace(prompt.answer, unread="ask")
    asking = msgspec.structs.replace(prompt, answer=answer)
    path, rows = tmp_path / "out.csv", items(*(f"text {n}" for n in range(4)))
    tally = label(asking, Rambling(), path, rows, max_calls=6)
    assert (tally.statuses, tally.undone) == ({"answered": 2, "failed": 2}, 2)
    assert "its second call was not made" in read(path)[3]["error"]
    llm = Rambling()
    assert label(asking, llm, path, rows, resume=True).statuses == {"answered": 2}
    assert (len(llm.asked), {row["label"] for row in read(path)}) == (4, {"good"})


def test_a_file_that_is_begun_anew_gets_no_row_that_another_file_left(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path
) -> None:
    path, left = tmp_path / "out.csv", tmp_path / "out.csv.retried"
    label(prompt, llm, path, items("text 1"))
    left.write_text(path.read_text().replace("bad", "good"))
    path.unlink()
    label(prompt, llm, path, items("text 1"))
    assert not left.exists()
    label(prompt, llm, path, items("text 1", "text 2"), resume=True)
    assert [row["label"] for row in read(path)] == ["bad", "good"]


def test_rows_of_other_texts_are_not_gone_on_with(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    label(prompt, llm, path, items("text 1", "text 2"))
    with pytest.raises(DataError, match="its row 2 is about another text"):
        label(prompt, llm, path, items("text 1", "text 3"), resume=True)
    with pytest.raises(DataError, match="is there already"):
        label(prompt, llm, path, items("text 1"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("out.csv", "something,else\n1,2\n"),
        ("out.csv", "row,text,label,error,status\n1,a\rb,good,,answered\n"),
        ("out.csv", "row,text,label,error,status\nI,text 1,good,,answered\n"),
        ("out.jsonl", "[" * 100_000 + "\n"),
        ("out.jsonl", '{"row": 1, "text": "text 1", "label": 5, "status": "answered"}\n'),
    ],
)
def test_a_file_of_something_else_is_not_gone_on_with(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content, newline="")
    with pytest.raises(DataError, match=f"{name}:[12]: is not what this command wrote"):
        label(prompt, llm, tmp_path / name, items("text 1"), resume=True)

    with pytest.raises(DataError, match="cannot be read: it is no regular file"):
        label(prompt, llm, tmp_path, items("text 1"), resume=True)


def test_a_text_that_the_model_has_no_room_for_fails_alone(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path
) -> None:
    path = tmp_path / "out.jsonl"
    label(prompt, llm, path, items("text 2", "word " * 500, "text 4"))
    assert [row["status"] for row in read(path)] == ["answered", "failed", "answered"]
    assert "no room" in read(path)[1]["error"]
    assert len(llm.asked) == 2


def test_memory_stays_flat(prompt: FinishedPrompt, llm: Opinion) -> None:
    llm.asked = Forgetful()
    held: list[int] = []
    lines = 0

    def rows(count: int) -> Iterator[InputRow]:
        for number in range(count):
            if number % (2 * CHUNK) == 0:
                held.append(tracemalloc.get_traced_memory()[0])
            yield InputRow(f"text {number} {'x' * 200}", f"file:{number}")

    def write(text: str) -> None:
        nonlocal lines
        lines += text.count("\n")

    tracemalloc.start()
    try:
        with opened(prompt, llm) as labeller:
            predict(labeller, rows(6 * CHUNK), Results("csv"), write, nothing)
    finally:
        tracemalloc.stop()
    assert lines == 6 * CHUNK + 1
    # Each text takes more than 200 bytes: if they were kept, 512 would take 0.1 MB more.
    assert held[-1] - held[1] < 60_000


class Forgetful(list[str]):
    """A list that nothing is added to."""

    def append(self, _: str) -> None:
        pass


@FORMS
def test_the_ids_of_the_texts_are_a_column(
    prompt: FinishedPrompt, llm: Opinion, tmp_path: Path, form: ResultFormat
) -> None:
    path, results = tmp_path / f"out.{form}", Results(form, prompt.labels, named=True)
    texts = [InputRow(f"text {n}", f"file: row {n}", None, f"T-{n}") for n in (1, 2)]
    with opened(prompt, llm) as labeller:
        for kept in (1, 2):
            predict_into(labeller, lambda n=kept: texts[:n], results, path, kept == 2, nothing)
    assert [(str(row["row"]), row["id"]) for row in read(path)] == [("1", "T-1"), ("2", "T-2")]
    assert list(read(path)[0])[:3] == ["row", "id", "text"]


def test_the_header_comes_with_the_first_rows(prompt: FinishedPrompt, llm: Opinion) -> None:
    def unreadable() -> Iterator[InputRow]:
        raise DataError("is empty")
        yield

    written: list[str] = []
    results = Results("csv", prompt.labels)
    with opened(prompt, llm) as labeller:
        with pytest.raises(DataError):
            predict(labeller, unreadable(), results, written.append, nothing)
        assert written == []
        predict(labeller, items("text 1"), results, written.append, nothing)
    assert written == ["row,text,label,error,status\n1,text 1,bad,,answered\n"]
