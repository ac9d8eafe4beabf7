"""What `explain.py` measures: each method as ours, and the tutorial ways that it is set beside."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import explain_rivals as rivals
import torch
from amplify_captum.contrast import Lead
from amplify_captum.gradients import product
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.models.onednn import FrozenLinear
from amplify_transformers.options import ClassifierOptions, VerbalizerOptions
from amplify_transformers.verbalizer.proxy import Verbalizer
from explain_setup import LABELS, PROMPT, Size

from amplify import Claim, Context, Example, pool_tokens, word_ranges

Side = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class Case:
    """A method: our way, the rivals', the goal for the first rival, and the texts.

    `scores` and `reference` are ours and the rival's scores of the texts' tokens, or of their
    words, where they are to be compared.
    """

    name: str
    ours: Side
    others: dict[str, Side]
    goal: float
    texts: Sequence[str]
    scores: Side | None = None
    reference: Side | None = None


class Ours:
    """A fitted proxy of ours, and its explainers by their names."""

    def __init__(self, size: Size, kernel: Any, dtype: Any) -> None:
        context = Context(device="auto")
        if size.causal:
            self.proxy: Any = Verbalizer(
                VerbalizerOptions(model=size.folder, prompt=PROMPT, kernel=kernel, dtype=dtype),
                context,
            )
        else:
            self.proxy = Classifier(
                ClassifierOptions(model=size.folder, epochs=0, kernel=kernel, dtype=dtype), context
            )
        self.forget()

    def forget(self) -> None:
        """Lose what was scored before, so that no repeat lives on the last one's answers."""
        self.proxy.fit([], LABELS)
        if isinstance(self.proxy, Verbalizer):
            self.proxy._memo = type(self.proxy._memo)()

    def kernel(self) -> str:
        """The matrix product in use."""
        net = self.proxy.model if isinstance(self.proxy, Verbalizer) else self.proxy.fitted.network
        return "oneDNN" if any(isinstance(m, FrozenLinear) for m in net.modules()) else "default"

    def explain(self, name: str, **options: Any) -> Side | None:
        """The explainer `plugin/name` on texts; None where it is not installed."""
        plugin, _, short = name.partition("/")
        try:
            declared = import_module(f"amplify_{plugin}.plugin").amplify_explainers()
        except ImportError:
            return None
        component = next((c for c in declared if c.name == short), None)
        if component is None:
            return None
        module, _, factory = component.factory.partition(":")
        made = getattr(import_module(module), factory)(component.options(**options), Context())
        return lambda texts: made.explain(self.proxy, claims(texts))

    def products(self, contrast: bool) -> Side:
        """Our gradient x input by token of the text."""

        def scores(texts: Sequence[str]) -> rivals.Scores:
            asked, found = claims(texts), {}
            for batch in self.proxy.batches([claim.example for claim in asked]):
                chosen = [asked[index] for index in batch.indices]
                values = product(Lead(batch, chosen, "logits", contrast), batch).scores
                for row, index in enumerate(batch.indices):
                    inside = [i for i, place in enumerate(batch.offsets[row]) if place]
                    found[index] = values[row, inside].cpu()
            return [found[index] for index in range(len(texts))]

        return scores

    def words(self, texts: Sequence[str], rows: rivals.Scores) -> rivals.Scores:
        """A rival's scores of the texts' tokens, added up to those of our words."""
        found = {}
        for batch in self.proxy.batches([claim.example for claim in claims(texts)]):
            for row, index in enumerate(batch.indices):
                places = [place for place in batch.offsets[row] if place]
                scores = rows[index][: len(places)].tolist()  # a prompt goes on after the text
                spans, *_ = pool_tokens(texts[index], places, scores, "sum")
                found[index] = torch.tensor([span.score for span in spans])
        return [found[index] for index in range(len(texts))]

    def bare(self, texts: Sequence[str]) -> Side:
        """Forward and backward over the batches of `texts`, which are made beforehand."""
        batches = list(self.proxy.batches([claim.example for claim in claims(texts)]))

        def run(_: Sequence[str]) -> None:
            for batch in batches:
                leaf = batch.embeddings.requires_grad_()
                logits = batch.forward(leaf, *batch.arguments)
                torch.autograd.grad((logits[:, 1] - logits[:, 0]).sum(), leaf)

        return run


def claims(texts: Sequence[str]) -> list[Claim]:
    """Claims for the second label against the first."""
    return [
        Claim(Example(str(i), text, LABELS[1]), LABELS[1], LABELS[0])
        for i, text in enumerate(texts)
    ]


def cases(size: Size, ours: Ours, texts: Sequence[str], samples: int) -> Iterator[Case]:
    """What is measured on a model of that size; `samples` for a text of LIME and of SHAP."""
    tutorial = rivals.Tutorial(size)
    yield from gradients(size, ours, tutorial, texts)
    # A model of BERT-base's size is asked hundreds of times for each text: the shortest.
    short = sorted(texts, key=len)[: 2 if size.name == "mini" else 1]
    yield from paths(ours, tutorial, texts[:3] if size.name == "mini" else short)
    yield from dropped(
        ours, tutorial, short, samples // {"mini": 1, "base": 3, "gpt2": 4}[size.name]
    )


def gradients(
    size: Size, ours: Ours, tutorial: rivals.Tutorial, texts: Sequence[str]
) -> Iterator[Case]:
    """Gradient x input, plain and contrastive, and what both could be at most."""
    some = texts[: {"mini": 16, "base": 6, "gpt2": 6}[size.name]]
    contrastive = ours.explain("captum/contrastive-input-x-gradient")
    plain = ours.explain("captum/input-x-gradient")
    assert plain is not None  # declared beside what is imported above
    assert contrastive is not None
    bare = {"bare": ours.bare(some)}
    if not size.causal:
        yield Case(
            "gradient x input",
            plain,
            {"captum loop": tutorial.input_x_gradient, **bare},
            1.8,
            some,
            ours.products(False),
            tutorial.input_x_gradient,
        )
    yield Case(
        "contrastive gradient x input",
        contrastive,
        {"captum, two calls": tutorial.contrastive, **bare},
        8.5 if size.causal else 3.4,
        some,
        ours.products(True),
        tutorial.contrastive,
    )


def paths(ours: Ours, tutorial: rivals.Tutorial, texts: Sequence[str]) -> Iterator[Case]:
    """Integrated gradients of the contrast by their default, by few nodes, and by one."""
    for name, method, options in (
        ("integrated gradients", "captum/integrated-gradients", {}),
        (
            "integrated gradients, 16 nodes",
            "captum/integrated-gradients",
            {"nodes": 16, "most": 16},
        ),
        (
            "integrated gradients, 12 nodes",
            "captum/integrated-gradients",
            {"nodes": 12, "most": 12},
        ),
        ("midpoint", "captum/midpoint", {}),
    ):
        path = ours.explain(method, pooling="sum", contrast=True, **options)
        assert path is not None  # declared beside what is imported above
        yield Case(
            name,
            path,
            {"captum, 50 steps": tutorial.integrated_gradients},
            4.5,
            texts,
            functools.partial(_spans, path),
            lambda t: ours.words(t, tutorial.integrated_gradients(t)),
        )


def dropped(
    ours: Ours, tutorial: rivals.Tutorial, texts: Sequence[str], samples: int
) -> Iterator[Case]:
    """LIME and Partition, where they are installed: words are left out, not tokens masked."""
    own = ours.explain("lime/text", samples=samples)
    if own:
        others = {
            "one padded batch": lambda t: rivals.lime(tutorial.probabilities, t, samples),
            "pipeline": lambda t: rivals.lime(tutorial.pipeline(), t, samples),
        }
        if tutorial.size.causal:  # transformers has no pipeline for labels after a prompt
            del others["pipeline"]
        yield Case(f"LIME, {samples} samples", own, others, 2.3, texts)
    # Both score as many texts: ours five for each word, its least.
    own = ours.explain("shap/partition", evaluations=5)
    if own:
        first = texts[:1]
        count = 5 * len(word_ranges(first[0]))
        yield Case(
            f"SHAP partition, {count} scored",
            own,
            {"shap.Explainer": lambda t: rivals.partition(tutorial, t, count)},
            3.0,
            first,
        )


def _spans(explain: Side, texts: Sequence[str]) -> rivals.Scores:
    """The words' scores, in the order of the text."""
    return [torch.tensor([span.score for span in found.spans]) for found in explain(texts)]
