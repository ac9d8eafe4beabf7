"""The selector `file`: demonstrations from a file, with the rationales that stand there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from amplify import Candidate, Context, DataError, Example, Selection, Shot, counted
from amplify.builtin.files import locate, parse_json, read_text
from amplify.builtin.listed_options import lettered_options
from amplify.builtin.selectors.bbh_prompt import read_prompt
from amplify.builtin.selectors.options import FileSelectorOptions
from amplify.builtin.tasks.text_checks import is_blank, odd_texts


class File:
    """Demonstrations from a file, which is read and checked at once; candidates play no part."""

    def __init__(self, options: FileSelectorOptions, context: Context) -> None:
        path = locate(context, options.path)
        text, _ = read_text(path)
        rows: list[tuple[str, str, str | None]]
        if text.lstrip().startswith("{"):
            self.instruction, rows = None, _json_lines(text, path)
        else:
            self.instruction, rows = read_prompt(text, path, options.cue)
        self.shots = tuple(
            Shot(_example(f"{path.stem}-shot-{number}", question, label), rationale)
            for number, (question, label, rationale) in enumerate(rows, 1)
        )
        self.name = options.path
        self._text_notes = odd_texts(
            (shot.example.id, shot.example.text, f"{shot.example.label}\n{shot.rationale}")
            for shot in self.shots
        )

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """The file's first `shots` demonstrations, and its instruction where it has one."""
        notes = [f"{self.name}: {note}" for note in self._text_notes]
        if len(self.shots) > shots:
            notes.append(
                f"{shots} of the {counted(len(self.shots), 'demonstration')} in {self.name}"
            )
        return Selection(self.shots[:shots], self.instruction, tuple(notes))


def _example(name: str, text: str, label: str) -> Example:
    options, question = lettered_options(text)
    if label not in [option.label for option in options]:
        options = ()
    return Example(name, text, label, options, question)


def _json_lines(text: str, path: Path) -> list[tuple[str, str, str | None]]:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        value = parse_json(line, path, number)
        where = f"{path}:{number}"
        if not isinstance(value, dict):
            raise DataError("is no object with text and label", where=where)
        for key in ("text", "label"):
            if not isinstance(value.get(key), str) or is_blank(value[key]):
                raise DataError(
                    f"needs text as {key!r}", where=where, hint=f"its keys are: {', '.join(value)}"
                )
        rationale = value.get("rationale")
        if rationale is not None and not isinstance(rationale, str):
            raise DataError("needs text as 'rationale', or none", where=where)
        rows.append((value["text"], value["label"], rationale or None))
    return rows
