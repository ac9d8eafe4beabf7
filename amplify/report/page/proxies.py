"""The tables of proxies: what they get right, how they agree with the LLM, likely label errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from amplify.report.page.tables import PageTable, bounds, share
from amplify.run.store.stored_run import StoredRun

MOST_ERRORS = 100
"""The most likely label errors of a proxy that are listed."""


def proxies_table(record: Mapping[str, Any]) -> PageTable:
    """What each proxy gets right of pool and test items, and how often it agrees with the LLM."""
    heads = ["proxy", "right of pool items", "most frequent label", "agrees with the LLM"]
    rows = []
    for proxy in record.get("proxies", []):
        test = proxy.get("test") or {}
        agreement = share(proxy["agreement"])
        figures = [share(proxy["accuracy"]), share(proxy["majority"]), agreement]
        on_test = [share(test.get("accuracy")), bounds(test.get("interval"))]
        rows.append([proxy["name"], *figures, *on_test])
    return PageTable([*heads, "right of test items", "95% interval"], rows)


def agreement_tables(run: StoredRun, focus: str) -> list[tuple[str, PageTable]]:
    """By proxy: of how many answers of the focus the proxy, the LLM, both or none are right."""
    results = []
    answers = [p for p in run.predictions if p.arm == focus and p.status != "prepared"]
    for proxy, labels in zip(run.record.get("proxies", []), run.proxy_labels, strict=False):
        counts = Counter(
            (labels[p.item] == p.label, p.correct) for p in answers if p.item in labels
        )
        if counts:
            rows = [
                [
                    f"proxy {'right' if right else 'wrong'}",
                    *(f"{counts[right, llm]:,}" for llm in (True, False)),
                ]
                for right in (True, False)
            ]
            title = f"{proxy['name']} against {focus}, answers to test items"
            results.append((title, PageTable(["", "LLM right", "LLM wrong"], rows)))
    return results


def label_error_tables(record: Mapping[str, Any]) -> list[tuple[str, int, PageTable]]:
    """By proxy: how many likely label errors it finds, and the likeliest of them."""
    heads = [
        "item",
        "label",
        "the proxy says",
        "shown as a demonstration",
        "wrong with probability",
    ]
    return [
        (
            errors["proxy"],
            len(errors["suspects"]),
            PageTable(heads, [_suspect_row(each) for each in errors["suspects"][:MOST_ERRORS]], 4),
        )
        for errors in record["label_errors"]
        if errors["suspects"]
    ]


def _suspect_row(suspect: Mapping[str, Any]) -> list[str]:
    shown = "yes" if suspect["shown"] else "no"
    texts = [suspect["item"], suspect["label"], suspect["proxy_label"], shown]
    return [*texts, f"{suspect['probability']:.2f}"]
