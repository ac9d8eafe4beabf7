"""An exported prompt is a configuration of promptfoo: the same messages, the same score."""

from __future__ import annotations

import csv
import json
import os
import shlex

import pytest
from known.taken import WRITTEN, Taken

COMMAND = shlex.split(os.environ.get("PROMPTFOO", ""))

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not COMMAND, reason="PROMPTFOO does not say how promptfoo is started"),
]


@pytest.mark.parametrize("arm", WRITTEN)
def test_its_evaluation_asks_and_scores_as_the_run(run: Taken, arm: str) -> None:
    run.export(arm, "promptfoo", "promptfooconfig.yaml")
    with (run.folder / "items.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["input", "label"])
        writer.writerows([item["text"], item["label"]] for item in run.items(arm))
    since = len(run.server.seen)
    done = run.runs.python(
        [*COMMAND, "eval", "-c", "promptfooconfig.yaml", "--no-cache", "-o", f"{arm}.json"],
        PROMPTFOO_CONFIG_DIR=str(run.folder / "promptfoo"),
        PROMPTFOO_DISABLE_TELEMETRY="1",
        PROMPTFOO_DISABLE_UPDATE="1",
        PROMPTFOO_DISABLE_REMOTE_GENERATION="true",
        **run.env,
    )
    # Where an assertion fails, promptfoo ends with 100.
    assert done.returncode in (0, 100), done.stdout + done.stderr
    run.check(arm, since)
    counts = json.loads((run.folder / f"{arm}.json").read_text())["results"]["stats"]
    total = counts["successes"] + counts["failures"]
    assert counts["errors"] == 0
    assert counts["successes"] / total == pytest.approx(run.score(arm))
