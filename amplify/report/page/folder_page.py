"""Makes the page of a folder: of a run or a tune, or of a study."""

from __future__ import annotations

from pathlib import Path

from amplify.report.page.run_page import run_page
from amplify.report.page.study_page import study_page
from amplify.run.store.stored_run import StoredRun, read_record, read_run


def folder_page(folder: Path) -> str:
    """The page of what the folder holds, as the text of an HTML file."""
    record = read_record(folder)
    if "results" in record:
        return study_page(folder, record)
    return run_page(StoredRun(folder, record) if "arms" in record else read_run(folder))
