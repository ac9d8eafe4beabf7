"""Says in words of the Python API what messages say in words of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from amplify.contract.errors import AmplifyError

NAMES = (
    *("task", "llm", "model", "proxy", "selector", "explainer", "template"),
    *("text", "label", "id", "instruction", "shots", "keywords", "draws", "seed", "limit"),
    *("answer", "calibrate", "abstain", "unread", "repeats", "min_gain", "max_p"),
    *("max_calls", "max_tokens", "max_cost", "max_seconds"),
)
"""The arguments that an option has the name of."""

ARGUMENTS = {
    **{f"--{name.replace('_', '-')}": name for name in NAMES},
    "--resume": "resume=True",
    "--cache": "cache=True",
    "--no-cache": "cache=False",
    "--out": "out=FOLDER",
    "--arm": "arm=NAME",
    "--arms": "arms=[NAME, ...]",
    "--draw": "draw=NUMBER",
    "--max-concurrency": "concurrency",
    "--prices": "prices=FILE",
    "--to": "to=NAME",
    "--log": "[run] log",
}
"""The options of the commands that are arguments of the Python API, as a call has them."""

_VALUE = r"'[^']*'|[^\s;,)]+"
_COMMAND = re.compile(rf"amplify (run|tune)\b(?: --resume(?: --out ({_VALUE}))?)?(?!-)")
_BLOCK = re.compile(r"; to leave it out: --block \S+")
_EXPORT = re.compile(r"amplify export RUN -o FILE")
_OPTION = re.compile(
    r"(?<![\w-])(--[a-z][a-z-]*)(?![\w-])"
    rf"(?:=({_VALUE})| ('[^']*'|[A-Z]+\b|\S+(?= takes\b)))?"
)
_KEY = re.compile(r"(?<![\w-])-o ([a-z_]+(?:\.[\w-]+)+)=(\"[^\"]*\"|[\w.…-]*[\w…])")
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}


def in_python(text: str, of_prompt: bool = False) -> str:
    """The text with arguments of the Python API in place of options of the command line.

    `of_prompt`: it is about the call of a finished prompt, which takes options of the LLM.
    """

    def key(match: re.Match[str]) -> str:
        path, value = match.groups()
        section, _, name = path.partition(".")
        if of_prompt and section == "llm":
            return f"{name}={_value(value)}"
        return f"options={{{path!r}: {_value(value)}}}"

    text = _EXPORT.sub("amplify.load(RUN).export(path=FILE)", _BLOCK.sub("", text))
    text = _COMMAND.sub(_call, text)
    return _OPTION.sub(_argument, _KEY.sub(key, text))


@contextmanager
def errors_in_python(of_prompt: bool = False) -> Iterator[None]:
    """Has errors name arguments of the Python API; `of_prompt` is that of `in_python`."""
    try:
        yield
    except AmplifyError as error:
        error.message, error.where, error.hint = (
            in_python(text, of_prompt) for text in (error.message, error.where, error.hint)
        )
        error.args = (error.message,)
        raise


def _call(match: re.Match[str]) -> str:
    name, folder = match.groups()
    resumes = "--resume" in match[0]
    arguments = f"(out={_value(folder or 'FOLDER')}, resume=True)" if resumes else ""
    return f"amplify.{name}{arguments}"


def _argument(match: re.Match[str]) -> str:
    option, joined, apart = match.groups()
    name, sign, placeholder = ARGUMENTS.get(option, "").partition("=")
    if not name:
        return match[0]
    value = joined or apart
    return f"{name}={_value(value)}" if value else f"{name}{sign}{placeholder}"


def _value(text: str) -> str:
    """A value of the command line as Python has it; a placeholder stays one."""
    word = text[1:-1] if text[:1] in ("'", '"') else text
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    if word.isupper() or word == "…" or re.fullmatch(r"-?\d+(\.\d+)?", word, re.ASCII):
        return word
    return repr(word)
