"""Runs fits in the calling thread, or in processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import ParamSpec, TypeVar

from amplify import Context
from amplify.builtin.executors.options import ProcessesOptions

P = ParamSpec("P")
T = TypeVar("T")


class SerialExecutor(Executor):
    """Runs each call as it is submitted, in the calling thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """A future that is already done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  # the future raises it again
            future.set_exception(error)
        return future


class Serial:
    """The executor `serial`: calls run one after another, in the calling thread."""

    def __init__(self, options: None, context: Context) -> None:
        pass

    def open(self) -> Executor:
        """An executor that needs no closing."""
        return SerialExecutor()


class Processes:
    """The executor `processes`: worker processes.

    They are started afresh (spawn), since threads and CUDA do not survive a fork.
    """

    def __init__(self, options: ProcessesOptions, context: Context) -> None:
        self.workers = options.workers

    def open(self) -> Executor:
        """A process pool; calls and results must be picklable."""
        # A worker imports nothing from the current folder, which may be somebody else's: it is
        # started as `python -c`, and that looks there first.
        os.environ["PYTHONSAFEPATH"] = "1"
        return ProcessPoolExecutor(
            self.workers or None, mp_context=multiprocessing.get_context("spawn")
        )
