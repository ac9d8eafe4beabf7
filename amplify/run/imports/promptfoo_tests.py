"""Reads the tests of a promptfoo configuration: the values of variables, and the wanted label."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from amplify.contract.errors import DataError
from amplify.contract.guard.brief import brief
from amplify.run.imports.named_files import NamedFiles
from amplify.run.imports.nunjucks import fill, variables

LABELLING = ("equals", "iequals", "contains", "icontains", "starts-with")
"""The assertions whose value is a label."""

LABELS = ("label", "expected", "category", "class", "target", "answer", "sentiment", "intent")
"""What a variable is called that holds the label, where no assertion does."""


@dataclass(frozen=True)
class PromptfooTest:
    """The values of a test's variables; `label` is None where nothing tells it."""

    variables: Mapping[str, str]
    label: str | None


def read_tests(
    config: Mapping[str, Any], files: NamedFiles, read: Callable[[str], Any], used: set[str]
) -> list[PromptfooTest]:
    """The tests of the configuration, and of the `files` that it names.

    `read` reads YAML, `used` are the variables of the prompts: none of these holds the label.
    """
    default, path = config.get("defaultTest") or {}, files.source
    if not isinstance(default, dict):
        raise DataError("`defaultTest` is to be a table", where=str(path))
    rows = _rows(config.get("tests"), files, read)
    return [_test(row, default, used, f"{path}: test {n}") for n, row in enumerate(rows, 1)]


def _rows(tests: Any, files: NamedFiles, read: Callable[[str], Any]) -> list[Any]:
    if isinstance(tests, list):
        return [row for test in tests for row in _listed(test, files, read)]
    return _listed(tests, files, read) if tests else []


def _listed(test: Any, files: NamedFiles, read: Callable[[str], Any]) -> list[Any]:
    """A test, or those of the file that it names."""
    if isinstance(test, dict) and isinstance(test.get("path"), str):
        test = test["path"]
    if not isinstance(test, str):
        return [test]
    file = files.find(test)
    suffix = file.suffix.lower()
    if suffix not in (".csv", ".json", ".jsonl", ".yaml", ".yml"):
        raise DataError(
            f"tests are read from CSV, JSON and YAML, not from {brief(test)}",
            where=str(files.source),
            hint="have the tests written to a CSV file",
        )
    try:
        text = files.text(file)
        if suffix == ".csv":
            return [_of_csv(row) for row in csv.DictReader(io.StringIO(text, newline=""))]
        if suffix == ".jsonl":
            return [json.loads(line) for line in text.split("\n") if line.strip()]
        rows = json.loads(text) if suffix == ".json" else read(text)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise DataError(f"cannot be read: {error}", where=str(file)) from None
    return rows if isinstance(rows, list) else [rows]


def _of_csv(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """A row of a CSV file: variables, and columns that begin with two underscores."""
    asserts = []
    for name, value in row.items():
        if name and name.startswith("__expected") and isinstance(value, str) and value.strip():
            kind, colon, text = value.partition(":")
            known = colon and kind.strip() in (*LABELLING, "javascript", "python", "llm-rubric")
            plain = {"type": "equals", "value": value}
            asserts.append({"type": kind.strip(), "value": text.strip()} if known else plain)
    named = {name: value for name, value in row.items() if name and not name.startswith("__")}
    return {"vars": named, "assert": asserts}


def _test(row: Any, default: Mapping[str, Any], used: set[str], where: str) -> PromptfooTest:
    if not isinstance(row, dict):
        raise DataError("is no table", where=where)
    # In a file of JSON lines, a row without `vars` is the variables themselves.
    own = row.get("vars", {} if "assert" in row or "description" in row else row)
    values = {**_table(default.get("vars"), where), **_table(own, where)}
    texts = {}
    for name, value in values.items():
        text = _text(value)
        if text is None:
            if name in used:
                raise DataError(f"variable {brief(name)} is no text", where=where)
            continue
        if text.startswith("file://") and name in used:
            raise DataError(
                f"variable {brief(name)} names a file, which is not read",
                where=where,
                hint="write its text into the test",
            )
        texts[name] = text
    asserts = [row.get("assert") or [], default.get("assert") or []]
    if not all(isinstance(of_level, list) for of_level in asserts):
        raise DataError("`assert` is to be a list", where=where)
    return PromptfooTest(texts, _label([*chain(*asserts)], texts, used, where))


def _label(asserts: list[Any], texts: Mapping[str, str], used: set[str], where: str) -> str | None:
    """The label by the first assertion that names one, else by a variable that is called so."""
    for assertion in asserts:
        value = _text(assertion.get("value")) if isinstance(assertion, dict) else None
        if value is None or assertion.get("type") not in LABELLING:
            continue
        if set(variables(value, where)) <= texts.keys():
            return fill(value, texts).strip()
    named = (texts[name] for name in LABELS if name in texts and name not in used)
    return next(named, None)


def _text(value: Any) -> str | None:
    """The value as promptfoo puts it into a text; None for what is neither text nor number."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _table(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise DataError("`vars` is to be a table", where=where)
    return value
