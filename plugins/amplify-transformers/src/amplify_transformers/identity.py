"""What makes a local model the same model: the content of its files, not where they lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

PARTS = ("*.safetensors", "*.json", "*.model", "*.jinja")


def digest(folder: Path) -> str:
    """The first 16 hex digits of a SHA-256 over the names and contents of the model's files."""
    whole = hashlib.sha256()
    for path in sorted({path for part in PARTS for path in folder.glob(part)}):
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.name} {found}\n".encode())
    return whole.hexdigest()[:16]
