"""The whole loop with a live language model from a local folder: run, killed, resumed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from known.waiting import HUNG, wait_until

pytest.importorskip("amplify_captum", reason="amplify-captum is not installed")

PLAN = """
[task]
use = "csv"
path = "reviews.csv"
instruction = "Answer with one of: bad, good."
[split]
train = 40
pool = 24
test = 24
[llm]
use = "transformers/local"
model = "{llm}"
batch_size = 4
[proxy]
use = "transformers/classifier"
model = "{proxy}"
epochs = 2
[[arms]]
name = "answer-only"
selector = "random"
shots = 3
[[arms]]
name = "amplify"
selector = "h-mcs"
explainer = "captum/input-x-gradient"
template = {{ use = "key-words", max_tokens = 24 }}
shots = 3
"""
TELLING = {"good": ("splendid", "lovely"), "bad": ("dreadful", "gloomy")}
REST = ("the", "house", "under", "green", "lamp", "river", "music", "garden", "letter", "chair")
MAIN = [sys.executable, "-c", "from amplify.cli.main import main; main()"]


def reviews(count: int) -> str:
    draw = random.Random(3)
    rows = ["text,label"]
    for index in range(count):
        label = ("good", "bad")[index % 2]
        words = [*draw.choices(REST, k=7), draw.choice(TELLING[label])]
        draw.shuffle(words)
        rows.append(f"{' '.join(words)} {index},{label}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def plan(tmp_path: Path, make: Callable[..., str]) -> Path:
    text = PLAN.format(llm=make("llama", "causal"), proxy=make("bert"))
    (tmp_path / "plan.toml").write_text(text)
    (tmp_path / "reviews.csv").write_text(reviews(96))
    return tmp_path / "plan.toml"


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1"}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [*MAIN, "run", *map(str, arguments)]
    return subprocess.run(
        command, env=environment(), capture_output=True, encoding="utf-8", timeout=HUNG, check=False
    )


def rows(path: Path) -> list[dict[str, Any]]:
    # A line that a kill cut off ends in no newline: it is not a row yet.
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def answered(out: Path) -> Counter[str]:
    return Counter(row["key"] for row in rows(out / "calls.jsonl") if "completion" in row)


def test_a_live_model_answers_every_arm_and_a_kill_costs_nothing(plan: Path) -> None:
    whole, out = plan.parent / "whole", plan.parent / "out"
    done = run(plan, "--out", whole)
    assert done.returncode == 0, done.stderr
    record = json.loads((whole / "record.json").read_text())
    assert [arm["items"] for arm in record["arms"]] == [24, 24]
    assert record["provider"]["provider"] == "transformers/local"
    assert record["arms"][1]["tokens"]["cached"] > 0
    shown = [d for d in rows(whole / "demonstrations.jsonl") if d["arm"] == "amplify"]
    # A demonstration may have no word that speaks for its label, and then has no rationale.
    assert any(d["words"] for d in shown)
    assert all(d["rationale"].startswith("The key words: ") == bool(d["words"]) for d in shown)

    # Killed twice with SIGKILL, once in the survey or soon after, once later.
    arguments = [str(plan), "--out", str(out)]
    for goal in (6, 40):
        process = subprocess.Popen(
            [*MAIN, "run", *arguments],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda goal=goal: sum(answered(out).values()) >= goal, process)  # type: ignore[misc]  # its default is bound here
        process.send_signal(signal.SIGKILL)
        process.wait()
        arguments = ["--resume", "--out", str(out)]
    before = answered(out)
    assert before
    assert sum(before.values()) < sum(answered(whole).values())
    done = run("--resume", "--out", out)
    assert done.returncode == 0, done.stderr
    # No key stands twice: nothing that was answered was asked again.
    assert set(answered(out).values()) == {1}
    assert set(answered(out)) == set(answered(whole))
    assert json.loads((out / "record.json").read_text()) == record


CHAT_TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
OWN = "{% block rationale %}Mind {{ listed }}: {{ label }}.{% endblock %}"


def test_a_chat_model_answers_conversations_in_ones_own_wording(
    plan: Path, make: Callable[..., str]
) -> None:
    plain, out = make("llama", "causal"), plan.parent / "out"
    model = shutil.copytree(plain, plan.parent / "chat-model")
    (model / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    (plan.parent / "own.jinja").write_text(OWN)
    text = plan.read_text().replace('use = "key-words",', 'use = "file", path = "own.jinja",')
    text = text.replace("max_tokens = 24", 'max_tokens = 8, layout = "chat"')
    text = text.replace(
        'selector = "random"',
        'selector = "random"\ntemplate = { use = "answer-only", layout = "chat", max_tokens = 8 }',
    )
    plan.write_text(text)
    # A model without a chat template is refused, and nothing is asked.
    refused = plan.parent / "refused"
    done = run(plan, "--out", refused)
    assert done.returncode == 2, done.stderr
    assert "cannot be asked in the chat layout" in " ".join(done.stderr.split())
    assert not answered(refused)

    plan.write_text(text.replace(plain, str(model)))
    done = run(plan, "--out", out)
    assert done.returncode == 0, done.stderr
    record = json.loads((out / "record.json").read_text())
    assert record["provider"]["chat"] is True
    for arm in record["arms"]:
        assert (arm["items"], arm["errors"]) == (24, 0)
        # The shared turns are most of a prompt, and come from the cache for all items.
        assert arm["tokens"]["cached"] > 0.5 * arm["tokens"]["input"]
    shown = [d for d in rows(out / "demonstrations.jsonl") if d["arm"] == "amplify"]
    # A demonstration may have no word that speaks for its label, and then has no rationale.
    said = {
        2 + 2 * index: f"{d['rationale']} The answer is {d['example']['label']}."
        for index, d in enumerate(shown)
        if d["words"]
    }
    assert said
    assert all(text.startswith("Mind ") for text in said.values())
    for row in rows(out / "prompts.jsonl"):
        roles = [message["role"] for message in row["messages"]]
        assert roles == ["system", *["user", "assistant"] * 3, "user"]
        for place, text in said.items() if row["arm"] == "amplify" else ():
            assert row["messages"][place]["content"] == text
