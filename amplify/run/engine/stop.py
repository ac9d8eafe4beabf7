"""Why a run asks no more: said once, plainly."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.contract.calls import Failure
from amplify.contract.errors import ProviderError

KEPT = "what was answered is kept: go on with --resume"


@dataclass(frozen=True, slots=True)
class Stop:
    """A reason to ask no more. `kind` is "cap", "quota", "auth", "not-found" or "breaker"."""

    kind: str
    message: str

    @property
    def failure(self) -> Failure:
        """What a request that was not made comes to."""
        return Failure("stopped", self.message, retry=True)


class RunStopped(ProviderError):
    """The run was stopped before anything could be measured."""

    @classmethod
    def of(cls, stop: Stop, where: str) -> RunStopped:
        """The error that a stop is, where nothing can be made of what was answered."""
        hints = {
            "auth": "set the right key: amplify show says which variable is read",
            "not-found": "see the model's name and the address in [llm]",
            "breaker": "see that the service is up, and its address in [llm]",
            "cap": "raise the cap to go on",
        }
        return cls(stop.message, where=where, hint=hints.get(stop.kind, ""))
