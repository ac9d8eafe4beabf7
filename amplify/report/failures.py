"""Why calls failed, a line each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def failure_lines(record: Mapping[str, Any]) -> list[str]:
    """What a run's or a study's record says of the calls that failed; to be shown escaped."""
    return [
        f"{one['count']:,} calls failed as {one['kind']}, for instance: {one['example']}"
        for one in record.get("failures", ())
    ]
