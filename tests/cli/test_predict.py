"""`amplify predict` and what becomes of its output: gone on with, refused, cut off."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from known.commands import LINE
from known.opinions import finished_prompt
from known.site import Site
from known.weather import log

from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.parts import Model
from amplify.run.store.lock import locked_by

Predict = Callable[..., tuple[int, str]]

PROMPT = msgspec.structs.replace(
    finished_prompt(), labels=("cold", "warm"), llm=Model("voter", {"name": "voter"})
)


def write(prompt: FinishedPrompt) -> None:
    prompt.write(Path("prompt.json"))


@pytest.fixture
def predict(
    place: Path, command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> Predict:
    """`amplify predict` in a folder with a prompt for the LLM of the tests' plugin and two texts:
    its exit code, and what it printed."""
    monkeypatch.chdir(place)
    write(PROMPT)
    Path("new.csv").write_text("text\nsun\nsnow\n")

    def predict(*arguments: str) -> tuple[int, str]:
        code, printed, told = command("predict", "prompt.json", *arguments)
        return code, printed + told

    return predict


def test_rows_of_another_prompt_or_llm_are_not_gone_on_with(predict: Predict, place: Path) -> None:
    assert predict("new.csv", "-o", "out.csv", "--max-calls", "1")[0] == 1
    resume = ("new.csv", "-o", "out.csv", "--resume")
    before = Path("out.csv").read_bytes()
    code, told = predict(*resume, "--llm-option", "name=other")
    assert (code, 'another LLM (model was "voter", is "other")' in told) == (2, True), told
    write(msgspec.structs.replace(PROMPT, instruction="Say one of: cold, warm."))
    code, told = predict(*resume)
    assert (code, "another prompt (another instruction)\n" in told) == (2, True), told
    assert "out.csv.began.json names, or name another file with -o" in told
    assert (Path("out.csv").read_bytes(), len(log(place))) == (before, 1)
    # What says nothing about the labels may change: where the prompt was measured, and how.
    write(msgspec.structs.replace(PROMPT, arm="another name", columns={"text": "body"}))
    code, told = predict(*resume, "--text", "text")
    assert code == 0, told
    assert len(Path("out.csv").read_text().splitlines()) == 3


def test_an_output_of_which_nothing_says_how_it_was_begun_goes_on_with_a_word(
    predict: Predict,
) -> None:
    predict("new.csv", "-o", "out.csv", "--max-calls", "1")
    began = Path("out.csv.began.json")
    began.unlink()
    code, told = predict("new.csv", "-o", "out.csv", "--resume")
    assert (code, "out.csv.began.json is not there" in told) == (0, True), told
    began.write_text("{")
    code, told = predict("new.csv", "-o", "out.csv", "--resume")
    assert (code, "what out.csv was begun with cannot be read" in told) == (2, True), told


def test_one_command_at_a_time_writes_an_output(predict: Predict, place: Path) -> None:
    with locked_by(Path(".out.csv.lock"), lambda holder: pytest.fail(holder)):
        code, told = predict("new.csv", "-o", "out.csv")
    assert (code, "out.csv: texts are being labelled into it, by process" in told) == (2, True)
    assert (Path("out.csv").exists(), log(place)) == (False, [])
    assert predict("new.csv", "-o", "out.csv")[0] == 0
    assert {path.name for path in place.glob("*out.csv*")} == {"out.csv", "out.csv.began.json"}


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (".", ".: is no regular file"),
        ("", ".: is no regular file"),
        ("/dev/null", "/dev/null: is no regular file\n  name a file; without -o the rows"),
        ("new.csv", "-o: the output is one of the inputs"),
        ("link.csv", "-o: the output is one of the inputs"),
        ("foreign.csv", "foreign.csv: is there already"),
        ("new.csv/out.csv", "new.csv: cannot be written"),
        ("x" * 300, "cannot be written: File name too long"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_and_left_as_it_is(
    predict: Predict, place: Path, output: str, told: str
) -> None:
    Path("foreign.csv").write_text("mine\n")
    Path("link.csv").symlink_to("new.csv")
    before = {path: path.read_bytes() for path in place.glob("*.*") if path.is_file()}
    code, text = predict("new.csv", "-o", output)
    assert (code, told in text) == (2, True), text
    if output == "foreign.csv":
        code, text = predict("new.csv", "-o", output, "--resume")
        assert (code, "foreign.csv:1: is not what this command wrote" in text) == (2, True), text
    assert {path: path.read_bytes() for path in place.glob("*.*") if path.is_file()} == before
    assert log(place) == []


def test_a_text_without_anything_in_it_is_not_asked_about(predict: Predict, place: Path) -> None:
    Path("new.csv").write_text("id,text\n1,sun\n2,\n3,  \n4,snow\n")
    code, told = predict("new.csv", "-o", "out.csv")
    assert (code, "4 texts labelled in out.csv: 2 answered, 2 failed" in told) == (1, True), told
    with Path("out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["answered", "failed", "failed", "answered"]
    assert rows[1]["error"] == "there is nothing in it to label"
    assert len(log(place)) == 2


def test_an_input_without_rows_gives_a_header(predict: Predict) -> None:
    Path("new.csv").write_text("text\n")
    code, told = predict("new.csv")
    assert (code, told.splitlines()[0]) == (0, "row,text,label,error,status")
    Path("new.csv").write_text("")
    code, told = predict("new.csv")
    assert (code, "the file holds no examples" in told) == (2, True), told


def test_a_text_of_a_megabyte_is_labelled_and_gone_on_with(predict: Predict) -> None:
    Path("new.csv").write_text(f"text\n{'sun ' * 262_144}\nsnow\n")
    assert predict("new.csv", "-o", "out.csv")[0] == 0
    code, told = predict("new.csv", "-o", "out.csv", "--resume")
    assert (code, "2 rows were there already, 0 texts" in told) == (0, True), told


def test_nothing_is_asked_whose_label_cannot_be_printed(
    predict: Predict, place: Path, site: Site
) -> None:
    Path("many.csv").write_text("text\n" + "sun\n" * 600)
    shell = f"{LINE} predict prompt.json many.csv >/dev/full; echo $?; {LINE} predict prompt.json -"
    done = site.python(["sh", "-c", f"{shell} <&-; echo $?"], place, KNOWN_LOG=str(place / "log"))
    assert done.stdout.split() == ["1", "2"], done.stderr
    assert "standard output cannot be written: No space left" in done.stderr
    assert "standard input: is closed\n  give the texts as files" in done.stderr
    assert len(log(place)) <= 256
