"""Messages that a Python caller reads: no option of the command line is left in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import amplify
from amplify.api.settings import Settings
from amplify.cli.main import Commands
from amplify.contract.errors import DataError
from amplify.run.python_words import errors_in_python, in_python

ROOT = Path(amplify.__file__).parent

ROOMS = ("contract", "host", "kit", "loop", "run", "builtin", "api")

OF_COMMANDS = (
    *("host/admissions.py", "loop/compare/outlook.py", "builtin/tasks/data_file.py"),
    *("run/study", "run/imports", "run/paired", "run/estimate"),
    *("run/plan/presets.py", "run/python_words.py"),
    *(f"run/prompt/{name}.py" for name in ("results", "inputs", "predict", "begun_output")),
)
"""What no function of the Python API reaches: commands without one, and what they read."""

OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*(?![\w-])", re.ASCII)


def options() -> set[str]:
    """The options of all commands."""
    group, context = Commands(), click.Context(Commands())
    commands = [group.get_command(context, name) for name in group.list_commands(context)]
    parameters = [each for command in commands if command for each in command.params]
    return {name for each in parameters for name in (*each.opts, *each.secondary_opts)}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that are no docstrings, what is filled in shown as an ellipsis."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inside.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in ast.walk(node)} - {id(node)}
            if id(node) not in inside:
                parts = [p.value if isinstance(p, ast.Constant) else "…" for p in node.values]
                yield node.lineno, "".join(map(str, parts))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in inside
        ):
            yield node.lineno, node.value


def test_no_message_of_the_python_api_names_an_option_of_a_command() -> None:
    known, count = options(), 0
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(OF_COMMANDS):
            continue
        for line, text in texts(path):
            if "\n" in text or (" " not in text and not text.startswith("-")):
                continue  # a file's text, a key or a name
            named = [option for option in OPTION.findall(text) if option in known]
            count += bool(named)
            left = [option for option in OPTION.findall(in_python(text)) if option in known]
            assert not left or "-o …" in text, f"{name}:{line}: {in_python(text)}"
    assert count > 40


@pytest.mark.parametrize(
    ("text", "of_prompt", "expected"),
    [
        ("go on with --resume", False, "go on with resume=True"),
        (
            "amplify run --resume asks again",
            False,
            "amplify.run(out=FOLDER, resume=True) asks again",
        ),
        (
            "finish it: amplify tune --resume --out 'my runs/x'; or name an arm with --arm",
            False,
            "finish it: amplify.tune(out='my runs/x', resume=True); or name an arm with arm=NAME",
        ),
        (
            "--arm zero-shot takes that of zero-shot",
            False,
            "arm='zero-shot' takes that of zero-shot",
        ),
        ("another --out and --no-cache", False, "another out=FOLDER and cache=False"),
        ("stopped by --max-calls: 1 call was made", False, "stopped by max_calls: 1 call was made"),
        ("say -o llm.seed=null", False, "say options={'llm.seed': None}"),
        ("say -o llm.temperature=1", True, "say temperature=1"),
        ("amplify export RUN -o FILE", False, "amplify.load(RUN).export(path=FILE)"),
        ("pip install --no-deps it", False, "pip install --no-deps it"),
        ("a plugin works; to leave it out: --block slow", False, "a plugin works"),
    ],
)
def test_options_become_arguments(text: str, of_prompt: bool, expected: str) -> None:
    assert in_python(text, of_prompt) == expected


def test_an_error_says_it_in_all_its_parts() -> None:
    with pytest.raises(DataError) as caught, errors_in_python():
        raise DataError("stopped by --max-cost", where="--arm", hint="go on with --resume")
    assert str(caught.value) == "arm=NAME: stopped by max_cost\n  go on with resume=True"
    assert caught.value.args == ("stopped by max_cost",)


def test_every_setting_of_a_run_is_known_by_its_option() -> None:
    for name in Settings.__annotations__:
        assert in_python(f"--{name.replace('_', '-')}").partition("=")[0] == name or (
            name == "concurrency"
        )
