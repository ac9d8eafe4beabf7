"""`amplify predict` and what becomes of its output: gone on with, refused, cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from known.opinions import finished_prompt
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
