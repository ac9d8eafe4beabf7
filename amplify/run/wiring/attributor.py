"""Finds the explainer that attributes the LLM's answers, and refuses what cannot be attributed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.context import Context
from amplify.contract.errors import PlanError
from amplify.contract.provider import Provider
from amplify.host.factory import options_of
from amplify.host.info import Registered
from amplify.host.registry import Registry
from amplify.kit.objective import Objective, Of
from amplify.loop.checked.explainer import CheckedExplainer
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.plan.plan import Plan, Ref
from amplify.run.plan.refs import component_table, to_ref
from amplify.run.plan.sections import WorthSection
from amplify.run.wiring.build import build_behind
from amplify.run.wiring.choices import RoleComponents, component_title, explainer_of
from amplify.run.wiring.compatibility import answer_mode

WHERE = "[worth] explainer"

SUITED = "captum/shapley-sampling, captum/occlusion, leave-one-out"


@dataclass(frozen=True)
class Attributor:
    """The explainer that attributes answers, as the plan names it, and its options."""

    explainer: Registered
    ref: Ref
    options: Any

    @property
    def title(self) -> str:
        """The explainer's name and the options that the plan gives it."""
        return component_title(self.explainer, self.ref)

    @property
    def of(self) -> Of:
        """Which scores of the answer it attributes."""
        of: Of = getattr(self.options, "of", "logits")
        return of

    def objective(self, answer: str, others: str) -> Objective:
        """The number that the explainer attributes: that of the answer against all other labels."""
        contrasts = getattr(self.options, "contrast", False)
        return Objective(answer, others if contrasts else None, self.of)

    def build(self, context: Context) -> CheckedExplainer:
        """The explainer itself."""
        return build_behind(CheckedExplainer, self.explainer, self.ref.options, context, WHERE)


def find_attributor(
    plan: Plan, choices: Sequence[RoleComponents], registry: Registry
) -> Attributor | None:
    """The explainer of the plan's `[worth]`; None where no answer is to be attributed.

    Raises PlanError for one that needs more than the scores of texts, and for an arm whose LLM
    ranks no labels.
    """
    if not plan.worth.attributes:
        return None
    table = {"use": WorthSection.explainer, **component_table(plan.worth.explainer, WHERE)}
    ref = to_ref(table, WHERE)
    explainer = registry.find("explainer", ref.use)
    needs = [need for need in explainer_of(explainer).needs if need != "predict"]
    if needs:
        raise PlanError(
            f"explainer {explainer.qualified} needs {' and '.join(needs)}, and the LLM's answers"
            " are attributed by prompts without some of their parts, which give scores alone",
            where=WHERE,
            hint=f"for instance: {SUITED}",
        )
    name = plan.worth.arm or (plan.focus if plan.tune is None else None)
    for choice in choices:
        mode = answer_mode(plan, choice)
        if choice.plan.name == name and mode != "rank":
            raise PlanError(
                f"its answers cannot be attributed: with answer = {mode!r} the LLM tells no"
                " probabilities of the labels for a prompt",
                where=f"arm {name!r}",
                hint='run it with answer = "rank", or name another arm as [worth] arm'
                " (amplify worth --arm)",
            )
    return Attributor(explainer, ref, options_of(explainer, ref.options, WHERE))


def check_attributed(plan: Plan, llm: Registered, provider: Provider) -> None:
    """Refuse to attribute the answers of a service; `provider` is the `llm`, built."""
    if plan.worth.attributes and is_remote(provider):
        raise PlanError(
            f"the answers of {llm.qualified} are not attributed: that takes hundreds of prompts for"
            " each answer, and the probability of every label, which a model in this process gives",
            where="[worth] answers",
            hint="transformers/local and mini/local can; with a service, [worth] items = 30"
            " measures what demonstrations are worth",
        )
