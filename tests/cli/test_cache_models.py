"""The converted models in the cache folder: shown, and deleted without the replies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from known.site import Site


def test_converted_models_are_shown_and_deleted(site: Site, tmp_path: Path) -> None:
    model = tmp_path / "cache" / "models" / "0123456789abcdef-01234567"
    (model / "weights").mkdir(parents=True)
    (model / "weights" / "model.safetensors").write_bytes(b"\0" * 3_000_000)
    (tmp_path / "cache" / "replies.sqlite").touch()

    def cache(*arguments: str) -> str:
        folder = str(tmp_path / "cache")
        return site.amplify("cache", *arguments, AMPLIFY_CACHE_DIR=folder).stdout

    assert f"{model}: a converted model, 3.0 MB" in cache("info")
    assert f"{model}: 3.0 MB dropped" in cache("clear", "--models")
    assert not model.exists()
    assert (tmp_path / "cache" / "replies.sqlite").exists()
    assert "converted model" not in cache("info")
