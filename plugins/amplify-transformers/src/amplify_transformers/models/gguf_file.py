"""Reads what a GGUF file says of itself, and whether it can be converted."""

from __future__ import annotations

import importlib.util
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amplify import PlanError

LIBRARIES = ("gguf", "accelerate", "transformers.integrations.gguf")
"""What transformers needs to read a GGUF file."""

SPECIAL_TOKENS = {
    "bos_token_id": "bos_token_id",
    "eos_token_id": "eos_token_id",
    "unk_token_id": "unknown_token_id",
    "pad_token_id": "padding_token_id",
}
"""The ids of special tokens as transformers calls them, and as a GGUF file does."""


@dataclass(frozen=True)
class GgufFile:
    """A GGUF file whose header was read: its metadata, and the bytes of its weights in float32."""

    metadata: dict[str, Any]
    float32_bytes: int


def require_libraries(name: str) -> None:
    """PlanError where what reads the GGUF file of the model `name` is not installed."""
    missing = [library for library in LIBRARIES if not importlib.util.find_spec(library)]
    if missing:
        raise PlanError(
            f"the model {name} is a GGUF file, and {missing[0]}, which reads it, is not installed",
            hint="pip install 'amplify-transformers[gguf]'",
        )


def read_gguf(path: Path) -> GgufFile:
    """The file's header; PlanError where it is damaged, cut off, or one part of several."""
    from transformers.integrations.gguf.reader import GgufHeader, read_gguf_metadata

    try:
        metadata, _ = read_gguf_metadata(str(path), ("tokenizer.ggml.tokens",))
        header = GgufHeader.from_file(str(path))
        end = header.data_start + max(info.offset + info.nbytes for info in header.tensors)
        numbers = sum(_count(info.shape) for info in header.tensors)
    except (
        OSError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError, struct.error,
    ) as error:  # fmt: skip
        reason = str(error).partition("\n")[0].replace(str(path), "it")
        raise PlanError(
            f"{path.name} is no GGUF file that can be read: {reason or type(error).__name__}",
            where=str(path),
            hint="it may be damaged: compare its size and checksum with those of its source",
        ) from error
    if int(metadata.get("split.count", 1)) > 1:
        raise PlanError(
            f"{path.name} is one part of {metadata['split.count']}",
            where=str(path),
            hint="join the parts with: llama-gguf-split --merge",
        )
    if path.stat().st_size < end:
        raise PlanError(
            f"{path.name} is cut off: it has {path.stat().st_size:,} bytes of {end:,}",
            where=str(path),
            hint="copy or fetch it again",
        )
    return GgufFile(metadata, 4 * numbers)


def drop_added_tokens(file: Path, count: int) -> None:
    """Take out of a tokenizer.json the added tokens behind its first `count`.

    transformers adds its own <|endoftext|> to a byte-level vocabulary without one; the model's
    weights have no row for it.
    """
    content = json.loads(file.read_text(encoding="utf-8"))
    kept = [token for token in content["added_tokens"] if token["id"] < count]
    if len(kept) < len(content["added_tokens"]):
        content["added_tokens"] = kept
        file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def check_tokenizer(tokenizer: Any, metadata: dict[str, Any], name: str) -> None:
    """PlanError unless the tokenizer has the tokens, special tokens and chat template of the file.

    `metadata` is the file's. A blank may be spelled as the sentencepiece library spells it.
    """
    differing = _differing_token(tokenizer, metadata["tokenizer.ggml.tokens"])
    for converted, own in SPECIAL_TOKENS.items():
        expected = metadata.get(f"tokenizer.ggml.{own}")
        if expected is not None and getattr(tokenizer, converted) != expected:
            differing = differing or f"its {converted} is {getattr(tokenizer, converted)}"
    begins = tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]
    if begins != bool(metadata.get("tokenizer.ggml.add_bos_token", begins)):
        differing = differing or "it treats the beginning of a text in another way"
    if (tokenizer.chat_template or None) != (metadata.get("tokenizer.chat_template") or None):
        differing = differing or "its chat template is another"
    if differing:
        raise PlanError(
            f"the tokenizer of {name} cannot be converted: {differing}",
            hint="take the model as safetensors, or another GGUF file of it",
        )


def _differing_token(tokenizer: Any, tokens: list[str]) -> str:
    """Says which token differs from the file's, and how; "" where none does."""
    if len(tokenizer) != len(tokens):
        return f"it has {len(tokenizer):,} tokens, and the file {len(tokens):,}"
    converted = tokenizer.convert_ids_to_tokens(range(len(tokens)))
    for index, (spelling, own) in enumerate(zip(converted, tokens, strict=True)):
        same = spelling is not None and spelling.replace("▁", " ") == own.replace("▁", " ")
        if not same and tokenizer.decode([index]) != own:
            return f"its token {index} is {spelling!r}, and the file's {own!r}"
    return ""


def _count(shape: tuple[int, ...]) -> int:
    """How many numbers a tensor of this shape holds."""
    count = 1
    for size in shape:
        count *= int(size)
    return count
