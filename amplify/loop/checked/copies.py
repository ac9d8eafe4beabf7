"""Copies records for a component, so that what it does to them changes nothing in the run."""

from __future__ import annotations

from collections.abc import Iterable

from amplify.contract.data import Example, Option
from amplify.contract.explainer import Claim
from amplify.contract.proxy import Scores
from amplify.contract.selector import Candidate, QuerySurvey
from amplify.contract.template import Demonstration, KeyWord, ProxyView


def example_apart(example: Example, label: str | None = None) -> Example:
    """An example; with another label, where one is given."""
    options = example.options
    if options:
        options = tuple(Option(option.label, option.start, option.end) for option in options)
    known = example.label if label is None else label
    return Example(example.id, example.text, known, options, example.question)


def claim_apart(claim: Claim) -> Claim:
    """A claim, with its example."""
    return Claim(example_apart(claim.example), claim.target, claim.foil)


def candidate_apart(candidate: Candidate) -> Candidate:
    """A candidate, with all that is known of it."""
    return Candidate(
        example_apart(candidate.example),
        _scores_apart(candidate.scores),
        candidate.fold,
        candidate.answer,
        candidate.error,
        candidate.mcs,
        candidate.drop,
        candidate.label_error,
        candidate.features,
    )


def query_survey_apart(surveyed: QuerySurvey) -> QuerySurvey:
    """What the survey says of a test item."""
    return QuerySurvey(_scores_apart(surveyed.scores), surveyed.probabilities)


def _scores_apart(scores: Scores | None) -> Scores | None:
    return None if scores is None else Scores(scores.labels, scores.logits, scores.probabilities)


def demonstration_apart(shown: Demonstration) -> Demonstration:
    """A demonstration, with its example and its words; without its attribution, and without its
    faithfulness, which is measured only once the demonstration is written."""
    return Demonstration(
        example_apart(shown.example),
        words_apart(shown.words),
        shown.rationale,
        shown.mcs,
        view=None if shown.view is None else view_apart(shown.view),
    )


def view_apart(view: ProxyView) -> ProxyView:
    """A proxy's view, with its words."""
    return ProxyView(view.label, view.probability, words_apart(view.words))


def words_apart(words: Iterable[KeyWord]) -> tuple[KeyWord, ...]:
    """Key words."""
    return tuple(KeyWord(word.text, word.score, word.places) for word in words)
