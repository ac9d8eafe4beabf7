"""CommonsenseQA, from the files that its authors published (Talmor et al. 2019)."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from amplify import Context, DataError, Dataset, Example, Option
from amplify.builtin.files import Lines, locate, parse_json
from amplify.builtin.tasks.columns import cell
from amplify.builtin.tasks.options import CommonsenseQAOptions
from amplify.builtin.tasks.text_checks import odd_texts


class CommonsenseQA:
    """Reads JSON lines of `{"answerKey", "id", "question": {"stem", "choices"}}`."""

    def __init__(self, options: CommonsenseQAOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def load(self) -> Dataset:
        """The data set; `test` holds the items of the option `test`, where it is given."""
        examples, source = self._read(self.options.path)
        test: tuple[Example, ...] = ()
        if self.options.test:
            test, source["test"] = self._read(self.options.test)
        every = (*examples, *test)
        labels = sorted({o.label for e in every for o in e.options})
        notes = odd_texts((e.id, e.text, e.label) for e in every)
        return Dataset(
            "commonsense_qa",
            self.options.instruction,
            tuple(labels),
            examples,
            test,
            tuple(notes),
            source,
        )

    def _read(self, name: str) -> tuple[tuple[Example, ...], dict[str, Any]]:
        path = locate(self.context, name)
        lines = Lines(path)
        examples = tuple(
            _example(parse_json(text, path, lines.number), path, lines.number)
            for text in lines
            if text.strip()
        )
        if not examples:
            raise DataError("the file is empty", where=str(path))
        return examples, {"path": name, "sha256": lines.digest, "items": len(examples)}


def _example(value: Any, path: Path, line: int) -> Example:
    where = f"{path}:{line}"
    try:
        stem = value["question"]["stem"]
        choices = [(choice["label"], choice["text"]) for choice in value["question"]["choices"]]
        key = value.get("answerKey")
        if not all(isinstance(text, str) for text in (stem, *itertools.chain(*choices))):
            raise TypeError
    except (KeyError, TypeError, AttributeError):
        raise DataError(
            "is no item of CommonsenseQA: question, stem or choices lack", where=where
        ) from None
    if key not in [label for label, _ in choices]:
        raise DataError(
            f"the answer {key!r} is none of the choices",
            where=where,
            hint="the published test file has no answers: train and dev have",
        )
    text = f"{stem}\nAnswer Choices:"
    options = []
    for label, content in choices:
        text += f"\n({label}) "
        options.append(Option(f"({label})", len(text), len(text) + len(content)))
        text += content
    name = value.get("id") or f"{path.stem}-{line:05d}"
    if not isinstance(name, str):
        name = cell(name, "id", where)
    return Example(name, text, f"({key})", tuple(options), (0, len(stem)))
