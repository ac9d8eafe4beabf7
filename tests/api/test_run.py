"""`amplify.run` in a program: data of every form, the result, errors, and going on."""

from __future__ import annotations

import asyncio
import inspect
import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from known.site import Site
from known.weather import PLAN, lay, log, weather

import amplify

pytestmark = pytest.mark.once

PAIRS = [tuple(line.rsplit(",", 1)) for line in weather(40).splitlines()[1:]]
"""Texts with their labels."""

ARMS = ["zero-shot", "answer-only"]

SETTINGS: dict[str, Any] = {"llm": "voter", "arms": ARMS, "shots": 2}


@pytest.fixture
def place(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the weather's data, in which the program runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWN_LOG", str(tmp_path / "log"))
    return lay(site, tmp_path, plan=PLAN)


def answers(run: amplify.Run) -> list[tuple[str, str, str | None]]:
    return [(each.item, each.arm, each.answer) for each in run.predictions]


def test_pairs_are_run_and_nothing_is_printed(
    place: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    run = amplify.run(PAIRS, **SETTINGS)
    assert capfd.readouterr() == ("", "")
    assert [record.getMessage() for record in caplog.records] == []
    assert list(run.arms) == ARMS
    assert run.arms["zero-shot"].items == 12
    assert run.verdict.focus == run.chosen == "answer-only"
    assert run.verdict.sentences[0] in str(run)
    assert (run.failed, run.stopped) == (0, None)
    assert run.folder.parent == Path("runs")
    assert (run.folder / "record.json").is_file()
    texts = dict(PAIRS)
    for each in run.predictions:
        assert each.label == list(texts.values())[int(each.item)]


@pytest.mark.parametrize("form", ["records", "path", "frame", "dataset", "splits"])
def test_every_form_of_data_gives_the_same_run(place: Path, form: str) -> None:
    if form == "frame":
        data: Any = pytest.importorskip("pandas").DataFrame(PAIRS, columns=["text", "label"])
    elif form in ("dataset", "splits"):
        datasets = pytest.importorskip("datasets")
        names = datasets.ClassLabel(names=["cold", "warm"])
        features = datasets.Features({"text": datasets.Value("string"), "label": names})
        rows = [{"text": text, "label": names.str2int(label)} for text, label in PAIRS]
        data = datasets.Dataset.from_list(rows, features=features)
        if form == "splits":
            data = datasets.DatasetDict({"train": data})
    else:
        data = [{"text": text, "label": label} for text, label in PAIRS]
    if form == "path":
        (place / "weather.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
        data = place / "weather.jsonl"
    run = amplify.run(data, **SETTINGS)
    expected = amplify.run(PAIRS, **SETTINGS)
    if form == "path":  # whose items are numbered otherwise, so that other ones are shown
        assert run.arms["zero-shot"].correct == expected.arms["zero-shot"].correct
    else:
        assert answers(run) == answers(expected)


def test_the_official_test_split_of_a_data_set_is_what_is_tested(place: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [{"text": text, "label": label} for text, label in PAIRS]
    train, test = datasets.Dataset.from_list(rows[:30]), datasets.Dataset.from_list(rows[30:])
    run = amplify.run(datasets.DatasetDict({"train": train, "test": test}), **SETTINGS)
    assert run.arms["zero-shot"].items == 10


def test_the_index_of_a_frame_names_the_items(place: Path) -> None:
    pandas = pytest.importorskip("pandas")
    rows = [(f"m{n}", text, label, [n]) for n, (text, label) in enumerate(PAIRS)]
    frame = pandas.DataFrame(rows, columns=["key", "body", "kind", "vector"]).set_index("key")
    run = amplify.run(frame, text="body", label="kind", **SETTINGS)
    table = run.to_pandas()
    assert list(table.columns) == list(
        "item arm draw label answer status correct reply error".split()
    )
    joined = table.join(frame, on="item")
    assert (joined["kind"] == joined["label"]).all()
    assert len(table) == 24


def test_columns_of_one_name_are_refused(place: Path) -> None:
    pandas = pytest.importorskip("pandas")
    rows = [(text, text, label) for text, label in PAIRS]
    with pytest.raises(amplify.DataError, match="2 columns are called 'text'"):
        amplify.run(pandas.DataFrame(rows, columns=["text", "text", "label"]), **SETTINGS)


def test_half_a_surrogate_pair_is_run_as_from_a_file(place: Path) -> None:
    run = amplify.run([(f"{text} \ud83d", label) for text, label in PAIRS], **SETTINGS)
    assert run.arms["zero-shot"].items == 12


def test_splits_without_rows_are_no_test_split(place: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = [{"text": text, "label": label} for text, label in PAIRS]
    train = datasets.Dataset.from_list(rows)
    splits = datasets.DatasetDict({"train": train, "test": train.select([])})
    assert amplify.run(splits, **SETTINGS).arms["zero-shot"].items == 12
    with pytest.raises(amplify.DataError, match="holds no split"):
        amplify.run(datasets.DatasetDict({}), **SETTINGS)


def test_a_plan_is_run_with_settings_over_it(place: Path) -> None:
    options = {"run.choose_on": np.int64(0)}
    run = amplify.run("plan.toml", limit=np.int64(5), out="mine", options=options)
    assert {arm.items for arm in run.arms.values()} == {5}
    assert run.folder == Path("mine")
    assert "choose_on = 0" in (place / "mine" / "plan.toml").read_text()


def test_a_component_may_be_a_table_as_in_a_plan(place: Path) -> None:
    settings = {**SETTINGS, "llm": {"use": "voter"}, "proxy": {"use": "counts"}}
    run = amplify.run(PAIRS, options={"split": {"train": 0.2, "pool": 10}}, **settings)
    assert run.record["data"]["splits"] == {"train": 8, "pool": 10, "test": 22, "folds": 0}


def test_a_second_call_goes_on_with_the_folder_and_asks_nothing(place: Path) -> None:
    first = amplify.run(PAIRS, out="mine", **SETTINGS)
    calls_before = len(log(place))
    again = amplify.run(PAIRS, out="mine", **SETTINGS)
    alone = amplify.run(out="mine")
    assert answers(first) == answers(again) == answers(alone)
    assert first.record == again.record
    assert len(log(place)) == calls_before
    with pytest.raises(amplify.PlanError, match="holds the run of another plan"):
        amplify.run(PAIRS[:-1], out="mine", **SETTINGS)
    with pytest.raises(amplify.PlanError, match="holds a run already"):
        amplify.run(PAIRS, out="mine", resume=False, **SETTINGS)
    with pytest.raises(amplify.PlanError, match="name it: out=FOLDER"):
        amplify.run(PAIRS, resume=True, **SETTINGS)


def test_a_second_call_with_another_baseline_is_not_shown_the_first_ones_verdict(
    place: Path,
) -> None:
    head, arm = PLAN.partition("[run]")[0], '[[arms]]\nname = "{}"\n'
    more = 'selector = "random"\nshots = {}\n'
    arms = [arm.format("zero-shot"), arm.format("answer-only") + more.format(2)]
    arms += [arm.format("wide") + more.format(3)]
    (place / "three.toml").write_text(head + "[run]\nfaithfulness = false\n" + "".join(arms))
    for baseline in ("zero-shot", "answer-only", "zero-shot"):
        run = amplify.run("three.toml", out="mine", options={"verdict.baseline": baseline})
        assert run.verdict.baseline == baseline
    assert run.verdict.focus == "wide"


def test_an_interrupt_loses_nothing_and_says_how_to_go_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(number: int, frame: Any) -> None:
        if len(log(place)) >= 10:
            raise KeyboardInterrupt

    # A timer of the process, as a user's Ctrl-C: it comes while the LLM answers.
    monkeypatch.setenv("KNOWN_PAUSE", "0.02")
    handler = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.01)
    try:
        with pytest.raises(KeyboardInterrupt) as interrupted:
            amplify.run(PAIRS, out="mine", **SETTINGS)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert interrupted.value.__notes__ == ["to go on: amplify.run(out='mine')"]
    calls_before = len(log(place))
    monkeypatch.delenv("KNOWN_PAUSE")
    run = amplify.run(out="mine")
    assert {arm.items for arm in run.arms.values()} == {12}
    assert len(log(place)) - calls_before < 24


def test_a_program_with_an_event_loop_runs_it_at_once_or_in_a_thread(place: Path) -> None:
    async def program() -> list[amplify.Run]:
        at_once = amplify.run(PAIRS, **SETTINGS)
        return [at_once, await asyncio.to_thread(amplify.run, PAIRS, **SETTINGS)]

    first, second = asyncio.run(program())
    assert answers(first) == answers(second)


def test_what_is_wrong_is_said_in_our_errors(place: Path) -> None:
    with pytest.raises(amplify.PlanError, match="no setting 'draw'; did you mean 'draws'"):
        amplify.run(PAIRS, draw=2)  # type: ignore[call-arg]  # what is refused
    with pytest.raises(amplify.DataError, match=r"data\[1\]: is no pair"):
        amplify.run([PAIRS[0], "alone"], **SETTINGS)
    with pytest.raises(amplify.DataError, match="a dict is no data"):
        amplify.run({"a": 1}, **SETTINGS)
    with pytest.raises(amplify.DataError, match="no examples"):
        amplify.run([], **SETTINGS)
    with pytest.raises(amplify.PlanError, match="an object is no value of a plan"):
        amplify.run(PAIRS, options={"run.seed": object()}, **SETTINGS)
    with pytest.raises(amplify.PlanError, match="there is no such plan file"):
        amplify.run("none.toml")
    assert not (place / "runs").exists() or not list((place / "runs").glob("[!.]*"))


def test_a_prompt_of_the_run_labels_texts(place: Path) -> None:
    run = amplify.run(PAIRS, **SETTINGS)
    labels = [each.label for each in run.prompt().predict(["snow and ice", "sun and sand"])]
    assert labels == ["cold", "warm"]
    assert run.prompt("zero-shot").finished.arm == "zero-shot"
    body = run.prompt().export("openai", "taken.json")
    assert (place / "taken.json").read_text() == body
    with pytest.raises(amplify.PlanError, match="no format 'open'; did you mean 'openai'"):
        run.prompt().export("open")


def test_a_notebook_shows_a_run_as_inert_html(place: Path) -> None:
    rows = [(text, label.replace("cold", "<b>cold</b>")) for text, label in PAIRS]
    run = amplify.run(rows, llm="voter", arms=["zero-shot"], out="<script>")
    html = run._repr_html_()
    assert "&lt;script&gt;" in html
    assert "<script" not in html
    assert "<b>cold" not in html
    assert run.report().read_text().startswith("<!doctype html>")


def test_the_package_is_the_function() -> None:
    from amplify.run import execute

    assert inspect.ismodule(amplify.run)
    assert execute.execute is not None
    assert "data" in inspect.signature(amplify.run).parameters
    assert "labelled examples" in str(amplify.run.__doc__)


RACE = """
[tune]
validation = 8
[tune.space]
shots = [1, 3]
[run]
faithfulness = false
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
"""


def test_a_tune_chooses_a_prompt(place: Path) -> None:
    (place / "race.toml").write_text(PLAN.partition("[run]")[0] + RACE)
    with pytest.raises(amplify.PlanError, match=r"races its arms\n.*amplify.tune"):
        amplify.run("race.toml")
    tuned = amplify.tune("race.toml", out="mine")
    assert tuned.chosen == tuned.record["race"]["chosen"].partition(" (")[0]
    calls_before = len(log(place))
    assert answers(amplify.tune(out="mine")) == answers(tuned)
    assert len(log(place)) == calls_before
    assert tuned.prompt()("snow and ice").label in ("cold", "warm")


def test_errors_and_warnings_name_arguments_of_python(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    amplify.run(PAIRS, out="mine", **SETTINGS)
    with pytest.raises(amplify.PlanError, match=r"resume=True, or name another folder with out=F"):
        amplify.run(PAIRS, out="mine", resume=False, **SETTINGS)
    (place / "mine" / "record.json").unlink()
    with pytest.raises(amplify.AmplifyError, match=r"amplify\.run\(out=DIR, resume=True\)"):
        amplify.Run("mine")
    with pytest.raises(amplify.AmplifyError, match=r"it first: amplify\.run\(out='mine', resume"):
        amplify.load("mine")
    with pytest.raises(amplify.ProviderError, match="stopped by max_calls: "):
        amplify.run(PAIRS, max_calls=0, **SETTINGS)
