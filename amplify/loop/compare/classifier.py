"""Compares the proxy itself, a plain classifier, with every arm on the test items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction, Task
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.compare.compare import ByDraw, Comparison, adjust, compare
from amplify.loop.compare.metrics import Metric
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


def proxy_predictions(name: str, answers: Mapping[str, str], task: Task) -> list[Prediction]:
    """The proxy's labels of the test items, by the id of the item, as predictions."""
    return [
        Prediction(name, e.id, e.label, answers[e.id], "answered", answers[e.id] == e.label)
        for e in task.test
        if e.id in answers
    ]


def score_proxy(
    name: str,
    predictions: Sequence[Prediction],
    arms: Mapping[str, ByDraw],
    seed: int,
    draws_none: Collection[str],
    labels: Sequence[str],
    metric: Metric = "accuracy",
) -> ProxyScore:
    """The score of a proxy, and its comparison with each arm that was scored.

    `arms` holds the predictions of the arms by draw. The proxy has no draws: it stands beside each
    draw of an arm. `draws_none` are the arms that draw no demonstrations. `metric` is what they are
    compared by, over the classes `labels`.
    """
    by_draw = {(seed, 0): predictions}
    compared = (
        compare(name, arm, by_draw, of_arm, seed, {*draws_none, name}, metric=metric, labels=labels)
        for arm, of_arm in arms.items()
    )
    return ProxyScore(
        score_arm(name, by_draw, draws_none=True, labels=labels, resampling=seed),
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
