"""The command `import`, and what `export` says of a format that holds less than the prompt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.in_process import printed
from known.opinions import finished_prompt
from msgspec.structs import replace

from amplify.run.prompt.finished import FinishedPrompt

ROWS = [{"input": f"note {n} {'x' * n}", "ideal": ("bug", "praise")[n % 2]} for n in range(8)]


def test_a_plan_is_written_that_plans_and_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("evals.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    told = printed("import", "evals.jsonl")
    assert "then: amplify plan plan.toml" in told
    assert "imported" in printed("plan", "plan.toml", "--llm", "none")
    assert "is there already" in printed("import", "evals.jsonl", code=2)
    printed("import", "evals.jsonl", "--force")
    assert "there is no such file" in printed("import", "nothing.jsonl", "--force", code=2)
    Path("broken.yaml").write_text("\x00: [")
    assert "broken.yaml" in printed("import", "broken.yaml", "--out", "other.toml", code=2)
    assert "no regular file" in printed("import", ".", "--out", "other.toml", code=2)
    assert not Path("other.toml").exists()


def test_no_file_beside_the_plan_is_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    items = Path("plan-items.jsonl")
    items.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    before = items.read_bytes()
    assert "is what is imported" in printed("import", items.name, "--force", code=2)
    items.rename("evals.jsonl")
    items.write_text("kept")
    assert "plan-items.jsonl: is there already" in printed("import", "evals.jsonl", code=2)
    assert items.read_text() == "kept"
    assert not Path("plan.toml").exists()
    printed("import", "evals.jsonl", "--force")
    assert items.read_text() != "kept"
    assert Path("evals.jsonl").read_bytes() == before


def test_export_says_what_a_format_leaves_out(tmp_path: Path) -> None:
    whole: FinishedPrompt = finished_prompt()
    answer = replace(whole.answer, repeats=3, unread="ask")
    replace(whole, answer=answer).write(tmp_path / "prompt.json")
    told = printed("export", str(tmp_path / "prompt.json"), "--to", "dspy")
    assert "left out in this format: each input is asked once, not 3 times" in told
    assert "left out in this format: a reply that cannot be read" in told
    assert "left out" not in printed("export", str(tmp_path / "prompt.json"))
    path = str(tmp_path / "prompt.json")
    assert "is the prompt that" in printed("export", path, "--to", "text", "-o", path, code=2)
