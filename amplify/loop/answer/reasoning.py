"""Takes away the reasoning that a model writes ahead of its answer."""

from __future__ import annotations

import re

_NAMES = (
    r"(?:[a-z]+:|ant)?(?:think(?:ing)?|thoughts?|reasoning|reflections?|scratch_?pad|analysis|cot"
    r"|chain[_-]of[_-]thoughts?|(?:inner|internal)_monologue|deliberation)"
)

# <think>, </think>, [THINK], ◁think▷, <|begin_of_thought|>, <|END_THINKING|> …
_MARK = re.compile(
    rf"[<\[◁]\s*\|?\s*(?:(?P<close>/|end_(?:of_)?)|begin_(?:of_)?|start_(?:of_)?)?\s*{_NAMES}"
    r"(?:\s[^<>\[\]/]{0,80})?\s*(?P<empty>/)?\|?\s*[>\]▷]",
    re.I,
)

_SIGNS = re.compile(r"[<\[◁]|\.\.\.\n")

_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]{0,80}<\|message\|>")

_THINKING = re.compile(r"\A\s*thinking\.\.\.\n", re.I)

_DONE = re.compile(r"\.\.\.done thinking\.", re.I)


def without_reasoning(text: str) -> str | None:
    """The reply without its blocks of reasoning; None where a block is never closed."""
    if "<|channel|>" in text:
        return _final_channel(text)
    if not _SIGNS.search(text):
        return text
    if opened := _THINKING.match(text):
        done = _DONE.search(text, opened.end())
        return text[done.end() :] if done else None
    kept, depth, start = [], 0, 0
    for mark in _MARK.finditer(text):
        if mark["empty"] and depth == 0:
            kept.append(text[start : mark.start()])
        elif mark["empty"]:
            pass
        elif mark["close"]:
            if depth == 0:  # the block began in the prompt: all so far is reasoning
                kept.clear()
            depth = max(depth - 1, 0)
        else:
            if depth == 0:
                kept.append(text[start : mark.start()])
            depth += 1
        start = mark.end()
    return None if depth else "\n".join([*kept, text[start:]])


def _final_channel(text: str) -> str | None:
    """The message of the last channel named "final"; None where there is none."""
    messages = [match for match in _CHANNEL.finditer(text) if match[1].lower() == "final"]
    return text[messages[-1].end() :] if messages else None
