"""Read a plan: the TOML file, then the command line over it, each key checked."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from amplify.contract.errors import PlanError
from amplify.contract.guard.visible import shell_word
from amplify.run.plan.declared import DeclaredPlan, declare, names_of
from amplify.run.plan.overrides import Overrides, lay_over
from amplify.run.plan.plan import ArmPlan, Plan, Ref
from amplify.run.plan.presets import ARMS, PLAIN
from amplify.run.plan.refs import component_table, to_ref
from amplify.run.plan.schema import ARM_ROLES, ArmTable
from amplify.run.plan.sections import (
    CallsSection,
    GuardsSection,
    RunSection,
    SplitSection,
    SurveySection,
    TuneSection,
    VerdictSection,
    WorthSection,
)
from amplify.run.plan.space import SPACE, sampled, space_variants
from amplify.run.plan.toml import parse_toml, read_toml_text
from amplify.run.plan.typed import EXPECTED, not_a, section, typed
from amplify.run.plan.validate import check_plan, check_texts
from amplify.run.plan.variants import Variant, add_variants

S = TypeVar("S")

LONGEST_LINE = 80
"""The most characters of a line of a plan that an error shows."""


def read_plan(
    path: Path | None,
    overrides: Overrides | None = None,
    race: Mapping[str, Any] | None = None,
) -> Plan:
    """The plan of `path` (None: the defaults) under the overrides.

    `race` holds the sections `tune`, `arms` and `run` of a plan that has neither of the first two
    and is to be raced; one that has arms alone has these raced.

    Raises PlanError naming the file, the key and what is known in its place.
    """
    table = load_toml(path) if path else {}
    if "study" in table:
        hint = f"run it with: amplify study {shell_word(str(path))}"
        raise PlanError("this is a study", where=str(path), hint=hint)
    try:
        run = table.get("run", {})
        if not isinstance(run, dict):
            raise not_a(EXPECTED[dict], run, section("run"))
        if race is not None and "tune" not in table:
            named = "arms" in table or (overrides is not None and overrides.arms)
            under = {**race.get("run", {}), **table.get("run", {})}
            table = {"tune": {}, **table} if named else {**race, **table, "run": under}
        base = str(run.get("base") or (path.parent.resolve() if path else Path.cwd()))
        return resolve_plan(table, overrides or Overrides(), base)
    except PlanError as error:
        if path:
            put_place_first(error, str(path))
        raise


def put_place_first(error: PlanError, place: str) -> None:
    """Have the error name the file, or the table, that its own place is in."""
    if not error.where.startswith(place):
        error.where = f"{place}: {error.where}".rstrip(": ")


def load_toml(path: Path, kind: str = "plan") -> dict[str, Any]:
    """The tables of a TOML file; `kind` is what errors call such a file."""
    try:
        return parse_toml(read_toml_text(path))
    except FileNotFoundError:
        raise PlanError(f"there is no such {kind} file", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        is_data = path.suffix.lower() in (".csv", ".tsv", ".jsonl", ".json")
        raise PlanError(
            f"not a TOML file: {error}" if is_data else _toml_error(path, str(error)),
            where=str(path),
            hint=f'a {kind} names its data: [task] use = "csv" (or "jsonl"), path = "{path}"'
            if is_data
            else "",
        ) from None
    except OSError as error:
        problem = f"not a readable TOML file: {error.strerror}"
        raise PlanError(problem, where=str(path)) from None
    except ValueError as error:
        raise PlanError(f"not a readable TOML file: {error}", where=str(path)) from None


def _toml_error(path: Path, message: str) -> str:
    """What is wrong with the TOML of the file, which the parser's `message` says, and its line."""
    place = re.fullmatch(r"(.*) \(at line (\d+), column \d+\)", message, re.DOTALL)
    if place is None:
        return f"not valid TOML: {message}"
    problem, number = place[1], int(place[2])
    line = read_toml_text(path).split("\n")[number - 1].strip()
    shown = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
    return f"not valid TOML: line {number}: {problem[:1].lower()}{problem[1:]}: `{shown}`"


def resolve_plan(
    table: Mapping[str, Any],
    overrides: Overrides,
    base: str,
    variants: Sequence[Variant] = (),
    only: Sequence[str] = (),
) -> Plan:
    """The plan that the tables of a file say under the overrides.

    Relative paths start from the folder `base`. `variants` are arms that are made of others. `only`
    leaves these arms alone, the last of them the focus, with no demand on it.
    """
    declared = declare(table, overrides.arms, overrides.task)
    # What the command line overrides is looked at as well: the file is right or wrong without it.
    for kind, key in ((RunSection, "run"), (VerdictSection, "verdict"), (CallsSection, "calls")):
        _section(kind, key, declared)
    declared.sections["run"]["base"] = base
    lay_over(declared, overrides)
    _take_test_file(declared)
    raced = space_variants(declared)
    add_variants(declared, variants)
    add_variants(declared, raced, SPACE)
    if only:
        declared.picked[:] = [arm for arm in declared.picked if arm["name"] in only]
        declared.sections["run"]["focus"] = only[-1]
        declared.sections["verdict"] = {}
    if not declared.components["executor"]:
        declared.components["executor"] = {"use": "builtin/serial"}
    _check_names(declared)
    plan = Plan(
        **{role: to_ref(table, section(role)) for role, table in declared.components.items()},
        arms=tuple(_resolve_arm(arm, declared) for arm in declared.picked),
        run=_section(RunSection, "run", declared),
        split=_section(SplitSection, "split", declared),
        survey=_with_default_arm(_section(SurveySection, "survey", declared), declared),
        verdict=_section(VerdictSection, "verdict", declared),
        worth=_section(WorthSection, "worth", declared),
        guards=_section(GuardsSection, "guards", declared),
        calls=_section(CallsSection, "calls", declared),
        tune=_section(TuneSection, "tune", declared) if "tune" in declared.sections else None,
    )
    plan = sampled(plan, raced)
    check_plan(plan, bool(overrides.arms))
    check_texts(plan.table())
    return plan


def _take_test_file(declared: DeclaredPlan) -> None:
    """A file in `[split] test` is the task's official test split, of which all is then tested."""
    test = declared.sections["split"].get("test")
    if not isinstance(test, str) or test == "all" or _NUMBER.fullmatch(test):
        return
    task = declared.components["task"]
    if task.setdefault("test", test) != test:
        raise PlanError(
            f"names {test!r}, and [task] test names {task['test']!r}", where="[split] test"
        )
    declared.sections["split"]["test"] = "all"


_NUMBER = re.compile(r"\s*[-+.\d][-+.\de]*\s*", re.IGNORECASE)


def _section(kind: type[S], key: str, declared: DeclaredPlan) -> S:
    """The section of this key; a text is taken for the number that it holds."""
    return typed(kind, declared.sections[key], section(key), strict=False)


def _resolve_arm(arm: dict[str, Any], declared: DeclaredPlan) -> ArmPlan:
    """The arm with all that it takes over from the arm which it is `like`."""
    where = f"arm {arm['name']!r}"
    table = typed(ArmTable, declared.inherited(arm), where)
    refs: dict[str, Ref | None] = {}
    for role in ARM_ROLES:
        component = getattr(table, role)
        if component is not None:
            component = to_ref(component_table(component, where), where)
        refs[role] = component
    if refs["selection_explainer"] == refs["explainer"]:
        refs["selection_explainer"] = None
    shots = table.shots if table.shots is not None else 10 if refs["selector"] else 0
    if shots and refs["selector"] is None:
        words = "1 shot" if shots == 1 else f"{shots} shots"
        raise PlanError(f"{words}, but no selector", where=where, hint='selector = "random"')
    control_of, tests = _control(table, where, declared)
    template = refs.pop("template") or Ref(PLAIN)
    return ArmPlan(
        name=table.name,
        template=template,
        **refs,
        shots=shots,
        keywords=table.keywords,
        mask=table.mask,
        target=table.target,
        control_of=control_of,
        tests=tests,
        draws=table.draws,
        answer=table.answer,
        calibrate=table.calibrate,
        abstain=table.abstain,
        unread=table.unread,
        repeats=table.repeats,
        repeats_by=table.repeats_by,
        instruction=table.instruction,
    )


def _control(arm: ArmTable, where: str, declared: DeclaredPlan) -> tuple[str | None, str]:
    """The arm that this one is a control of, and what it tests; None for one that does not run."""
    known = sorted({*names_of(declared.arms), *ARMS})
    if arm.control_of == arm.name:
        raise PlanError("it is a control of itself", where=where, hint=f"arms: {known}")
    if arm.control_of is not None and arm.control_of not in known:
        raise PlanError(
            f"it is a control of {arm.control_of!r}, no arm's name",
            where=where,
            hint=f"arms: {known}",
        )
    if arm.control_of in names_of(declared.picked):
        return arm.control_of, arm.tests
    return None, "its rationales"


def _with_default_arm(survey: SurveySection, declared: DeclaredPlan) -> SurveySection:
    """The section with the arm that asks the LLM where it names none itself."""
    names = names_of(declared.picked)
    default = next((name for name in ("answer-only", "zero-shot") if name in names), None)
    return survey if survey.arm is not None else replace(survey, arm=default)


def _check_names(declared: DeclaredPlan) -> None:
    names = names_of(declared.arms)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlanError(f"two arms are called {twice[0]!r}", where=section("arms", many=True))
