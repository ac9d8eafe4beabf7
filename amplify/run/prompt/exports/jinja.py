"""A finished prompt as a Jinja2 template; its variable is `input`."""

from __future__ import annotations

from amplify.run.prompt.exports.formats import require_one_layout
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.layout import Turn

INPUT = "{{ input }}"


def as_template(finished: FinishedPrompt) -> str:
    """The template of the prompt's text.

    In a conversation each message is a block, `message_1` and so on, behind a comment with its
    role. The text of the prompt stands in strings of expressions, so that nothing in it is taken
    for Jinja's own, and no white space is lost.
    """
    require_one_layout(finished, "jinja")
    layout = finished.layout
    if layout.form == "text":
        return _content(layout.turns[0])
    return "".join(
        f"{{# {turn.role} #}}{{% block message_{number} %}}{_content(turn)}{{% endblock %}}"
        for number, turn in enumerate(layout.turns, 1)
    )


def _content(turn: Turn) -> str:
    return "".join(escaped(part) if isinstance(part, str) else INPUT for part in turn.parts)


def escaped(text: str) -> str:
    """The text as Jinja repeats it; what could be Jinja's, or would be lost, is a string."""
    pieces = []
    for line in text.splitlines(keepends=True):
        plain = line.isprintable() or (line.endswith("\n") and line[:-1].isprintable())
        if plain and not any(sign in line for sign in ("{", "}", "#", "\r", "%")):
            pieces.append(line)
        else:
            pieces.append(f"{{{{ {_string(line)} }}}}")
    if pieces and text.endswith("\n"):
        pieces[-1] = f"{{{{ {_string(text.splitlines(keepends=True)[-1])} }}}}"
    return "".join(pieces)


def _string(text: str) -> str:
    """The text as a string of Jinja, which reads Python's escapes."""
    escaped = text.encode("unicode_escape").decode("ascii").replace("'", "\\'")
    # Jinja looks for the end of an expression before it reads the string in it.
    return "'" + escaped.replace("{", "\\x7b").replace("}", "\\x7d").replace("%", "\\x25") + "'"
