"""Has `amplify run` prepare demonstrations for examples of DSPy, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from amplify import PluginError

COMMAND = (sys.executable, "-P", "-c", "from amplify.cli.start import main; main()", "run")
"""`amplify run`; nothing is imported from the folder in which it runs."""


@dataclass(frozen=True)
class PreparedDemonstration:
    """A demonstration of the run."""

    text: str
    label: str
    rationale: str


def prepare_demonstrations(
    plan: Mapping[str, Any],
    rows: Sequence[tuple[str, str]],
    replies: Sequence[str] | None,
    folder: Path,
    out: str | Path | None,
) -> list[PreparedDemonstration]:
    """The demonstrations of the plan's arm `amplify`, in the order of the prompt.

    `rows` are the examples, as pairs of text and label; `replies` the LLM's answer to each, None
    where its errors are not looked at. `folder` is written to; the run is kept in `out`, if that is
    given. Raises PluginError with what the run says where it fails.
    """
    lines = [json.dumps({"text": text, "label": label}) for text, label in rows]
    (folder / "examples.jsonl").write_text("\n".join(lines), encoding="utf-8")
    whole = {
        **plan,
        "task": {**plan["task"], "use": "builtin/jsonl", "path": "examples.jsonl"},
        "llm": {"use": "builtin/none"} if replies is None else _recorded(rows, replies, folder),
    }
    path, kept = folder / "plan.toml", Path(out or folder / "out").absolute()
    path.write_text(tomli_w.dumps(whole), encoding="utf-8")
    command = [*COMMAND, str(path), "--out", str(kept)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        messages = " ".join(done.stderr.split())
        raise PluginError(f"amplify run: {messages[-1000:]}", where="AmplifyFewShot")
    written = (kept / "demonstrations.jsonl").read_text(encoding="utf-8")
    values = [json.loads(line) for line in written.splitlines()]
    return [
        PreparedDemonstration(
            value["example"]["text"], value["example"]["label"], value["rationale"]
        )
        for value in values
    ]


def _recorded(
    rows: Sequence[tuple[str, str]], replies: Sequence[str], folder: Path
) -> dict[str, Any]:
    """The LLM that answers each example, by its text, with the label that the program gave it."""
    reply_of = {text: reply for (text, _), reply in zip(rows, replies, strict=True)}
    outputs = [{"input": f"Q: {text}\nA:", "prediction": reply} for text, reply in reply_of.items()]
    (folder / "replies.json").write_text(json.dumps({"outputs": outputs}), encoding="utf-8")
    return {"use": "builtin/replay", "match": "item", "bind": {"zero-shot": "replies.json"}}
