"""Attributed answers on a page: words shaded with their sign, shares at the demonstrations."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from known.recorded_run import SCRIPT

from amplify.report.page.attributions import shaded_answers
from amplify.report.page.demonstrations import arm_demonstrations
from amplify.report.page.run_page import run_page
from amplify.run.store.stored_run import StoredRun, read_run

from .conftest import NAME, Page

HOSTILE = f"fine {SCRIPT}"


def shares(*pairs: tuple[int, str, float]) -> list[dict[str, Any]]:
    return [{"place": place, "text": text, "share": share} for place, text, share in pairs]


def parts(kind: str, *pairs: tuple[int, str, float]) -> dict[str, Any]:
    return {"kind": kind, "bare": 0.25, "shares": shares(*pairs), "gap": 0.0, "faithfulness": None}


def answer(first: float) -> dict[str, Any]:
    words = parts("item", (0, "fine", 1.5), (5, SCRIPT, -0.5))
    shown = parts("demonstrations", (0, "e0", first), (1, "e1", -0.125))
    text = {"item": f"i {SCRIPT}", "text": HOSTILE, "label": "no", "answer": SCRIPT}
    return {**text, "value": 1.25, "parts": [shown, words]}


def attributed(page: Page) -> StoredRun:
    """The run, as if two answers of the focus had been attributed."""
    run = read_run(page.run)
    check = {"measured": 2, "comprehensiveness": 0.1, "sufficiency": 0.3, "better": 1}
    check |= {"random_comprehensiveness": 0.1, "random_sufficiency": 0.2, "p_value": 0.75}
    found = {"arm": NAME, "draw": 0, "method": "m", "of": "log-odds", "checks": {"item": check}}
    found |= {"answers": [answer(0.5), answer(1.0)], "errors": 0, "whole": True}
    return replace(run, record=json.loads(json.dumps({**run.record, "attributions": found})))


def test_demonstrations_have_their_mean_share(hostile: Page) -> None:
    focus, other = arm_demonstrations(attributed(hostile), NAME)
    assert [[words for _, words in shot.worth] for shot in focus.shots] == [
        ["in 2 answers: +0.75 (+0.50 to +1.00) to the log-odds of the answer"],
        ["in 2 answers: -0.12 (-0.12 to -0.12) to the log-odds of the answer"],
    ]
    assert all(shot.worth == [] for shot in other.shots)


def test_words_of_an_item_are_shaded_and_escaped(hostile: Page) -> None:
    run = attributed(hostile)
    first = next(shaded_answers(run.record))
    assert [(part.text, part.score) for part in first.parts] == [
        ("fine", 1.5),
        (" ", None),
        (SCRIPT, -0.5),
    ]
    assert first.lines[1] == (
        f"words of the item: fine +1.50, {SCRIPT} -0.50; +0.25 without any, +1.25 with all"
    )
    page = run_page(run)
    assert page.count('<mark class="word minus"') >= 2  # dashed, which needs no colour
    assert "NO BETTER than random attributions" in page
    assert "claims nothing of the method" in page
    assert SCRIPT not in page


def test_nothing_is_said_where_no_answer_was_attributed(hostile: Page) -> None:
    assert "attributed" not in hostile.text
