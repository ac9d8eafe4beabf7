"""Compares the proxy itself, a plain classifier, with every arm on the test items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.family import adjust
from amplify.loop.compare.metrics import Metric
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.words import figures


@dataclass(frozen=True)
class ProxyScore:
    """The result of a proxy on the test items, and its comparisons with the arms, as one family."""

    score: ArmScore
    comparisons: tuple[Comparison, ...]


def proxy_names(titles: Sequence[str]) -> list[str]:
    """What each proxy is called beside the arms; those of equal titles are numbered."""
    times, seen = Counter(titles), Counter[str]()
    names = []
    for title in titles:
        seen[title] += 1
        names.append(f"proxy {title}" + (f" [{seen[title]}]" if times[title] > 1 else ""))
    return names


def proxy_predictions(
    name: str, answers: Mapping[str, str], labels: Mapping[str, str]
) -> list[Prediction]:
    """The proxy's `answers` to the test items as predictions; both are by the id of the item.

    `labels` are the true ones.
    """
    return [
        Prediction(name, item, label, answers[item], "answered", answers[item] == label)
        for item, label in labels.items()
        if item in answers
    ]


def score_proxy(
    name: str,
    by_seed: ByDraw,
    arms: Mapping[str, ByDraw],
    seed: int,
    draws_none: Collection[str],
    labels: Sequence[str],
    metric: Metric = "accuracy",
) -> ProxyScore:
    """The score of a proxy, and its comparison with each arm that was scored.

    `arms` holds the predictions of the arms by draw. The proxy has no draws: under each seed it has
    a draw 0 (`by_seed`), which stands beside each draw of an arm. `draws_none` are the arms that
    draw no demonstrations. `metric` is what they are compared by, over the classes `labels`.
    """
    compared = (
        compare(name, arm, by_seed, of_arm, seed, {*draws_none, name}, metric=metric, labels=labels)
        for arm, of_arm in arms.items()
    )
    return ProxyScore(
        score_arm(name, by_seed, draws_none=True, labels=labels, resampling=seed),
        tuple(adjust(f"{name} against every arm", [c for c in compared if c is not None])),
    )


def proxy_words(proxy: ProxyScore) -> str | None:
    """Whether the proxy is shown to be better than every prompt; None where none was scored."""
    if not proxy.comparisons:
        return None
    name = f"the {proxy.score.name}, a plain classifier"
    closest = min(proxy.comparisons, key=lambda c: (c.shown, c.difference))
    if closest.shown > 0:
        return (
            f"T{name[1:]}, does better than every prompt: {figures(closest)}"
            f" against {closest.baseline}, the closest."
        )
    beaten = [c for c in proxy.comparisons if c.shown < 0]
    if beaten:
        names = " and ".join(c.baseline for c in beaten)
        verb = "does" if len(beaten) == 1 else "do"
        return f"{names} {verb} better than {name}."
    return (
        f"No prompt is shown to be better than {name}: {figures(closest)} against"
        f" {closest.baseline}, the closest."
    )
