"""A finished prompt as its own file, as one text, and as chat messages."""

from __future__ import annotations

import json

from amplify.run.prompt.exports.formats import require_one_layout
from amplify.run.prompt.exports.marks import mark_of, marked_messages
from amplify.run.prompt.finished import FinishedPrompt


def as_file(finished: FinishedPrompt) -> str:
    """The whole prompt: what `amplify.load` reads."""
    return finished.encoded()


def as_text(finished: FinishedPrompt) -> str:
    """The prompt as one text; the messages of a conversation stand behind their roles."""
    require_one_layout(finished, "text")
    layout = finished.layout
    messages = marked_messages(layout, mark_of(layout))
    if layout.form == "text":
        return messages[0]["content"]
    return "\n\n".join(f"{message['role']}: {message['content']}" for message in messages)


def as_messages(finished: FinishedPrompt) -> str:
    """The messages as JSON."""
    require_one_layout(finished, "messages")
    messages = marked_messages(finished.layout, mark_of(finished.layout))
    return json.dumps(messages, indent=2, ensure_ascii=False) + "\n"
