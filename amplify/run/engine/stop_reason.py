"""Why a run makes no further calls, and the error of a run that has no result for that reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from amplify.contract.calls import Failure
from amplify.contract.errors import ProviderError

if TYPE_CHECKING:
    from amplify.run.cost.raised_caps import Remaining
    from amplify.run.cost.spent import Spent

KEPT = "what was answered is kept: go on with --resume"

DOWN = "see that the service is up, and its address in [llm]"

CAUSES = {
    "invalid-reply": "the service is up, and what it answers is told above: see the address and the"
    " options in [llm]",
    "bad-request": "the service is up, and refuses the calls: see the options in [llm]",
    "too-long": "the prompts or the replies are longer than the service takes",
}
"""What to do after failures in a row that the service itself has answered, by their kind."""


@dataclass(frozen=True, slots=True)
class StopReason:
    """Why no further calls are made: `kind` is "cap", "quota", "auth", "not-found" or "breaker".

    A "breaker" is a service that is down; `cause` is then the kind of the last failure.
    """

    kind: str
    message: str
    cause: str = ""

    @property
    def failure(self) -> Failure:
        """The outcome of a request for which no call was made."""
        return Failure("stopped", self.message, retry=True)


class RunStopped(ProviderError):
    """The run was stopped before anything could be measured.

    `stop` says why, `spent` what the calls so far took, and `remaining` what those take at most
    that are not made yet, as far as that is known. `more`: further calls, which are not known
    yet, follow from their replies.
    """

    stop: StopReason | None = None
    spent: Spent | None = None
    remaining: Remaining | None = None
    more: bool = False

    @classmethod
    def of(cls, stop: StopReason, where: str) -> RunStopped:
        """The error for this reason; `where` names the step that was under way."""
        hints = {
            "auth": "set the right key: amplify show says which variable is read",
            "not-found": "see the model's name and the address in [llm]",
            "breaker": CAUSES.get(stop.cause, DOWN),
            "cap": "raise the cap to go on",
        }
        error = cls(stop.message, where=where, hint=hints.get(stop.kind, ""))
        error.stop = stop
        return error
