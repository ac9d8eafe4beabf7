"""The figures of each label of arms and proxies, and which labels were taken for which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.report.page.tables import PageTable, bounds, share

MOST_LABELS = 24
"""With more labels an arm's confusion matrix is a list of its most frequent confusions."""

MOST_CONFUSIONS = 30


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix: `rows` are a label each, with a count and a shade, 0 to 1, a column."""

    labels: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[int, float, bool]]]]


def label_sections(record: Mapping[str, Any], focus: str) -> Iterator[dict[str, Any]]:
    """Of each arm and proxy that has any: figures by label, and what was taken for what."""
    scored = [*record["arms"]]
    for proxy in record.get("proxies", []):
        if "metrics" in (proxy.get("test") or {}):
            scored.append({"name": f"proxy {proxy['name']}", "metrics": proxy["test"]["metrics"]})
    for arm in sorted(scored, key=lambda arm: arm["name"] != focus):
        if (metrics := arm.get("metrics")) is not None:
            yield {
                "name": arm["name"],
                "means": ", ".join(_means(metrics)),
                "labels": labels_table(metrics),
                "confusion": confusion(metrics),
                "confusions": confusions_table(metrics),
            }


def _means(metrics: Mapping[str, Any]) -> Iterator[str]:
    f1, balanced = metrics["macro_f1"], metrics["balanced_accuracy"]
    yield f"macro-F1 {share(f1['value'])} ({bounds(f1['interval'])})"
    yield f"balanced accuracy {share(balanced['value'])}"
    yield f"MCC {metrics['mcc']['value']:.2f}"


def labels_table(metrics: Mapping[str, Any]) -> PageTable:
    """The figures of each label of an arm or of a proxy."""
    heads = ["label", "right", "recall", "precision", "F1", "95% interval of F1"]
    return PageTable(
        heads,
        [
            [
                row["label"],
                f"{row['right']:,}/{row['support']:,}",
                *(share(row[key]["value"]) for key in ("recall", "precision", "f1")),
                bounds(row["f1"]["interval"]),
            ]
            for row in metrics["classes"]
        ],
    )


def confusion(metrics: Mapping[str, Any]) -> Confusion | None:
    """The confusion matrix; None where there are too many labels for one."""
    classes = metrics["classes"]
    if len(classes) > MOST_LABELS:
        return None
    labels = [row["label"] for row in classes]
    unread = any(row["unread"] for row in classes)
    rows = []
    for row in classes:
        counts = [row["answers"].get(label, 0) for label in labels]
        counts += [row["unread"]] if unread else []
        total = sum(counts) or 1
        marks = [label == row["label"] for label in labels] + [False] * unread
        cells = [(n, n / total, m) for n, m in zip(counts, marks, strict=True)]
        rows.append((row["label"], cells))
    return Confusion([*labels, *(["unread"] if unread else [])], rows)


def confusions_table(metrics: Mapping[str, Any]) -> PageTable:
    """The most frequent wrong answers, for a task with many labels."""
    wrong = [
        (count, row["label"], answer)
        for row in metrics["classes"]
        for answer, count in (*row["answers"].items(), ("unread", row["unread"]))
        if count and answer != row["label"]
    ]
    first = sorted(wrong, key=lambda each: -each[0])[:MOST_CONFUSIONS]
    return PageTable(["label", "answered", "times"], [[a, b, str(n)] for n, a, b in first], 2)
