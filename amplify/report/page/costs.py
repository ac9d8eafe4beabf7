"""Tells what the calls of a run took, and which versions and digests it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible_lines
from amplify.report.money import money
from amplify.run.store.stored_run import StoredRun


def cost_pairs(run: StoredRun) -> list[tuple[str, str]]:
    """What the calls took, as names and values."""
    totals = run.totals
    if totals is None:
        return [("calls", "they are in the journal of the study that this run belongs to")]
    cost = "unknown" if totals.cost is None else money(totals.cost) if totals.cost else "0"
    values = [
        ("calls", f"{totals.calls:,} ({counted(totals.attempts, 'attempt')})"),
        ("replies from the cache", f"{totals.reused:,}"),
        ("requests without a reply", f"{totals.failed:,}"),
        ("tokens read", f"{totals.input:,} ({totals.cached:,} of them from a prompt cache)"),
        ("tokens written", f"{totals.output:,}"),
        ("cost", cost),
    ]
    if totals.seconds:
        seconds = f"{totals.seconds:,.1f} s, {totals.seconds / max(1, totals.calls):.3f} s a call"
        values.append(("time of all calls, added up", seconds))
    return values


def digest_pairs(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Digests and versions, as names and values."""
    data = record["data"]
    return [
        ("plan", record["plan"]),
        *((f"data {key}", visible_lines(data[key])) for key in ("path", "sha256") if data.get(key)),
        *((f"prompts of {arm['name']}", arm["prompts"]) for arm in record["arms"]),
        *record["versions"].items(),
    ]
