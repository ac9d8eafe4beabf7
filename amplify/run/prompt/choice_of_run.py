"""Makes the choice that a finished prompt has where the arm's selector chooses for each input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.calls import Message, Prompt
from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError
from amplify.contract.selector import Shot
from amplify.contract.template import Demonstration
from amplify.loop.data.draw_pool import draw_pool, draw_seed
from amplify.loop.explain.explain import demonstrate
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import prompts
from amplify.loop.select.select_shots import MOST_SHOTS
from amplify.run.plan.plan import Plan, Ref
from amplify.run.prompt.choice import DemonstrationChoice, PoolExample
from amplify.run.prompt.layout import Layout, Turn
from amplify.run.prompt.rendered import INPUT, mark_beside
from amplify.run.wiring.choices import RoleComponents, selector_of

HINT = "name an arm that shows all inputs the same, with --arm"


def choice_of(
    plan: Plan, components: RoleComponents, arm: Arm, prepared: PreparedArm, task: Task
) -> tuple[Layout, DemonstrationChoice]:
    """The layout around an input without demonstrations, and the choice among these.

    `components` are those of the arm, which was built without its selector. Raises PlanError where
    the selector or the explainer looks at more than the texts.
    """
    selector = _selector(components, arm)
    draws, seed = plan.most_draws, plan.run.seed
    pool = draw_pool(task.pool, prepared.draw, draws, seed, plan.run.draw_from)
    demonstrations = _demonstrations(arm, prepared, pool)
    layout, lead, turns = _rendered(arm, prepared, demonstrations)
    return layout, DemonstrationChoice(
        selector.use,
        dict(selector.options),
        draw_seed(seed, prepared.draw),
        plan.run.device,
        MOST_SHOTS if arm.shots == "max" else arm.shots,
        max(map(len, prepared.chosen.values())),
        tuple(
            PoolExample(d.example.id, d.example.text, d.example.label, shown)
            for d, shown in zip(demonstrations, turns, strict=True)
        ),
        lead,
    )


def _selector(components: RoleComponents, arm: Arm) -> Ref:
    """How the plan names the arm's selector; PlanError where it cannot choose for other inputs."""
    selector, where = components.plan.selector, f"arm {arm.plan_name!r}"
    assert components.selector is not None
    assert selector is not None
    if selector_of(components.selector).needs:
        raise PlanError(
            "its selector looks at what the proxy or the LLM makes of examples and inputs, and"
            " neither is in the run's folder",
            where=where,
            hint=HINT,
        )
    if components.explainer is not None:
        raise PlanError(
            "its selector chooses other demonstrations for each input, and these would have to be"
            " explained by a proxy that is not in the run's folder",
            where=where,
            hint=HINT,
        )
    if arm.repeats > 1 and arm.repeats_by == "order":
        raise PlanError(
            "it asks each input several times, with demonstrations of its own in another order each"
            " time",
            where=where,
            hint=HINT,
        )
    return selector


def _demonstrations(
    arm: Arm, prepared: PreparedArm, pool: Sequence[Example]
) -> list[Demonstration]:
    """A demonstration of each example of the pool; PlanError where the run wrote them otherwise."""
    shots = [Shot(example) for example in pool]
    written = demonstrate(shots, None, arm.template, arm.keywords, arm.mask, ())
    of_run = {d.example.id: d.rationale for d in prepared.demonstrations}
    if of_run.items() <= {d.example.id: d.rationale for d in written}.items():
        return written
    raise PlanError(
        "the rationales of its demonstrations depend on each other, so that those of other inputs"
        " are not known",
        where=f"arm {arm.plan_name!r}",
        hint=HINT,
    )


def _rendered(
    arm: Arm, prepared: PreparedArm, demonstrations: Sequence[Demonstration]
) -> tuple[Layout, str, list[tuple[Turn, ...]]]:
    """The layout around an input, what opens its first message, and what is shown of each
    demonstration."""
    items = {f"{INPUT} {place}": (place,) for place in range(len(demonstrations))}
    # As one input has no demonstration, the prompts begin with none that is common to all.
    shown = replace(prepared, demonstrations=tuple(demonstrations), chosen={INPUT: (), **items})
    mark = mark_beside(shown)
    bare, *others = prompts(arm, shown, [Example(name, mark, "") for name in shown.chosen])
    if not bare.turns:
        texts = [prompt.item_part.removesuffix(bare.item_part) for prompt in others]
        return Layout.around(bare, mark), "", [(Turn("user", (text,)),) for text in texts]
    own = bare.turns[bare.opening :]
    item = others[0].turns[-len(own) :]
    lead = own[0].content.removesuffix(item[0].content)
    layout = Layout.around(Prompt.chat(bare.turns[: bare.opening], item), mark)
    turns = [_without(lead, prompt.turns[bare.opening : -len(own)]) for prompt in others]
    return layout, lead, turns


def _without(lead: str, messages: Sequence[Message]) -> tuple[Turn, ...]:
    """The messages as turns, the first without what opens it."""
    first, *rest = messages
    turns = [Turn(first.role, (first.content.removeprefix(lead),))]
    return (*turns, *(Turn(message.role, (message.content,)) for message in rest))
