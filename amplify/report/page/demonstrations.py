"""Shows the demonstrations of a run's arms, with their words shaded and what each is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from markupsafe import Markup

from amplify.loop.worth.prompt_worth import PromptWorth
from amplify.report.attributions import share_lines
from amplify.report.page.attributions import attributions_of
from amplify.report.page.html import svg
from amplify.report.page.shading import Part, shaded
from amplify.report.plots.difference import difference_svg, widest
from amplify.report.worth import part_lines, worth_lines
from amplify.run.store.stored_run import StoredRun, stored_group

MOST_SHOWN = 30
"""The most demonstrations of an arm that are shown; all are in `demonstrations.jsonl`."""


@dataclass(frozen=True)
class ShadedDemonstration:
    """A demonstration as the page shows it.

    `worth` holds for it, and for its rationale, a plot (None: not measured) and words.
    """

    parts: Sequence[Part]
    row: Mapping[str, Any]
    worth: Sequence[tuple[Markup | None, str]]

    @property
    def target(self) -> str:
        """The label that the words speak for, or against."""
        attribution = self.row.get("attribution") or {"target": self.row["example"]["label"]}
        return str(attribution["target"])


@dataclass(frozen=True)
class ArmDemonstrations:
    """The demonstrations of one draw of an arm; `more` of them are not shown."""

    title: str
    shots: Sequence[ShadedDemonstration]
    more: int


def _worth(record: Mapping[str, Any]) -> PromptWorth | None:
    return msgspec.convert(record["worth"], PromptWorth) if "worth" in record else None


def _worth_lines(worth: PromptWorth, place: int) -> list[tuple[Markup | None, str]]:
    """What the demonstration at a place and its rationale are worth, each with a plot."""
    kinds = [worth.demonstrations, *filter(None, [worth.rationales])]
    known = [asdict(w) for kind in kinds for part in kind.parts if (w := part.worth) is not None]
    end = widest({**each, "difference": each["value"]} for each in known)
    measured = [kind.parts[place].worth for kind in kinds]
    plots = [
        None
        if part is None
        else svg(difference_svg({"difference": part.value, "interval": part.interval}, end))
        for part in measured
    ]
    return list(zip(plots, part_lines(worth, place), strict=True))


def worth_sentences(record: Mapping[str, Any]) -> list[str]:
    """What was measured of the worth of demonstrations, and how; empty where nothing was."""
    worth = _worth(record)
    return [] if worth is None else list(worth_lines(worth))


def arm_demonstrations(run: StoredRun, focus: str) -> Iterator[ArmDemonstrations]:
    """The demonstrations of one draw of each arm that has any, those of the focus first.

    It is the draw whose worth was measured, or whose answers were attributed, else the best one,
    else the first.
    """
    worth, attributions = _worth(run.record), attributions_of(run.record)
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
        elif attributions is not None and attributions.arm == name and attributions.draw in draws:
            draw = attributions.draw
        which = f", draw {draw} of {len(draws)}" if draw else ""
        rows = draws[draw]
        shown = [
            ShadedDemonstration(
                shaded(row),
                row,
                [
                    *(_worth_lines(worth, place) if worth and measured else []),
                    *((None, line) for line in share_lines(attributions, name, draw, place)),
                ],
            )
            for place, row in enumerate(rows[:MOST_SHOWN])
        ]
        title = f"{name}{which}: {len(rows)} demonstration{'' if len(rows) == 1 else 's'}"
        yield ArmDemonstrations(title, shown, len(rows) - len(shown))
