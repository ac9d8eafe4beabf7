"""The plan of a run: one frozen object, from a TOML file and the command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from amplify.contract.calls import AnswerMode
from amplify.loop.explain.keywords import Mask
from amplify.loop.prompt.arm import Calibration, RepeatsBy, Unread
from amplify.run.plan.sections import (
    CallsSection,
    GuardsSection,
    RunSection,
    SplitSection,
    SurveySection,
    TuneSection,
    VerdictSection,
    WorthSection,
)


@dataclass(frozen=True)
class Ref:
    """A component by name, with the options that the plan gives it."""

    use: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bare(self) -> Ref:
        """The same component, one of the built-in plugin without the plugin's name."""
        return replace(self, use=self.use.removeprefix("builtin/"))

    def table(self) -> Any:
        """The TOML form: a name, or a table of `use` and the options."""
        return {"use": self.use, **self.options} if self.options else self.use


@dataclass(frozen=True)
class ArmPlan:
    """`[[arms]]`: one way of building the prompt.

    `control_of` names the arm that this one is a control of: the same but for what `tests` says,
    a plural phrase ("the key words"), so that a test against it tells whether that matters.
    `target` "foil" is a control too: the explainer is asked what speaks for a wrong label.
    `selection_explainer` explains the candidates, for a selector that needs explanations: that of
    the arm which the selector was taken over from. None: the arm's own explainer. `draws` is how
    often the arm draws demonstrations anew. None: as often as `[run]` says. `answer` is how the LLM
    answers. None: as the template is declared, else as `[run]` says. `calibrate` is how the LLM's
    preference for a label is corrected, `abstain` how probable the likeliest label has to be, so
    that it is the answer (0: it always is). None: as `[run]` says, where the LLM is asked for the
    label. `unread` says what becomes of replies that cannot be read. None: as `[run]` says, where
    the LLM writes. `repeats` is how often each item is asked, `repeats_by` what tells the repeats
    apart. None: as `[run]` says. `instruction` is what its prompt begins with. None: that of the
    selector, else that of the task.
    """

    name: str
    template: Ref
    selector: Ref | None = None
    explainer: Ref | None = None
    selection_explainer: Ref | None = None
    proxy: Ref | None = None
    shots: int | Literal["max"] = 0
    keywords: int = 5
    mask: tuple[Mask, ...] = ("scaffold", "options")
    target: Literal["truth", "foil"] = "truth"
    control_of: str | None = None
    tests: str = "its rationales"
    draws: int | None = None
    answer: AnswerMode | None = None
    calibrate: Calibration | None = None
    abstain: float | None = None
    unread: Unread | None = None
    repeats: int | None = None
    repeats_by: RepeatsBy | None = None
    instruction: str | None = None

    def without_name(self, proxy: Ref) -> ArmPlan:
        """What the arm does, whatever it is called; `proxy` is that of an arm that names none."""
        nameless = replace(self, name="", control_of=None, tests="", draws=None)
        return replace(nameless, proxy=self.proxy or proxy)

    def table(self) -> dict[str, Any]:
        """The TOML form."""
        table: dict[str, Any] = {"name": self.name}
        for role in ("selector", "explainer", "selection_explainer", "template", "proxy"):
            ref = getattr(self, role)
            if ref is not None:
                table[role] = ref.table()
        if self.instruction is not None:
            table["instruction"] = self.instruction
        table |= {"shots": self.shots, "keywords": self.keywords, "mask": list(self.mask)}
        if self.target != "truth":
            table["target"] = self.target
        if self.draws is not None:
            table["draws"] = self.draws
        if self.answer is not None:
            table["answer"] = self.answer
        if self.calibrate is not None:
            table["calibrate"] = self.calibrate
        if self.abstain is not None:
            table["abstain"] = self.abstain
        if self.unread is not None:
            table["unread"] = self.unread
        if self.repeats is not None:
            table["repeats"] = self.repeats
        if self.repeats_by is not None:
            table["repeats_by"] = self.repeats_by
        if self.control_of is not None:
            table |= {"control_of": self.control_of, "tests": self.tests}
        return table


ONCE_BARE = ("random", "h-mcs", "answer-only", "key-words", "chain-of-thought")
"""Selectors and templates that presets once named without their plugin; digests still do, so that
a run which was stored then is the same run now."""


def _as_stored(arm: ArmPlan) -> ArmPlan:
    """The arm as its plan's digest has it."""
    given = {"selector": arm.selector, "template": arm.template}
    bare: dict[str, Any] = {
        role: ref.bare for role, ref in given.items() if ref and ref.bare.use in ONCE_BARE
    }
    return replace(arm, **bare)


@dataclass(frozen=True)
class Plan:
    """A resolved plan: every choice made, no component looked up yet."""

    task: Ref
    llm: Ref
    proxy: Ref
    arms: tuple[ArmPlan, ...]
    executor: Ref = Ref("builtin/serial")
    run: RunSection = field(default_factory=RunSection)
    split: SplitSection = field(default_factory=SplitSection)
    survey: SurveySection = field(default_factory=SurveySection)
    verdict: VerdictSection = field(default_factory=VerdictSection)
    worth: WorthSection = field(default_factory=WorthSection)
    guards: GuardsSection = field(default_factory=GuardsSection)
    calls: CallsSection = field(default_factory=CallsSection)
    tune: TuneSection | None = None

    @property
    def focus(self) -> str:
        """The arm that the others are compared with; in a race any but the baseline."""
        names = [arm.name for arm in self.arms]
        if self.tune is not None:
            names = [name for name in names if name != self.verdict.baseline] or names
        return self.run.focus or ("amplify" if "amplify" in names else names[-1])

    @property
    def baseline(self) -> str | None:
        """What a gain of the focus is measured against; None where every arm is its control."""
        others = [arm.name for arm in self.arms if arm.name != self.focus]
        plain = [name for name in others if name not in self.controls]
        default = "answer-only" if "answer-only" in plain else next(iter(plain), None)
        return self.verdict.baseline or default

    def draws_of(self, arm: ArmPlan) -> int:
        """How often the arm is to draw its demonstrations."""
        return self.run.draws if arm.draws is None else arm.draws

    @property
    def most_draws(self) -> int:
        """The most draws of an arm."""
        return max(self.draws_of(arm) for arm in self.arms)

    @property
    def calibrates(self) -> bool:
        """Whether any arm may calibrate."""
        return {self.run.calibrate, *(arm.calibrate for arm in self.arms)} - {"none", None} != set()

    @property
    def controls(self) -> dict[str, str]:
        """The controls of the focus, and what each of them tests."""
        return {arm.name: arm.tests for arm in self.arms if arm.control_of == self.focus}

    def table(self) -> dict[str, Any]:
        """The TOML form; reading it again gives this plan."""
        table: dict[str, Any] = {}
        for section in ("run", "split", "survey", "verdict", "guards", "calls"):
            values = asdict(getattr(self, section))
            table[section] = {k: v for k, v in values.items() if v is not None and v != ""}
        if self.tune is not None:
            tune = {key: value for key, value in asdict(self.tune).items() if value is not None}
            table["tune"] = {**tune, "arms": list(self.tune.arms)}
        if self.worth != WorthSection():
            table["worth"] = {k: v for k, v in asdict(self.worth).items() if v is not None}
        for role in ("task", "llm", "proxy", "executor"):
            ref: Ref = getattr(self, role)
            table[role] = {"use": ref.use, **ref.options}
        table["arms"] = [arm.table() for arm in self.arms]
        return table

    @property
    def digest(self) -> str:
        """What identifies the work, wherever and however fast it is done and whatever it is to
        show: sha256 of the plan without its folders, `[verdict]`, `[worth]`, `[calls]` and
        `alike`."""
        table = self.table()
        table["guards"].pop("alike")
        table["run"].pop("out", None)
        table["run"].pop("base", None)
        for key in ("draws", "draw_from", "answer", "calibrate", "unread", "repeats", "repeats_by"):
            if table["run"][key] == getattr(RunSection, key):
                del table["run"][key]
        if not self.calibrates:
            del table["run"]["calibrate_on"]
        if self.most_draws == 1:
            del table["run"]["choose_on"]
        table.pop("verdict")
        table.pop("worth", None)
        table.pop("calls")
        table["arms"] = [_as_stored(arm).table() for arm in self.arms]
        return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()
