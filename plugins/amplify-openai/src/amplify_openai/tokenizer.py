"""Reads the tokenizer that the options name, by which the tokens of a text are counted."""

from __future__ import annotations

from typing import Any

from amplify import Context, PlanError


def read_tokenizer_file(path: str, context: Context) -> Any:
    """The tokenizer of a `tokenizer.json`, or of the folder that holds one."""
    place = context.find(path)
    file = place / "tokenizer.json" if place.is_dir() else place
    where, hint = "[llm] tokenizer", "name the model's tokenizer.json, or its folder"
    try:
        import tokenizers
    except ImportError:
        raise PlanError(
            "counting tokens needs a library that is not installed",
            where=where,
            hint="pip install amplify-openai[tokenizer]",
        ) from None
    if not file.is_file():
        raise PlanError(f"{file} is not there", where=where, hint=hint)
    try:
        return tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001  # the library raises a bare Exception
        raise PlanError(f"{file} cannot be read: {error}", where=where, hint=hint) from None
