"""A run with several draws by the command line: its report, and the plot in its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.site import Site
from known.weather import PLAN, lay, record, run

from amplify.report.plots.svg import plot_files


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Path, str]:
    """The site and the folder of a run with three draws, and what the run said."""
    folder = tmp_path_factory.mktemp("draws")
    (folder / "site").mkdir()
    site = Site(folder / "site")
    done = run(site, lay(site, folder, plan=PLAN), "out", "--draws", "3")
    assert done.returncode == 0, done.stderr
    return site, folder, done.stdout


def test_the_report_shows_each_draw(whole: tuple[Site, Path, str]) -> None:
    said = whole[2]
    assert "4 demonstrations of amplify (draw " in said
    assert "accuracy of each draw" in said
    assert "Methods compared" in said
    (row,) = [line.split() for line in said.splitlines() if line.startswith(" answer-only ")][:1]
    scores = {arm["name"]: arm for arm in record(whole[1], "out")["arms"]}
    assert row[1] == f"{scores['answer-only']['correct']}/120"
    assert row[-1] == "3"


def test_the_plot_in_the_folder_is_made_from_the_record_alone(
    whole: tuple[Site, Path, str],
) -> None:
    stored = whole[1] / "out" / "draws.svg"
    assert {stored.name: stored.read_text(encoding="utf-8")} == plot_files(record(whole[1], "out"))
    assert stored.stat().st_mode & 0o077 == 0


def test_a_plot_that_cannot_be_written_is_told_and_loses_nothing(
    whole: tuple[Site, Path, str],
) -> None:
    site, place, _ = whole
    stored = place / "out" / "draws.svg"
    text = stored.read_text(encoding="utf-8")
    stored.unlink()
    stored.mkdir()
    (stored / "kept").touch()
    refused = run(site, place, "out", "--resume")
    assert refused.returncode == 2
    assert "draws.svg" in refused.stderr
    assert "a folder is in the file's place" in refused.stderr
    (stored / "kept").unlink()
    stored.rmdir()
    assert run(site, place, "out", "--resume").returncode == 0
    assert stored.read_text(encoding="utf-8") == text


def test_a_run_with_one_draw_has_no_plot(site: Site, place: Path) -> None:
    done = run(site, place, "out")
    assert not (place / "out" / "draws.svg").exists()
    assert "accuracy of each draw" not in done.stdout
    assert "Prompts compared" in done.stdout
