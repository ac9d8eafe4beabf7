"""A user's own data from the command line: what is refused, and what is noted, in plan and run."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from known.site import Site
from known.weather import amplify, record

PLAN = """\ufeff[task]
use = "jsonl"
path = "notes.jsonl"
instruction = "Answer with one of: cold, warm."
[split]
train = 0
pool = 0
test = "all"
[llm]
use = "none"
[[arms]]
name = "zero-shot"
"""

ROWS = [{"text": f"note {i} of the day", "label": ("cold", "warm")[i % 2]} for i in range(20)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def said(site: Site, place: Path, content: bytes) -> tuple[str, str]:
    """What plan and run say on stderr of a file that both refuse."""
    (place / "plan.toml").write_text(PLAN, encoding="utf-8")
    (place / "notes.jsonl").write_bytes(content)
    plan = amplify(site, place, "plan", str(place / "plan.toml"))
    run = amplify(site, place, "run", str(place / "plan.toml"), "--out", str(place / "out"))
    assert (plan.returncode, run.returncode) == (2, 2), plan.stderr + run.stderr
    assert not (place / "out").exists()
    return plan.stderr, run.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json.dumps(ROWS).encode(), "jq -c '.[]' notes.jsonl"),
        (json.dumps(ROWS, indent=1).encode(), "jq -c '.[]' notes.jsonl"),
        (gzip.compress(LINES.encode(), mtime=0), "gunzip -k"),
        (LINES.encode("utf-16"), "iconv -f UTF-16"),
        (LINES.encode() + b'{"text": "x", "label": NaN}\n', "notes.jsonl:21: column 'label'"),
        (LINES.encode() + b'{"text": "x", "label": "nan"}\n', "notes.jsonl:21: the label is 'nan'"),
    ],
)
def test_what_a_run_refuses_a_plan_refuses(
    site: Site, tmp_path: Path, content: bytes, words: str
) -> None:
    plan, run = said(site, tmp_path, content)
    assert plan == run
    assert words in plan


def test_what_is_odd_is_noted_in_plan_run_and_record(site: Site, tmp_path: Path) -> None:
    rows = [dict(row) for row in ROWS]
    rows[2]["label"] = "Cold"
    rows[3]["text"] = "cut here \ud83d"
    rows[5] = {"text": "NOTE 4 of the day", "label": "warm"}
    rows[7]["text"] = "a \x1b[31m and [/red] [MASK]"
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = amplify(site, tmp_path, "plan", str(tmp_path / "plan.toml"))
    run = amplify(site, tmp_path, "run", str(tmp_path / "plan.toml"), "--out", str(tmp_path / "o"))
    assert (plan.returncode, run.returncode) == (0, 0), plan.stderr + run.stderr
    notes = " ".join(record(tmp_path, "o")["notes"])
    for words in (
        "'cold' (9) and 'Cold' (1)",
        "U+FFFD",
        "(notes.jsonl:4)",
        "notes.jsonl:5 'cold' and notes.jsonl:6 'warm'",
        r"notes.jsonl:8 '\x1b'",
        "notes.jsonl:8 '[MASK]'",
    ):
        assert words in notes
        for shown in (plan.stdout, run.stdout):
            assert words.replace(" ", "") in "".join(shown.split())
    assert "\x1b" not in plan.stdout + run.stdout
