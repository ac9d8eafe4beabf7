"""Read the chain-of-thought prompt files of BIG-Bench Hard, so that they can be written again."""

from __future__ import annotations

import re
from pathlib import Path

from amplify import DataError

_RULE = re.compile(r"^-{3,}[ \t]*\n", re.M)
_FIRST = re.compile(r"^Q: ", re.M)
_NEXT = re.compile(r"\n[ \t]*\nQ: ")
_STATES = "answer is"


def read_prompt(
    text: str, path: Path, cue: str
) -> tuple[str | None, list[tuple[str, str, str | None]]]:
    """The instruction (None where there is none) and (question, label, rationale) of each shot.

    A rationale is the text from the `cue` to the label, with its white space and "answer is", so
    that a template can write the same prompt again. An answer without "answer is" is a label alone.
    `path` is named in errors.
    """
    text = text.replace("\r\n", "\n")
    first = _FIRST.search(text)
    if first is None:
        raise DataError(
            'holds no demonstration: no line begins with "Q: "',
            where=str(path),
            hint="a BBH chain-of-thought prompt, or JSON lines with text and label, is read",
        )
    head = text[: first.start()]
    rule = _RULE.search(head)
    if rule:
        head = head[rule.end() :]
    elif "canary" in head.partition("\n")[0]:
        head = head.partition("\n")[2]
    blocks = _NEXT.split(text[first.end() :].rstrip("\n"))
    shots = [_shot(block, number, path, cue) for number, block in enumerate(blocks, 1)]
    return head.strip("\n") or None, shots


def _shot(block: str, number: int, path: Path, cue: str) -> tuple[str, str, str | None]:
    question, mark, answer = block.partition("\nA:")
    if not mark or not answer.strip():
        raise DataError(
            f'demonstration {number} has no answer: no line that begins with "A:" and says one',
            where=str(path),
        )
    if cue and answer.startswith(" " + cue):
        answer = answer[len(cue) + 1 :]
    before, states, after = answer.rpartition(_STATES)
    if not states:
        return question, answer.strip(), None
    label = after.strip().removesuffix(".").strip()
    if not label:
        raise DataError(f"demonstration {number} names no answer", where=str(path))
    return question, label, before + states
