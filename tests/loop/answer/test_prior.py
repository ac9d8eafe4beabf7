"""The labels' probabilities, and their correction by a prior."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from amplify import Completion
from amplify.loop.answer.prior import (
    Prior,
    calibrated,
    estimate_prior,
    label_probabilities,
    likeliest,
)

LABELS = {" positive": "positive", " negative": "negative"}


def reply(shares: Mapping[str, float], **more: str) -> Completion:
    """A reply that tells these probabilities, up to a factor that it does not tell."""
    logs = tuple((name, math.log(share) - 7) for name, share in shares.items())
    return Completion(" positive", "m", logprobs=logs, **more)


def test_the_probabilities_are_a_softmax_over_the_labels() -> None:
    shares = label_probabilities(reply({" positive": 0.03, " negative": 0.01}), LABELS)
    assert shares == pytest.approx({"positive": 0.75, "negative": 0.25})


@pytest.mark.parametrize(
    "logprobs",
    [
        (),
        ((" positive", -1.0),),
        (("positive", -1.0), ("negative", -2.0)),
        ((" positive", -math.inf), (" negative", -math.inf)),
    ],
)
def test_a_reply_that_lacks_a_label_has_no_probabilities(
    logprobs: tuple[tuple[str, float], ...],
) -> None:
    assert label_probabilities(Completion(" positive", "m", logprobs=logprobs), LABELS) == {}


def test_log_probabilities_that_are_far_apart_do_not_overflow() -> None:
    logs = ((" positive", -5000.0), (" negative", -9000.0))
    shares = label_probabilities(Completion(" positive", "m", logprobs=logs), LABELS)
    assert shares == {"positive": 1.0, "negative": 0.0}


def test_the_prior_is_the_mean_over_the_replies_that_tell_probabilities() -> None:
    replies = [
        reply({" positive": 9, " negative": 1}),
        reply({" positive": 1, " negative": 1}),
        Completion(" positive", "m"),
    ]
    prior = estimate_prior(replies, LABELS)
    assert prior.prompts == 2
    assert prior.probabilities == pytest.approx({"positive": 0.7, "negative": 0.3})
    assert estimate_prior(replies[2:], LABELS) == Prior()


def test_the_prior_is_divided_out() -> None:
    # Zhao et al. (2021): W = diag(prior)^-1, b = 0. By hand: 0.6 / 0.75 = 0.8, 0.4 / 0.25 = 1.6.
    shares = calibrated({"positive": 0.6, "negative": 0.4}, {"positive": 0.75, "negative": 0.25})
    assert shares == pytest.approx({"positive": 1 / 3, "negative": 2 / 3})
    assert likeliest(shares) == "negative"


def test_a_prompt_without_a_preference_changes_nothing() -> None:
    before = {"a": 0.5, "b": 0.3, "c": 0.2}
    assert calibrated(before, dict.fromkeys(before, 1 / 3)) == pytest.approx(before)


def test_a_label_that_is_never_given_is_not_made_the_likeliest() -> None:
    shares = calibrated({"a": 0.999, "b": 1e-12}, {"a": 1.0, "b": 0.0})
    assert likeliest(shares) == "a"
    # Its prior counts as a hundredth of an equal share, 0.005: it wins from about 0.5 % on.
    assert likeliest(calibrated({"a": 0.994, "b": 0.006}, {"a": 1.0, "b": 0.0})) == "b"


def test_the_first_of_equal_labels_is_the_answer() -> None:
    assert likeliest({"a": 0.4, "b": 0.4, "c": 0.2}) == "a"
