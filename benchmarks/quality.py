"""Which explainer finds the words that tell the label, and what that costs.

On notices with planted words (`planted.py`), a proxy is fitted with several seeds, and every
installed explainer that it can serve explains the same test notices towards their true label:

- recall@k: how many of the k planted words of the label are among its k top words,
- comprehensiveness and sufficiency (ERASER), against random words,
- CPU seconds a notice, of this process.

A slow explainer stops when its time is up, and is then judged on the notices that it got to:
compare it with the others by the last column, where all are judged on the same ones.

    OMP_NUM_THREADS=1 python benchmarks/quality.py [--csv quality.csv] [--plot quality.png]

With `--keep DIR` a seed that was measured is not measured again, so that seeds may be run apart.
"""

from __future__ import annotations

import argparse
import copy
import csv
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from planted import LABELS, Planted, notices

from amplify import AmplifyError, Claim, Context, Explanation, Faithfulness
from amplify.host.factory import build
from amplify.host.info import Registered
from amplify.host.load import Host
from amplify.loop.faithfulness import measure, ranking, report

CHUNK = 5

VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "captum/midpoint": (
        {"contrast": True},
        {"baseline": "mask"},
        {"baseline": "zero"},
        {"pooling": "sum"},
    ),
    "captum/input-x-gradient": ({"pooling": "sum"},),
    "captum/occlusion": ({"placeholder": "[MASK]"},),
}
"""What is measured besides the defaults."""


@dataclass
class Result:
    """What one explainer did with one seed: recall of each notice, faithfulness, CPU seconds."""

    recalls: list[float]
    seconds: float
    faithfulness: list[Faithfulness | None] = field(default_factory=list)


Results = dict[str, Result]
"""By the explainer's name."""


def recall(explanation: Explanation, planted: Planted) -> float:
    """The share of the k planted words that are among the k top words."""
    top = ranking(explanation)[: len(planted.places)]
    return len({*top} & {*planted.places}) / len(planted.places)


def explain(
    explainer: Any, proxy: Any, claims: Sequence[Claim], budget: float
) -> tuple[list[Explanation], float]:
    """Explanations until the CPU time is up, in chunks, and the seconds that they took.

    A first one, of another notice, is not counted: what is made once is no part of a notice's cost.
    """
    began = time.process_time()
    explainer.explain(proxy, claims[-1:])
    chunk = CHUNK if time.process_time() - began < 1 else 1
    made: list[Explanation] = []
    spent = 0.0
    while len(made) < len(claims) and spent < budget:
        began = time.process_time()
        made += explainer.explain(proxy, claims[len(made) : len(made) + chunk])
        spent += time.process_time() - began
    return made, spent


def one_seed(host: Host, found: Registered, seed: int, given: argparse.Namespace) -> Results:
    """Fit the proxy with one seed and let every explainer explain."""
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
    results: Results = {}
    asked: list[tuple[str, Explanation]] = []
    for name, explainer, chosen in servable(host, found, given.only):
        try:
            live = build(explainer, chosen, context)
            made, spent = explain(live, copy.deepcopy(fitted), claims, given.budget)
        except AmplifyError as error:
            print(f"  {name}: left out: {error}", flush=True)
            continue
        results[name] = Result([recall(e, p) for e, p in zip(made, test, strict=False)], spent)
        asked += [(name, e) for e in made[: given.measured]]
        done = f"{len(made)} notices, {spent / len(made):.3f} s each"
        print(f"  {name}: recall {statistics.fmean(results[name].recalls):.2f}, {done}", flush=True)
    measured = measure([e for _, e in asked], proxy.predict, seed)
    for (name, _), one in zip(asked, measured, strict=True):
        results[name].faithfulness.append(one)
    return results


def kept(path: Path) -> Results | None:
    """A seed's results from the file in which they were kept, or None."""
    return msgspec.json.decode(path.read_bytes(), type=Results) if path.exists() else None


def servable(
    host: Host, proxy: Registered, only: Sequence[str]
) -> Iterator[tuple[str, Registered, dict[str, Any]]]:
    """The explainers that need nothing but what the proxy offers, and the training split."""
    offers = {*getattr(proxy.component, "offers", ()), "train"}
    for found in host.registry.all("explainer"):
        if offers.issuperset(getattr(found.component, "needs", ())):
            for options in ({}, *VARIANTS.get(found.qualified, ())):
                name = " ".join([found.qualified, *(f"{k}={v}" for k, v in options.items())])
                if not only or name in only or found.qualified in only:
                    yield name, found, options


def table(seeds: Sequence[Results]) -> list[dict[str, Any]]:
    """A row for each explainer, the best first."""
    common = min(len(one.recalls) for results in seeds for one in results.values())
    rows = []
    for name in dict.fromkeys(name for results in seeds for name in results):
        ones = [results[name] for results in seeds if name in results]
        recalls = [recall for one in ones for recall in one.recalls]
        found = report(one for result in ones for one in result.faithfulness)
        means = [statistics.fmean(one.recalls) for one in ones]
        first = [recall for one in ones for recall in one.recalls[:common]]
        row: dict[str, Any] = {
            "explainer": name,
            "texts": len(recalls),
            "recall": statistics.fmean(recalls),
            "error": 1.96 * statistics.stdev(recalls) / len(recalls) ** 0.5,
            "worst": min(means),
            "best": max(means),
            "seconds": sum(one.seconds for one in ones) / len(recalls),
        }
        if found is not None:
            row |= {
                "aopc of": found.measured,
                "comp": found.comprehensiveness,
                "suff": found.sufficiency,
                "random comp": found.random_comprehensiveness,
                "random suff": found.random_sufficiency,
            }
        row[f"first {common}"] = statistics.fmean(first)
        rows.append({k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()})
    return sorted(rows, key=lambda row: (-row["recall"], row["seconds"]))


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table, a line an explainer."""
    keys = list(rows[0])
    for row in (dict(zip(keys, keys, strict=True)), *rows):
        cells = (f"{row.get(key, ''):>{max(len(key), 5)}}" for key in keys[1:])
        print(f"{row['explainer']:38}", *cells, flush=True)


def plot(rows: Sequence[dict[str, Any]], path: str) -> None:
    """Recall, and both AOPC measures, against the seconds a notice."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 6), layout="constrained")
    for number, row in enumerate(rows, 1):
        at = max(row["seconds"], 1e-3)
        colour = f"C{number % 10}"
        left.errorbar(at, row["recall"], row["error"], fmt="o", color=colour, capsize=2)
        left.annotate(str(number), (at, row["recall"]), (5, 4), textcoords="offset points")
        if "comp" in row:
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
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="fits (0 1 2)")
    parser.add_argument("--keep", help="folder that keeps each seed's results, and is read first")
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
    seeds: list[Results] = []
    for seed in given.seeds:
        path = Path(given.keep or ".") / f"{found.component.name}-{seed}.json"
        results = kept(path) if given.keep else None
        if results is None:
            results = one_seed(host, found, seed, given)
            if given.keep:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(msgspec.json.encode(results))
        seeds.append(results)
    show(rows := table(seeds))
    if given.csv:
        with open(given.csv, "w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    if given.plot:
        plot(rows, given.plot)


if __name__ == "__main__":
    main()
