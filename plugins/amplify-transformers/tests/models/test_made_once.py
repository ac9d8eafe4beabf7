"""A conversion under way keeps its files: whoever empties the cache meanwhile is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from amplify_transformers.models.made_once import is_whole, made_once

from amplify import DataError
from amplify.run.store.cache.models import drop_models


def test_models_are_not_deleted_while_one_is_converted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMPLIFY_CACHE_DIR", str(tmp_path))
    other, weights = (tmp_path / "models" / name / "weights" for name in ("a-1", "b-2"))

    def fill(folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(b"12")

    def fill_while_cleared(folder: Path) -> None:
        with pytest.raises(DataError, match="a model is being converted there") as error:
            drop_models()
        assert error.value.where == str(weights.parent)
        fill(folder)

    made_once(other, fill)
    made_once(weights, fill_while_cleared)
    assert is_whole(weights)
    assert is_whole(other)
    assert [*drop_models()] == [other.parent, weights.parent]
    assert not weights.parent.exists()
