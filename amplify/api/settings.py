"""The settings of `amplify.run` and `amplify.tune`, and the overrides of a plan that they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import tomli_w

from amplify.contract.errors import PlanError
from amplify.contract.grammar import with_article
from amplify.contract.guard.paths import home
from amplify.contract.suggest import did_you_mean
from amplify.run.plan.overrides import Overrides

Component = str | Mapping[str, Any]
"""A component: its name, or as in a plan a table of `use` and its options."""


class Settings(TypedDict, total=False):
    """What changes the plan: names and values are those of a plan, and of the command line.

    - `llm`, `proxy`, `selector`, `explainer`, `template`, `task`: a component by its name, or a
      table of `use` and options. `model` is the model of the LLM.
    - `text`, `label`, `id`, `instruction`: the columns of the data, and what a prompt begins with.
    - `arms`: names of arms; `shots`, `keywords`, `draws`, `seed`, `limit`, `answer`, `calibrate`,
      `abstain`, `unread`, `repeats`: as in `[run]` and `[[arms]]`.
    - `min_gain`, `max_p`: what the verdict has to show.
    - `concurrency`, `cache`, `prices`, `max_calls`, `max_tokens`, `max_cost`, `max_seconds`: as in
      `[calls]`.
    """

    task: Component
    llm: Component
    model: str
    proxy: Component
    selector: Component
    explainer: Component
    template: Component
    text: str | Sequence[str]
    label: str
    id: str
    instruction: str
    arms: str | Sequence[str]
    shots: int | Literal["max"]
    keywords: int
    draws: int
    seed: int
    limit: int
    answer: Literal["write", "rank", "complete"]
    calibrate: Literal["none", "context", "batch"]
    abstain: float
    unread: Literal["count", "ask"]
    repeats: int
    min_gain: float
    max_p: float
    concurrency: int
    cache: bool
    prices: str | Path
    max_calls: int
    max_tokens: int
    max_cost: float
    max_seconds: float


COMPONENTS = ("task", "llm", "proxy", "selector", "explainer", "template")

OF_TASK = ("text", "label", "id", "instruction")

OF_CALLS = (
    *("concurrency", "cache", "prices"),
    *("max_calls", "max_tokens", "max_cost", "max_seconds"),
)


def overrides_of(
    settings: Mapping[str, Any], options: Mapping[str, Any], out: str | Path | None
) -> Overrides:
    """The overrides of a plan that the settings are.

    `options` are any other keys of the plan by their paths, such as "split.train"; a table in
    place of a value holds the keys under it. `out` is the run's folder.
    """
    given = {key: _plain(value) for key, value in settings.items() if value is not None}
    _check_names(given)
    sets: dict[str, Any] = {}
    values: dict[str, Any] = {"out": None if out is None else str(out)}
    for role in COMPONENTS:
        component = given.pop(role, None)
        if isinstance(component, Mapping):
            table = dict(component)
            component = table.pop("use", None)
            sets |= {f"{role}.{key}": value for key, value in table.items()}
        values[role] = component
    if "model" in given:
        sets["llm.model"] = given.pop("model")
    sets |= {f"task.{key}": given.pop(key) for key in OF_TASK if key in given}
    calls = {key: given.pop(key) for key in OF_CALLS if key in given}
    if "prices" in calls:
        calls["prices"] = str(home(calls["prices"]).absolute())
    arms = given.pop("arms", ())
    names = arms.split(",") if isinstance(arms, str) else arms
    return Overrides(
        **values,
        **given,
        calls=calls,
        arms=tuple(str(name).strip() for name in names),
        sets=tuple(_texts(sets)) + tuple(_texts(options)),
    )


def _check_names(given: Mapping[str, Any]) -> None:
    known = list(Settings.__annotations__)
    for name in given:
        if name not in known:
            raise PlanError(
                f"there is no setting {name!r}{did_you_mean(name, known)}",
                hint=f"settings: {', '.join(known)}; others: options={{'SECTION.KEY': VALUE}}",
            )


def _texts(options: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Each option as the command line has it: KEY=VALUE, the value in TOML."""
    for name, value in options.items():
        key = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _texts(value, f"{key}.")
            continue
        try:
            text = tomli_w.dumps({"value": _plain(value)})
        except (TypeError, ValueError):
            raise PlanError(
                f"{with_article(type(value).__name__)} is no value of a plan",
                where=f"options: {key}",
            ) from None
        yield f"{key}={text.partition('=')[2].strip()}"


def _plain(value: Any) -> Any:
    """The value as TOML has it: paths are texts, and numbers of numpy are Python's."""
    if isinstance(value, Path):
        return str(value)
    return value.item() if hasattr(value, "item") and not getattr(value, "shape", ()) else value
