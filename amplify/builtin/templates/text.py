"""The text template: the user's own wording."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import SandboxedEnvironment

from amplify import Context, Demonstration, Example, PlanError
from amplify.builtin.options import TextTemplateOptions
from amplify.builtin.templates.layout import join

_KNOWN = {
    "demonstration": {"text", "label", "words", "rationale"},
    "rationale": {"text", "label", "words"},
    "query": {"text"},
}


class Text:
    """Blocks, rationales and the query as Jinja2 text, checked when the template is built."""

    def __init__(self, options: TextTemplateOptions, context: Context) -> None:
        self.stop = options.stop
        self.max_tokens = options.max_tokens
        self.environment = SandboxedEnvironment(undefined=StrictUndefined)
        self.texts = {
            name: self._compile(name, getattr(options, name))
            for name in _KNOWN
            if name != "rationale" or options.rationale
        }

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """What the option `rationale` writes; each demonstration's own where it is not given."""
        if "rationale" not in self.texts:
            return [d.rationale for d in demonstrations]
        return [
            self._render("rationale", text=d.example.text, label=d.example.label, words=_words(d))
            for d in demonstrations
        ]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration as the option `demonstration` writes it."""
        blocks = (
            self._render(
                "demonstration",
                text=d.example.text,
                label=d.example.label,
                words=_words(d),
                rationale=d.rationale,
            )
            for d in demonstrations
        )
        return join(instruction, blocks)

    def own(self, example: Example) -> str:
        """The item as the option `query` writes it."""
        return self._render("query", text=example.text)

    def _compile(self, name: str, source: str) -> Compiled:
        try:
            tree = self.environment.parse(source)
            unknown = meta.find_undeclared_variables(tree) - _KNOWN[name]
            compiled = self.environment.from_string(source)
        except TemplateSyntaxError as error:
            raise _broken(name, error.lineno, error.message or "broken") from None
        for node in tree.find_all(nodes.Name):
            if node.name in unknown:
                known = ", ".join(sorted(_KNOWN[name]))
                raise _broken(name, node.lineno, f"{node.name!r} is not known; known: {known}")
        return compiled

    def _render(self, name: str, **values: Any) -> str:
        try:
            return self.texts[name].render(values)
        except Exception as error:  # whatever a user's expression raises
            line = _line(error.__traceback__)
            raise _broken(name, line, f"{type(error).__name__}: {error}") from error


def _words(demonstration: Demonstration) -> list[str]:
    return [word.text for word in demonstration.words]


def _line(traceback: TracebackType | None) -> int:
    """The line of the template at which an exception was raised."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == "<template>":
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _broken(name: str, line: int, reason: str) -> PlanError:
    return PlanError(
        f"line {line} cannot be used: {reason}",
        where=f"template text, option {name!r}",
        hint="the text is Jinja2: https://jinja.palletsprojects.com/templates",
    )
