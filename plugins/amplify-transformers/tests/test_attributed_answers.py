"""What a local model's answers rest on: against plain transformers, and Captum's own attribution.

A prompt without some of its parts is written here by hand, and scored whole, label by label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise, permutations
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Claim, Context, Demonstration, Example
from amplify.builtin.templates.options import PromptOptions
from amplify.builtin.templates.qa import AnswerOnly
from amplify.contract.progress import silent
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.worth.answer_attribution import PartsAttribution, parts_attribution
from amplify.loop.worth.prompt_parts import Kind, prompt_parts
from amplify.run.cost.prices import FREE
from amplify.run.engine.engine import Engine
from amplify.run.plan.sections import CallsSection
from amplify.run.store.journal import Journal
from amplify.run.worth.answer_scores import AnswerScores, RankedLabels, others

dropping = pytest.importorskip("amplify_captum.dropping", reason="amplify-captum is not there")
options = pytest.importorskip("amplify_captum.options")

LABELS = ("bad", "good")
SHOWN = (
    Demonstration(Example("d0", "a splendid green river", "good")),
    Demonstration(Example("d1", "dreadful music under the table", "bad")),
    Demonstration(Example("d2", "seven gloomy lamps", "bad")),
)
ITEM = Example("i", "the lovely letter walked under rain", "good")
INSTRUCTION = "Which is worse?"
ANSWER = "good"

Make = Callable[..., str]
Value = Callable[[Sequence[Demonstration], str], float]


@contextmanager
def scores_of(
    folder: str, place: Path, kind: Kind, batch_size: int = 8
) -> Iterator[tuple[AnswerScores, Any]]:
    """The answer's scores over the parts of this kind, and these parts."""
    llm = LocalProvider(LocalOptions(model=folder, batch_size=batch_size), Context(device="cpu"))
    template: Any = AnswerOnly(PromptOptions(), Context(labels=LABELS))
    arm = Arm("a", None, None, template, 3, 5, (), answer="rank")
    with (
        Journal(place / "calls.jsonl") as journal,
        Engine(llm, journal, silent, CallsSection(), price=FREE) as engine,
    ):
        prepared = PreparedArm("a", INSTRUCTION, SHOWN)
        (parts,) = (parts for parts in prompt_parts(prepared, ITEM) if parts.kind == kind)
        yield AnswerScores(RankedLabels(engine.require, arm, LABELS), parts, ANSWER), parts


def attributed(
    explainer: Any, folder: str, place: Path, kind: Kind, batch_size: int = 8
) -> PartsAttribution:
    with scores_of(folder, place, kind, batch_size) as (scores, parts):
        claim = Claim(parts.text, ANSWER, others(ANSWER))
        (explanation,) = explainer.explain(scores, [claim])
        whole, bare = scores.predict([parts.text, Example("", "", "")])
        return parts_attribution(parts, explanation, whole.logits[0], bare.logits[0], None)


def shares(found: PartsAttribution) -> list[float]:
    return [share.share for share in found.shares]


def prompt(shown: Sequence[Demonstration], item: str) -> str:
    pairs = "".join(f"Q: {d.example.text}\nA: {d.example.label}\n\n" for d in shown)
    return f"{INSTRUCTION}\n\n{pairs}Q: {item}\nA:"


@pytest.fixture
def folder(make: Make) -> str:
    return make("llama", "causal")


@pytest.fixture
def value(folder: str) -> Value:
    """The log-odds of the answer behind a prompt, by plain transformers."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def log(text: str, label: str) -> float:
        ids, whole = (tokenizer(each)["input_ids"] for each in (text, f"{text} {label}"))
        with torch.inference_mode():
            logs = model(torch.tensor([whole]), use_cache=False).logits[0].log_softmax(-1)
        return sum(float(logs[at - 1, whole[at]]) for at in range(len(ids), len(whole)))

    def log_odds(shown: Sequence[Demonstration], item: str) -> float:
        text = prompt(shown, item)
        return log(text, "good") - log(text, "bad")

    return log_odds


def occlusion() -> Any:
    return dropping.Occlusion(options.OcclusionOptions(), Context())


def shapley(evaluations: int) -> Any:
    sampling = options.SamplingOptions(evaluations=evaluations)
    return dropping.ShapleySampling(sampling, Context(seed=3))


def test_shapley_values_are_those_of_all_orders_and_add_up(
    folder: str, value: Value, tmp_path: Path
) -> None:
    def of(places: Sequence[int]) -> float:
        return value([SHOWN[place] for place in sorted(places)], ITEM.text)

    added: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for order in permutations(range(3)):
        for before, after in pairwise(range(4)):
            added[order[before]].append(of(order[:after]) - of(order[:before]))
    exact = [fmean(added[place]) for place in range(3)]
    found = attributed(shapley(400), folder, tmp_path, "demonstrations")
    assert [share.text for share in found.shares] == ["d0", "d1", "d2"]
    spread = max(map(abs, exact))
    assert shares(found) == pytest.approx(exact, abs=0.1 * spread)
    # Whatever the orders: what each adds in an order adds up to all that the three add.
    few = attributed(shapley(2), folder, tmp_path, "demonstrations")
    for each in (found, few):
        assert sum(shares(each)) == pytest.approx(of([0, 1, 2]) - of([]), abs=1e-3)
        assert each.bare == pytest.approx(of([]), abs=1e-3)
        assert abs(each.gap) < 1e-3
    # Eight coalitions are eight calls, however often they are asked for.
    with Journal(tmp_path / "calls.jsonl") as journal:
        assert len(journal.completions) == 8


def test_words_are_attributed_as_by_captums_own_llm_attribution(
    folder: str, value: Value, tmp_path: Path
) -> None:
    from captum.attr import FeatureAblation, LLMAttribution, TextTemplateInput

    words = ITEM.text.split()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    whole = LLMAttribution(FeatureAblation(model), tokenizer)
    text = TextTemplateInput(
        template=lambda *kept: prompt(SHOWN, " ".join(filter(None, kept))),
        values=words,
        baselines=[""] * len(words),
    )
    # With its cache, Captum 0.9 scores labels of several tokens wrongly on transformers 5.
    good, bad = (
        whole.attribute(text, target=f" {label}", use_cached_outputs=False)
        for label in ("good", "bad")
    )
    found = attributed(occlusion(), folder, tmp_path, "item")
    assert [share.text for share in found.shares] == words
    assert shares(found) == pytest.approx((good.seq_attr - bad.seq_attr).tolist(), abs=1e-3)
    for place, share in enumerate(shares(found)):
        rest = " ".join(word for at, word in enumerate(words) if at != place)
        assert share == pytest.approx(value(SHOWN, ITEM.text) - value(SHOWN, rest), abs=1e-3)


@pytest.mark.parametrize("kind", ["demonstrations", "instruction", "item"])
def test_alone_as_in_batches_and_nothing_is_computed_twice(
    folder: str, tmp_path: Path, embedded: list[tuple[int, ...]], kind: Kind
) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    together.mkdir()
    alone.mkdir()
    found = attributed(occlusion(), folder, together, kind)
    batches = len(embedded)
    assert shares(attributed(occlusion(), folder, alone, kind, batch_size=1)) == pytest.approx(
        shares(found), abs=1e-4
    )
    assert len(embedded) > batches
    made = len(embedded)
    assert attributed(occlusion(), folder, together, kind) == found
    assert len(embedded) == made
