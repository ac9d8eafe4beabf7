"""Which explainer finds the words that tell the label, and what that costs.

On notices with planted words (`planted.py`), a proxy is fitted with several seeds, and every
installed explainer that it can serve explains notices that are new to it, others with each seed,
towards their true label. All explain the same ones:

- recall@k: how many of the k planted words of the label are among its k top words,
- comprehensiveness and sufficiency (ERASER), against random words.

Methods that score shortened texts get fewer of them than they would take by default (`REDUCED`), or
a run would take many hours. In the quality part they share what the proxy has scored, so its time
says nothing; with `--times N` the methods are timed, and only timed, on N notices of the first
seed, each with a proxy that has scored nothing: CPU seconds a notice, for a quiet machine.

    OMP_NUM_THREADS=1 python benchmarks/quality.py --keep DIR
    OMP_NUM_THREADS=1 python benchmarks/quality.py --keep DIR --times 4
    python benchmarks/quality.py --keep DIR --table --csv quality.csv --plot quality.svg

What is kept in DIR is not measured again, so that seeds and explainers may be run apart.
"""

from __future__ import annotations

import argparse
import copy
import csv
import statistics
import tempfile
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
from amplify.loop.audit.faithfulness import faithfulness_report, measure, ranking

VARIANTS: dict[str, tuple[dict[str, Any], ...]] = {
    "captum/midpoint": (
        {"pooling": "sum"},
        {"contrast": True},
        {"pooling": "sum", "contrast": True},
        {"baseline": "mask"},
        {"baseline": "zero"},
    ),
    "captum/input-x-gradient": ({"pooling": "sum"},),
    "captum/contrastive-input-x-gradient": ({"pooling": "sum"},),
    "captum/integrated-gradients": ({"pooling": "sum"},),
    "captum/occlusion": ({"placeholder": "[MASK]"},),
}
"""What is measured besides the defaults."""

REDUCED: dict[str, dict[str, Any]] = {
    "captum/integrated-gradients": {"nodes": 16, "most": 16},
    "captum/shapley-sampling": {"evaluations": 3},
    "captum/kernel-shap": {"evaluations": 3},
    "lime/text": {"samples": 120},
    "shap/permutation": {"evaluations": 3},
    "shap/kernel": {"evaluations": 3},
    "shap/partition": {"evaluations": 3},
}
"""About three shortened texts for each word (Partition takes five at least); no doubled nodes."""

REPEATS = 3
"""Timings of a method that is done within a second, of which the shortest counts."""


@dataclass
class Result:
    """What one explainer did with one seed: recall and faithfulness of each notice."""

    recalls: list[float]
    faithfulness: list[Faithfulness | None] = field(default_factory=list)


Results = dict[str, Result]
"""By the explainer's name."""

Times = dict[str, float]
"""CPU seconds a notice, by the explainer's name."""


def recall(explanation: Explanation, planted: Planted) -> float:
    """The share of the k planted words that are among the k top words."""
    top = ranking(explanation)[: len(planted.places)]
    return len({*top} & {*planted.places}) / len(planted.places)


@dataclass
class Fitted:
    """A proxy of one seed, the notices that are new to it, and what is asked about them."""

    context: Context
    proxy: Any
    notices: list[Planted]
    claims: list[Claim]

    @classmethod
    def of(cls, found: Registered, seed: int, given: argparse.Namespace) -> Fitted:
        """The proxy fitted with that seed."""
        train = tuple(p.example for p in notices(given.train, 1000 + seed, "train"))
        test = notices(given.texts, 2000 + seed, "test")
        examples = [p.example for p in test]
        context = Context(seed=seed, labels=LABELS, train=train)
        options = {"epochs": given.epochs} if "classifier" in found.qualified else {}
        proxy = build(found, options, context)
        proxy.fit(train, LABELS)
        scores = copy.deepcopy(proxy).predict(examples)
        right = statistics.fmean(s.best == e.label for s, e in zip(scores, examples, strict=True))
        print(f"{found.qualified}, seed {seed}: {right:.1%} of {len(test)} notices right")
        claims = [Claim(e, e.label, s.foil(e.label)) for e, s in zip(examples, scores, strict=True)]
        return cls(context, proxy, test, claims)


def explained(
    host: Host, found: Registered, fitted: Fitted, only: Sequence[str], path: Path
) -> None:
    """Every explainer's results on all notices, each kept in the file as soon as it is there."""
    results = kept(path)
    for name, explainer, chosen in servable(host, found, only):
        if name in results:
            continue
        began = time.process_time()
        try:
            made = build(explainer, chosen, fitted.context).explain(fitted.proxy, fitted.claims)
        except AmplifyError as error:
            print(f"  {name}: left out: {error}", flush=True)
            continue
        recalls = [recall(e, p) for e, p in zip(made, fitted.notices, strict=True)]
        measured = measure(made, fitted.proxy.predict, fitted.context.seed)
        results[name] = Result(recalls, measured)
        path.write_bytes(msgspec.json.encode(results))
        spent = time.process_time() - began
        print(f"  {name}: recall {statistics.fmean(recalls):.2f} ({spent:.0f} s)", flush=True)


def kept(path: Path) -> Results:
    """A seed's results so far, from the file in which they are kept."""
    return msgspec.json.decode(path.read_bytes(), type=Results) if path.exists() else {}


def timed(host: Host, found: Registered, fitted: Fitted, given: argparse.Namespace) -> Times:
    """Every explainer's CPU seconds a notice, on the first notices.

    Another one is explained before, uncounted: what is made once is no part of a notice's cost.
    """
    times: Times = {}
    for name, explainer, chosen in servable(host, found, given.only):
        try:
            live = build(explainer, chosen, fitted.context)
            live.explain(copy.deepcopy(fitted.proxy), fitted.claims[-1:])
        except AmplifyError:
            continue
        best = float("inf")
        for _ in range(REPEATS):
            proxy = copy.deepcopy(fitted.proxy)
            began = time.process_time()
            live.explain(proxy, fitted.claims[: given.times])
            best = min(best, time.process_time() - began)
            if best > 1:
                break
        times[name] = best / given.times
        print(f"  {name}: {times[name]:.4f} s a notice", flush=True)
    return times


def servable(
    host: Host, proxy: Registered, only: Sequence[str]
) -> Iterator[tuple[str, Registered, dict[str, Any]]]:
    """The explainers that need nothing but what the proxy offers, and the training split."""
    offers = {*getattr(proxy.component, "offers", ()), "train"}
    every = host.registry.all("explainer")
    if only:
        named = {found.qualified: found for found in every}
        every = [named[name] for name in only if name in named]
    for found in every:
        if offers.issuperset(getattr(found.component, "needs", ())):
            for variant in ({}, *VARIANTS.get(found.qualified, ())):
                options = REDUCED.get(found.qualified, {}) | variant
                name = " ".join([found.qualified, *(f"{k}={v}" for k, v in options.items())])
                yield name, found, options


def table(seeds: Sequence[Results], times: Times) -> list[dict[str, Any]]:
    """A row for each explainer, the best first.

    Where some were measured with fewer seeds than others, the first seed's figures compare them.
    """
    rows = []
    for name in dict.fromkeys(name for results in seeds for name in results):
        ones = [results[name] for results in seeds if name in results]
        recalls = [recall for one in ones for recall in one.recalls]
        found = faithfulness_report(one for result in ones for one in result.faithfulness)
        means = [statistics.fmean(one.recalls) for one in ones]
        row: dict[str, Any] = {
            "explainer": name,
            "texts": len(recalls),
            "recall": statistics.fmean(recalls),
            "error": 1.96 * statistics.stdev(recalls) / len(recalls) ** 0.5,
            "first seed": means[0],
            "worst": min(means),
            "best": max(means),
            "seconds": times.get(name, ""),
        }
        if found is not None:
            row |= {
                "aopc of": found.measured,
                "comp": found.comprehensiveness,
                "suff": found.sufficiency,
                "random comp": found.random_comprehensiveness,
                "random suff": found.random_sufficiency,
            }
            if first := faithfulness_report(ones[0].faithfulness):
                row["first comp"] = first.comprehensiveness
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
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(13, 6), layout="constrained")
    timed = [row for row in rows if row["seconds"] != ""]
    for number, row in enumerate(timed, 1):
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
    figure.savefig(path, dpi=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proxy", default="transformers/classifier")
    parser.add_argument(
        "--only", nargs="+", default=[], help="explainers, in that order (all that are installed)"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="fits (0 1 2)")
    parser.add_argument("--keep", help="folder that keeps each seed's results, and is read first")
    parser.add_argument("--train", type=int, default=240, help="notices to fit on (240)")
    parser.add_argument("--epochs", type=int, default=3, help="of fine-tuning (3)")
    parser.add_argument("--texts", type=int, default=67, help="notices for each seed (67)")
    parser.add_argument("--times", type=int, default=0, help="time the methods on so many notices")
    parser.add_argument("--table", action="store_true", help="only show what was measured")
    parser.add_argument("--csv", help="file for the table")
    parser.add_argument("--plot", help="file for the plot: png, svg or pdf")
    given = parser.parse_args()
    folder = Path(given.keep) if given.keep else Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    host = Host.load()
    found = host.registry.find("proxy", given.proxy)
    name = found.component.name
    clock = folder / f"{name}-times.json"
    if given.times:
        fitted = Fitted.of(found, given.seeds[0], given)
        clock.write_bytes(msgspec.json.encode(timed(host, found, fitted, given)))
        return
    seeds: list[Results] = []
    for seed in given.seeds:
        path = folder / f"{name}-{seed}.json"
        if not given.table:
            explained(host, found, Fitted.of(found, seed, given), given.only, path)
        seeds.append(kept(path))
    times = msgspec.json.decode(clock.read_bytes(), type=Times) if clock.exists() else {}
    show(rows := table(seeds, times))
    if given.csv:
        with open(given.csv, "w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    if given.plot:
        plot(rows, given.plot)


if __name__ == "__main__":
    main()
