"""Which explainer finds the words that tell the label, and what that costs.

On notices with planted words (`planted.py`), a proxy is fitted with several seeds, and every
installed explainer that it can serve explains the same test notices towards their true label:

- recall@k: how many of the k planted words of the label are among its k top words,
- comprehensiveness and sufficiency (ERASER), against random words,
- CPU seconds a notice, of this process.

A slow explainer stops when its time is up, and is then judged on the notices that it got to:
compare it with the others by the last column, where all are judged on the same ones.

    OMP_NUM_THREADS=1 python benchmarks/quality.py [--csv quality.csv] [--plot quality.png]
"""

from __future__ import annotations

import argparse
import copy
import csv
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from planted import LABELS, Planted, notices

from amplify import AmplifyError, Claim, Context, Explanation, Faithfulness
from amplify.host.factory import build
from amplify.host.info import Registered
from amplify.host.load import Host
from amplify.loop.faithfulness import measure, ranking, report

CHUNK = 5


@dataclass
class Result:
    """What one explainer did: recall of each notice by seed, faithfulness, CPU seconds."""

    recalls: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    faithfulness: list[Faithfulness | None] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def texts(self) -> int:
        return sum(map(len, self.recalls.values()))

    def recall(self, first: int | None = None) -> float:
        """The mean over all notices, or over the first ones of each seed."""
        return statistics.fmean(r for found in self.recalls.values() for r in found[:first])


def recall(explanation: Explanation, planted: Planted) -> float:
    """The share of the k planted words that are among the k top words."""
    top = ranking(explanation)[: len(planted.places)]
    return len({*top} & {*planted.places}) / len(planted.places)


def explain(
    explainer: Any, proxy: Any, claims: Sequence[Claim], budget: float
) -> tuple[list[Explanation], float]:
    """Explanations until the CPU time is up, in chunks, and the seconds that they took."""
    explainer.explain(proxy, claims[-1:])  # What is made once is no part of a notice's cost.
    made: list[Explanation] = []
    spent = 0.0
    while len(made) < len(claims) and spent < budget:
        began = time.process_time()
        made += explainer.explain(proxy, claims[len(made) : len(made) + CHUNK])
        spent += time.process_time() - began
    return made, spent


def one_seed(
    host: Host, found: Registered, seed: int, given: argparse.Namespace, results: dict[str, Result]
) -> None:
    """Fit the proxy with one seed, let every explainer explain, add to the results."""
    train = tuple(p.example for p in notices(given.train, 1000 + seed, "train"))
    test = notices(given.texts, 7, "test")
    examples = [p.example for p in test]
    context = Context(seed=seed, labels=LABELS, train=train)
    options = {"epochs": given.epochs} if "classifier" in found.qualified else {}
    proxy = build(found, options, context)
    proxy.fit(train, LABELS)
    # Every explainer gets the proxy as it was fitted: what one asked, another has not got for free.
    fitted = copy.deepcopy(proxy)
    scores = proxy.predict(examples)
    right = statistics.fmean(s.best == e.label for s, e in zip(scores, examples, strict=True))
    print(f"{found.qualified}, seed {seed}: {right:.1%} of {len(test)} notices right", flush=True)
    claims = [Claim(e, e.label, s.foil(e.label)) for e, s in zip(examples, scores, strict=True)]
    asked: list[tuple[str, Explanation]] = []
    for explainer, name in servable(host, found, given.only):
        try:
            live = build(explainer, {}, context)
            made, spent = explain(live, copy.deepcopy(fitted), claims, given.budget)
        except AmplifyError as error:
            print(f"  {name}: left out: {error}", flush=True)
            continue
        result = results.setdefault(name, Result())
        result.seconds += spent
        result.recalls[seed] += [recall(e, p) for e, p in zip(made, test, strict=False)]
        asked += [(name, e) for e in made[: given.measured]]
        done = f"{len(made)} notices, {spent / len(made):.3f} s each"
        print(f"  {name}: recall {statistics.fmean(result.recalls[seed]):.2f}, {done}", flush=True)
    measured = measure([e for _, e in asked], proxy.predict, seed)
    for (name, _), one in zip(asked, measured, strict=True):
        results[name].faithfulness.append(one)


def servable(host: Host, proxy: Registered, only: Sequence[str]) -> list[tuple[Registered, str]]:
    """The explainers that need nothing but what the proxy offers, and the training split."""
    offers = {*getattr(proxy.component, "offers", ()), "train"}
    return [
        (found, found.qualified)
        for found in host.registry.all("explainer")
        if offers.issuperset(getattr(found.component, "needs", ()))
        and (not only or found.qualified in only)
    ]


def table(results: dict[str, Result]) -> list[dict[str, Any]]:
    """A row for each explainer, the best first."""
    common = min(len(found) for r in results.values() for found in r.recalls.values())
    rows = []
    for name, result in results.items():
        found = report(result.faithfulness)
        seeds = [statistics.fmean(values) for values in result.recalls.values()]
        spread = statistics.stdev(r for v in result.recalls.values() for r in v)
        rows.append(
            {
                "explainer": name,
                "texts": result.texts,
                "recall": round(result.recall(), 3),
                "error": round(1.96 * spread / result.texts**0.5, 3),
                "worst": round(min(seeds), 3),
                "best": round(max(seeds), 3),
                "seconds": round(result.seconds / result.texts, 4),
                "aopc of": found.measured if found else 0,
                "comp": round(found.comprehensiveness, 3) if found else None,
                "suff": round(found.sufficiency, 3) if found else None,
                "random comp": round(found.random_comprehensiveness, 3) if found else None,
                "random suff": round(found.random_sufficiency, 3) if found else None,
                f"first {common}": round(result.recall(common), 3),
            }
        )
    return sorted(rows, key=lambda row: (-row["recall"], row["seconds"]))


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table, a line an explainer, after each seed: a run may be cut off."""
    head = dict(zip(rows[0], rows[0], strict=True))
    for row in (head, *rows):
        name, *cells = (str(value) for value in row.values())
        widths = (max(len(key), 5) for key in list(head)[1:])
        print(f"{name:36}", *(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True)), flush=True)


def plot(rows: Sequence[dict[str, Any]], path: str) -> None:
    """Recall, and both AOPC measures, against the seconds a notice."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 6), layout="constrained")
    for number, row in enumerate(rows, 1):
        at = max(row["seconds"], 1e-4)
        colour = f"C{number % 10}"
        left.errorbar(at, row["recall"], row["error"], fmt="o", color=colour, capsize=2)
        left.annotate(str(number), (at, row["recall"]), (5, 4), textcoords="offset points")
        if row["comp"] is not None:
            right.plot(at, row["comp"], "o", color=colour)
            right.plot(at, row["suff"], "o", color=colour, fillstyle="none")
            right.annotate(str(number), (at, row["comp"]), (5, 4), textcoords="offset points")
        left.plot([], [], "o", color=colour, label=f"{number} {row['explainer']}")
    left.set(xscale="log", xlabel="CPU seconds a notice", ylabel="recall of the planted words")
    right.set(
        xscale="log",
        xlabel="CPU seconds a notice",
        ylabel="comprehensiveness (full), sufficiency (hollow)",
    )
    figure.legend(*left.get_legend_handles_labels(), loc="outside right center", fontsize=8)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxy", default="transformers/classifier")
    parser.add_argument("--only", nargs="+", default=[], help="explainers (all that are installed)")
    parser.add_argument("--seeds", type=int, default=3, help="fits of each proxy (3)")
    parser.add_argument("--train", type=int, default=240, help="notices to fit on (240)")
    parser.add_argument("--epochs", type=int, default=3, help="of fine-tuning (3)")
    parser.add_argument("--texts", type=int, default=200, help="notices to explain (200)")
    parser.add_argument("--measured", type=int, default=40, help="of them, for AOPC (40)")
    parser.add_argument("--budget", type=float, default=60, help="CPU seconds a method, seed (60)")
    parser.add_argument("--csv", help="file for the table")
    parser.add_argument("--plot", help="file for the plot: png, svg or pdf")
    given = parser.parse_args()
    print(f"threads: {os.environ.get('OMP_NUM_THREADS', 'all')}")
    host = Host.load()
    found = host.registry.find("proxy", given.proxy)
    results: dict[str, Result] = {}
    for seed in range(given.seeds):
        one_seed(host, found, seed, given, results)
        show(rows := table(results))
        if given.csv:
            with open(given.csv, "w", newline="", encoding="utf-8") as stream:
                writer = csv.DictWriter(stream, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        if given.plot:
            plot(rows, given.plot)


if __name__ == "__main__":
    main()
