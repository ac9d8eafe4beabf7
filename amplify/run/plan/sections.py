"""The sections of a plan that are settings alone: their names and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta

from amplify.contract.calls import AnswerMode
from amplify.contract.options import option
from amplify.loop.compare.metrics import Metric
from amplify.loop.data.draw_pool import DrawFrom
from amplify.loop.prompt.arm import Calibration, RepeatsBy, Unread

Size = int | float | Literal["all"]
"""A count (int), a share of the items (float), or "all" that is left."""


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
    test: Size = option(
        0.3,
        help="what accuracy is measured on; or a file with the official test split, for a task with"
        " the option `test`",
    )
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
    """`[worth]`: whether, and how, a run measures what the demonstrations of a prompt are worth,
    and what answers to it rest on."""

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
    answers: int = option(
        0,
        help="of how many test items, the first ones, the LLM's answer is attributed to the parts"
        " of its prompt; 0: of none. For local models whose labels are ranked",
    )
    answer_of: tuple[str, ...] = option(
        (), help="the ids of further test items whose answers are attributed"
    )
    explainer: Annotated[
        str | dict[str, Any],
        Meta(description="a component's name, or a table of `use` and its options"),
    ] = option(
        "captum/shapley-sampling",
        help="what attributes the answers: an explainer that asks a proxy for scores alone",
    )

    @property
    def measures(self) -> bool:
        """Whether anything is measured, or attributed, at all."""
        return self.items > 0 or self.attributes

    @property
    def attributes(self) -> bool:
        """Whether answers are attributed."""
        return self.answers > 0 or bool(self.answer_of)


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
