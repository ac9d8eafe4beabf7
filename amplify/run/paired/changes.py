"""Finds what differs between two runs in their plans, versions and prompts."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.run.plan.schema import ARM_ROLES, COMPONENTS
from amplify.run.store.stored_run import Group, StoredPrompt, StoredRun, stored_group

MOST_LINES = 60
"""The most lines of a difference of two prompts that are kept."""

PLACES = ("run.out", "run.base")
"""Keys of a plan that say where a run is, not what it does."""

Cell = tuple[int, str]
"""A draw and an item."""


@dataclass(frozen=True)
class Change:
    """A key whose value differs; None where a run does not have it."""

    key: str
    first: Any
    second: Any


@dataclass(frozen=True)
class PromptChange:
    """How the prompts of an arm differ: on how many of the `prompts` that both runs have.

    `lines` are the difference of the first two that differ, those of `item`, as a unified diff.
    """

    prompts: int
    changed: int
    item: str = ""
    lines: tuple[str, ...] = ()


def setting_changes(first: StoredRun, second: StoredRun) -> list[Change]:
    """What differs in the plans, the LLMs and the versions of two runs."""
    pairs = (
        (first.record["provider"], second.record["provider"], "LLM."),
        (first.record["versions"], second.record["versions"], "version of "),
    )
    others = [change for old, new, prefix in pairs for change in _changes(old, new, prefix)]
    return [*plan_changes(first.plan, second.plan), *others]


def plan_changes(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Change]:
    """What differs in two plans, but for arms that one of them alone has, and ways to write it."""
    old, new = map(_with_tables, _of_shared_arms(first, second))
    return _changes(old, new, "")


def _of_shared_arms(*plans: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The plans, each with no other arms than those that all of them have."""
    names = [{arm.get("name") for arm in plan.get("arms", ())} for plan in plans]
    shared = set.intersection(*names)
    return [
        {**plan, "arms": [arm for arm in plan.get("arms", ()) if arm.get("name") in shared]}
        for plan in plans
    ]


def _with_tables(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    """The plan with each component as a table, also one that it names alone."""
    arms = [_tables_of(arm, ARM_ROLES) for arm in plan.get("arms", ())]
    return {**_tables_of(plan, COMPONENTS), "arms": arms}


def _tables_of(plan: Mapping[str, Any], roles: Collection[str]) -> dict[str, Any]:
    return {
        key: {"use": value} if key in roles and isinstance(value, str) else value
        for key, value in plan.items()
    }


def _same(key: str, first: Any, second: Any) -> bool:
    """Whether the values are the same; a component may go by its bare name in one of them."""
    names = (first, second)
    if key.endswith(".use") and all(isinstance(name, str) for name in names):
        bare = {name.rpartition("/")[2] for name in names}
        return first == second or (len(bare) == 1 and not all("/" in name for name in names))
    return bool(first == second)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str) -> Iterator[Change]:
    before, after = dict(_leaves(old, "")), dict(_leaves(new, ""))
    for key in dict.fromkeys((*before, *after)):
        if key not in PLACES and not _same(key, before.get(key), after.get(key)):
            yield Change(prefix + key, before.get(key), after.get(key))


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    """The values of nested tables by dotted keys; a table of a list goes by its name."""
    tables = isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value)
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{key}.{name}" if key else str(name))
    elif tables:
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{key}.{inner.get('name', number)}")
    else:
        yield key, value


def prompt_changes(
    first: StoredRun, second: StoredRun, arms: Collection[str]
) -> dict[str, PromptChange]:
    """How the prompts of these arms, which both runs have, differ, by the arm's name."""
    before: dict[str, dict[Cell, bytes]] = {}
    for prompt in _named_prompts(first):
        if prompt.arm in arms:
            before.setdefault(prompt.arm, {})[prompt.draw, prompt.item] = _digest(prompt)
    counts = {arm: [0, 0] for arm in arms}
    changed: dict[str, StoredPrompt] = {}
    for prompt in _named_prompts(second):
        digest = before.get(prompt.arm, {}).get((prompt.draw, prompt.item))
        if digest is None:
            continue
        counts[prompt.arm][0] += 1
        if digest != _digest(prompt):
            counts[prompt.arm][1] += 1
            changed.setdefault(prompt.arm, prompt)
    lines = _lines_of_differences(first, changed)
    return {
        arm: PromptChange(
            prompts,
            differing,
            changed[arm].item if arm in changed else "",
            lines.get(arm, ()),
        )
        for arm, (prompts, differing) in counts.items()
    }


def _named_prompts(run: StoredRun) -> Iterator[StoredPrompt]:
    """The prompts of a run, under the names of arms and draws that its predictions have."""
    groups: set[Group] = {(p.arm, p.draw) for p in run.predictions}
    for prompt in run.prompts():
        prompt.arm, prompt.draw = stored_group(prompt.arm, prompt.draw, groups)
        yield prompt


def _digest(prompt: StoredPrompt) -> bytes:
    return hashlib.sha256("\n".join(prompt_lines(prompt)).encode("utf-8", "replace")).digest()


def prompt_lines(prompt: StoredPrompt) -> Sequence[str]:
    """The lines of a prompt; a line of its own names the role of each message."""
    return [
        line
        for message in prompt.messages
        for line in (f"[{message.role}]", *message.content.split("\n"))
    ]


def _lines_of_differences(
    first: StoredRun, changed: Mapping[str, StoredPrompt]
) -> dict[str, tuple[str, ...]]:
    """By arm the lines in which the changed prompt differs from that of the first run."""
    lines: dict[str, tuple[str, ...]] = {}
    for old in _named_prompts(first) if changed else ():
        new = changed.get(old.arm)
        if new is not None and (new.draw, new.item) == (old.draw, old.item):
            diff = difflib.unified_diff(prompt_lines(old), prompt_lines(new), lineterm="", n=1)
            lines[old.arm] = tuple(diff)[2 : MOST_LINES + 2]
    return lines
