"""The log-probability of each label, from the likely tokens that a service tells of its reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log


@dataclass(frozen=True, slots=True)
class LikelyTokens:
    """A token of a reply with its log-probability, and the likeliest tokens in its place."""

    token: str
    logprob: float
    likeliest: tuple[tuple[str, float], ...] = ()


def label_logprobs(
    tokens: Sequence[LikelyTokens], start: int, chosen: str, labels: Sequence[str], end: str = ""
) -> tuple[float, ...] | None:
    """The log-probability of each label, in order; None where one of them is not told.

    In the text that the tokens make, the label `chosen` begins at `start`, and `end` follows each
    label. A label counts with the probability of the tokens that lead to it and to no other label,
    at the first token where it parts from the chosen one, times the probability of the tokens
    before.
    """
    known: dict[str, float] = {}
    undecided = list(labels)
    before, position = 0.0, 0
    for token in tokens:
        place, position = position, position + len(token.token)
        if position <= start:
            continue
        ahead = token.token[: max(0, start - place)]
        rests = {label: (label + end)[max(0, place - start) :] for label in undecided}
        alternatives = {**dict(token.likeliest), token.token: token.logprob}
        shares: dict[str, list[float]] = {}
        for text, logprob in alternatives.items():
            fits = _fitting(text, ahead, rests)
            if len(fits) == 1:
                shares.setdefault(fits[0], []).append(logprob)
        going_on = _fitting(token.token, ahead, rests)
        if chosen not in going_on:
            return None
        decided = undecided if going_on == [chosen] else [x for x in undecided if x not in going_on]
        for label in decided:
            if label not in shares:
                return None
            known[label] = before + _sum(shares[label])
        if going_on == [chosen]:
            return tuple(known[label] for label in labels)
        undecided = going_on
        before += token.logprob
    return None


def _fitting(token: str, ahead: str, rests: dict[str, str]) -> list[str]:
    """The labels that a token may lead to, by what is left of each; `ahead` stands before it."""
    if not token.startswith(ahead):
        return []
    text = token[len(ahead) :]
    return [
        label for label, rest in rests.items() if rest.startswith(text) or text.startswith(rest)
    ]


def _sum(logprobs: Sequence[float]) -> float:
    """The logarithm of the sum of the probabilities."""
    most = max(logprobs)
    if most == float("-inf"):
        return most
    total = sum(exp(logprob - most) for logprob in logprobs)
    return most + log(total)
