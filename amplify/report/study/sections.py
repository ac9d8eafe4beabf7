"""The sections of a study's report, in words and small tables, in the order of every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from amplify.contract.grammar import counted
from amplify.loop.prompt.arm import drawn_name
from amplify.report.study.results import overview, result_sections
from amplify.report.study.rows import in_percent
from amplify.report.study.section import Section, percentage, signed

OVER_TASKS = (
    "about new tasks like these, each with demonstrations drawn for it: a task counts once, however"
    " many draws and items it has"
)


def sections(record: Mapping[str, Any]) -> Iterator[Section]:
    """The sections of a report, in order; those without content are left out."""
    of_results = [each for result in record["results"] for each in result_sections(record, result)]
    rest = (_over_tasks(record), _proxies(record), _choices(record), _worths(record))
    for section in (overview(record), *of_results, *rest):
        if section.body:
            yield section
    yield Section("Work", work_lines(record))
    problems = [f"{name} could not be made: {why}" for name, why in record["lost"].items()]
    if record["stopped"]:
        problems.append(f"stopped: {record['stopped']}; what was not asked is not scored")
    if record["failed"]:
        problems.append(f"{counted(record['failed'], 'call')} failed: their items count as wrong")
    if problems:
        yield Section("Not done", problems)


def work_lines(record: Mapping[str, Any]) -> list[str]:
    """How much work there was, and how much there would be if the arms shared none."""
    names = {
        "calls": "calls of LLMs",
        "fits": "fits of proxies",
        "explanations": "explanations of examples",
    }
    return [
        f"{count['distinct']:,} {names[kind]}; {count['alone']:,} were each arm alone"
        for kind, count in record["work"].items()
    ]


def _over_tasks(record: Mapping[str, Any]) -> Section:
    body = [
        [
            row["llm"],
            f"{row['arm']} against {row['baseline']}",
            f"{100 * row['difference']:+.1f}",
            "–" if row["interval"] is None else signed(row["interval"]),
            f"{row['above']} of {row['tasks']}",
            str(row["draws"]),
            f"{row['p_value']:.2g}",
        ]
        for row in record["over_tasks"]
    ]
    heads = [
        *("llm", "comparison", "points", "95% interval", "tasks above", "draws a task"),
        "p (sign flip)",
    ]
    return Section("Over tasks, a task as the unit", [OVER_TASKS], heads, body)


def _proxies(record: Mapping[str, Any]) -> Section:
    body = [
        [
            *(row["task"], row["llm"], row["proxy"], str(row["items"])),
            *(percentage(in_percent(row[key])) for key in ("accuracy", "majority", "agreement")),
            percentage(in_percent(row.get("test_accuracy"))),
        ]
        for row in record["proxies"]
    ]
    heads = ["task", "llm", "proxy", "pool items", "right %", "majority %", "agrees with LLM %"]
    heads.append("right % of test")
    return Section("Proxies, on items that they never saw", (), heads, body)


def _choices(record: Mapping[str, Any]) -> Section:
    body = [
        [row["task"], row["llm"], str(row["seed"]), row["variant"], ", ".join(_scores(row))]
        for row in record["choices"]
    ]
    heads = ["task", "llm", "seed", "chosen", "right on the pool"]
    return Section("Choices, made on held-out parts of the pool", (), heads, body)


def _worths(record: Mapping[str, Any]) -> Section:
    """What the demonstrations of each run's prompt are worth, in short."""
    body = [
        [
            *(row["task"], row["llm"], str(row["seed"])),
            drawn_name(row["arm"], row["draw"]),
            *(_right(row[key], row["items"]) for key in ("correct", "bare")),
            *(_places(row, key) for key in ("helping", "hurting")),
            _pruned(row["pruned"]),
        ]
        for row in record.get("worth", ())
    ]
    heads = ["task", "llm", "seed", "prompt", "right %", "without %", "help", "hurt", "pruned"]
    lines = [
        "on pool items that the prompt does not show: with all demonstrations, without any, and the"
        " numbers of those shown to help and to hurt; pruned: right of the test items without those"
        " that hurt, and the gain by that in points"
    ]
    return Section("Worth of demonstrations", lines, heads, body)


def _right(right: int | None, items: int) -> str:
    return percentage(None if right is None else 100 * right / items)


def _places(row: Mapping[str, Any], key: str) -> str:
    """The numbers of demonstrations, and of rationales, which count from 1."""
    kinds = (("", row["demonstrations"]), ("rationale ", row["rationales"]))
    places = [f"{kind}{place + 1}" for kind, parts in kinds if parts for place in parts[key]]
    return ", ".join(places) or "none"


def _pruned(pruned: Mapping[str, Any] | None) -> str:
    if pruned is None:
        return "–"
    right = f"{pruned['correct']}/{pruned['answers']}"
    gain = pruned["difference"]
    return right if gain is None else f"{right} ({100 * gain:+.1f})"


def _scores(choice: Mapping[str, Any]) -> Sequence[str]:
    arm = choice["arm"]
    return [
        f"{name.removeprefix(f'{arm} ')}: {right:g}/{choice['items']}"
        for name, right in choice["right"].items()
    ]
