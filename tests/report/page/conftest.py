"""Runs, and the pages of them, that the tests of pages look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from known.recorded_run import SCRIPT, record_run

from amplify.report.page.folder_page import folder_page
from amplify.report.paired.page import paired_page
from amplify.run.paired.pair import pair_runs
from amplify.run.store.stored_run import read_run

NAME = f"amplify {SCRIPT}"
"""The name of the focus, an arm, which would be a script."""


@dataclass(frozen=True)
class Page:
    """A run's folder, and its page, as a file and as text."""

    run: Path
    file: Path
    text: str


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a run whose texts, replies and an arm's name are hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    run = record_run(folder, name=NAME)
    text = folder_page(run)
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    return Page(run, file, text)


@pytest.fixture(scope="module")
def compared(hostile: Page, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page that compares this run with itself."""
    run = read_run(hostile.run)
    text = paired_page([pair_runs(run, run)], {})
    file = tmp_path_factory.mktemp("compared") / "page.html"
    file.write_text(text, encoding="utf-8")
    return Page(hostile.run, file, text)
