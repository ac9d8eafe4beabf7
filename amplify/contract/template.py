"""The role of a template: it writes rationales and lays the prompt out.

A plugin declares it by `component.TemplateComponent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amplify.contract.calls import Message
from amplify.contract.data import Example
from amplify.contract.explainer import Span


@dataclass(frozen=True, slots=True)
class KeyWord:
    """A key word of a demonstration: its surface form, its summed score, where it stands."""

    text: str
    score: float
    places: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Faithfulness:
    """How far an explanation's ranking of words is the proxy's own (DeYoung et al. 2020, ERASER).

    Both are differences of the target's probability, averaged over the top 1, 5, 10, 20 and 50% of
    the words: `comprehensiveness` is what the probability loses when those words are taken away
    (higher is better), `sufficiency` what it loses when all other words are taken away (lower is
    better, and may be negative). `random_…` is the same for random words, averaged over several
    draws.
    """

    comprehensiveness: float
    sufficiency: float
    random_comprehensiveness: float
    random_sufficiency: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """The score of each word of a demonstration; one above 0 speaks for the label `target`."""

    target: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ProxyView:
    """What a proxy that never saw an input makes of it: its `label`, and how probable that is.

    `words` are the key words that speak for this label, where the template asks for them. Nothing
    in a view depends on the true label.
    """

    label: str
    probability: float
    words: tuple[KeyWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Demonstration:
    """A shot ready for the prompt; `rationale` is empty until a template has written it.

    `faithfulness` is that of the explanation which the words come from, where it was measured: it
    is measured once the prompt is written, so that templates are never shown it. `view` is the
    proxy's view of the example, for a template that is declared to show one. `attribution` is what
    the words were taken from, where they come from an explainer that scores words; it is kept for
    reports, and templates are not shown it either.
    """

    example: Example
    words: tuple[KeyWord, ...] = ()
    rationale: str = ""
    mcs: float | None = None
    faithfulness: Faithfulness | None = None
    view: ProxyView | None = None
    attribution: Attribution | None = None


class Template:
    """Turns demonstrations into a prompt; a template inherits the defaults that it does not change.

    The prompt of an example is `shared(...) + item_part(example)`. As a conversation, each
    demonstration is a turn of the user, `item_part(example)`, and one of the assistant,
    `reply(demonstration)`; the example is the last turn of the user, and `shared` is not called.
    """

    stop: tuple[str, ...] = ()
    """A reply ends before the first of these strings."""

    max_tokens: int = 256
    """The most tokens that a reply may have."""

    chat: bool = False
    """Whether the prompt is laid out as a conversation."""

    system: bool = False
    """Whether a conversation has the instruction as its system message, not in its first turn."""

    prefix: str | None = None
    """What the demonstrations put ahead of the label, so that replies are read in the same way;
    None: replies are read by the common forms ("the answer is" and so on), the last one."""

    rationale_ahead: bool = False
    """Whether a reply holds a rationale ahead of the label, which an arm that says
    `answer = "complete"` has written before the label is asked for."""

    statement: str = ""
    """What a label stands behind where it is asked for, as "The answer is"; empty: behind the item
    at once. A rationale that is written first ends before it."""

    answer_first: bool = False
    """Whether the answer stands ahead of its rationale: then the first statement counts."""

    def rationales(self, demonstrations: Sequence[Demonstration]) -> Sequence[str]:
        """A rationale for each; gets the whole list at once, so that it may shuffle them."""
        return ["" for _ in demonstrations]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """What the prompts of all examples begin with."""
        raise NotImplementedError  # every template defines it

    def item_part(self, example: Example) -> str:
        """What follows for one example; never shows its label."""
        raise NotImplementedError  # every template defines it

    def viewed_item_part(self, example: Example, view: ProxyView) -> str:
        """As `item_part`, with the proxy's view of the example beside it.

        Called in place of it where the template is declared to show a view (`views`).
        """
        return self.item_part(example)

    def reply(self, demonstration: Demonstration) -> str:
        """What follows the example in a demonstration; white space around it does not count."""
        raise NotImplementedError  # only a template with `chat` defines it

    def opening(
        self, instruction: str | None, demonstrations: Sequence[Demonstration]
    ) -> Sequence[Message]:
        """What a conversation has ahead of the example, where the template says it all itself.

        By default the instruction and two turns for each demonstration, by `system` and `reply`.
        Called a second time, with None, for demonstrations of one example alone: what the
        conversation is about was said before.
        """
        raise NotImplementedError  # only a template that lays conversations out itself defines it

    def last_turn(self, example: Example) -> str:
        """The example as the last turn of the user, where that is not `item_part`."""
        return self.item_part(example)

    def continuation(self, label: str) -> str:
        """What follows where the label is the answer, white space in front included.

        It stands behind the `statement` or, where that is empty, behind the prompt. Called in arms
        whose LLM is asked for the label.
        """
        return f" {label}"
