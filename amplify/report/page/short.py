"""A run in a notebook: verdict, arms and notes, as a fragment of HTML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amplify.report.page import tables
from amplify.report.page.html import fragment
from amplify.report.page.run_page import OUTCOMES


def short_page(folder: Path, record: Mapping[str, Any]) -> str:
    """The result of the run in the folder, of which `record` tells."""
    return fragment(
        "short.html.jinja",
        record=record,
        outcome=OUTCOMES.get(record["verdict"]["outcome"], "not compared"),
        arms=tables.arms_table(record),
        folder=str(folder),
    )
