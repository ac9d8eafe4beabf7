"""Makes the page of a run or of a tune from its folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from markupsafe import Markup

from amplify.loop.answer.repeats import Stability, stability_words
from amplify.loop.compare.metrics import NAMES
from amplify.report.levels import LEVELS
from amplify.report.page import tables
from amplify.report.page.answers import packed_run
from amplify.report.page.attributions import attribution_sentences, shaded_answers
from amplify.report.page.costs import cost_pairs, digest_pairs
from amplify.report.page.demonstrations import arm_demonstrations, worth_sentences
from amplify.report.page.html import render_page, svg
from amplify.report.page.labels import label_sections
from amplify.report.page.proxies import agreement_tables, label_error_tables, proxies_table
from amplify.report.page.race import race_section
from amplify.report.plots.calibration import coverage_svg, reliability_svg
from amplify.report.plots.points import arm_points
from amplify.report.plots.svg import draws_svg, narrow_svg
from amplify.run.store.read_back import read_stored, reading
from amplify.run.store.stored_run import HINT, StoredRun

OUTCOMES = {"gain": "▲ gain", "loss": "▼ loss", "no evidence": "◇ no evidence"}
"""How an outcome is shown: by a sign and a word, not by a colour alone."""


def run_page(run: StoredRun) -> str:
    """The page of a run that has finished or was stopped, as the text of an HTML file."""
    with reading(run.folder / "record.json", "a page cannot be made of the record", HINT):
        return _page(run)


def _page(run: StoredRun) -> str:
    record = run.record
    focus = record.get("race", {}).get("chosen") or record["verdict"]["focus"]
    data = packed_run(run)
    return render_page(
        "run.html.jinja",
        data if data["items"] else None,
        title=f"{record['task']}, {_model(record)}",
        kind="tune" if "race" in record else "run",
        record=record,
        focus=focus,
        outcome=OUTCOMES.get(record["verdict"]["outcome"], "not compared"),
        sizes=_sizes(record),
        plots=_arm_plots(record),
        arms=tables.arms_table(record),
        stability=list(_stability(record)),
        comparisons=list(_comparisons(record)),
        shots=list(arm_demonstrations(run, focus)),
        worth=worth_sentences(record),
        attributed=list(shaded_answers(record)),
        attribution=attribution_sentences(record),
        classes=list(label_sections(record, focus)),
        proxies=proxies_table(record),
        agreement=agreement_tables(run, focus),
        label_errors=label_error_tables(record),
        confidence=tables.confidence_table(record),
        calibration=_calibration(record, focus),
        faithfulness=tables.faithfulness_table(record),
        race=race_section(record),
        costs=cost_pairs(run),
        plan=read_stored(run.folder / "plan.toml").decode(errors="replace"),
        digests=digest_pairs(record),
        answered=bool(data["items"]),
    )


def _model(record: Mapping[str, Any]) -> str:
    provider = record["provider"]
    return f"{provider.get('provider', '?')} {provider.get('model', '')}".strip()


def _sizes(record: Mapping[str, Any]) -> str:
    splits = record["data"]["splits"]
    folds = f" in {splits['folds']} folds" if splits["folds"] else ""
    train = "" if splits["folds"] else f"{splits['train']:,} train, "
    return f"{train}{splits['pool']:,} pool{folds} and {splits['test']:,} test items"


def _arm_plots(record: Mapping[str, Any]) -> list[Markup]:
    """The arms with their intervals, as a wide and as a narrow plot; none where none answered."""
    arms = arm_points(record["arms"])
    if not arms:
        return []
    return [svg(draws_svg(arms, "accuracy on the test items")), svg(narrow_svg(arms, "test items"))]


def _stability(record: Mapping[str, Any]) -> Iterator[str]:
    """How often the answers of each arm that is asked several times flip."""
    for arm in record["arms"]:
        if arm.get("stability") and arm["accuracy"] is not None:
            told = {field.name: arm["stability"][field.name] for field in fields(Stability)}
            yield stability_words(arm["name"], Stability(**told), arm["accuracy"])


def _comparisons(record: Mapping[str, Any]) -> Iterator[tuple[str, tables.PageTable]]:
    """The tables of comparisons, methods first, each with what its level means."""
    of_record = [*record["comparisons"], *([record["prompts"]] if record["prompts"] else [])]
    for level in ("method", "prompt"):
        of_level = [each for each in of_record if each["level"] == level]
        if of_level:
            metric = of_level[0].get("metric", "accuracy")
            by = "" if metric == "accuracy" else f" by {NAMES[metric]}"
            title = f"{level.capitalize()}s compared{by}: {LEVELS[level]}"
            yield title, tables.plotted_comparisons(record, of_level)


def _calibration(record: Mapping[str, Any], focus: str) -> list[tuple[str, Markup, Markup]]:
    """The plots of calibration and of coverage of each arm that has probabilities."""
    arms = sorted(record["arms"], key=lambda arm: arm["name"] != focus)
    return [
        (
            arm["name"],
            svg(reliability_svg(arm["confidence"]["bins"], arm["name"])),
            svg(coverage_svg(arm["confidence"]["coverage"], arm["name"])),
        )
        for arm in arms
        if arm.get("confidence")
    ]
