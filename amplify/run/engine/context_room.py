"""Checks, before the first call, that prompts and their replies fit the model's context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from amplify.contract.calls import Request
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.contract.provider import MostTokens, Provider
from amplify.run.cost.token_counts import most_tokens, prompt_tokens

LONGEST = 5
"""How many prompts are counted whole: those whose items take the most tokens."""

COUNTED = 1_000_000
"""How many characters of items are counted in tokens, those of the longest items first."""


@dataclass(frozen=True)
class ModelRoom:
    """The room that a provider's model has; without a limit or a tokenizer everything fits."""

    provider: Provider
    _sizes: dict[str, int] = field(default_factory=dict, repr=False)
    """The tokens of item parts that were counted: an arm is tried with fewer and fewer shots."""

    def fits(self, requests: Sequence[Request]) -> bool:
        """Whether the longest of the prompts and its reply fit."""
        limit = self.provider.limit
        if limit is None:
            return True
        needed = self._needed(requests)
        return needed.input + needed.output <= limit

    def require(self, arm: str, requests: Sequence[Request]) -> None:
        """PlanError with the count and the limit where requests of the arm do not fit."""
        limit = self.provider.limit
        if limit is None:
            return
        needed = self._needed(requests)
        total = needed.input + needed.output
        if total <= limit:
            return
        if needed.output >= limit:
            raise PlanError(
                f"a reply may take {needed.output} tokens, and the model takes {limit} with"
                " the prompt",
                where=f"arm {arm!r}",
                hint="lower the template's max_tokens or the LLM's tokens for reasoning, or"
                " tell the right context of the model",
            )
        raise PlanError(
            f"its longest prompt needs {counted(total, 'token')}, {needed.output} for the reply"
            " included; the"
            f" model takes {limit}",
            where=f"arm {arm!r}",
            hint='show fewer shots, or say shots = "max" to take what fits',
        )

    def _needed(self, requests: Sequence[Request]) -> MostTokens:
        """The tokens of the longest prompt and of the longest reply.

        Where nobody can count, the prompt is taken to have none: a bound by its length would
        refuse what fits.
        """
        inputs, outputs = [0], [0]
        for request in self._longest(requests):
            most = most_tokens(self.provider, self._longest_call(request))
            outputs.append(most.output)
            if prompt_tokens(self.provider, request.prompt) is not None:
                inputs.append(most.input)
        return MostTokens(max(inputs), max(outputs))

    def _longest_call(self, request: Request) -> Request:
        """The request, or its first call: a service may make another one for the label, which is to
        fit by itself."""
        if request.writes_first and hasattr(self.provider, "answer"):
            return replace(request, labels=(), cue="", writes_first=False)
        return request

    def _longest(self, requests: Sequence[Request]) -> list[Request]:
        """Those that may be the longest: characters tell it of most items, tokens of the rest."""
        by_part = {request.prompt.item_part: request for request in requests}
        sizes: list[tuple[int, str]] = []
        uncounted = COUNTED
        for part in sorted(by_part, key=len, reverse=True):
            if uncounted <= 0 and len(sizes) >= LONGEST:
                break
            uncounted -= len(part)
            if part not in self._sizes:
                self._sizes[part] = self.provider.count_tokens(part) or 0
            sizes.append((self._sizes[part], part))
        sizes.sort(key=lambda size: size[0], reverse=True)
        return [by_part[part] for _, part in sizes[:LONGEST]]
