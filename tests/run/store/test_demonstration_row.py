"""What a run keeps of a demonstration in `demonstrations.jsonl`."""

from __future__ import annotations

import json

import msgspec

from amplify.contract.data import Example
from amplify.contract.explainer import Span
from amplify.contract.template import Attribution, Demonstration
from amplify.run.store.rows import MOST_SPANS, demonstration_row

EXAMPLE = Example("a", "not bad", "good")


def stored(demonstration: Demonstration) -> Demonstration:
    return msgspec.json.decode(json.dumps(demonstration_row(demonstration)), type=Demonstration)


def test_the_score_of_every_word_is_kept_with_the_label_that_it_is_for() -> None:
    spans = (Span(0, 3, 1 / 3), Span(4, 7, -2.0))
    kept = stored(Demonstration(EXAMPLE, attribution=Attribution("bad", spans))).attribution
    assert kept == Attribution("bad", (Span(0, 3, 0.3333), Span(4, 7, -2.0)))


def test_of_a_long_text_the_largest_scores_are_kept_in_the_order_of_the_text() -> None:
    spans = tuple(Span(n, n + 1, (-1) ** n * float(n)) for n in range(2 * MOST_SPANS))
    kept = stored(Demonstration(EXAMPLE, attribution=Attribution("good", spans))).attribution
    assert kept is not None
    assert kept.spans == spans[MOST_SPANS:]


def test_a_demonstration_without_scores_is_a_row_as_before() -> None:
    shown = Demonstration(EXAMPLE)
    assert list(demonstration_row(shown)) == [
        "example",
        "words",
        "rationale",
        "mcs",
        "faithfulness",
    ]
    assert stored(shown) == shown
