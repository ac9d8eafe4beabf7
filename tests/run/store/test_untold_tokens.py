"""Replies whose tokens the provider does not tell are counted, never taken as none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from known.frail import PLAN, lay
from known.site import Site

NOT_THEIRS = """class Service(Service):
        async def answer(self, request):
            reply = await super().answer(request)
            if int(request.item.partition("-")[2]) % {every} == 0:
                reply = Reply(replace(reply.outcome, usage={usage}))
            return reply
"""


def run(site: Site, folder: Path, usage: str, every: int = 2) -> tuple[dict[str, Any], str]:
    """The record, and what the console says."""
    fault = NOT_THEIRS.format(usage=usage, every=every)
    plan = lay(site, folder, fault, PLAN.replace("frail-llm", "frail-service"))
    done = site.amplify("run", str(plan), "--out", str(folder / "out"))
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out" / "record.json").read_text()), done.stdout


@pytest.mark.parametrize("usage", ["Usage()", "Usage(input=9)", "Usage(input=-4, output=1)"])
def test_how_many_replies_told_no_tokens_is_recorded_and_shown(
    site: Site, tmp_path: Path, usage: str
) -> None:
    record, shown = run(site, tmp_path, usage)
    untold = [arm["tokens"]["untold"] for arm in record["arms"]]
    assert all(0 < count < 10 for count in untold)
    for arm, count in zip(record["arms"], untold, strict=True):
        note = f"arm {arm['name']}: {count} of 10 replies told no token counts, or not both"
        assert any(told.startswith(note) for told in record["notes"])
    assert f"({sum(untold)} replies did not tell theirs)" in " ".join(shown.split())
    assert shown.count("≥ ") == 2
    # Those that were told are summed.
    assert [arm["tokens"]["output"] or 0 for arm in record["arms"]] <= [10, 10]


@pytest.mark.parametrize(
    ("usage", "total", "said"),
    [("Usage(9, 1)", (90, 10), "100"), ("Usage()", (None, None), "unknown")],
)
def test_a_provider_that_tells_all_or_nothing_is_recorded_as_ever(
    site: Site, tmp_path: Path, usage: str, total: tuple[int | None, int | None], said: str
) -> None:
    record, shown = run(site, tmp_path, usage, every=1)
    given, made = total
    assert record["arms"][0]["tokens"] == {"input": given, "output": made, "cached": None}
    assert f" {said} " in f"{' '.join(shown.split())} "
    assert "≥ " not in shown
