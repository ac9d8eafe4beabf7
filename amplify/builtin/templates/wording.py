"""A wording: the text of a template, written as the blocks of a sandboxed Jinja2 file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2 import Template as Compiled
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment, safe_range

from amplify import Context, PlanError
from amplify.builtin.files import locate, read_text

BLOCKS = {
    "query": ("text", "chat"),
    "rationale": ("text", "label", "words", "listed"),
    "answer": ("text", "label", "prefix"),
}
"""The blocks that a file may have, and the variables of each."""

NEEDED = {"query": "text", "answer": "label"}
"""The variable that a block must use: without it, all items would have the same prompt, or no
answer would be shown."""

SHIPPED = Path(__file__).parent / "wordings"

MOST = 1_000_000
"""The most characters of a rendered block, in addition to twice the length of the example."""

FOREIGN = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)

HINT = "the file holds Jinja2 blocks: docs/how-to/templates.md, https://jinja.palletsprojects.com"

Fault = tuple[str, int]
"""What is wrong with the file, and in which line."""


@dataclass(frozen=True)
class Wording:
    """The blocks of a file, compiled and checked; a block that it lacks is the paper's."""

    path: Path
    blocks: dict[str, Compiled]
    reads: dict[str, frozenset[str]]
    """The variables that each block reads."""

    def render(self, block: str, about: str, **values: Any) -> str:
        """The block's text, without the line break at its end; PlanError where it fails.

        `about` names the example in the error; `values` are the block's variables.
        """
        compiled = self.blocks[block]
        try:
            most = MOST + 2 * len(values["text"])
            return _joined(compiled.generate(values), most).removesuffix("\n")
        except Exception as error:  # whatever a user's expression raises
            name = compiled.filename or str(self.path)
            line = _line(error.__traceback__, name)
            about = f" for {about}" if about else ""
            reason = f"block {block!r} failed{about}: {type(error).__name__}: {error}"
            raise _broken(Path(name), line, reason) from error


def read_wording(path: str, context: Context) -> Wording:
    """The wording in a user's file; `path` is looked for like every relative path."""
    return _read(locate(context, path))


def shipped_wording(name: str) -> Wording:
    """One of the wordings that come with the toolkit."""
    return _read(SHIPPED / f"{name}.jinja")


def _read(path: Path) -> Wording:
    source, _ = read_text(path)
    environment = _environment()
    try:
        tree = environment.parse(source, filename=str(path))
        for reason, line in _faults(tree):
            raise _broken(path, line, reason)
        blocks, reads = {}, {}
        for block in tree.find_all(nodes.Block):
            body = nodes.Template(block.body, lineno=block.lineno)
            body.set_environment(environment)
            _check_variables(path, block.name, body)
            code = environment.compile(body, block.name, str(path))
            blocks[block.name] = Compiled.from_code(environment, code, environment.globals)
            reads[block.name] = frozenset(meta.find_undeclared_variables(body))
    except TemplateSyntaxError as error:
        raise _broken(path, error.lineno, error.message or "broken") from None
    except RecursionError:
        raise _broken(path, 1, "nested too deeply") from None
    if not blocks:
        raise _broken(path, 1, f"has no block; known: {', '.join(BLOCKS)}")
    if missing := BLOCKS.keys() - blocks.keys():
        base = shipped_wording("paper")
        blocks |= {name: base.blocks[name] for name in missing}
        reads |= {name: base.reads[name] for name in missing}
    return Wording(path, blocks, reads)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses access to Python objects, changes, long ranges, and repetition by `*` and `**`."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        raise SecurityError(f"{operator!r} is not for templates")


def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    environment.globals["range"] = safe_range
    del environment.filters["random"]  # equal runs write equal prompts
    return environment


def _faults(tree: nodes.Template) -> Iterator[Fault]:
    """The parts of a file that a wording may not have."""
    for foreign in tree.find_all(FOREIGN):
        yield "a wording is one file: it cannot extend, include or import another", foreign.lineno
    seen: set[str] = set()
    for node in tree.body:
        if isinstance(node, nodes.Block):
            if node.name in seen:
                yield f"block {node.name!r} is there twice", node.lineno
            seen.add(node.name)
            for inner in node.find_all(nodes.Block):
                yield f"block {inner.name!r} stands in block {node.name!r}", inner.lineno
            if node.name not in BLOCKS:
                known = ", ".join(BLOCKS)
                yield f"there is no block {node.name!r}; known: {known}", node.lineno
        elif not isinstance(node, nodes.Output):
            yield "stands outside of the blocks", node.lineno
        else:
            for part in node.nodes:
                if not isinstance(part, nodes.TemplateData) or part.data.strip():
                    yield "stands outside of the blocks", _first_line(part)


def _first_line(part: nodes.Node) -> int:
    """The line of the part's first character that is no white space."""
    if not isinstance(part, nodes.TemplateData):
        return part.lineno
    blank = len(part.data) - len(part.data.lstrip())
    return part.lineno + part.data.count("\n", 0, blank)


def _check_variables(path: Path, block: str, body: nodes.Template) -> None:
    unknown = {"self", "super", *meta.find_undeclared_variables(body)} - {*BLOCKS[block]}
    for node in body.find_all(nodes.Name):
        if node.name in unknown:
            known = ", ".join(BLOCKS[block])
            reason = f"block {block!r} knows no {node.name!r}; known: {known}"
            raise _broken(path, node.lineno, reason)
    needed = NEEDED.get(block)
    if needed and needed not in meta.find_undeclared_variables(body):
        raise _broken(path, body.lineno, f"block {block!r} does not use {needed!r}")


def _joined(pieces: Iterator[str], most: int) -> str:
    """The pieces as one text; OverflowError where it has more than `most` characters."""
    text, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > most:
            raise OverflowError(f"the text is longer than {most:,} characters")
        text.append(piece)
    return "".join(text)


def _line(traceback: TracebackType | None, name: str) -> int:
    """The line of the file at which an exception was raised."""
    line = 1
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == name:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _broken(path: Path, line: int, reason: str) -> PlanError:
    return PlanError(reason, where=f"{path}:{line}", hint=HINT)
