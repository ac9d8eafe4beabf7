"""Read a plan: TOML file, then command line, checked key by key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.visible import shell_word
from amplify.contract.options import convert
from amplify.run.plan.overrides import ARM_ROLES, Overrides, apply_set, gather_arms, override_arms
from amplify.run.plan.plan import (
    ArmPlan,
    CallsSection,
    GuardsSection,
    Plan,
    Ref,
    RunSection,
    SplitSection,
    SurveySection,
    VerdictSection,
)
from amplify.run.plan.presets import ARMS, DEFAULT_SPLIT, DEFAULTS, PLAIN
from amplify.run.plan.tables import (
    as_table,
    check_keys,
    more_options,
    names_of,
    ref_table,
    to_ref,
)
from amplify.run.plan.toml import parse, read_text
from amplify.run.plan.validate import check_plan, check_texts
from amplify.run.plan.variants import Variant, add_variants

TABLES = ("run", "split", "survey", "verdict", "guards", "calls")
SECTIONS = ("task", "llm", "proxy", "executor", "arms", *TABLES)
ARM_KEYS = (
    "name",
    "like",
    "selector",
    "explainer",
    "selection_explainer",
    "template",
    "proxy",
    "shots",
    "keywords",
    "mask",
    "target",
    "control_of",
    "tests",
)


def read_plan(path: Path | None, overrides: Overrides | None = None) -> Plan:
    """The plan of `path` (None: the defaults) under the overrides.

    Raises PlanError naming the file, the key and what is known in its place.
    """
    table = load_toml(path) if path else {}
    where = str(path) if path else "plan"
    if "study" in table:
        hint = f"run it with: amplify study {shell_word(where)}"
        raise PlanError("this is a study", where=where, hint=hint)
    check_keys(table, SECTIONS, where)
    try:
        stored = as_table(table.get("run", {}), "[run]").get("base")
        base = str(stored or (path.parent.resolve() if path else Path.cwd()))
        return resolve_plan(table, overrides or Overrides(), base)
    except PlanError as error:
        if path and not error.where.startswith(str(path)):
            error.where = f"{path}: {error.where}".rstrip(": ")
        raise


def load_toml(path: Path, kind: str = "plan") -> dict[str, Any]:
    """The tables of a TOML file, which is a `kind` of file."""
    try:
        return parse(read_text(path))
    except FileNotFoundError:
        raise PlanError(f"there is no such {kind} file", where=str(path)) from None
    except tomllib.TOMLDecodeError as error:
        table = path.suffix.lower() in (".csv", ".tsv", ".jsonl", ".json")
        raise PlanError(
            f"not a TOML file: {error}",
            where=str(path),
            hint=f'a {kind} names its data: [task] use = "csv" (or "jsonl"), path = "{path}"'
            if table
            else "",
        ) from None
    except OSError as error:
        told = f"not a readable TOML file: {error.strerror}"
        raise PlanError(told, where=str(path)) from None
    except ValueError as error:
        raise PlanError(f"not a readable TOML file: {error}", where=str(path)) from None


def resolve_plan(
    table: Mapping[str, Any],
    overrides: Overrides,
    base: str,
    variants: Sequence[Variant] = (),
    only: Sequence[str] = (),
) -> Plan:
    """The plan that these tables say under the overrides; relative paths start from `base`.

    `variants` are arms that are made of others. `only` leaves these arms alone, the last of them
    the focus, with no demand on it.
    """
    sections: dict[str, Any] = {
        key: dict(as_table(table.get(key, {}), f"[{key}]")) for key in TABLES
    }
    if "task" not in table and overrides.task in (None, DEFAULTS["task"]["use"]):
        sections["split"] = {**DEFAULT_SPLIT, **sections["split"]}
    refs: dict[str, dict[str, Any]] = {}
    for role in ("task", "llm", "proxy", "executor"):
        given = table.get(role)
        refs[role] = ref_table(DEFAULTS.get(role, {}) if given is None else given, f"[{role}]")
        named = getattr(overrides, role, None)
        if named is not None and refs[role].get("use") != named:
            refs[role] = {"use": named}
    given = table.get("arms", [])
    if not isinstance(given, list):
        raise PlanError(f"expected a list of tables, not {given!r}", where="[[arms]]")
    # What the command line overrides is looked at as well: the file is right or wrong without it.
    convert(RunSection, sections["run"], "[run]")
    convert(VerdictSection, sections["verdict"], "[verdict]")
    convert(CallsSection, sections["calls"], "[calls]")
    for key in ("seed", "limit", "out"):
        if getattr(overrides, key) is not None:
            sections["run"][key] = getattr(overrides, key)
    for key in ("min_gain", "max_p"):
        if getattr(overrides, key) is not None:
            sections["verdict"][key] = getattr(overrides, key)
    sections["run"]["base"] = base
    sections["calls"].update(overrides.calls)
    arms = gather_arms([dict(as_table(arm, "[[arms]]")) for arm in given], overrides.arms)
    override_arms(arms, overrides, sections["run"].get("focus"))
    for text in overrides.sets:
        apply_set(text, sections, refs, arms, sections["run"].get("focus"))
    add_variants(arms, variants, refs["proxy"])
    if only:
        arms.picked[:] = [arm for arm in arms.picked if arm["name"] in only]
        sections["run"]["focus"] = only[-1]
        sections["verdict"] = {}
    if not refs["executor"]:
        refs["executor"] = {"use": "builtin/serial"}
    _check_names(arms.every)
    by_name = {arm["name"]: arm for arm in arms.every}
    plan = Plan(
        task=to_ref(refs["task"], "[task]"),
        llm=to_ref(refs["llm"], "[llm]"),
        proxy=to_ref(refs["proxy"], "[proxy]"),
        executor=to_ref(refs["executor"], "[executor]"),
        arms=tuple(_arm(arm, by_name, names_of(arms.picked)) for arm in arms.picked),
        run=convert(RunSection, sections["run"], "[run]"),
        split=convert(SplitSection, sections["split"], "[split]"),
        survey=_survey(convert(SurveySection, sections["survey"], "[survey]"), arms.picked),
        verdict=convert(VerdictSection, sections["verdict"], "[verdict]"),
        guards=convert(GuardsSection, sections["guards"], "[guards]"),
        calls=convert(CallsSection, sections["calls"], "[calls]"),
    )
    check_plan(plan, bool(overrides.arms))
    check_texts(plan.table())
    return plan


def _arm(
    raw: dict[str, Any], by_name: Mapping[str, dict[str, Any]], picked: Sequence[str]
) -> ArmPlan:
    name: str = raw["name"]
    where = f"arm {name!r}"
    table = _inherit(raw, by_name, (name,))
    check_keys(table, ARM_KEYS, where)
    refs = {
        role: None if table.get(role) is None else to_ref(ref_table(table[role], where), where)
        for role in ARM_ROLES
    }
    shots = table.get("shots", 10 if refs["selector"] else 0)
    if shots != "max" and (not isinstance(shots, int) or isinstance(shots, bool) or shots < 0):
        raise PlanError(f'shots must be a count or "max", not {shots!r}', where=where)
    keywords = table.get("keywords", 5)
    if not isinstance(keywords, int) or isinstance(keywords, bool) or keywords < 1:
        raise PlanError(f"keywords must be a count of at least 1, not {keywords!r}", where=where)
    if shots and refs["selector"] is None:
        raise PlanError(f"{shots} shots, but no selector", where=where, hint='selector = "random"')
    mask = table.get("mask", ["scaffold", "options"])
    known = ("scaffold", "options", "stop-words", "numbers")
    if not isinstance(mask, list | tuple) or any(m not in known for m in mask):
        raise PlanError(f"mask must be a list out of {known}, not {mask!r}", where=where)
    target = table.get("target", "truth")
    if target not in ("truth", "foil"):
        raise PlanError(f'target is "truth" or "foil", not {target!r}', where=where)
    control_of, tests = _control(table, where, sorted({*by_name, *ARMS}), picked)
    return ArmPlan(
        name,
        refs["template"] or Ref(PLAIN),
        refs["selector"],
        refs["explainer"],
        refs["selection_explainer"] if refs["selection_explainer"] != refs["explainer"] else None,
        refs["proxy"],
        shots,
        keywords,
        tuple(mask),
        target,
        control_of,
        tests,
    )


def _control(
    table: dict[str, Any], where: str, known: Sequence[str], picked: Sequence[str]
) -> tuple[str | None, str]:
    """The arm that this one is a control of, and what it tests.

    An arm whose tested arm is not among the `picked` ones is no control: the answer is None.
    """
    control_of = table.get("control_of")
    tests = table.get("tests", "its rationales")
    if control_of is not None and (control_of == table["name"] or control_of not in known):
        itself = control_of == table["name"]
        what = "is a control of itself" if itself else f"is a control of {control_of!r}, no arm"
        raise PlanError(f"it {what}", where=where, hint=f"arms: {known}")
    if not isinstance(tests, str) or not tests.strip():
        raise PlanError(
            f"tests says what the control lacks, not {tests!r}",
            where=where,
            hint='a plural phrase, for instance: tests = "the key words"',
        )
    return (control_of, tests) if control_of in picked else (None, "its rationales")


def _inherit(
    raw: dict[str, Any], by_name: Mapping[str, dict[str, Any]], seen: tuple[str, ...]
) -> dict[str, Any]:
    """The arm's table over that of the arm it is `like`.

    Who takes over a selector shows the same demonstrations, even if it explains them otherwise: the
    explanations that the selector looks at are taken over with it.
    """
    like = raw.get("like")
    if like is None:
        return raw
    base = by_name.get(like)
    if base is None or like in seen:
        what = "is like itself" if like in seen else f"is like {like!r}, which no arm is called"
        raise PlanError(f"it {what}", where=f"arm {seen[0]!r}", hint=f"arms: {list(by_name)}")
    theirs = dict(_inherit(base, by_name, (*seen, like)))
    if "selector" in raw:
        theirs.pop("selection_explainer", None)
    elif "explainer" in raw and theirs.get("explainer") is not None:
        theirs.setdefault("selection_explainer", theirs["explainer"])
    made = {**theirs, **raw}
    for role in ARM_ROLES:
        made |= {role: more_options(raw[role], theirs.get(role))} if role in raw else {}
    made.pop("like")
    return made


def _survey(section: SurveySection, arms: Sequence[dict[str, Any]]) -> SurveySection:
    if section.arm is not None:
        return section
    names = names_of(arms)
    default = next((n for n in ("answer-only", "zero-shot") if n in names), None)
    return SurveySection(default, section.errors)


def _check_names(arms: Sequence[dict[str, Any]]) -> None:
    names = names_of(arms)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlanError(f"two arms are called {twice[0]!r}", where="[[arms]]")
