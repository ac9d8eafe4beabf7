"""Writes a study's accuracies as LaTeX tables that can go into a paper as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from amplify.contract.guard.visible import visible
from amplify.loop.compare.metrics import NAMES
from amplify.report.study.rows import Spread, focus_comparison, label

MARKS = ((0.01, "**"), (0.05, "*"))
"""Below which adjusted p-value a difference gets which mark."""

SIGNS = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "[": "{[}",  # behind the end of a row it would be a length, as a star would be an order
    "*": "{*}",
    "–": "--",
    "−": "$-$",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
"""What LaTeX would act on, and how it is written as text."""

PLAIN = frozenset(map(chr, (*range(0x20, 0x7F), 0x0A, *range(0xA1, 0x180)))) | set("‘’“”…")
"""The signs that pdfLaTeX knows without more."""

ROOM = {"l": 34, "r": 12}
"""How many signs a line of a name has: of a row at the left, and above a column at the right."""

FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"
"""What follows is made narrower where it is wider than the page, and is left as it is elsewhere."""


def as_latex(record: Mapping[str, Any]) -> str:
    """A table of arms and tasks for each LLM of a study's record; it needs two packages."""
    tables = "\n\n".join(
        "\n".join(_table(record, llm))
        for llm in dict.fromkeys(result["llm"] for result in record["results"])
    )
    heads = [r"% in the preamble: \usepackage{booktabs,graphicx}"]
    if any(sign not in PLAIN for sign in tables):
        heads.append(
            "% names of other scripts and signs: LuaLaTeX or XeLaTeX with a font of theirs"
        )
    return "\n".join([*heads, "", tables]) + "\n"


def _table(record: Mapping[str, Any], llm: str) -> Iterator[str]:
    results = [result for result in record["results"] if result["llm"] == llm]
    arms = {arm["arm"]: label(arm) for result in results for arm in result["arms"]}
    yield r"\begin{table}[t]"
    yield r"\centering"
    yield rf"\caption{{{_caption(results, llm)}}}"
    yield rf"\label{{tab:{_slug(record['study'])}-{_slug(llm)}}}"
    yield r"\medskip"
    yield from _tabular(results, arms)
    yield r"\end{table}"


def _tabular(results: Sequence[Mapping[str, Any]], arms: Mapping[str, str]) -> Iterator[str]:
    """Accuracies above intervals: arms by tasks or, where tasks are more, tasks by arms."""
    tasks = [result["task"] for result in results]
    by_task = [[(result, arm) for arm in arms] for result in results]
    if len(tasks) > len(arms):
        corner, rows, columns, cells = "Task", tasks, [*arms.values()], by_task
    else:
        corner, rows, columns = "Arm", [*arms.values()], tasks
        cells = [[*row] for row in zip(*by_task, strict=True)]
    yield rf"{FITTED}{{\begin{{tabular}}{{l*{{{len(columns)}}}{{r}}}}"
    yield r"\toprule"
    yield _row([corner, *(_name(column, "r") for column in columns)])
    for number, (name, row) in enumerate(zip(rows, cells, strict=True)):
        yield r"\addlinespace" if number else r"\midrule"
        yield _row([_name(name, "l"), *(_accuracy(*cell) for cell in row)])
        yield _row(["", *(_interval(*cell) for cell in row)])
    yield r"\bottomrule"
    yield r"\end{tabular}}"


def _name(name: str, side: str) -> str:
    """A name in lines of the room that it has, broken behind its words."""
    lines = [""]
    for word in re.findall(r"[^ _/-]+[ _/-]*|[ _/-]+", " ".join(name.split())):
        if lines[-1] and len((lines[-1] + word).rstrip()) > ROOM[side]:
            lines.append("")
        lines[-1] += word
    text = r" \\ ".join(latex_text(line) for line in lines)
    return text if len(lines) == 1 else rf"\shortstack[{side}]{{{text}}}"


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _caption(results: Sequence[Mapping[str, Any]], llm: str) -> str:
    """What the table shows, of how many items and draws, and what its marks mean."""
    items = sorted({arm["items"] for result in results for arm in result["arms"]})
    draws = sorted({Spread.of(arm).draws for result in results for arm in result["arms"]} - {1})
    of_items = _range(items, "test items")
    parts = [f"Accuracy in \\% of {latex_text(llm)} on {of_items}"]
    if draws:
        parts.append(f", mean over {_range(draws, 'draws of demonstrations')} where they are drawn")
    parts.append(", with 95\\% intervals. Bold: the highest of a task.")
    focus = results[0]["verdict"]["focus"]
    comparisons = [comparison for result in results for comparison in result["comparisons"]]
    if comparisons:
        metrics = {comparison.get("metric", "accuracy") for comparison in comparisons}
        by = (
            ""
            if metrics == {"accuracy"}
            else f" in {', '.join(sorted(NAMES[metric] for metric in metrics))}"
        )
        parts.append(
            f" *, **: {latex_text(focus)} differs from that arm{by} at the 0.05 or 0.01 level"
            " (paired, after Holm)."
        )
    return "".join(parts)


def _range(counts: Sequence[int], what: str) -> str:
    if len(counts) == 1:
        return f"{counts[0]} {what}"
    return f"{counts[0]}--{counts[-1]} {what}"


def _arm(result: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    arms = (arm for arm in result["arms"] if arm["arm"] == name)
    return next((arm for arm in arms if arm["accuracy"] is not None), None)


def _accuracy(result: Mapping[str, Any], name: str) -> str:
    """An arm's accuracy on a task, bold where it is the highest, with the mark of its p-value.

    The mark takes no room, so that the figures of a column stand below each other.
    """
    arm = _arm(result, name)
    if arm is None:
        return "--"
    text = f"{100 * arm['accuracy']:.1f}"
    known = [other["accuracy"] for other in result["arms"] if other["accuracy"] is not None]
    if arm["accuracy"] == max(known):
        text = rf"\textbf{{{text}}}"
    compared = focus_comparison(result, name)
    p = 1.0 if compared is None else compared["adjusted"]
    mark = next((mark for bound, mark in MARKS if p < bound), "")
    return text + (rf"\rlap{{$^{{{mark}}}$}}" if mark else "")


def _interval(result: Mapping[str, Any], name: str) -> str:
    arm = _arm(result, name)
    if arm is None or arm["interval"] is None:
        return ""
    low, high = arm["interval"]
    return rf"{{\scriptsize {100 * low:.1f}--{100 * high:.1f}}}"


def latex_text(text: str) -> str:
    """A text with nothing in it that LaTeX would act on, or draw as another sign."""
    parts = re.split(r"(?<=[-`'?!,])(?=[-`',])", visible(" ".join(text.split())))
    return "{}".join("".join(SIGNS.get(sign, sign) for sign in part) for part in parts)


def _slug(text: str) -> str:
    """The text as a part of a label: lower-case letters and digits, joined by hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower())) or "x"
