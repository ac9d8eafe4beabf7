"""The plan of a run: one frozen object, from a TOML file and the command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from amplify.contract.calls import AnswerMode
from amplify.contract.options import option
from amplify.loop.compare.metrics import Metric
from amplify.loop.data.draw_pool import DrawFrom
from amplify.loop.explain.keywords import Mask
from amplify.loop.prompt.arm import Calibration, RepeatsBy, Unread

Size = int | float | Literal["all"]
"""A count (int), a share of the items (float), or "all" that is left."""


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
class RunSection:
    """`[run]`: what belongs to the run as a whole."""

    seed: int = option(0, help="seed of every random choice")
    out: str | None = option(None, help="run folder (default: runs/TASK-TIME)")
    limit: int | None = option(None, help="measure on at most so many test items")
    device: str = option("auto", help="auto, cpu, cuda, mps: where local models run")
    parser: Literal["default", "published"] = option(
        "default", help="how answers are read: default (lenient) or published (the BBH authors')"
    )
    focus: str | None = option(
        None, help="the arm that the others are compared with (default: amplify, else the last)"
    )
    draws: int = option(
        1,
        help="how often the arms draw demonstrations anew; from 2 on the verdict is on methods, not"
        " on prompts alone",
    )
    draw_from: DrawFrom = option(
        "half",
        help="what each of several draws chooses from: a random half of the pool, a bootstrap"
        " sample of it, or its own one of as many disjoint parts",
    )
    choose_on: int = option(
        50,
        help="by how many pool items, which none of their draws shows, the best draw of the focus"
        " and of its baseline is chosen; 0: none is chosen",
    )
    answer: AnswerMode = option(
        "write",
        help="how the arms answer that do not say it: write a reply, which is read; rank the"
        " labels, the likeliest is the answer; or complete: write the rationale alone, behind"
        " which the labels are ranked",
    )
    calibrate: Calibration = option(
        "none",
        help="how arms correct the LLM's preference for a label that ask for the label and do not"
        " say it: not at all; context: by its answers to inputs without content; batch: by its"
        " answers to pool items",
    )
    calibrate_on: int = option(
        50, help="by how many pool items, which it does not show, an arm calibrates by a batch"
    )
    abstain: float | None = option(
        None,
        help="how probable (0 to 1) the likeliest label has to be, so that an arm that asks for the"
        " label and says nothing else answers with it",
    )
    unread: Unread = option(
        "count",
        help="what becomes of replies that cannot be read, in arms that do not say it: they are"
        " counted; or ask: the LLM is asked for its answer in a second, short call on each",
    )
    repeats: int = option(
        1,
        help="how often the arms ask each item that do not say it; above 1 the majority vote is the"
        " answer",
    )
    repeats_by: RepeatsBy = option(
        "sampling",
        help="what tells the repeats apart, in arms that do not say it: the LLM samples anew, or by"
        " order: the demonstrations stand in another order",
    )
    faithfulness: bool = option(
        True, help="measure how faithful each explanation is to the proxy, against random words"
    )
    base: str = option("", help="folder that relative paths start from (set when a run is stored)")


@dataclass(frozen=True)
class SplitSection:
    """`[split]`: shares (0.4) or counts (40) of the three disjoint splits."""

    train: Size = option(0.4, help="what the proxy is fitted on")
    pool: Size = option(0.3, help="what demonstrations are picked from")
    test: Size = option(0.3, help="what accuracy is measured on")
    folds: int = option(0, help="above 0: train is the pool, cross-fitted in so many folds")
    seed: int | None = option(
        None, help="seed of generated items and of the split (default: that of the run)"
    )
    held_out: str | None = option(
        None,
        help='"2/5": measure on part 2 of 5 of the pool in place of test, to choose without it',
    )


@dataclass(frozen=True)
class SurveySection:
    """`[survey]`: whose errors selectors look at."""

    arm: str | None = option(None, help="the arm whose prompt asks the LLM for the pool's errors")
    errors: Literal["llm", "proxy", "both", "none"] = option(
        "llm", help="what counts as an error: llm, proxy, both (both wrong), none (no filter)"
    )


@dataclass(frozen=True)
class VerdictSection:
    """`[verdict]`: what the focus arm is judged against, and what a run must show."""

    baseline: str | None = option(
        None, help="the arm that a gain is measured against (default: answer-only)"
    )
    metric: Metric = option(
        "accuracy",
        help="what arms are compared by: accuracy, macro-f1, balanced-accuracy or mcc",
    )
    min_gain: float | None = option(
        None, help="points that the 95% interval of the gain must reach, else exit code 4"
    )
    max_p: float | None = option(
        None, help="the highest p-value (after Holm) of a gain, else exit code 4"
    )


@dataclass(frozen=True)
class WorthSection:
    """`[worth]`: whether, and how, a run measures what the demonstrations of a prompt are worth."""

    items: int = option(
        0,
        help="by how many pool items, which the prompt does not show, it is measured what each"
        " demonstration and each rationale is worth; 0: it is not",
    )
    arm: str | None = option(
        None, help="the arm whose demonstrations these are (default: the focus)"
    )
    permutations: int = option(
        100,
        help="most permutations for Shapley values, which stop once these are precise; 0: each"
        " demonstration is left out, and no Shapley value is computed",
    )
    prune: bool = option(
        False,
        help="drop what is shown to hurt, and answer the test items by what is left of the prompt",
    )


@dataclass(frozen=True)
class GuardsSection:
    """`[guards]`: what a run refuses to go on with."""

    leaks: Literal["refuse", "note"] = option(
        "refuse", help="test items among demonstrations or in train: refuse, or note and go on"
    )
    alike: Literal["refuse", "note"] = option(
        "refuse",
        help="a focus arm with an explainer that gives none of its demonstrations a rationale, or"
        " that asks what its baseline or a control asks: refuse, or note and go on",
    )


@dataclass(frozen=True)
class CallsSection:
    """`[calls]`: how a service is asked. Nothing here changes what is asked or what comes back."""

    concurrency: int = option(16, help="most calls in flight")
    retries: int = option(5, help="how often a failed call is tried again; 0: never")
    backoff: float = option(0.5, help="seconds before the first retry; they double")
    timeout: float = option(120.0, help="seconds until a call without a whole reply has failed")
    max_pause: float = option(
        120.0, help="longest wait in seconds that a server may ask for; beyond it the run stops"
    )
    requests_per_minute: float | None = option(None, help="most calls a minute")
    tokens_per_minute: float | None = option(None, help="most tokens a minute, replies included")
    cache: bool = option(True, help="take replies of a service from the cache, and keep them there")
    cache_megabytes: int = option(1000, help="most that the cache takes on disk")
    cache_days: float | None = option(None, help="replies that are older are asked again")
    prices: str | None = option(None, help="TOML file with the prices of models")
    max_calls: int | None = option(None, help="stop after so many calls")
    max_tokens: int | None = option(None, help="stop before more tokens are used")
    max_cost: float | None = option(None, help="stop before more is spent, in the prices' currency")
    max_seconds: float | None = option(None, help="stop asking after so many seconds")


@dataclass(frozen=True)
class TuneSection:
    """`[tune]`: arms that are raced before one of them is tested. Without it there is no race."""

    validation: int | float | None = option(
        None,
        help="how many pool items, or which share of them, the contenders are raced on (default:"
        " 100, or half of the pool where that is less)",
    )
    arms: tuple[str, ...] = option(
        (), help="the arms that are raced, each draw a contender (default: all)"
    )
    contenders: int | None = option(
        None, help="the most contenders: of a larger space a seeded sample is raced"
    )
    alpha: float = option(
        0.05, help="the largest chance that the best contender is dropped as shown to be behind"
    )
    space: int | None = option(
        None, help="how many contenders the space had, of which a sample is raced (set when stored)"
    )


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
    run: RunSection = RunSection()
    split: SplitSection = SplitSection()
    survey: SurveySection = SurveySection()
    verdict: VerdictSection = VerdictSection()
    worth: WorthSection = WorthSection()
    guards: GuardsSection = GuardsSection()
    calls: CallsSection = CallsSection()
    tune: TuneSection | None = None

    @property
    def focus(self) -> str:
        """The arm that the others are compared with."""
        names = [arm.name for arm in self.arms]
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
