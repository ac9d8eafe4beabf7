"""What a finished prompt gets right of a labelled file, in words and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible
from amplify.loop.compare.statistics import wilson
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.predict import Tally


def evaluation_table(tally: Tally, finished: FinishedPrompt) -> dict[str, Any]:
    """The score as JSON-able data, beside that of the run."""
    strange = _strange(tally, finished)
    scored = tally.scored - strange.total()
    return {
        "arm": finished.name,
        "items": tally.scored + tally.undone,
        "scored": scored,
        "correct": tally.correct,
        "accuracy": tally.correct / scored if scored else None,
        "interval": wilson(tally.correct, scored) if scored else None,
        "statuses": dict(tally.statuses),
        "confusion": [
            {"label": label, "answer": answer, "items": count}
            for (label, answer), count in sorted(
                tally.confusion.items(), key=lambda entry: (entry[0][0], entry[0][1] or "")
            )
        ],
        "unscorable": dict(strange),
        "in_run": dict(finished.provenance.score),
    }


def evaluation_lines(tally: Tally, finished: FinishedPrompt) -> list[str]:
    """The score in words: over all texts, in the run, and by label."""
    lines, strange = [], _strange(tally, finished)
    if strange:
        names = ", ".join(f"{visible(label)} ({n:,})" for label, n in strange.most_common(5))
        lines.append(
            f"not scored: {counted(strange.total(), 'text')}, whose labels the prompt does not"
            f" know: {names}"
            f"; its labels: {', '.join(map(visible, finished.labels))}"
        )
    scored = tally.scored - strange.total()
    if not scored:
        return [*lines, "nothing could be scored, so that there is no score"]
    low, high = wilson(tally.correct, scored)
    lines.append(
        f"right: {tally.correct / scored:.1%} ({100 * low:.1f}–{100 * high:.1f}%),"
        f" {tally.correct:,} of {counted(scored, 'text')}"
    )
    in_run = finished.provenance.score
    if isinstance(in_run.get("accuracy"), float):
        accuracy, items = in_run["accuracy"], in_run.get("items", 0)
        lines.append(f"in the run: {accuracy:.1%} of {counted(items, 'test item')}")
    known = dict.fromkeys(label for label, _ in tally.confusion if label not in strange)
    return [*lines, *(_label_line(label, tally) for label in known)]


def is_unscorable(tally: Tally, finished: FinishedPrompt) -> bool:
    """Whether a text has a label that the prompt does not know."""
    return bool(_strange(tally, finished))


def _strange(tally: Tally, finished: FinishedPrompt) -> Counter[str]:
    """How many texts have each label that the prompt does not know, so that it cannot give it."""
    counts: Counter[str] = Counter()
    for (label, _), count in tally.confusion.items():
        if finished.labels and label not in finished.labels:
            counts[label] += count
    return counts


def _label_line(label: str, tally: Tally) -> str:
    counts = {answer: n for (truth, answer), n in tally.confusion.items() if truth == label}
    total = sum(counts.values())
    others = sorted(counts.items(), key=lambda entry: -entry[1])
    wrong = ", ".join(
        f"{n:,} {'without a label' if answer is None else visible(answer)}"
        for answer, n in others
        if answer != label
    )
    right = counts.get(label, 0)
    return f"  {visible(label)}: {right:,} of {total:,}" + (f"; else {wrong}" if wrong else "")
