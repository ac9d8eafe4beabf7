"""Silences the logs and progress bars of libraries: amplify's errors say what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import transformers


@contextmanager
def no_gguf_bar() -> Iterator[None]:
    """Takes away the bar of reading a GGUF file, which no setting of transformers reaches."""
    from transformers import modeling_gguf_pytorch_utils

    reader: Any = modeling_gguf_pytorch_utils
    bar = reader.tqdm
    reader.tqdm = partial(bar, disable=True)
    try:
        yield
    finally:
        reader.tqdm = bar


@contextmanager
def quiet() -> Iterator[None]:
    """Silences the logs and progress bars of transformers and of the hub's client."""
    import huggingface_hub.utils

    hub: Any = huggingface_hub.utils
    log: Any = transformers.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    hub_bars = not hub.are_progress_bars_disabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    hub.disable_progress_bars()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()
        if hub_bars:
            hub.enable_progress_bars()
