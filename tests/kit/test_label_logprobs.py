"""Each label's log-probability, from the likeliest tokens of a reply."""

from __future__ import annotations

from math import exp, log

import pytest

from amplify.kit.label_logprobs import LikelyTokens, label_logprobs


def token(text: str, **shares: float) -> LikelyTokens:
    likeliest = tuple((name.replace("_", " "), log(share)) for name, share in shares.items())
    return LikelyTokens(text, dict(likeliest).get(text, -0.1), likeliest)


def shares(
    tokens: list[LikelyTokens], start: int, chosen: str, *labels: str, end: str = ""
) -> dict[str, float] | None:
    found = label_logprobs(tokens, start, chosen, labels, end)
    return None if found is None else {x: exp(y) for x, y in zip(labels, found, strict=True)}


def test_the_first_token_tells_labels_apart() -> None:
    tokens = [token("neg", neg=0.7, pos=0.2, x=0.1), token("ative")]
    assert shares(tokens, 0, "negative", "positive", "negative") == pytest.approx(
        {"positive": 0.2, "negative": 0.7}
    )


def test_labels_that_begin_alike_are_told_apart_later() -> None:
    tokens = [token("wor", wor=0.8, sports=0.2), token("ld", ld=0.75, se=0.25)]
    assert shares(tokens, 0, "world", "world", "worse", "sports") == pytest.approx(
        {"world": 0.6, "worse": 0.2, "sports": 0.2}
    )


def test_tokens_that_lead_to_the_same_label_count_together() -> None:
    tokens = [token("pos", pos=0.5, p=0.1, positive=0.1, neg=0.3), token("itive")]
    found = shares(tokens, 0, "positive", "positive", "negative")
    assert found == pytest.approx({"positive": 0.7, "negative": 0.3})


def test_a_token_may_begin_before_the_label_and_end_behind_it() -> None:
    first = LikelyTokens(' "no', log(0.5), ((' "no', log(0.5)), (' "yes', log(0.4)), ("no", 0.0)))
    tokens = [LikelyTokens('{"label":', -0.1), first, LikelyTokens('"}', -0.1)]
    found = shares(tokens, 11, "no", "yes", "no", end='"')
    assert found == pytest.approx({"yes": 0.4, "no": 0.5})


def test_where_one_label_begins_another_the_end_decides() -> None:
    last = LikelyTokens('"', log(0.9), (('"', log(0.9)), ("_spam", log(0.1))))
    tokens = [token("not", not_=0.5), last]
    found = label_logprobs(tokens, 0, "not", ("not", "not_spam"), '"')
    assert found == pytest.approx((-0.1 + log(0.9), -0.1 + log(0.1)))


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        [token("neg", neg=0.9)],
        [token("x", x=0.9)],
        [token("n", n=0.9, p=0.1)],
    ],
)
def test_what_is_not_told_is_not_invented(tokens: list[LikelyTokens]) -> None:
    labels = ("neutral", "negative", "positive")
    assert label_logprobs(tokens, 0, "negative", labels) is None
