"""Reads a promptfoo configuration: its prompts, its tests as labelled items, and its LLM."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from amplify.contract.calls import Message
from amplify.contract.errors import DataError
from amplify.contract.grammar import counted
from amplify.contract.guard.brief import brief, kind
from amplify.run.imports.imported import DEMONSTRATED, MARK, Imported, ImportedItem, ImportedPrompt
from amplify.run.imports.named_files import NamedFiles
from amplify.run.imports.nunjucks import fill, variables
from amplify.run.imports.promptfoo_tests import PromptfooTest, read_tests
from amplify.run.imports.yaml_text import yaml_reader
from amplify.run.store.read_back import read_stored

SERVICES = {"openai": "openai", "anthropic": "anthropic"}

KEPT = {"prompts", "providers", "targets", "tests", "defaultTest", "description", "$schema"}
"""The keys of a configuration that are read, or say nothing of prompts and tests."""


def read_promptfoo(path: Path, allowed: Sequence[Path] = ()) -> Imported:
    """Prompts, items and LLM of the configuration; DataError where a prompt cannot be taken over.

    The input of the prompts is the one variable that differs from test to test. Files that it
    names are read from its folder, and from those in `allowed`.
    """
    read = yaml_reader()
    try:
        config = read(read_stored(path).decode("utf-8-sig"))
    except ValueError as error:
        raise DataError(f"cannot be read: {error}", where=str(path)) from None
    if not isinstance(config, dict) or not config.get("prompts"):
        raise DataError("is no promptfoo configuration: it has no `prompts`", where=str(path))
    files = NamedFiles(path, allowed)
    prompts = [p for entry in _listed(config["prompts"]) for p in _prompts(entry, files)]
    names = {name for _, turns in prompts for turn in turns for name in _names(turn, path)}
    tests = read_tests(config, files, read, names)
    labelled = [test for test in tests if test.label is not None and names <= test.variables.keys()]
    if not labelled:
        raise DataError(
            "no test has a value of each variable and an assertion that names the label",
            where=str(path),
            hint="an `equals` or `contains` assertion, a column __expected, or a variable `label`",
        )
    name, constants = _input(names, labelled, path)
    values = {**constants, name: MARK}
    notes = _notes(config, len(tests) - len(labelled), len(tests))
    llm, reply, of_llm = _llm(_listed(config.get("providers") or config.get("targets")))
    return Imported(
        [
            ImportedPrompt(called, _filled(turns, values, path))
            for called, turns in _unique(prompts)
        ],
        [ImportedItem(test.variables[name], test.label or "") for test in labelled],
        llm,
        reply,
        [*files.notes(), *notes, *of_llm],
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _prompts(entry: Any, files: NamedFiles) -> list[tuple[str, list[dict[str, str]]]]:
    """The prompts of an entry of `prompts`, each with its name and its messages."""
    name, path = "", files.source
    if isinstance(entry, dict):
        name = str(entry.get("label") or entry.get("id") or "")
        entry = entry.get("raw", entry.get("id"))
    if not isinstance(entry, str):
        raise DataError(f"a prompt is no text: {kind(entry)}", where=str(path))
    if not entry.startswith("file://"):
        return [(name, _turns(entry, path))]
    file = files.find(entry)
    if file.suffix.lower() not in (".txt", ".md", ".json", ".j2"):
        raise DataError(
            f"a prompt is made by {brief(entry)}: only texts and JSON are taken over",
            where=str(path),
            hint="write the prompt as text with {{ variables }}",
        )
    try:
        text = files.text(file)
    except (OSError, ValueError) as error:
        raise DataError(f"cannot be read: {error}", where=str(file)) from None
    parts = _separate(text) if file.suffix.lower() == ".txt" else [text]
    return [(name or file.stem, _turns(part, file)) for part in parts if part.strip()]


def _separate(text: str) -> Iterator[str]:
    """The prompts of a text file, between lines of three hyphens, as promptfoo separates them."""
    lines: list[str] = []
    for line in [*text.replace("\r\n", "\n").split("\n"), "---"]:
        if line.strip() == "---":
            yield "\n".join(lines).strip()
            lines = []
        else:
            lines.append(line)


def _turns(text: str, path: Path) -> list[dict[str, str]]:
    """The messages of a prompt: those of a JSON list, else one of the user."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip().startswith(("[", "- role:")) and "role" in text:
            raise DataError(
                f"a prompt looks like messages and is no JSON: {brief(text)}", where=str(path)
            ) from None
        return [{"role": "user", "content": text}]
    if not isinstance(value, list):
        return [{"role": "user", "content": text}]
    if not value:
        raise DataError("a prompt is a list without messages", where=str(path))
    for turn in value:
        known = isinstance(turn, dict) and turn.get("role") in ("system", "user", "assistant")
        if not known or not isinstance(turn.get("content"), str):
            raise DataError(
                f"a message is none of system, user or assistant with a text: {brief(turn)}",
                where=str(path),
            )
    return value


def _names(turn: Mapping[str, str], path: Path) -> list[str]:
    return variables(turn["content"], str(path))


def _input(
    names: set[str], tests: Sequence[PromptfooTest], path: Path
) -> tuple[str, dict[str, str]]:
    """The variable that differs from test to test, and the values of the others."""
    values = {name: {test.variables[name] for test in tests} for name in sorted(names)}
    different = [name for name, of_tests in values.items() if len(of_tests) > 1]
    inputs = different or sorted(names)
    if len(inputs) != 1:
        listed = ", ".join(inputs) or "none"
        raise DataError(
            f"one variable is to be the input, and the prompts have these: {listed}",
            where=str(path),
            hint="put all that differs from test to test into one variable",
        )
    [name] = inputs
    return name, {n: next(iter(of_tests)) for n, of_tests in values.items() if n != name}


def _filled(
    turns: Sequence[Mapping[str, str]], values: Mapping[str, str], path: Path
) -> list[Message]:
    """The messages with `MARK` in the input's place."""
    if any(MARK in fill(turn["content"], dict.fromkeys(values, "")) for turn in turns):
        raise DataError(f"a prompt holds the text {MARK}", where=str(path))
    messages = [Message(cast(Any, t["role"]), fill(t["content"], values)) for t in turns]
    if any(MARK in m.content for m in messages[:-1]) or MARK not in messages[-1].content:
        raise DataError("the input stands in another message than the last one", where=str(path))
    if messages[-1].role != "user":
        raise DataError("the last message is not the user's", where=str(path))
    return messages


def _unique(
    prompts: Sequence[tuple[str, list[dict[str, str]]]],
) -> list[tuple[str, list[dict[str, str]]]]:
    """The prompts under names of their own."""
    unique: dict[str, list[dict[str, str]]] = {}
    for number, (name, turns) in enumerate(prompts, 1):
        name = " ".join(name.split())[:60] or f"prompt {number}"
        while name in unique or name == DEMONSTRATED:
            name = f"{name} {number}"
        unique[name] = turns
    return list(unique.items())


def _llm(providers: list[Any]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The plan's section on the LLM, how a reply ends, and notes."""
    if not providers:
        return {}, {}, ["the file names no provider"]
    entry, settings = providers[0], dict[str, Any]()
    if isinstance(entry, dict):
        name = entry.get("id", next(iter(entry), ""))
        inner = entry if "id" in entry else entry.get(name)
        settings = (inner.get("config") if isinstance(inner, dict) else None) or {}
    else:
        name = entry
    notes = [f"of {counted(len(providers), 'provider')} the first is taken"] * (len(providers) > 1)
    name = name if isinstance(name, str) else kind(name)
    service, _, model = name.partition(":")
    for interface in ("chat:", "messages:"):
        model = model.removeprefix(interface)
    if service not in SERVICES or not model or ":" in model:
        return {}, {}, [*notes, f"provider {brief(name)} is not known: name the LLM yourself"]
    llm: dict[str, Any] = {"use": SERVICES[service], "model": model}
    reply: dict[str, Any] = {}
    rest = []
    for key, value in settings.items() if isinstance(settings, dict) else ():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if key == "temperature" and number and service == "openai":
            llm["temperature"] = float(value)
        elif key in ("max_tokens", "max_completion_tokens") and type(value) is int:
            reply["max_tokens"] = value
        elif key in ("stop", "stop_sequences"):
            reply["stop"] = [str(text) for text in _listed(value)]
        else:
            rest.append(key)
    if rest:
        notes.append(f"settings of the provider that are left out: {_named(rest)}")
    return llm, reply, notes


def _notes(config: Mapping[str, Any], unlabelled: int, tests: int) -> list[str]:
    notes = []
    if unlabelled:
        notes.append(
            f"{unlabelled:,} of {counted(tests, 'test')} have no label or lack a variable: left out"
        )
    if rest := [key for key in config if key not in KEPT]:
        notes.append(f"keys that are left out: {_named(rest)}")
    notes.append("assertions are replaced by the label that amplify reads from the reply")
    return notes


def _named(keys: Sequence[Any]) -> str:
    return ", ".join(brief(str(key)) for key in keys)
