"""An arm as built, from the components that play its roles; and as prepared, with its prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Literal

from amplify.contract.calls import AnswerMode, Request
from amplify.contract.component import Views
from amplify.contract.data import Example
from amplify.contract.explainer import Explainer
from amplify.contract.selector import Selector
from amplify.contract.template import Demonstration, ProxyView, Template
from amplify.loop.explain.keywords import Mask

Calibration = Literal["none", "context", "batch"]
"""What the prior of an arm is estimated on: nothing, so that there is none; inputs without content;
or a batch of pool items."""


Unread = Literal["count", "ask"]
"""What becomes of a reply that cannot be read: it is counted, or the LLM is asked for its answer in
a second call."""


RepeatsBy = Literal["sampling", "order"]
"""What tells the repeats of an item apart: the LLM samples anew, or the demonstrations stand in
another order."""


@dataclass(frozen=True)
class Arm:
    """One way of building the prompt, with its parts built.

    `shots` may be "max": as many as the model's context takes. `proxy` is a digest of the proxy and
    its options, which tells it from the run's other proxies, and `proxy_title` the text that a
    report shows of it; both are empty where there is none. `needs_scores` and `needs_errors` say
    what the selector asks of the survey of the pool, `needs_test_scores` and
    `needs_test_probabilities` what it asks of that of the test items, `selector_asks` whether it
    asks the LLM itself, `needs_proxy` whether the selector or the explainer asks for a proxy at
    all. `explained_by` and `ranked_by` are digests of the explainers and their options (of the LLM
    too, where they ask it): arms of the same digest share their explanations.

    `answer` says how the LLM answers: it writes a reply, ranks the labels, or does the one behind
    the other.

    `calibrate` says by which prior the LLM's preference for a label is taken out of its
    probabilities, `abstain` how probable the likeliest label has to be, so that it is the answer.

    `unread` says whether the LLM is asked for its answer once more where its reply cannot be read.

    `repeats` is how often each item is asked, `repeats_by` what tells the repeats apart.

    `explains_foil` is a control: its words speak for a wrong label.

    `per_item` says that the selector chooses for each test item, `narrows` that the LLM is to
    choose among the labels of the demonstrations that were chosen.

    `answer_first` says that the template states the answer ahead of its rationale, `prefix` what it
    puts ahead of the label.

    `asking` holds the digests of those of its explainers that ask the LLM.

    `ranker` explains the candidates for a selector that needs explanations; the explainer itself,
    or that of the arm whose demonstrations this one takes over.

    `views` says what the template shows of the proxy beside each input, `viewer` is the explainer
    that scores the words of it, and `viewed_by` a digest of that.

    `draws_demonstrations` says that the arm chooses demonstrations from the pool, so that they can
    be drawn anew.

    `needs_features` says that the selector looks at what the proxy's last layer reads.

    `selector_tries` says that the selector tries demonstrations with the arm's own prompt.

    `draw` numbers the draws of one arm of the plan, from 1, each of which is an `Arm`; 0 is the
    only draw of an arm.

    `instruction` is what its prompts begin with; None: that of the selector, else of the task.
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
    needs_test_scores: bool = False
    needs_test_probabilities: bool = False
    needs_features: bool = False
    selector_asks: bool = False
    selector_tries: bool = False
    needs_proxy: bool = False
    reasoned: bool = False
    answer: AnswerMode = "write"
    calibrate: Calibration = "none"
    abstain: float | None = None
    unread: Unread = "count"
    repeats: int = 1
    repeats_by: RepeatsBy = "sampling"
    ranker: Explainer | None = None
    explained_by: str = ""
    ranked_by: str = ""
    per_item: bool = False
    narrows: bool = False
    explains_foil: bool = False
    answer_first: bool = False
    prefix: str = ""
    asking: tuple[str, ...] = ()
    views: Views = "none"
    viewer: Explainer | None = None
    viewed_by: str = ""
    draws_demonstrations: bool = False
    draw: int = 0
    instruction: str | None = None

    @property
    def plan_name(self) -> str:
        """The name that the plan gives the arm, whichever draw this is."""
        return plan_name(self.name, self.draw)

    def drawn(self, draw: int, selector: Selector | None) -> Arm:
        """This draw of the arm, counted from 1, whose demonstrations the selector chooses."""
        return replace(self, name=drawn_name(self.name, draw), draw=draw, selector=selector)

    @property
    def needs_probabilities(self) -> bool:
        """Whether no answer can be read without the labels' probabilities."""
        return self.calibrate != "none" or self.abstain is not None

    @property
    def demonstrates(self) -> bool:
        """Whether the arm shows demonstrations at all."""
        return self.selector is not None and self.shots != 0

    @property
    def uses_proxy(self) -> bool:
        """Whether the arm has a proxy fitted: for its demonstrations, or to view inputs."""
        return self.needs_proxy and (self.demonstrates or self.views != "none")


def drawn_name(plan_name: str, draw: int) -> str:
    """The name of a draw of the arm; draw 0, the only one, has the name that the plan gives."""
    return f"{plan_name} (draw {draw})" if draw else plan_name


def plan_name(name: str, draw: int) -> str:
    """The name that the plan gives the arm, from the `name` of its draw."""
    return name.removesuffix(drawn_name("", draw)) if draw else name


@dataclass(frozen=True)
class PreparedArm:
    """An arm with its demonstrations, and its prompts once they are rendered.

    Where demonstrations were chosen for each item, `chosen` holds, by the item's id, which of the
    `demonstrations` those are, best first; else it is empty, and all are shown to all items.
    `requests` are those of the test items, in order; empty until they are rendered. `draw` is that
    of the arm. `views` holds, by the id of a test item or a pool item, the proxy's view that stands
    beside it; it is empty where the template shows none. `trials` counts the calls by
    which its selector tried demonstrations, or asked the LLM otherwise.
    """

    name: str
    instruction: str
    demonstrations: tuple[Demonstration, ...] = ()
    notes: tuple[str, ...] = ()
    chosen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    requests: tuple[Request, ...] = ()
    draw: int = 0
    views: Mapping[str, ProxyView] = field(default_factory=dict)
    trials: int = 0

    @property
    def plan_name(self) -> str:
        """The name that the plan gives the arm, whichever draw this is."""
        return plan_name(self.name, self.draw)

    @property
    def shots(self) -> int:
        """How many demonstrations a prompt shows: the fewest, where items have their own."""
        return min(map(len, self.chosen.values()), default=len(self.demonstrations))

    @property
    def common(self) -> tuple[Demonstration, ...]:
        """The demonstrations that all prompts begin with, in the order of the prompt."""
        if not self.chosen:
            return self.demonstrations
        of_items = [places[::-1] for places in self.chosen.values()]
        common = takewhile(lambda places: len({*places}) == 1, zip(*of_items, strict=False))
        return tuple(self.demonstrations[places[0]] for places in common)

    def chosen_for(self, item: Example) -> list[Demonstration]:
        """The demonstrations that follow the `common` ones for this item, the best one last."""
        places = self.chosen[item.id] if self.chosen else ()
        shown = [self.demonstrations[place] for place in reversed(places)]
        return shown[len(self.common) :]

    def labels_shown(self, item: Example) -> set[str]:
        """The labels of the demonstrations that the item's prompt shows."""
        places = self.chosen[item.id] if self.chosen else range(len(self.demonstrations))
        return {self.demonstrations[place].example.label for place in places}

    def cut(self, shots: int) -> PreparedArm:
        """The same with the best `shots` demonstrations of each item."""
        return replace(self, chosen={item: best[:shots] for item, best in self.chosen.items()})
