"""The pool as candidates for demonstrations: each example with what the survey says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from amplify.contract.data import Example
from amplify.contract.selector import Candidate
from amplify.loop.survey.mcs import misclassification_confidence
from amplify.loop.survey.proxy import ProxySurvey

ErrorSource = Literal["llm", "proxy", "both", "none"]


def candidates(
    pool: Sequence[Example],
    proxy: ProxySurvey | None,
    answers: Mapping[str, str | None],
    wrong: Mapping[str, bool],
    errors: ErrorSource,
) -> list[Candidate]:
    """The pool as candidates.

    `answers` and `wrong` hold the LLM's parsed answer and whether it is an error, by item id;
    where the error source asks for an answer that is missing, the item is left out (a call that
    failed, or an item that stood in the survey's own prompt).
    """
    label_errors = proxy.label_errors.probabilities if proxy else {}
    pool_candidates = []
    for example in pool:
        scores = proxy.scores.get(example.id) if proxy else None
        proxy_wrong = None if scores is None else scores.best != example.label
        if errors in ("llm", "both") and example.id not in wrong:
            continue
        error: bool | None
        if errors == "llm":
            error = wrong[example.id]
        elif errors == "both":
            error = wrong[example.id] and bool(proxy_wrong)
        else:
            error = proxy_wrong if errors == "proxy" else None
        pool_candidates.append(
            Candidate(
                example,
                scores=scores,
                fold=proxy.folds.get(example.id, 0) if proxy else 0,
                answer=answers.get(example.id),
                error=error,
                mcs=None if scores is None else misclassification_confidence(scores, example.label),
                label_error=label_errors.get(example.id),
            )
        )
    return pool_candidates
