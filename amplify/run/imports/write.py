"""Writes a plan of what was imported, with the files that it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import same_file, there
from amplify.contract.guard.visible import shell_word
from amplify.run.imports.imported import DEMONSTRATED, Imported
from amplify.run.store.files import write_whole

ENOUGH = 40
"""So many items are split, so that an arm with demonstrations is compared with the prompt."""


def write_plan(imported: Imported, source: Path, out: Path, force: bool = False) -> list[Path]:
    """Write the plan `out` and, beside it, the items and the prompts; the files, the plan first.

    `source` is what it was imported from. PlanError where a file is there already, which `force`
    has written over, but for the source.
    """
    items = out.with_name(f"{out.stem}-items.jsonl")
    numbers = range(1, len(imported.prompts) + 1)
    prompts = [out.with_name(f"{out.stem}-prompt-{number}.json") for number in numbers]
    _check([out, items, *prompts], source, force)
    rows = ({"text": item.text, "label": item.label} for item in imported.items)
    write_whole(items, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    arms = []
    for path, prompt in zip(prompts, imported.prompts, strict=True):
        turns = [{"role": m.role, "content": m.content} for m in prompt.messages]
        write_whole(path, json.dumps(turns, indent=2, ensure_ascii=False) + "\n")
        template = {"use": "prompt", "path": path.name, **imported.reply}
        arms.append({"name": prompt.name, "template": template})
    write_whole(out, _head(source, out) + tomli_w.dumps(_plan(imported, items, arms)))
    return [out, items, *prompts]


def _check(files: Sequence[Path], source: Path, force: bool) -> None:
    for path in files:
        if same_file(path, source):
            raise PlanError("is what is imported", where=str(path), hint="--out FILE")
        if there(path) and not force:
            raise PlanError("is there already", where=str(path), hint="--out FILE, or --force")


def _plan(imported: Imported, items: Path, arms: list[dict[str, Any]]) -> Mapping[str, Any]:
    enough = len(imported.items) >= ENOUGH
    if enough:
        arms = [*arms, {"name": DEMONSTRATED, "selector": "random", "shots": 4}]
    return {
        "task": {"use": "data", "path": items.name, "text": "text", "label": "label"},
        "split": {"train": 0, "pool": 0.5 if enough else 0, "test": "all"},
        "run": {"focus": arms[-1]["name"]},
        **({"verdict": {"baseline": arms[0]["name"]}} if len(arms) > 1 else {}),
        "llm": dict(imported.llm) or {"use": "none"},
        "arms": arms,
    }


def _head(source: Path, out: Path) -> str:
    return (
        f"# Written by: amplify import {shell_word(str(source))}\n"
        f"# Next: amplify plan {shell_word(out.name)} (what a run does; no call is made)\n"
        f"# Then: amplify run {shell_word(out.name)}\n\n"
    )
