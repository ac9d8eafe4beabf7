"""The text of a plan for a data file, with comments that say what may be changed."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from amplify.contract.data import Task
from amplify.contract.grammar import counted
from amplify.contract.guard.visible import shell_word, visible
from amplify.contract.options import OptionInfo, describe
from amplify.run.plan.presets import DEFAULT_ARMS, DEFAULTS
from amplify.run.wiring.wire import Wiring

PATHS = ("path", "label_file", "test", "test_label_file", "labels")
"""Options of the task that may name a file."""

WIDTH = 98
"""The most characters of a line of comment."""

OFFICIAL = "\n# The data has a test split of its own: test is a size of that."

REST = f"""
[split]
# Shares (0.3) or counts (40) of the items, or "all" that is left: what the proxy is fitted on, what
# demonstrations are picked from, and what is tested on.{{official}}
{{sizes}}
test = "all"

[run]
seed = 0
# limit = 100        # test on so many items at most
# draws = 5          # draw the demonstrations so often: the verdict is then on the method

[llm]
# A service: use = "openai" or "anthropic", model = "NAME", and its key in the environment.
use = "{DEFAULTS["llm"]["use"]}"

[proxy]
# The small model that is fitted on train, and whose attributions become rationales.
use = "{DEFAULTS["proxy"]["use"]}"

[calls]
# max_calls = 1000   # a cap; also max_tokens, max_cost and max_seconds
concurrency = 16     # most calls in flight

# The ways of building the prompt that are compared. Without any [[arms]] they are
# {", ".join(DEFAULT_ARMS)}:
# amplify show arms lists all others, amplify show NAME shows how one is declared.
"""


def plan_text(wiring: Wiring, task: Task, data: Path, out: Path) -> str:
    """The plan for the task of `wiring`, which was read from `data`, as the text of the file `out`.

    Paths that are relative start from the folder of `out`.
    """
    ref = wiring.plan.task
    options = {key: _from_folder(key, value, out) for key, value in ref.options.items()}
    known = describe(wiring.task.component.options)
    split = wiring.plan.split
    sizes = "\n".join(_toml({"train": split.train, "pool": split.pool}))
    official = OFFICIAL if options.get("test") else ""
    lines = [
        f"# Written by: amplify init {shell_word(str(data))}",
        f"# {_items(task)}",
        f"# Next: amplify plan {shell_word(out.name)} (what a run does and costs; no call is made)",
        f"# Then: amplify run {shell_word(out.name)}",
        "",
        "[task]",
        *_toml({"use": ref.use}),
    ]
    for info in known:
        if info.name in options:
            lines += [*_comment(info.help), *_toml({info.name: options[info.name]})]
    lines += ["", "# Further options of the task, with their defaults:"]
    lines += _further(known, options)
    return "\n".join(map(_inert, lines)) + "\n" + REST.format(official=official, sizes=sizes)


def _items(task: Task) -> str:
    counts = (
        f"{len(task.train)} train, {len(task.pool)} pool and {counted(len(task.test), 'test item')}"
    )
    labels = f"{counted(len(task.labels), 'label')}" if task.labels else "open answers"
    return f"{task.name}: {counts}, {labels}"


def _further(known: list[OptionInfo], options: Mapping[str, Any]) -> Iterator[str]:
    for info in known:
        if info.name not in options and not info.required:
            default = list(info.default) if isinstance(info.default, tuple) else info.default
            yield from (f"# {line}" for line in _toml({info.name: default}))
            yield from _comment(info.help, "#     ")


def _toml(table: Mapping[str, Any]) -> list[str]:
    return tomli_w.dumps(table).rstrip("\n").split("\n")


def _comment(text: str, begin: str = "# ") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=begin, subsequent_indent=begin)


def _inert(line: str) -> str:
    """The line, in which a comment holds no control character."""
    return visible(line) if line.startswith("#") else line


def _from_folder(key: str, value: Any, out: Path) -> Any:
    """The option's value; a path that is relative to here as one relative to the plan's folder."""
    if key not in PATHS or not isinstance(value, str) or not Path(value).exists():
        return value
    path = Path(value)
    return value if path.is_absolute() else os.path.relpath(path, out.parent)
