"""A finished prompt made from a run's folder: which arm and draw it is, and what is refused."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from known.commands import MAIN, run
from known.in_process import printed
from known.recorded_run import write_recording

import amplify
from amplify.contract.errors import AmplifyError
from amplify.host import Host
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.load import finished_at, load_prompt

pytestmark = pytest.mark.once

PLAN = """
[task]
use = "jsonl"
path = "notes.jsonl"
text = "note"
instruction = "Answer with one of: cold, warm."
[split]
train = 0
pool = 12
test = 6
[run]
draws = 2
[llm]
use = "none"
[[arms]]
name = "zero-shot"
[[arms]]
name = "drawn"
selector = "random"
shots = 3
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plan, its data, and a run that has asked nobody."""
    place = tmp_path_factory.mktemp("made")
    labels = ("cold", "warm")
    notes = [{"note": f"note {n} of the {'x' * n} day", "label": labels[n % 2]} for n in range(30)]
    (place / "notes.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    (place / "plan.toml").write_text(PLAN)
    done = run([*MAIN, "--no-plugins", "run", "plan.toml", "--out", "out"], place)
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    """A copy of the folder."""
    shutil.copytree(made, tmp_path / "copy")
    plan = tmp_path / "copy" / "out" / "plan.toml"
    plan.write_text(plan.read_text().replace(str(made), str(tmp_path / "copy")))
    return tmp_path / "copy"


@pytest.fixture(scope="module")
def host() -> Host:
    return Host.load(plugins=False)


def finish(
    place: Path, host: Host, arm: str | None = None, draw: int | None = None
) -> FinishedPrompt:
    return finished_at(place / "out", host, arm, draw)[0]


def test_the_focus_with_its_first_draw_is_finished_unless_others_are_named(
    place: Path, host: Host
) -> None:
    prompt = finish(place, host)
    assert (prompt.arm, prompt.draw, prompt.labels) == ("drawn", 1, ("cold", "warm"))
    assert finish(place, host, "drawn", 2).draw == 2
    assert finish(place, host, "drawn", 2).layout != prompt.layout
    assert finish(place, host, "zero-shot").draw == 0
    assert prompt.columns == {"text": "note"}
    shown = prompt.provenance.demonstrations
    assert len(shown) == 3
    for demonstration in shown:
        assert f"Q: {demonstration.text}\nA: {demonstration.label}" in prompt.layout.literals[0]


def test_what_the_file_says_of_the_llm_can_be_replaced(place: Path, host: Host) -> None:
    finish(place, host).write(place / "prompt.json")
    loaded = load_prompt(place / "prompt.json", host, llm="replay", options={"paths": ["x"]})
    assert loaded.finished.llm.use == "replay"
    assert loaded.finished.llm.options == {"paths": ["x"]}
    assert loaded.labels == ("cold", "warm")


@pytest.mark.parametrize(
    ("arm", "draw", "words"),
    [
        ("other", None, "the run has no arm 'other'"),
        ("drawn", 3, "its draws: 1, 2"),
        ("zero-shot", 1, "leave --draw out"),
    ],
)
def test_an_arm_or_a_draw_that_is_not_there(
    place: Path, host: Host, arm: str, draw: int | None, words: str
) -> None:
    with pytest.raises(AmplifyError) as caught:
        finish(place, host, arm, draw)
    assert words in str(caught.value)


def test_a_folder_that_is_no_finished_run(place: Path, host: Host) -> None:
    (place / "empty").mkdir()
    (place / "out" / "record.json").unlink()
    with pytest.raises(AmplifyError, match="is not finished") as caught:
        finish(place, host)
    assert "amplify run --resume --out" in str(caught.value)
    with pytest.raises(AmplifyError, match="holds no run"):
        finished_at(place / "empty", host)
    with pytest.raises(AmplifyError, match="neither a prompt's file nor a run's folder"):
        finished_at(place / "nowhere", host)
    with pytest.raises(AmplifyError, match="it holds no finished prompt"):
        finished_at(place / "notes.jsonl", host)


def test_a_damaged_or_changed_run_is_no_prompt(place: Path, host: Host) -> None:
    prompts = place / "out" / "prompts.jsonl"
    whole = prompts.read_text()
    prompts.write_text(whole.replace("Answer with one of", "Reply with one of"))
    with pytest.raises(AmplifyError, match="is not what the run asked with: the prompt of item"):
        finish(place, host)
    prompts.write_text(whole[:-20])
    with pytest.raises(AmplifyError, match="the run's prompts cannot be read"):
        finish(place, host, "drawn", 2)
    prompts.write_text(whole)
    record = place / "out" / "record.json"
    kept = record.read_text()
    record.write_text('{"schema": 1, "arms": [3]}')
    with pytest.raises(AmplifyError, match="the record cannot be read"):
        finish(place, host)
    record.write_text('{"schema": 1, "arms": []}')
    with pytest.raises(AmplifyError, match="the record cannot be read"):
        finish(place, host)
    record.write_text(kept)
    (place / "notes.jsonl").unlink()
    with pytest.raises(AmplifyError, match=r"notes\.jsonl"):
        finish(place, host)


OPTIONS = """
[task]
use = "jsonl"
path = "notes.jsonl"
[split]
train = 0
pool = 4
test = 4
[llm]
use = "none"
[[arms]]
name = "zero-shot"
"""


def test_inputs_that_list_their_own_answers_are_refused(tmp_path: Path, host: Host) -> None:
    notes = [
        {"text": f"Which of {n}?\nOptions:\n(A) one{n}\n(B) two{n}", "label": f"({'AB'[n % 2]})"}
        for n in range(12)
    ]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(note) + "\n" for note in notes))
    (tmp_path / "plan.toml").write_text(OPTIONS)
    done = run([*MAIN, "--no-plugins", "run", "plan.toml", "--out", "out"], tmp_path)
    assert done.returncode == 0, done.stderr
    with pytest.raises(AmplifyError, match="list the answers that are open to them"):
        finish(tmp_path, host)


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """The folder of a run that shows that its focus does worse than its baseline."""
    write_recording(tmp_path, wrong=0)
    right = (tmp_path / "words.json").read_text()
    write_recording(tmp_path, wrong=32)
    (tmp_path / "few.json").write_text(right)
    printed("--no-plugins", "run", str(tmp_path / "plan.toml"), "--out", str(tmp_path / "out"))
    return tmp_path / "out"


def test_of_a_focus_that_lost_the_prompt_of_the_baseline_is_taken(lost: Path) -> None:
    text = printed("--no-plugins", "export", str(lost))
    assert (
        "the run shows that amplify does worse than answer-only: the prompt of answer-only" in text
    )
    assert "--arm amplify takes that of amplify" in text
    assert '"arm": "answer-only"' in text
    with pytest.warns(UserWarning, match="the prompt of answer-only is taken") as caught:
        assert amplify.load(lost).finished.arm == "answer-only"
    assert caught[0].filename == __file__
    assert amplify.Run(lost).chosen == "answer-only"
    assert amplify.load(lost, arm="amplify").finished.arm == "amplify"
    assert "the run shows" not in printed("--no-plugins", "export", str(lost), "--arm=amplify")


def test_an_arm_that_had_more_items_right_is_named(lost: Path, tmp_path: Path) -> None:
    record = json.loads((lost / "record.json").read_text())
    record["verdict"]["outcome"] = "no evidence"
    (lost / "record.json").write_text(json.dumps(record))
    text = printed("--no-plugins", "export", str(lost))
    shares = {arm["name"]: f"{arm['accuracy']:.1%}" for arm in record["arms"]}
    best = max(record["arms"], key=lambda arm: arm["accuracy"])["name"]
    assert (
        f"amplify has {shares['amplify']} of the test items right, {best} {shares[best]};"
        f" --arm {best} takes the prompt of {best}"
    ) in text
    assert '"arm": "amplify"' in text
    with pytest.warns(UserWarning, match=f"arm='{best}' takes"):
        amplify.load(lost)
    assert "right," not in printed("--no-plugins", "export", str(lost), "--arm", best)


def test_one_text_is_no_list_of_texts(lost: Path) -> None:
    prompt = amplify.load(lost, arm="amplify")
    texts: Any
    for texts in ("a text", b"a text"):
        with pytest.raises(amplify.PlanError, match="each character would be") as caught:
            prompt.predict(texts)
        assert "prompt(text)" in caught.value.hint
        with pytest.raises(amplify.PlanError, match="each character would be"):
            asyncio.run(prompt.apredict(texts))


@pytest.mark.parametrize("command", ["worth", "retry", "export"])
def test_a_folder_that_is_no_run_says_what_is_wanted(tmp_path: Path, command: str) -> None:
    text = printed("--no-plugins", command, str(tmp_path), code=2)
    assert "the folder holds no run\n  name the folder of a run or of a tune" in text
    text = printed("--no-plugins", command, str(tmp_path / "nowhere"), code=2)
    assert "name the folder of a run or of a tune" in text
