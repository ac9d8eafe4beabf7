"""The commands `report` and `compare` over real run folders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from known.commands import MAIN, run
from known.recorded_run import ITEMS, record_run


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs on the same items: the second has another split of right and wrong, and a key."""
    folder = tmp_path_factory.mktemp("two")
    first = record_run(folder, "first", wrong=9)
    second = record_run(folder, "second", wrong=4, more="faithfulness = false")
    return first, second


def amplify(*arguments: object, **env: str) -> subprocess.CompletedProcess[str]:
    return run([*MAIN, *map(str, arguments)], **env)


def test_report_writes_a_page_into_the_folder(two: tuple[Path, Path]) -> None:
    done = amplify("report", two[0])
    page = two[0] / "report.html"
    assert (done.returncode, done.stdout) == (0, f"page: {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_report_opens_the_page_in_the_browser_of_the_user(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    shown = tmp_path / "shown"
    browser = tmp_path / "browser"
    code = f"import sys; open({str(shown)!r}, 'w').write(sys.argv[1])"
    browser.write_text(f"#!{sys.executable}\n{code}\n")
    browser.chmod(0o700)
    page = tmp_path / "a page.html"
    done = amplify("report", two[0], "-o", page, "--open", BROWSER=f"{browser} %s")
    assert (done.returncode, done.stderr) == (0, "")
    assert shown.read_text() == page.as_uri()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no record.json"),
        ({"plan.toml": ""}, "amplify run --resume"),
        ({"study.toml": ""}, "amplify study --resume"),
        ({"record.json": "{"}, "record.json: the record cannot be read"),
        ({"record.json": "[]"}, "it is no record"),
        ({"record.json": "{}"}, "of no run"),
        ({"record.json": '{"arms": []}'}, "a page cannot be made"),
        ({"record.json": '{"results": []}'}, "a page cannot be made"),
    ],
)
def test_report_refuses_a_folder_without_a_sound_record(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    done = amplify("report", tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_compare_pairs_the_answers_of_two_runs(two: tuple[Path, Path]) -> None:
    done = amplify("compare", *two, "--format", "json")
    assert done.returncode == 0, done.stderr
    (paired,) = json.loads(done.stdout)["comparisons"]
    assert (paired["items"], paired["only_first"], paired["only_second"]) == (ITEMS, 0, 0)
    keys = {change["key"]: (change["first"], change["second"]) for change in paired["settings"]}
    assert keys["run.faithfulness"] == (True, False)
    arms = {arm["name"]: arm for arm in paired["arms"]}
    assert arms["zero-shot"]["answers"] == []
    focus = arms["amplify"]
    gained = round(ITEMS * (focus["second"] - focus["first"]))
    kinds = [change["kind"] for change in focus["answers"]]
    assert kinds.count("fixed") - kinds.count("broken") == gained > 0
    assert focus["comparison"]["fixed"] == kinds.count("fixed")
    assert focus["prompts"] == {"prompts": ITEMS, "changed": 0, "item": "", "lines": []}


def test_compare_prints_what_changed(two: tuple[Path, Path]) -> None:
    done = amplify("compare", *two, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert "run.faithfulness" in done.stdout
    assert "fixed in amplify" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_compare_writes_a_page(two: tuple[Path, Path], tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = amplify("compare", *two, "-o", page)
    assert (done.returncode, done.stdout) == (0, f"page: {page}\n")
    text = page.read_text(encoding="utf-8")
    assert "first: amplify" in text
    assert "second: amplify" in text


def test_compare_says_how_a_prompt_changed(two: tuple[Path, Path]) -> None:
    other = record_run(two[0].parent, "other", seed=3)
    done = amplify("compare", two[0], other, "--format", "json")
    assert done.returncode == 0, done.stderr
    (paired,) = json.loads(done.stdout)["comparisons"]
    focus = next(arm for arm in paired["arms"] if arm["name"] == "amplify")
    assert focus["prompts"]["changed"] == ITEMS
    assert {"+", "-"} <= {line[:1] for line in focus["prompts"]["lines"]}


def test_compare_refuses_runs_on_other_data(two: tuple[Path, Path], tmp_path: Path) -> None:
    other = record_run(tmp_path, rest="there")
    done = amplify("compare", two[0], other)
    assert done.returncode == 2
    assert "the runs are on different data: sha256" in done.stderr


def test_compare_refuses_one_of_several_and_compares_the_others(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    done = amplify("compare", *two, tmp_path, "--format", "json")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"amplify: {tmp_path} was not compared: ")
    assert "\\n" not in line
    result = json.loads(done.stdout)
    assert len(result["comparisons"]) == 1
    assert list(result["refused"]) == [str(tmp_path)]
