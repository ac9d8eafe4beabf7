"""A batch's name is a service's own text: a key in it is not written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify import ProviderError
from amplify.run.engine.batches.batch_log import BatchKeys, BatchLog

KEY = "sk-live-0123456789"


def test_a_key_in_a_batch_s_name_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_API_KEY", KEY)
    log = BatchLog(tmp_path / "batches.jsonl")
    batch = BatchKeys(["a"], after=f"batch-{KEY}")
    log.intend(batch)
    with pytest.raises(ProviderError, match="by a key"):
        log.created(f"batch-{KEY}", batch)
    assert not [path for path in tmp_path.iterdir() if KEY in path.read_text()]
    log.created("batch-1", batch)
    assert list(log.open_batches()) == ["batch-1"]
