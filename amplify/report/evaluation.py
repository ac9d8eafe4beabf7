"""What a finished prompt gets right of a labelled file, in words and as JSON."""

from __future__ import annotations

from typing import Any

from amplify.contract.guard.visible import visible
from amplify.loop.compare.statistics import wilson
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.predict import Tally


def evaluation_table(tally: Tally, finished: FinishedPrompt) -> dict[str, Any]:
    """The score as JSON-able data, beside that of the run."""
    scored = tally.scored
    return {
        "arm": finished.name,
        "items": scored + tally.undone,
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
        "in_run": dict(finished.provenance.score),
    }


def evaluation_lines(tally: Tally, finished: FinishedPrompt) -> list[str]:
    """The score in words: over all texts, in the run, and by label."""
    if not tally.scored:
        return ["nothing was answered, so that there is no score"]
    low, high = wilson(tally.correct, tally.scored)
    lines = [
        f"right: {tally.correct / tally.scored:.1%} ({100 * low:.1f}–{100 * high:.1f}%),"
        f" {tally.correct:,} of {tally.scored:,} texts"
    ]
    known = finished.provenance.score
    if isinstance(known.get("accuracy"), float):
        lines.append(f"in the run: {known['accuracy']:.1%} of {known.get('items', 0):,} test items")
    lines += [_label_line(label, tally) for label in dict.fromkeys(k[0] for k in tally.confusion)]
    strange = sorted({label for label, _ in tally.confusion} - {*finished.labels})
    if strange and finished.labels:
        names = ", ".join(map(visible, strange[:5]))
        lines.append(f"labels that the prompt does not know, so that it cannot be right: {names}")
    return lines


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
