"""An arm at work: the objects that play its roles, and what it prepares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from amplify.contract.calls import Prompt
from amplify.contract.data import Example
from amplify.contract.explainer import Explainer
from amplify.contract.selector import Selector
from amplify.contract.template import Demonstration, Template
from amplify.loop.checked.unlabelled import all_unlabelled
from amplify.loop.explain.keywords import Mask
from amplify.loop.prompt.chat import conversations


@dataclass(frozen=True)
class Arm:
    """One way of building the prompt, with its parts built.

    `shots` may be "max": as many as the model's context takes. `proxy` is a digest of the proxy and
    its options, which tells it from the run's other proxies, and `proxy_title` the text that a
    report shows of it; both are empty where there is none. `needs_scores` and `needs_errors` say
    what the selector asks of the survey, `needs_proxy` whether the selector or the explainer asks
    for a proxy at all. `explained_by` and `ranked_by` are digests of the explainers and their
    options (of the LLM too, where they ask it): arms of the same digest share their explanations.

    `ranks` says that the template has labels ranked rather than a reply written.

    `explains_foil` is a control: its words speak for a wrong label.

    `per_item` says that the selector chooses for each test item.

    `answer_first` says that the template states the answer ahead of its rationale, `prefix` what it
    puts ahead of the label.

    `asking` holds the digests of those of its explainers that ask the LLM.

    `ranker` explains the candidates for a selector that needs explanations; the explainer itself,
    or that of the arm whose demonstrations this one takes over.
    """

    name: str
    selector: Selector | None
    explainer: Explainer | None
    template: Template
    shots: int | Literal["max"]
    keywords: int
    mask: tuple[Mask, ...]
    proxy: str = ""
    proxy_title: str = ""
    needs_scores: bool = False
    needs_errors: bool = False
    needs_proxy: bool = False
    reasoned: bool = False
    ranks: bool = False
    ranker: Explainer | None = None
    explained_by: str = ""
    ranked_by: str = ""
    per_item: bool = False
    explains_foil: bool = False
    answer_first: bool = False
    prefix: str = ""
    asking: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreparedArm:
    """An arm's prompt, ready to be completed with test items.

    Where demonstrations were chosen for each item, `chosen` holds, by the item's id, which of the
    `demonstrations` those are, best first; else it is empty, and all are shown to all items.
    """

    name: str
    instruction: str
    demonstrations: tuple[Demonstration, ...]
    notes: tuple[str, ...] = field(default=())
    chosen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def own(self, item: Example) -> list[Demonstration]:
        """The demonstrations that were chosen for the item alone, the best one last."""
        best = self.chosen[item.id] if self.chosen else ()
        return [self.demonstrations[place] for place in reversed(best)]

    def cut(self, shots: int) -> PreparedArm:
        """The same with the best `shots` demonstrations of each item."""
        return replace(self, chosen={item: best[:shots] for item, best in self.chosen.items()})


def prompts(arm: Arm, prepared: PreparedArm, items: list[Example]) -> list[Prompt]:
    """A prompt for each item, of which the template is not told the label.

    The shared block is written once.

    Demonstrations of one item's own stand in its own part, the best one next to the item.
    """
    template = arm.template
    items = all_unlabelled(items)
    if template.chat:
        shown = () if prepared.chosen else prepared.demonstrations
        return conversations(template, prepared.instruction, shown, prepared.own, items)
    if not prepared.chosen:
        shared = template.shared(prepared.instruction, prepared.demonstrations)
        return [Prompt(shared, template.item_part(item)) for item in items]
    shared = template.shared(prepared.instruction, ())
    return [
        Prompt(shared, template.shared("", prepared.own(item)) + template.item_part(item))
        for item in items
    ]
