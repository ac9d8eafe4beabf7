"""Find out what explainers would ask the LLM by letting them ask a stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.component import Offer
from amplify.contract.data import Example, Task
from amplify.contract.errors import PluginError, ProviderError
from amplify.contract.explainer import Explainer
from amplify.contract.selector import Shot
from amplify.loop.explain.explain import explain
from amplify.loop.prompt.arm import Arm
from amplify.run.engine.request_key import request_key
from amplify.run.wiring.choices import RoleComponents, explainer_needs

SENTENCE = " the the the the the the the."
"""What the stand-in writes, as often as its reply has room for it: for most tokenizers 8 tokens."""


@dataclass(frozen=True)
class Rehearsed:
    """What an arm's explainers would ask the LLM.

    `requests` leaves out what another arm's explainers have asked before; it is None where only the
    run can tell. `written` is for each shot the rationale that the LLM would write, as long as it
    may be.
    """

    requests: tuple[Request, ...] | None
    written: tuple[str, ...]


class Rehearsal:
    """Stands in for the LLM where explainers ask it (`Ask`), and keeps what they ask."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._known_keys: set[str] = set()

    def __call__(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        """A reply to each that is as long as it may be."""
        self._requests += requests
        return [
            Completion(
                request.labels[0]
                if request.answer == "rank"
                else SENTENCE * -(-request.max_tokens // 8),
                "stand-in",
                logprobs=tuple((label, 0.0) for label in request.labels),
                label=request.labels[0] if request.answer == "complete" else "",
            )
            for request in requests
        ]

    def arm(
        self,
        arm: Arm,
        choice: RoleComponents,
        task: Task,
        pool: Sequence[Example],
        shots: Sequence[Shot],
    ) -> Rehearsed:
        """Let the arm's explainers ask about these shots, and about the pool where that is ranked.

        `choice` are the arm's components, `pool` is what the arm chooses from. An explainer that
        needs a proxy is not tried: it could not answer without one.
        """
        self._requests = []
        every_shot = [Shot(example) for example in pool]
        wrong = task.labels if arm.explains_foil else None
        ranked = self._written(arm.ranker, explainer_needs(choice.ranker), every_shot, None)
        written = self._written(arm.explainer, explainer_needs(choice.explainer), shots, wrong)
        every = {request_key(request, {}): request for request in self._requests}
        new = {key: request for key, request in every.items() if key not in self._known_keys}
        self._known_keys.update(new)
        return Rehearsed(
            None if ranked is None or written is None else tuple(new.values()),
            tuple("" for _ in shots) if written is None else written,
        )

    def _written(
        self,
        explainer: Explainer | None,
        needs: frozenset[str],
        shots: Sequence[Shot],
        wrong: Sequence[str] | None,
    ) -> tuple[str, ...] | None:
        if explainer is None or "llm" not in needs:
            return tuple("" for _ in shots)
        if not needs.isdisjoint(get_args(Offer)):
            return None
        try:
            explanations = explain(shots, explainer, None, wrong)
        except (PluginError, ProviderError):
            return None  # the stand-in's reply is not of the kind that the explainer reads
        return tuple(explanation.text or "" for explanation in explanations)
