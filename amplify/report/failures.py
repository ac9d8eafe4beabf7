"""Why calls failed: one line for each kind of failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amplify.contract.grammar import counted


def failure_lines(record: Mapping[str, Any]) -> list[str]:
    """The lines on failed calls of a run's or a study's record; not escaped yet."""
    return [
        f"{counted(entry['count'], 'call')} failed as {entry['kind']}, for instance:"
        f" {entry['example']}"
        for entry in record.get("failures", ())
    ]
