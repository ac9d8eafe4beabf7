"""Leaves out of later calls what a model refuses, and advises how a user leaves it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from amplify import Failure
from amplify_openai import asking
from amplify_openai.bodies import DROPPABLE, OTHER_NAME
from amplify_openai.failures import Refused
from amplify_openai.options import OpenAIOptions

BOUND = "name the field that the server takes for a reply's bound in llm.max_tokens_field"

ADVICE = {
    "temperature": "say -o llm.temperature=null",
    "seed": "say -o llm.seed=null",
    "stop": "say -o llm.send_stop=false",
    "logprobs": "say -o llm.logprobs=false",
    "reasoning_effort": "say -o llm.reasoning_effort=null",
    "reasoning": "say -o llm.reasoning_effort=null",
    "prompt_cache_breakpoint": "say -o llm.cache_breakpoint=false",
    "max_tokens": BOUND,
    "max_completion_tokens": BOUND,
    **dict.fromkeys(asking.FIELDS, asking.ADVICE),
}
"""How a field is left out that a model refuses."""

ORDINARY = frozenset({"include"})
"""Fields whose names are words of a sentence: a message that holds them may mean no field."""


class LeftOut:
    """The fields that the model refused (`names`); they are left out for as long as this lives."""

    def __init__(self, options: OpenAIOptions) -> None:
        self._options = options
        self.names: set[str] = set()

    @property
    def refusable(self) -> frozenset[str]:
        """The fields that are looked for in a server's words."""
        return (DROPPABLE | ADVICE.keys() | self._options.extra.keys()) - ORDINARY

    def leave_out(self, refused: Refused, sent: Mapping[str, Any]) -> bool:
        """Whether the calls go on without the field that was refused: never for one of several.

        `sent` is the body that was refused.
        """
        if len(refused.parameters) != 1:
            return False
        (parameter,) = refused.parameters
        if parameter not in sent or not (parameter in DROPPABLE or parameter in OTHER_NAME):
            return False
        if OTHER_NAME.get(parameter) in self.names:
            return False
        self.names.add(parameter)
        return True

    def advised(self, refused: Refused) -> Failure:
        """The failure, with what to say so that the fields are left out."""
        advices = {name: f"take {name} out of llm.extra" for name in self._options.extra}
        advices |= {name: advice for name, advice in ADVICE.items() if name not in advices}
        advice = [advices[name] for name in refused.parameters if name in advices]
        message = "; ".join([refused.failure.message, *dict.fromkeys(advice)])
        return replace(refused.failure, message=message)

    @property
    def notes(self) -> list[str]:
        """A note on each field that shapes a reply and is left out."""
        if not self.names:
            return []
        return [
            f"without {name}: the model refuses it"
            for name in ("temperature", "seed", *(self._options.extra.keys() - {*ADVICE}))
            if name in self.names
            and (getattr(self._options, name, None) is not None or name in self._options.extra)
        ]
