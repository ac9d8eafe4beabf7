"""A run of Weights & Biases that stays on this machine, found in the file that it leaves."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from amplify import Context, Event

pytest.importorskip("wandb")

PLAN = {"llm": {"use": "openai"}}
RECORD = {
    "arms": [{"name": "a", "accuracy": 0.75, "interval": None, "errors": 0, "unparsed": 2}],
    "comparisons": [],
    "verdict": {"outcome": "gain", "sentences": ["It does better."]},
}


BLOCK, HEADER = 32_768, 7
"""The file is a log as LevelDB has it: records are cut at blocks, each piece with a header."""


def read_log(file: Path) -> bytes:
    """The records of a log, one behind the other."""
    raw, place, data = file.read_bytes(), HEADER, b""
    while place + HEADER <= len(raw):
        left = BLOCK - place % BLOCK
        if left < HEADER:
            place += left
            continue
        size = int.from_bytes(raw[place + 4 : place + 6], "little")
        data += raw[place + HEADER : place + HEADER + size]
        place += HEADER + size
    return data


def test_a_finished_run_is_a_run_of_wandb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("MODE", "offline"), ("DIR", str(tmp_path)), ("ERROR_REPORTING", "false")):
        monkeypatch.setenv(f"WANDB_{name}", value)
    from amplify_wandb.observer import WandbObserver, wandb

    observer = WandbObserver(None, Context())
    study = {"name": "s", "folder": "x/all-days", "task": "rain", "llm": "m", "seed": 3}
    started = {"plan": PLAN, "folder": str(tmp_path / "first"), "study": study}
    observer.observe(Event("started", started))
    assert not (tmp_path / "wandb").exists()
    observer.observe(Event("finished", {"record": RECORD}))
    wandb.teardown()  # another process writes the file, and has done so when it has ended
    (file,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    kept = read_log(file)
    for words in (
        "first",
        "amplify",
        "It does better.",
        "llm.use",
        '"openai"',
        "accuracy.a",
        "all-days",
    ):
        assert words.encode() in kept, words
    assert b"0.75" in kept
    assert b"record.json" in kept


def test_names_that_differ_in_signs_alone_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("MODE", "offline"), ("DIR", str(tmp_path)), ("ERROR_REPORTING", "false")):
        monkeypatch.setenv(f"WANDB_{name}", value)
    from amplify_wandb.observer import WandbObserver, wandb

    names = ["a+b", "a|b", "ab", "AB", "-ab", "ab-", "é"]
    arms = [
        {**RECORD["arms"][0], "name": name, "accuracy": (n + 1) / 16}
        for n, name in enumerate(names)
    ]
    plan = {"arms": [{"name": name, "shots": 100 + n} for n, name in enumerate(names)]}
    observer = WandbObserver(None, Context())
    observer.observe(Event("started", {"plan": plan, "folder": str(tmp_path / "first")}))
    observer.observe(Event("finished", {"record": {**RECORD, "arms": arms}}))
    wandb.teardown()
    (file,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    kept = read_log(file)
    for number, name in enumerate(names):
        assert _told(kept, f"accuracy.{name}", str((number + 1) / 16)), name
        assert _told(kept, f"arms.{name}.shots", f'"{100 + number}"'), name


def _told(kept: bytes, name: str, value: str) -> bool:
    """Whether the file has the name with this value behind it, each of them ahead of its length."""
    field = b"\x82\x01"
    return name.encode() + field + bytes([len(value)]) + value.encode() in kept


def test_the_question_for_a_key_ends() -> None:
    import_module("amplify_wandb.observer")  # it has the settings
    import wandb

    assert wandb.setup().settings.login_timeout == 60
