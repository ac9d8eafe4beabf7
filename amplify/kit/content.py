"""The content of a chat message, which is a text or a list of parts, in several services' words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TEXTS = frozenset({"text", "output_text"})

THOUGHTS = frozenset(
    {"thinking", "redacted_thinking", "reasoning", "reasoning_text", "summary_text", "thought"}
)
"""Parts that are no answer, but the way to one."""

SHOWN = 40
"""Characters of a part's own type that are told."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the parts come to: `text` is None where none of them is one.

    `thought` says that there is reasoning among them; `others` are the types of those that can be
    read as none of these.
    """

    text: str | None = None
    refusal: str = ""
    thought: bool = False
    others: tuple[str, ...] = ()

    @property
    def textless(self) -> str:
        """Why there is no reply where nothing but other parts came."""
        return f"it holds no text, but {' and '.join(self.others)}: only text can be read"

    @property
    def beside(self) -> tuple[str, ...]:
        """A note of the parts beside the text; none where there are none."""
        if not self.others:
            return ()
        return (f"with {' and '.join(self.others)} beside the text, which is not read",)


def read_content(content: object) -> Content:
    """What a decoded content comes to: null, a text, a part, or a list of texts and parts.

    Raises ValueError, which says what it is instead, for anything else.
    """
    if content is None:
        return Content()
    if isinstance(content, str):
        return Content(content)
    parts = [content] if isinstance(content, Mapping) and "type" in content else content
    if not isinstance(parts, list):
        raise ValueError(f"its content is {_kind(content)}, not a text")
    texts, refusals, others = [], [], []
    thought = False
    for part in parts:
        kind, text = _part(part)
        if kind in TEXTS:
            texts.append(text)
        elif kind == "refusal":
            refusals.append(text)
        elif kind in THOUGHTS:
            thought = True
        else:
            others.append(kind[:SHOWN])
    return Content(
        "".join(texts) if texts else None, "".join(refusals), thought, tuple(dict.fromkeys(others))
    )


def _part(part: object) -> tuple[str, str]:
    """A part's type, and its text where it is a text or a refusal."""
    if isinstance(part, str):
        return "text", part
    if not isinstance(part, Mapping):
        raise ValueError(f"a part of its content is {_kind(part)}")
    kind = part.get("type", "text" if "text" in part else "untyped")
    if not isinstance(kind, str):
        raise ValueError(f"the type of a part of its content is {_kind(kind)}")
    if kind not in TEXTS and kind != "refusal":
        return kind, ""
    text = part.get("refusal" if kind == "refusal" else "text")
    if isinstance(text, Mapping):  # {"value": …, "annotations": …}
        text = text.get("value")
    if not isinstance(text, str):
        raise ValueError(f"the text of a part of its content is {_kind(text)}")
    return kind, text


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = ((bool, "a boolean"), (Mapping, "an object"), (list, "a list"), (str, "a text"))
    return next((name for kind, name in names if isinstance(value, kind)), "a number")
