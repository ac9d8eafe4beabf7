"""Makes the page of a run or of a tune from its folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from markupsafe import Markup

from amplify.contract.guard.visible import visible_lines
from amplify.loop.compare.metrics import NAMES
from amplify.loop.worth.prompt_worth import PromptWorth
from amplify.report.levels import LEVELS
from amplify.report.money import money
from amplify.report.page import tables
from amplify.report.page.answers import packed_run, stored_group
from amplify.report.page.html import render, svg
from amplify.report.page.shading import Part, shaded
from amplify.report.plots.calibration import coverage_svg, reliability_svg
from amplify.report.plots.points import arm_points
from amplify.report.plots.race import race_svg
from amplify.report.plots.svg import draws_svg, narrow_svg
from amplify.report.worth import part_lines, worth_lines
from amplify.run.store.read_back import read_stored, reading
from amplify.run.store.stored_run import HINT, StoredRun

MOST_SHOWN = 30
"""The most demonstrations of an arm that are shown; all are in `demonstrations.jsonl`."""

OUTCOMES = {"gain": "▲ gain", "loss": "▼ loss", "no evidence": "◇ no evidence"}
"""How an outcome is shown: by a sign and a word, not by a colour alone."""


@dataclass(frozen=True)
class Shot:
    """A demonstration as the page shows it; `worth` says in lines what it is worth."""

    parts: Sequence[Part]
    row: Mapping[str, Any]
    worth: Sequence[str]

    @property
    def target(self) -> str:
        """The label that the words speak for, or against."""
        attribution = self.row.get("attribution") or {"target": self.row["example"]["label"]}
        return str(attribution["target"])


@dataclass(frozen=True)
class ArmShots:
    """The demonstrations of one draw of an arm; `more` of them are not shown."""

    title: str
    shots: Sequence[Shot]
    more: int


def run_page(run: StoredRun) -> str:
    """The page of a run that has finished or was stopped, as the text of an HTML file."""
    with reading(run.folder / "record.json", "a page cannot be made of the record", HINT):
        return _page(run)


def _page(run: StoredRun) -> str:
    record = run.record
    focus = record.get("race", {}).get("chosen") or record["verdict"]["focus"]
    data = packed_run(run)
    return render(
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
        comparisons=list(_comparisons(record)),
        shots=list(_shots(run, focus)),
        worth=_worth_words(record),
        classes=list(_classes(record, focus)),
        proxies=tables.proxies_table(record),
        agreement=_agreement(run, focus),
        confidence=tables.confidence_table(record),
        calibration=_calibration(record, focus),
        faithfulness=tables.faithfulness_table(record),
        race=_race(record),
        costs=_costs(run),
        plan=read_stored(run.folder / "plan.toml").decode(errors="replace"),
        digests=_digests(record),
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


def _comparisons(record: Mapping[str, Any]) -> Iterator[tuple[str, tables.Table]]:
    """The tables of comparisons, methods first, each with what its level means."""
    of_record = [*record["comparisons"], *([record["prompts"]] if record["prompts"] else [])]
    for level in ("method", "prompt"):
        of_level = [each for each in of_record if each["level"] == level]
        if of_level:
            metric = of_level[0].get("metric", "accuracy")
            by = "" if metric == "accuracy" else f" by {NAMES[metric]}"
            title = f"{level.capitalize()}s compared{by}: {LEVELS[level]}"
            yield title, tables.comparisons_table(record, of_level)


def _worth(record: Mapping[str, Any]) -> PromptWorth | None:
    return msgspec.convert(record["worth"], PromptWorth) if "worth" in record else None


def _worth_words(record: Mapping[str, Any]) -> list[str]:
    worth = _worth(record)
    return [] if worth is None else list(worth_lines(worth))


def _shots(run: StoredRun, focus: str) -> Iterator[ArmShots]:
    """The demonstrations of one draw of each arm that has any, those of the focus first.

    It is the draw whose worth was measured, else the best one, else the first.
    """
    worth = _worth(run.record)
    best = {arm["name"]: arm.get("best_draw") or 0 for arm in run.record["arms"]}
    by_arm: dict[str, dict[int, list[Mapping[str, Any]]]] = {}
    groups = {(p.arm, p.draw) for p in run.predictions}
    for row in run.demonstrations:
        name, draw = stored_group(row["arm"], row["draw"], groups)
        if name in best:
            by_arm.setdefault(name, {}).setdefault(draw, []).append(row)
    for name, draws in sorted(by_arm.items(), key=lambda pair: pair[0] != focus):
        draw = best[name] if best[name] in draws else min(draws)
        measured = worth is not None and worth.arm == name and worth.draw in draws
        if worth is not None and measured:
            draw = worth.draw
        which = f", draw {draw} of {len(draws)}" if draw else ""
        rows = draws[draw]
        shown = [
            Shot(
                shaded(row),
                row,
                list(part_lines(worth, place)) if worth is not None and measured else [],
            )
            for place, row in enumerate(rows[:MOST_SHOWN])
        ]
        yield ArmShots(f"{name}{which}: {len(rows)}", shown, len(rows) - len(shown))


def _classes(record: Mapping[str, Any], focus: str) -> Iterator[dict[str, Any]]:
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
                "labels": tables.labels_table(metrics),
                "confusion": tables.confusion(metrics),
                "confusions": tables.confusions_table(metrics),
            }


def _means(metrics: Mapping[str, Any]) -> Iterator[str]:
    f1, balanced = metrics["macro_f1"], metrics["balanced_accuracy"]
    yield f"macro-F1 {tables.share(f1['value'])} ({tables.bounds(f1['interval'])})"
    yield f"balanced accuracy {tables.share(balanced['value'])}"
    yield f"MCC {metrics['mcc']['value']:.2f}"


def _agreement(run: StoredRun, focus: str) -> list[tuple[str, tables.Table]]:
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
            results.append((title, tables.Table(["", "LLM right", "LLM wrong"], rows)))
    return results


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


def _race(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The plot of a race and its table of rounds; None where the run is no tune."""
    race = record.get("race")
    if not race or not race["rounds"]:
        return None
    rows = [
        [
            str(each["number"]),
            f"{each['items']:,}",
            f"{each['total']:,}",
            str(len(each["standings"])),
            str(sum(ended["round"] == each["number"] for ended in race["exits"])),
        ]
        for each in race["rounds"]
    ]
    heads = ["round", "items", "items in all", "contenders", "went out"]
    contenders = sorted(
        race["contenders"], key=lambda c: -(c["right"] / c["items"] if c["items"] else 0)
    )
    contender_rows = [
        [
            f"{c['arm']} (draw {c['draw']})" if c["draw"] else c["arm"],
            str(c["shots"]),
            f"{c['right']:,}/{c['items']:,}",
        ]
        for c in contenders
    ]
    return {
        "plot": svg(race_svg(race, f"{len(contender_rows)} contenders")),
        "rounds": tables.Table(heads, rows),
        "contenders": tables.Table(
            ["contender", "demonstrations", "right of those asked"], contender_rows
        ),
    }


def _costs(run: StoredRun) -> list[tuple[str, str]]:
    """What the calls took, as names and values."""
    totals = run.totals
    if totals is None:
        return [("calls", "they are in the journal of the study that this run belongs to")]
    cost = "unknown" if totals.cost is None else money(totals.cost) if totals.cost else "0"
    values = [
        ("calls", f"{totals.calls:,} ({totals.attempts:,} attempts)"),
        ("replies from the cache", f"{totals.reused:,}"),
        ("requests without a reply", f"{totals.failed:,}"),
        ("tokens read", f"{totals.input:,} ({totals.cached:,} of them from a prompt cache)"),
        ("tokens written", f"{totals.output:,}"),
        ("cost", cost),
    ]
    if totals.seconds:
        seconds = f"{totals.seconds:,.1f} s, {totals.seconds / max(1, totals.calls):.3f} s a call"
        values.append(("time of all calls, added up", seconds))
    return values


def _digests(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Digests and versions, as names and values."""
    data = record["data"]
    return [
        ("plan", record["plan"]),
        *((f"data {key}", visible_lines(data[key])) for key in ("path", "sha256") if key in data),
        *((f"prompts of {arm['name']}", arm["prompts"]) for arm in record["arms"]),
        *record["versions"].items(),
    ]
