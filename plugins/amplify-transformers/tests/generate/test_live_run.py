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


def test_a_live_model_answers_every_arm(plan: Path) -> None:
    out = plan.parent / "out"
    done = run(plan, "--out", out)
    assert done.returncode == 0, done.stderr
    record = json.loads((out / "record.json").read_text())
    assert [arm["items"] for arm in record["arms"]] == [24, 24]
    assert record["provider"]["provider"] == "transformers/local"
    assert record["arms"][1]["tokens"]["cached"] > 0
    shown = [d for d in rows(out / "demonstrations.jsonl") if d["arm"] == "amplify"]
    # A demonstration may have no word that speaks for its label, and then has no rationale.
    assert any(d["words"] for d in shown)
    assert all(d["rationale"].startswith("The key words: ") == bool(d["words"]) for d in shown)


def stop_twice(plan: Path, out: Path, with_signal: signal.Signals) -> None:
    """Run the plan and stop it, once in the survey or soon after; resume it, and stop it later."""
    arguments = [str(plan), "--out", str(out)]
    for goal in (6, 40):
        process = subprocess.Popen(
            [*MAIN, "run", *arguments],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda goal=goal: sum(answered(out).values()) >= goal, process)  # type: ignore[misc]  # its default is bound here
        process.send_signal(with_signal)
        assert process.wait() == (130 if with_signal is signal.SIGINT else -with_signal)
        arguments = ["--resume", "--out", str(out)]


def test_a_kill_costs_nothing(plan: Path) -> None:
    whole, out = plan.parent / "whole", plan.parent / "out"
    done = run(plan, "--out", whole)
    assert done.returncode == 0, done.stderr

    stop_twice(plan, out, signal.SIGKILL)
    assert 0 < sum(answered(out).values()) < sum(answered(whole).values())
    done = run("--resume", "--out", out)
    assert done.returncode == 0, done.stderr
    # No key stands twice: nothing that was answered was asked again.
    assert set(answered(out).values()) == {1}
    assert set(answered(out)) == set(answered(whole))
    records = [json.loads((folder / "record.json").read_text()) for folder in (whole, out)]
    assert records[0] == records[1]


def test_ctrl_c_while_labels_are_asked_for_costs_nothing(plan: Path) -> None:
    """A resumed run puts other replies into a batch, which changes no label."""
    plan.write_text(plan.read_text().replace("[[arms]]", '[[arms]]\nanswer = "complete"'))
    whole, out = plan.parent / "whole", plan.parent / "out"
    done = run(plan, "--out", whole)
    assert done.returncode == 0, done.stderr

    stop_twice(plan, out, signal.SIGINT)
    assert 0 < sum(answered(out).values()) < sum(answered(whole).values())
    done = run("--resume", "--out", out)
    assert done.returncode == 0, done.stderr
    assert set(answered(out).values()) == {1}
    assert set(answered(out)) == set(answered(whole))
    forced, again = labels(whole), labels(out)
    assert forced == again
    assert {how for how, _ in forced.values()} == {"forced"}


def labels(out: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """How each item was read in each arm, and its label."""
    predictions = rows(out / "predictions.jsonl")
    return {(p["arm"], p["item"]): (p["how"], p["answer"]) for p in predictions}


CHAT_TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
OWN = "{% block rationale %}Mind {{ listed }}: {{ label }}.{% endblock %}"


@pytest.fixture
def chat_plan(plan: Path) -> Path:
    """The plan in the chat layout, in a wording of its own, for a model without a chat template."""
    (plan.parent / "own.jinja").write_text(OWN)
    text = plan.read_text().replace('use = "key-words",', 'use = "file", path = "own.jinja",')
    text = text.replace("max_tokens = 24", 'max_tokens = 8, layout = "chat"')
    text = text.replace(
        'selector = "random"',
        'selector = "random"\ntemplate = { use = "answer-only", layout = "chat", max_tokens = 8 }',
    )
    plan.write_text(text)
    return plan


def test_a_model_without_a_chat_template_is_refused_before_it_is_asked(chat_plan: Path) -> None:
    out = chat_plan.parent / "out"
    done = run(chat_plan, "--out", out)
    assert done.returncode == 2, done.stderr
    assert "cannot be asked in the chat layout" in " ".join(done.stderr.split())
    assert not answered(out)


@pytest.fixture
def chat_run(chat_plan: Path, make: Callable[..., str]) -> Path:
    """The folder of the finished run with a chat model."""
    plain, out = make("llama", "causal"), chat_plan.parent / "out"
    model = shutil.copytree(plain, chat_plan.parent / "chat-model")
    (model / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    chat_plan.write_text(chat_plan.read_text().replace(plain, str(model)))
    done = run(chat_plan, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def test_a_chat_model_answers_conversations_in_ones_own_wording(chat_run: Path) -> None:
    record = json.loads((chat_run / "record.json").read_text())
    assert record["provider"]["chat"] is True
    for arm in record["arms"]:
        assert (arm["items"], arm["errors"]) == (24, 0)
        # The shared turns are most of a prompt, and come from the cache for all items.
        assert arm["tokens"]["cached"] > 0.5 * arm["tokens"]["input"]
    shown = [d for d in rows(chat_run / "demonstrations.jsonl") if d["arm"] == "amplify"]
    # A demonstration may have no word that speaks for its label, and then has no rationale.
    turns = {
        2 + 2 * index: f"{d['rationale']} The answer is {d['example']['label']}."
        for index, d in enumerate(shown)
        if d["words"]
    }
    assert turns
    assert all(text.startswith("Mind ") for text in turns.values())
    for row in rows(chat_run / "prompts.jsonl"):
        roles = [message["role"] for message in row["messages"]]
        assert roles == ["system", *["user", "assistant"] * 3, "user"]
        for index, text in turns.items() if row["arm"] == "amplify" else ():
            assert row["messages"][index]["content"] == text
