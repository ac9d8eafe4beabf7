"""BIG-Bench Hard task files, and users' own in the same form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amplify import Context, DataError, Dataset
from amplify.builtin.files import locate, read_json, read_text
from amplify.builtin.selectors.bbh_prompt import read_prompt
from amplify.builtin.tasks.dataset import build_dataset
from amplify.builtin.tasks.options import BBHOptions
from amplify.builtin.tasks.rows import TaskRow


class BBH:
    """Reads `{"examples": [{"input": ..., "target": ...}]}`; ids are the file's stem and index."""

    def __init__(self, options: BBHOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def load(self) -> Dataset:
        """The data set of the file; DataError with file and example where it cannot be read."""
        path = locate(self.context, self.options.path)
        value, digest = read_json(path)
        items = value.get("examples") if isinstance(value, dict) else None
        if not isinstance(items, list):
            raise DataError(
                'needs a list "examples" at the top', where=str(path), hint=_keys(value)
            )
        rows = [_row(item, path, index) for index, item in enumerate(items)]
        source = {"path": self.options.path, "sha256": digest, "items": len(rows)}
        return build_dataset(
            path.stem,
            rows,
            source=source,
            instruction=self.options.instruction or self._file_instruction(),
            answers=self.options.answers,
            counts=True,
            merge_labels=self.options.merge_labels,
        )

    def _file_instruction(self) -> str:
        """The instruction of the prompt file; empty where no file is named."""
        if not self.options.prompt:
            return ""
        path = locate(self.context, self.options.prompt)
        return read_prompt(read_text(path)[0], path, "")[0] or ""


def _row(item: Any, path: Path, index: int) -> TaskRow:
    where = f"{path}, example {index}"
    if not isinstance(item, dict):
        raise DataError("is no object with input and target", where=where)
    values = []
    for key in ("input", "target"):
        value = item.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            raise DataError(f"needs text as {key!r}", where=where, hint=_keys(item))
        values.append(value)
    return TaskRow(f"{path.stem}-{index:04d}", values[0], values[1])


def _keys(value: Any) -> str:
    if not isinstance(value, dict):
        return "it holds " + type(value).__name__
    return f"its keys are: {', '.join(map(str, value)) or 'none'}"
