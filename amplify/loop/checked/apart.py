"""Records of a component's own: what it does to them changes nothing here."""

from __future__ import annotations

from amplify.contract.attribution import (
    Candidate,
    Claim,
    Demonstration,
    Explanation,
    Faithfulness,
    KeyWord,
    Scores,
    Span,
)
from amplify.contract.data import Example, Option


def example_apart(example: Example, label: str | None = None) -> Example:
    """An example; with another label, where one is given."""
    options = example.options
    if options:
        options = tuple(Option(one.label, one.start, one.end) for one in options)
    known = example.label if label is None else label
    return Example(example.id, example.text, known, options, example.question)


def claim_apart(claim: Claim) -> Claim:
    """A claim, with its example."""
    return Claim(example_apart(claim.example), claim.target, claim.foil)


def candidate_apart(candidate: Candidate) -> Candidate:
    """A candidate, with all that is known of it."""
    scores, told = candidate.scores, candidate.explanation
    return Candidate(
        example_apart(candidate.example),
        None if scores is None else Scores(scores.labels, scores.logits, scores.probabilities),
        candidate.fold,
        candidate.answer,
        candidate.error,
        candidate.mcs,
        None if told is None else _explanation(told),
        candidate.drop,
    )


def demonstration_apart(shown: Demonstration) -> Demonstration:
    """A demonstration, with its example and its words."""
    found = shown.faithfulness
    return Demonstration(
        example_apart(shown.example),
        tuple(KeyWord(word.text, word.score, word.places) for word in shown.words),
        shown.rationale,
        shown.mcs,
        None
        if found is None
        else Faithfulness(
            found.comprehensiveness,
            found.sufficiency,
            found.random_comprehensiveness,
            found.random_sufficiency,
        ),
    )


def _explanation(told: Explanation) -> Explanation:
    return Explanation(
        example_apart(told.example),
        told.target,
        tuple(Span(span.start, span.end, span.score) for span in told.spans),
        told.text,
        told.method,
        told.remainder,
        told.unscored,
        told.gap,
    )
