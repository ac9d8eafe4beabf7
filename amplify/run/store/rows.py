"""The JSON Lines files of a run, besides its journal: prompts, demonstrations, predictions."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from amplify.contract.data import Prediction
from amplify.contract.template import Attribution, Demonstration
from amplify.loop.prompt.arm import PreparedArm
from amplify.run.store.files import open_log, write_whole, writing

MOST_SPANS = 500
"""The most words of a demonstration whose scores are kept: those with the largest ones."""


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a JSON Lines file, whole or not at all."""
    write_whole(path, _lines(rows))


def write_prompts(folder: Path, prepared: Sequence[PreparedArm]) -> dict[str, str]:
    """Write every prompt down, as `prompts.jsonl`.

    By the name of each draw of an arm, a digest of its prompts and of what identifies their items.
    """
    rows, digests = [], {}
    for arm in prepared:
        prompts = [
            {"item": request.item, "messages": [asdict(m) for m in request.prompt.messages]}
            for request in arm.requests
        ]
        rows += [{"arm": arm.plan_name, "draw": arm.draw, **prompt} for prompt in prompts]
        digests[arm.name] = hashlib.sha256(json.dumps(prompts).encode()).hexdigest()
    write_rows(folder / "prompts.jsonl", rows)
    return digests


def demonstration_row(demonstration: Demonstration) -> dict[str, Any]:
    """A demonstration as `demonstrations.jsonl` has it; what most lack is left out where it is."""
    row = asdict(replace(demonstration, attribution=None))
    del row["attribution"]
    if demonstration.view is None:
        del row["view"]
    if demonstration.attribution is not None:
        row["attribution"] = _attribution_row(demonstration.attribution)
    return row


def _attribution_row(attribution: Attribution) -> dict[str, Any]:
    """The scores other than 0, of at most `MOST_SPANS` words, to four digits."""
    scored = [span for span in attribution.spans if span.score]
    largest = heapq.nlargest(MOST_SPANS, scored, key=lambda span: abs(span.score))
    spans = [
        {"start": span.start, "end": span.end, "score": float(f"{span.score:.4g}")}
        for span in sorted(largest, key=lambda span: span.start)
    ]
    return {"target": attribution.target, "spans": spans}


def prediction_row(prediction: Prediction) -> dict[str, Any]:
    """A row of `predictions.jsonl`; it has probabilities only where the LLM told them, and a
    second reply or votes only where it was asked again."""
    row = asdict(prediction)
    if not prediction.probabilities:
        del row["probabilities"]
    if not prediction.votes:
        del row["votes"]
    if prediction.second_reply is None:
        del row["second_reply"]
    return row


def append_rows(path: Path, rows: Iterable[Mapping[str, Any]], first: bool) -> None:
    """Add rows to a JSON Lines file, which the `first` ones begin anew.

    They are with the operating system when this returns: a kill leaves whole what was written
    until then.
    """
    if first:
        write_rows(path, rows)
        return
    text = _lines(rows)
    with writing(path), open_log(path) as file:
        file.write(text.encode())


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
