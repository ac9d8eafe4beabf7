"""A run and a study whose texts, labels, replies and names would do harm where they are shown."""

from __future__ import annotations

import csv
import json
from pathlib import Path

TEXTS = {
    "a script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "colours": "\x1b[31mred\x1b[2J\x9b31m\x07",
    "a link of a terminal": "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07\x1b]52;c;cm0=\x07",
    "markup of rich": "[bold red]x[/bold red] [link=http://evil.example]y[/link] [/]",
    "turned writing": "\u202egnorw\u2066 \u200b",
    "a null byte": "a\x00b",
    "a formula": "=cmd|' /C calc'!A0",
    "LaTeX": "\\input{/etc/passwd} \\immediate\\write18{id} $x_1^2$ & % # ~",
    "Markdown": "![x](http://evil.example) [y](javascript:alert(1)) `a` | b\n# head\n\n<!-- c",
    "a template": "{{ 7 * 7 }} {% raw %} {input} ${x} %(x)s {0}",
    "quotes": "'''\"\"\"\\' \\",
}
"""Texts by what they try; each of them is in the data, and in a reply."""

LONG = "x" * 1_000_000
"""What one reply goes on with."""

LABELS = ("=cmd|' /C calc'!A0", "\\input{x} [bold]b[/bold] <b>c</b> | `d` \u202ee")

DATA = "=cmd [bold] <b> x.csv"
"""The name of the data file."""

NAME = "[b]\x1b[31m<script>[bold]|\\input{x}\u202e"
"""The name of the focus."""

TASK = f"""
use = "data"
path = "{DATA}"
answers = "labels"
"""

ARMS = f"""
[[arms]]
name = "zero-shot"
[[arms]]
name = {json.dumps(NAME)}
selector = "random"
explainer = "tf-idf"
template = "key-words"
shots = 8
"""

PLAN = f"""
[task]
{TASK}
[split]
train = 0
pool = 8
test = "all"
[survey]
errors = "none"
[run]
focus = {json.dumps(NAME)}
@LLM@
{ARMS}
"""

STUDY = f"""
[study]
title = {json.dumps(NAME)}
seeds = [0]
[survey]
errors = "none"
[[tasks]]
name = {json.dumps(NAME)}
task = {{ {", ".join(TASK.strip().splitlines())} }}
split = {{ train = 0, pool = 8, test = "all" }}
[[llms]]
name = {json.dumps(NAME)}
@LLM@
{ARMS}
"""

LLM = (
    'use = "replay"\nmatch = "item"\n'
    f'bind = {{ zero-shot = "zero.json", {json.dumps(NAME)} = "focus.json" }}\n'
)


def lay(folder: Path) -> Path:
    """The folder with data, replies, plan.toml and study.toml."""
    rows = []
    for number in range(24):
        kind = [*TEXTS][number % len(TEXTS)]
        rows.append((f"{TEXTS[kind]} {number} of {kind}", LABELS[number % 2]))
    data = folder / DATA
    with data.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    more_of_each = [LONG if number == 5 else "" for number in range(len(rows))]
    for name in ("zero", "focus"):
        outputs = [
            {"input": f"Q: {text}\nA:", "prediction": f"{label} {text} {more}", "target": ""}
            for (text, label), more in zip(rows, more_of_each, strict=True)
        ]
        (folder / f"{name}.json").write_text(json.dumps({"outputs": outputs}))
    (folder / "plan.toml").write_text(PLAN.replace("@LLM@", f"[llm]\n{LLM}"), encoding="utf-8")
    inline = "llm = { " + ", ".join(LLM.strip().splitlines()) + " }"
    (folder / "study.toml").write_text(STUDY.replace("@LLM@", inline), encoding="utf-8")
    return folder
