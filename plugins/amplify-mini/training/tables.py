"""The held-out tables: accuracy by number of shots, a reference solver, tests clustered by task."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import permutation_test
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

CONDITIONS = ("answer-only", "true", "proxy", "random", "shuffled")
PAIRS = (
    ("proxy", "answer-only"), ("proxy", "random"), ("proxy", "shuffled"), ("random", "answer-only"),
)  # fmt: skip


@dataclass(frozen=True)
class ArmResult:
    """One arm on one task: which items were right, the replies without a label, and key words named.

    `hits` is the mean share of an item's true key words in its rationale; None without rationales.
    """

    right: np.ndarray
    unparsed: int
    hits: float | None


@dataclass(frozen=True)
class TaskRun:
    """One task with one seed: its arms, and naive Bayes' accuracy from the same demonstrations."""

    family: str
    cells: dict[tuple[str, int], ArmResult]
    solver: dict[tuple[str, int], float]


def read_runs(out: Path) -> Iterator[TaskRun]:
    """Every finished run below the folder."""
    for record in sorted(out.glob("*/run/record.json")):
        folder = record.parents[1]
        keys = json.loads((folder / "keys.json").read_text())
        texts = dict(enumerate(map(json.loads, (folder / "items.jsonl").read_text().splitlines())))
        yield TaskRun(
            folder.name.rpartition("-")[0], _cells(folder, keys, texts), _solver(folder, texts)
        )


def _rows(path: Path) -> dict[tuple[str, int], list[dict[str, Any]]]:
    by_arm: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for line in path.read_text().splitlines():
        row = json.loads(line)
        name, _, shots = row["arm"].rpartition("-")
        arm = (name, int(shots)) if shots.isdigit() else ("answer-only", 0)
        by_arm[arm].append(row)
    return by_arm


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _item(name: str) -> int:
    return int(re.findall(r"\d+", name)[-1])


def _cells(folder: Path, keys: dict[str, list[str]], texts: dict[int, Any]) -> dict[Any, ArmResult]:
    every = {word for words in keys.values() for word in words}
    cells = {}
    for arm, rows in _rows(folder / "run" / "predictions.jsonl").items():
        rows.sort(key=lambda row: row["item"])
        hits = []
        for row in rows:
            true = every.intersection(_words(texts[_item(row["item"])]["text"]))
            named = set(_words(row["reply"].lower().partition("are important")[0]))
            hits.append(len(true & named) / len(true))
        cells[arm] = ArmResult(
            np.array([row["correct"] for row in rows], dtype=float),
            sum(row["status"] == "unparsed" for row in rows),
            None if arm[0] == "answer-only" else float(np.mean(hits)),
        )
    return cells


def _solver(folder: Path, texts: dict[int, Any]) -> dict[tuple[str, int], float]:
    """Naive Bayes fitted on an arm's demonstrations alone: their texts, or their key words."""
    predictions = next(iter(_rows(folder / "run" / "predictions.jsonl").values()))
    test_texts = [texts[_item(row["item"])]["text"] for row in predictions]
    truth = np.array([row["label"] for row in predictions])
    accuracies = {}
    for arm, shots in _rows(folder / "run" / "demonstrations.jsonl").items():
        demonstrations = [
            " ".join(word["text"] for word in shot["words"]) or shot["example"]["text"]
            for shot in shots
        ]
        labels = [shot["example"]["label"] for shot in shots]
        counts = CountVectorizer(token_pattern=r"[a-z]+")
        model = MultinomialNB().fit(counts.fit_transform(demonstrations), labels)
        accuracies[arm] = float(np.mean(model.predict(counts.transform(test_texts)) == truth))
    return accuracies


def compare_pair(runs: list[TaskRun], ours: str, theirs: str, shots: int) -> dict[str, Any]:
    """The mean difference over tasks, and an exact sign-flip test with a task as the unit."""
    both = [r.cells for r in runs if (ours, shots) in r.cells and (theirs, shots) in r.cells]
    differences = np.array(
        [cells[ours, shots].right.mean() - cells[theirs, shots].right.mean() for cells in both]
    )
    result = permutation_test(
        (differences, np.zeros_like(differences)), lambda a, b: float(np.mean(a - b)),
        permutation_type="samples", n_resamples=np.inf, alternative="two-sided",
    )  # fmt: skip
    return {
        "ours": ours, "theirs": theirs, "shots": shots, "tasks": len(differences),
        "points": round(100 * float(differences.mean()), 1),
        "tasks_above": int((differences > 0).sum()), "p": float(result.pvalue),
    }  # fmt: skip


def write_tables(out: Path) -> None:
    """Write `tables.md` and `tables.json` into the folder."""
    runs = list(read_runs(out))
    families = list(dict.fromkeys(run.family for run in runs))
    shots = sorted({s for run in runs for _, s in run.cells})
    lines = ["| task | condition | " + " | ".join(map(str, shots)) + " |"]
    lines.append("|---|---|" + "---|" * len(shots))
    data: dict[str, Any] = {"cells": [], "tests": []}
    for family in families:
        family_runs = [run for run in runs if run.family == family]
        for condition in CONDITIONS:
            texts = []
            for count in shots:
                cells = [run.cells[condition, count] for run in family_runs
                         if (condition, count) in run.cells]  # fmt: skip
                if not cells:
                    texts.append("")
                    continue
                accuracy = float(np.mean([cell.right.mean() for cell in cells]))
                hits = [cell.hits for cell in cells if cell.hits is not None]
                solved = [run.solver[condition, count] for run in family_runs
                          if (condition, count) in run.solver]  # fmt: skip
                data["cells"].append({
                    "task": family, "condition": condition, "shots": count,
                    "items": sum(len(cell.right) for cell in cells), "accuracy": accuracy,
                    "by_seed": [round(float(cell.right.mean()), 3) for cell in cells],
                    "unparsed": sum(cell.unparsed for cell in cells),
                    "hits": float(np.mean(hits)) if hits else None,
                    "naive_bayes": float(np.mean(solved)) if solved else None,
                })  # fmt: skip
                text = f"{accuracy:.3f}"
                if hits:
                    text += f" ({np.mean(hits):.2f})"
                if solved:
                    text += f" [{np.mean(solved):.2f}]"
                texts.append(text)
            lines.append(f"| {family} | {condition} | " + " | ".join(texts) + " |")
    lines += ["", "Accuracy (share of the item's true key words in the model's own rationale)"
              " [naive Bayes on the same demonstrations].", ""]  # fmt: skip
    for ours, theirs in PAIRS:
        for count in shots[-2:]:
            tested = compare_pair(runs, ours, theirs, count)
            data["tests"].append(tested)
            lines.append(
                f"- {ours} against {theirs}, {count} shots: {tested['points']:+} points over"
                f" {tested['tasks']} tasks, above in {tested['tasks_above']}, p = {tested['p']:.2g}"
            )
    (out / "tables.md").write_text("\n".join(lines) + "\n")
    (out / "tables.json").write_text(json.dumps(data, indent=1) + "\n")
