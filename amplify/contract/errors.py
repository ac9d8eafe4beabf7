"""The one error tree: what happened, where, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amplify.contract.guard.visible import visible

if TYPE_CHECKING:
    from amplify.contract.guard.origin import Origin


class AmplifyError(Exception):
    """An error that is shown to the user as it stands, without a traceback.

    `message` says what happened, `where` names the place (a file and line, a plan key, a
    component), `hint` says what to do next. `exit_code` is what the command line ends with.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        """A line, and the hint on one of its own: what others wrote begins no further line."""
        head = ": ".join(visible(text) for text in (self.where, self.message) if text)
        return f"{head}\n  {visible(self.hint)}" if self.hint else head


class PlanError(AmplifyError):
    """The plan or the command line asks for something that cannot be run."""

    exit_code = 2


class OptionError(PlanError):
    """An option of a component is unknown, or its value has the wrong type."""


class DataError(AmplifyError):
    """A data file cannot be read as asked."""

    exit_code = 2


class PluginError(AmplifyError):
    """A plugin, or a component of one, failed or broke its contract.

    `origin` tells which component it was, where that is known.
    """

    exit_code = 3

    def __init__(
        self, message: str, *, where: str = "", hint: str = "", origin: Origin | None = None
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.origin = origin


class ProviderError(AmplifyError):
    """The LLM provider cannot serve this run at all (a single failed call is a `Failure`).

    `undone` says that what the service was asked for was certainly not done: it refused it, or was
    never reached.
    """

    undone: bool = False


class BatchGone(ProviderError):
    """The service does not know a batch, or knows it no more."""


class InterruptedAgain(KeyboardInterrupt):
    """The user interrupted a second time, while the first was still being seen to."""


for _error in (
    *(AmplifyError, PlanError, OptionError, DataError),
    *(PluginError, ProviderError, BatchGone),
):
    _error.__module__ = "amplify"  # where users import it from, which tracebacks then name
