"""What a service is sent where a label is asked for: the schema, the question, and the bounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.calls import Request
from amplify.contract.provider import MostTokens
from amplify.kit.token_bounds import EACH_MESSAGE, text_size

STRUCTURED = frozenset({"schema", "tool"})
"""The ways in which one call brings rationale and label."""

RATIONALE, LABEL = "rationale", "label"
"""The properties of a structured reply, in the order in which they are written."""

FRAME = 32
"""Tokens of a structured reply besides the rationale and the label: names, braces, white space."""

FEW = 12
"""Tokens of a reply in free words besides the label."""


@dataclass(frozen=True, slots=True)
class LabelCall:
    """One call for a request with labels, which `way` names: "schema", "call" and so on.

    `written` is None for the first call. In a second call it is what the first one wrote, behind
    which the label is asked for.
    """

    request: Request
    way: str
    written: str | None = None

    @property
    def writes(self) -> bool:
        """Whether the call has a rationale written."""
        return self.request.writes_first and self.written is None

    @property
    def structured(self) -> bool:
        """Whether the reply is an object of named properties."""
        return self.way in STRUCTURED

    @property
    def asks_label(self) -> bool:
        """Whether the call has a label stated."""
        return self.structured or not self.writes

    @property
    def sent(self) -> Request:
        """The request as a call that writes: with its own bound, and with the text that leads up
        to the label. What is added to its messages is told by `followed_by`."""
        request = self.request
        stop = request.stop if self.writes and not self.structured else ()
        prompt = request.prompt
        if request.answer == "rank" and not self.structured and not prompt.turns:
            prompt = replace(prompt, item_part=prompt.item_part + request.cue)
        label = label_tokens(request.labels, self.structured) if self.asks_label else 0
        most = label + (request.max_tokens if self.writes else 0)
        return replace(
            request,
            prompt=prompt,
            max_tokens=most,
            stop=stop,
            labels=(),
            cue="",
            writes_first=False,
        )

    @property
    def followed_by(self) -> tuple[str, str] | None:
        """What the assistant wrote and what it is asked then; None where nothing follows."""
        if self.written is None:
            return None
        return self.written.strip() or "…", question(self.request)

    def schema(self) -> dict[str, Any]:
        """The JSON schema of a structured reply."""
        return label_schema(self.request.labels, self.writes)


def label_schema(labels: Sequence[str], rationale: bool) -> dict[str, Any]:
    """A schema of an object that holds one of the labels, behind a rationale where it is to."""
    properties: dict[str, Any] = {LABEL: {"type": "string", "enum": [*plain_continuations(labels)]}}
    if rationale:
        properties = {RATIONALE: {"type": "string"}, **properties}
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def plain_continuations(labels: Sequence[str]) -> dict[str, str]:
    """The continuations of a request by the labels themselves, without white space around."""
    return {label.strip(): label for label in labels}


def question(request: Request) -> str:
    """What asks for the label behind a written rationale."""
    labels = ", ".join(plain_continuations(request.labels))
    return f"{request.cue.strip() or 'The answer is'} (one of: {labels})"


def label_tokens(labels: Sequence[str], structured: bool) -> int:
    """The bound of a reply that states one of the labels."""
    longest = max(
        text_size(json.dumps(label, ensure_ascii=False)) for label in plain_continuations(labels)
    )
    return longest + (FRAME if structured else FEW)


def most_of_calls(
    request: Request,
    ways: Sequence[str],
    most: Callable[[LabelCall], MostTokens],
    single: bool = False,
) -> MostTokens:
    """The most tokens of all calls that one attempt at a request with labels may take.

    `ways` are those that may be used; `most` bounds one call whose `written` is empty, and which a
    written rationale makes longer. `single` says that there is no second call, as in a batch.
    """
    first = _longest([most(LabelCall(request, way)) for way in ways])
    if single or not request.writes_first:
        return first
    second = _longest([most(LabelCall(request, way, "")) for way in ways])
    return MostTokens(
        first.input + second.input + first.output + EACH_MESSAGE, first.output + second.output
    )


def _longest(bounds: Sequence[MostTokens]) -> MostTokens:
    return MostTokens(max(b.input for b in bounds), max(b.output for b in bounds))
