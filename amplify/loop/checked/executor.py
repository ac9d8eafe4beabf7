"""A checked executor: it gives a result for each job, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.checked import Checked

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")


class CheckedExecutor(Checked, Executor):
    """A `concurrent.futures.Executor`, or what can do as much."""

    role = "executor"
    needed = ("submit", "map", "__enter__", "__exit__")

    def results(
        self, job: Callable[[T], R], given: Sequence[T], check: Callable[[object, T], R]
    ) -> Iterator[R]:
        """What the job makes of each member of `given`, in order.

        `check` is told a result and its member, and raises Wrong for what no job makes of it.
        """
        with self.guard("map"):
            results = iter(self.inner.map(job, given))
        count = 0
        for result in self.each("map", results):
            count += 1
            with self.guard("map"):
                if count > len(given):
                    raise Wrong(f"gave {brief(result)} as result {count} of {len(given)} jobs")
                checked = check(result, given[count - 1])
            yield checked
        with self.guard("map"):
            if count < len(given):
                raise Wrong(f"gave {count} results for {len(given)} jobs")

    def submit(self, fn: Callable[P, R], /, *given: P.args, **more: P.kwargs) -> Future[R]:
        """The future of a call."""
        with self.guard("submit"):
            future: Future[R] = self.inner.submit(fn, *given, **more)
            return future

    def __enter__(self) -> Self:
        with self.guard("__enter__"):
            self.inner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self.guard("__exit__"):
            self.inner.__exit__(kind, error, trace)


class CheckedExecutorSource(Checked):
    """An `ExecutorSource`."""

    role = "executor"
    needed = ("open",)

    def open(self) -> CheckedExecutor:
        """The executor, checked."""
        with self.guard("open"):
            executor: Executor = self.inner.open()
        return CheckedExecutor(executor, self.origin)


def unchecked_executor(executor: Any) -> Executor:
    """The executor as components get it."""
    inner: Executor = executor.inner if isinstance(executor, CheckedExecutor) else executor
    return inner
