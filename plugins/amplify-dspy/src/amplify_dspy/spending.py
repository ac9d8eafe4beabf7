"""The calls that compiling a program makes: each of them once, and no more than it may spend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amplify import Ask, Completion, Failure, Message, Prompt, ProviderError, Request, counted


@dataclass(frozen=True)
class Call:
    """What is asked: messages, how a reply may be, and which of several replies it is.

    `labels` are ranked, each behind the `cue`; without any a reply is written, up to `stop`.
    `chat` says that the messages are sent as such, not as one text.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    stop: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cue: str = ""
    repeat: int = 0
    chat: bool = True

    def request(self, item: str) -> Request:
        """The call as a request to the run's LLM; `item` names it."""
        return Request(
            self._prompt(),
            "dspy",
            item,
            self.max_tokens,
            self.stop,
            self.labels,
            self.cue,
            repeat=self.repeat,
        )

    def _prompt(self) -> Prompt:
        *shared, last = self.messages
        if self.chat:
            return Prompt.chat(shared, [last])
        return Prompt("".join(f"{m.content}\n\n" for m in shared), closing_message(last.content))


BEGIN = "BEGIN RESPONSE:"
"""What DSPy puts at the end of a prompt for a model that only completes texts."""


def closing_message(last: str) -> str:
    """The last message of a prompt that is one text."""
    return f"{last}\n\n{BEGIN}"


class Ended(BaseException):
    """The run goes no further: DSPy catches every `Exception` and would go on without replies."""


class BudgetSpent(Exception):
    """The calls that compiling may make are used up: DSPy takes the reply for a wrong one."""


class Spending:
    """Asks the run's LLM, and remembers what it was asked.

    Calls beyond the first `most` are not made. What ends the run is kept in `error`, so that it is
    raised again whatever DSPy makes of it.
    """

    def __init__(self, ask: Ask, most: int) -> None:
        self._ask = ask
        self._most = most
        self._outcomes: dict[Call, Completion | Failure] = {}
        self.error: BaseException | None = None
        self.advance: Callable[[int], None] = lambda count: None
        """Told how many calls were made."""
        self.refused = 0
        """How many replies were wanted that were not paid for."""

    @property
    def calls(self) -> int:
        """How many different calls were asked for."""
        return len(self._outcomes)

    def prefetch(self, calls: Sequence[Call], items: Sequence[str]) -> None:
        """Ask these calls together, as many of them as may still be made; `items` name them."""
        if self.error is not None:
            raise Ended
        new = {
            call: item
            for call, item in zip(calls, items, strict=True)
            if call not in self._outcomes
        }
        paid = list(new.items())[: self._most - len(self._outcomes)]
        if not paid:
            return
        try:
            outcomes = self._ask([call.request(item) for call, item in paid])
        except BaseException as error:
            self.error = error
            raise Ended from error
        self._outcomes.update(zip((call for call, _ in paid), outcomes, strict=True))
        self.advance(len(paid))
        for (_, item), outcome in zip(paid, outcomes, strict=True):
            if isinstance(outcome, Failure) and outcome.kind != "too-long":
                self.error = _failed(item, outcome)
                raise Ended

    def reply(self, call: Call, item: str) -> Completion:
        """The reply to the call.

        Raises BudgetSpent where it cannot be paid for, and ValueError where the prompt is too long
        for the model: a program with such a prompt is no good one.
        """
        self.prefetch([call], [item])
        outcome = self._outcomes.get(call)
        if outcome is None:
            self.refused += 1
            raise BudgetSpent(counted(self._most, "call was made", "calls were made"))
        if isinstance(outcome, Failure):
            raise ValueError(outcome.message)
        return outcome


def _failed(item: str, failure: Failure) -> ProviderError:
    """The error of a call that failed: a program that was compiled without its reply is another."""
    return ProviderError(
        f"the LLM gave no reply on {item}, which DSPy compiles a program by: {failure.message}",
        where="dspy",
        hint="amplify run --resume asks again what failed",
    )
