"""How many labels of banking77 conformal sets leave open, how often these hold the true one, and
what that saves of the prompt.

A linear proxy is fitted on 20 items of each label, calibrated on 10 of each, and 1,000 others of
the published training file get their sets (`sklearn/conformal-labels`, 32 shots at most). Tokens
are counted with the tokenizer of the model in FOLDER, those of a demonstration of every label
beside it. The data are read from AMPLIFY_DATA (../shared/data).

    python benchmarks/conformal_labels.py FOLDER [--seeds 3]
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"

FITTED, CALIBRATED, TESTED, SHOTS = 20, 10, 1000, 32
WAYS = [("probability", c) for c in (0.8, 0.9, 0.95, 0.99)] + [("adaptive", 0.95)]


def split(seed: int) -> tuple[list[Any], list[Any], list[Any]]:
    """The examples of train, pool and test, by the seed."""
    from amplify import Example

    place = Path(os.environ.get("AMPLIFY_DATA", "../shared/data")) / "banking77" / "train.csv"
    by_label: dict[str, list[Any]] = defaultdict(list)
    with place.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            text = " ".join(row["text"].split())
            by_label[row["category"]].append(Example(f"{number:05}", text, row["category"]))
    train, pool, rest = [], [], []
    for label in sorted(by_label):
        random.Random(f"{seed} {label}").shuffle(by_label[label])
        train += by_label[label][:FITTED]
        pool += by_label[label][FITTED : FITTED + CALIBRATED]
        rest += by_label[label][FITTED + CALIBRATED :]
    random.Random(seed).shuffle(rest)
    return train, pool, rest[:TESTED]


def measure(folder: str, seeds: int) -> None:
    """Print the figures, as means over so many seeds."""
    from amplify_sklearn.linear import Linear
    from amplify_sklearn.options import ConformalOptions, LinearOptions
    from amplify_sklearn.preselected import ConformalLabels
    from tokenizers import Tokenizer

    from amplify import Candidate, Context, QuerySurvey
    from amplify.loop.checked.unlabelled import all_unlabelled

    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))

    def tokens(example: Any) -> int:
        return len(tokenizer.encode(f"Q: {example.text}\nA: {example.label}\n\n").ids)

    figures: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for seed in range(seeds):
        train, pool, test = split(seed)
        labels = tuple(sorted({example.label for example in train}))
        context = Context(seed=seed, labels=labels)
        proxy = Linear(LinearOptions(), context)
        proxy.fit(train, labels)
        candidates = [
            Candidate(e, scores) for e, scores in zip(pool, proxy.predict(pool), strict=True)
        ]
        queries = all_unlabelled(test)
        scores = dict(zip((q.id for q in queries), proxy.predict(queries), strict=True))
        right = statistics.mean(scores[e.id].best == e.label for e in test)
        every = [tokens(next(e for e in pool if e.label == label)) for label in labels]
        figures["every label"].append((1.0, 1.0, len(labels), len(labels), sum(every), right))
        for by, coverage in WAYS:
            selector = ConformalLabels(ConformalOptions(coverage=coverage, by=by), context)
            surveyed = {item: QuerySurvey(of_item) for item, of_item in scores.items()}
            wide = selector.select(candidates, len(labels), queries, surveyed).by_item
            shown = {item: shots[:SHOTS] for item, shots in wide.items()}
            figures[f"{by} {coverage:.0%}"].append(
                (
                    statistics.mean(e.label in {s.example.label for s in wide[e.id]} for e in test),
                    statistics.mean(
                        e.label in {s.example.label for s in shown[e.id]} for e in test
                    ),
                    statistics.mean(map(len, wide.values())),
                    statistics.median(map(len, wide.values())),
                    statistics.mean(sum(tokens(s.example) for s in of) for of in shown.values()),
                    right,
                )
            )
    print(
        "sets: hold the true label | among 32 shots | labels, mean | median | tokens shown | proxy"
    )
    for name, rows in figures.items():
        held, kept, mean, median, shown_tokens, right = map(
            statistics.mean, zip(*rows, strict=True)
        )
        print(
            f"{name:18s} {held:6.1%} {kept:6.1%} {mean:6.1f} {median:5.1f} {shown_tokens:7.0f}"
            f" {right:6.1%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="a folder with a tokenizer.json")
    parser.add_argument("--seeds", type=int, default=3, help="seeds (3)")
    given = parser.parse_args()
    measure(given.folder, given.seeds)


if __name__ == "__main__":
    main()
