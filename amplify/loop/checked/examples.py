"""An example that a plugin made: texts, and options that stand in the text."""

from __future__ import annotations

from amplify.contract.data import Example, Option
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import a, encodable, ends, several, span, text


def check_example(value: object) -> Example:
    """The example as a record of our own, with tuples where it had lists."""
    example = a(Example, value, "an example")
    item = text(example.id, "an example's id")
    written = text(example.text, "its text", item)
    label = text(example.label, "its label", item)
    for value, what in ((item, "id"), (written, "text"), (label, "label")):
        if not encodable(value):
            raise Wrong(f"its {what} holds half a surrogate pair, which no file can", ascii(item))
    if example.options == () and example.question is None:
        return Example(item, written, label)
    length = len(written)
    options = tuple(
        Option(
            text(option.label, "an option's label", item),
            *span(option.start, option.end, length, f"option {brief(option.label)}", item),
        )
        for option in (
            a(Option, member, "an option", item) for member in several(example.options, "options")
        )
    )
    names = [option.label for option in options]
    if len(set(names)) < len(names):
        raise Wrong(f"two of its options are called alike: {', '.join(names):.80}", item)
    question = example.question
    if question is not None:
        question = ends(question, length, "its question", item)
    return Example(item, written, label, options, question)
