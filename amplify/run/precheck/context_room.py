"""Room: whether prompts fit the model's context, before the first call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amplify.contract.calls import Prompt, Request
from amplify.contract.data import Example
from amplify.contract.errors import PlanError
from amplify.contract.provider import MostTokens, Provider
from amplify.loop.prompt.arm import Arm, PreparedArm, prompts
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
    """The tokens of items that were counted: an arm is tried with fewer and fewer shots."""

    def fits(self, arm: Arm, prepared: PreparedArm, items: Sequence[Example]) -> bool:
        """Whether the arm's longest prompt over `items` and its reply fit."""
        limit = self.provider.limit
        if limit is None:
            return True
        needed = self.needed(arm, prepared, items)
        return needed.input + needed.output <= limit

    def require(self, arm: Arm, prepared: PreparedArm, items: Sequence[Example]) -> None:
        """PlanError with the count and the limit where the arm's prompts do not fit."""
        limit = self.provider.limit
        if limit is None:
            return
        needed = self.needed(arm, prepared, items)
        if needed.input + needed.output > limit:
            if needed.output >= limit:
                raise PlanError(
                    f"a reply may take {needed.output} tokens, and the model takes {limit} with"
                    " the prompt",
                    where=f"arm {arm.name!r}",
                    hint="lower the template's max_tokens or the LLM's tokens for reasoning, or"
                    " tell the right context of the model",
                )
            raise PlanError(
                f"its longest prompt needs {needed.input + needed.output} tokens, {needed.output}"
                f" for the reply included; the model takes {limit}",
                where=f"arm {arm.name!r}",
                hint='show fewer shots, or say shots = "max" to take what fits',
            )

    def needed(self, arm: Arm, prepared: PreparedArm, items: Sequence[Example]) -> MostTokens:
        """The tokens of the arm's longest prompt and its reply.

        Where nobody can count, the prompt is taken to have none: a bound by its length would
        refuse what fits.
        """
        given, said = [0], [arm.template.max_tokens]
        for prompt in self._longest(prompts(arm, prepared, list(items))):
            request = Request(prompt, arm.name, "", arm.template.max_tokens, arm.template.stop)
            most = most_tokens(self.provider, request)
            given += [most.input] if prompt_tokens(self.provider, prompt) is not None else []
            said.append(most.output)
        return MostTokens(max(given), max(said))

    def _longest(self, made: Sequence[Prompt]) -> list[Prompt]:
        """Those that may be the longest: characters tell it of most items, tokens of the rest."""
        owns = {prompt.item_part: prompt for prompt in made}
        sizes: list[tuple[int, str]] = []
        left = COUNTED
        for own in sorted(owns, key=len, reverse=True):
            if left <= 0 and len(sizes) >= LONGEST:
                break
            left -= len(own)
            if own not in self._sizes:
                self._sizes[own] = self.provider.count_tokens(own) or 0
            sizes.append((self._sizes[own], own))
        sizes.sort(key=lambda size: size[0], reverse=True)
        return [owns[own] for _, own in sizes[:LONGEST]]
