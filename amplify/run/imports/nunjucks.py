"""Fills the templates of promptfoo that hold variables and texts, and refuses any others."""

from __future__ import annotations

import re
from collections.abc import Mapping

from amplify.contract.errors import DataError
from amplify.contract.guard.brief import brief

_EXPRESSION = re.compile(
    r"""(?:(?<!\s)\s*\{\{-|\{\{-?)
    \s*(?:(?P<name>[A-Za-z_]\w*)|"(?P<text>[^"\\]*)"|'(?P<other>[^'\\]*)')\s*
    (?:-\}\}\s*|\}\})
    |(?:(?<!\s)\s*\{\#-|\{\#).*?(?:-\#\}\s*|\#\})""",
    re.DOTALL | re.VERBOSE,
)
"""A variable, a text or a comment; a hyphen takes the white space beside it away."""

HINT = "write the prompt with {{ variables }} alone, then import it again"


def variables(template: str, where: str) -> list[str]:
    """The names of the variables; DataError where the template does more than name them."""
    if (logic := re.search(r"\{\{|\{%", _EXPRESSION.sub("", template))) is not None:
        rest = _EXPRESSION.sub("", template)[logic.start() :]
        raise DataError(
            f"the template has more than variables: {brief(rest)}", where=where, hint=HINT
        )
    names = (match["name"] for match in _EXPRESSION.finditer(template))
    return list(dict.fromkeys(name for name in names if name))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with these values of its variables."""

    def text(match: re.Match[str]) -> str:
        if match["name"]:
            return values[match["name"]]
        return match["text"] or match["other"] or ""

    return _EXPRESSION.sub(text, template)
