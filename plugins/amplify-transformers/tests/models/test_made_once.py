"""A conversion under way keeps its files: whoever empties the cache meanwhile is told."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from amplify_transformers.models.made_once import is_whole, made_once
from filelock import FileLock

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


def test_a_conversion_that_waits_while_the_cache_is_emptied_begins_anew(tmp_path: Path) -> None:
    weights = tmp_path / "a-1" / "weights"
    weights.parent.mkdir()
    lock = FileLock(weights.with_name("weights.lock"))
    waiter = threading.Thread(
        target=made_once, args=(weights, lambda folder: (folder / "model").write_bytes(b"12"))
    )
    with lock:
        waiter.start()
        waiter.join(0.5)  # it waits for the lock by then; if it does not yet, it begins behind
        shutil.rmtree(weights.parent)
    waiter.join()
    assert is_whole(weights)
