"""Keeps DSPy from writing on the console while it compiles, and from keeping anything."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partialmethod
from typing import Any

import dspy
from tqdm import tqdm

ERRORS = 10**9
"""DSPy is to end no compilation for replies that it cannot read: each counts as a wrong answer."""


@contextmanager
def isolated_dspy(lm: Any, adapter: Any, *callbacks: Any) -> Iterator[None]:
    """DSPy with this LM and this adapter, in this thread, without output and history.

    `callbacks` are told of what DSPy does. DSPy prints, logs and shows bars, and has no other
    switch for the bars.
    """
    logger, bar, interval = logging.getLogger("dspy"), tqdm.__init__, tqdm.monitor_interval
    level, tqdm.monitor_interval = logger.level, 0  # it would be a thread that never ends
    logger.setLevel(logging.CRITICAL + 1)
    tqdm.__init__ = partialmethod(bar, disable=True)
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            redirect_stdout(io.StringIO()),
            dspy.context(
                lm=lm,
                adapter=adapter,
                callbacks=list(callbacks),
                disable_history=True,
                num_threads=1,
                max_errors=ERRORS,
                track_usage=False,
            ),
        ):
            yield
    finally:
        tqdm.__init__, tqdm.monitor_interval = bar, interval
        logger.setLevel(level)
