"""How fast the explainers are beside the tutorial way of each library, in one interleaved run.

Each line is a method on a model: the median and the smallest ratio of the rival's time to ours over
the repeats, the seconds a text that ours took, and how far the answers agree (largest difference
against the largest score; share of the ten strongest tokens that is the same). With one thread the
time is that of the processor, with more it is that of the clock. "bare" is a forward and a backward
pass over our own batches and nothing else: what ours could be at most.

    python benchmarks/explain.py [--quick] [--models mini base gpt2] [--threads 1 all]
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import explain_rivals as rivals
import torch
import transformers
from amplify_captum.contrast import Lead
from amplify_captum.gradients import product
from amplify_transformers.classifier import Classifier
from amplify_transformers.kernel import FrozenLinear, works
from amplify_transformers.options import ClassifierOptions, VerbalizerOptions
from amplify_transformers.verbalizer import Verbalizer
from explain_setup import LABELS, PROMPT, Size, build, passages

from amplify import Claim, Context, Example, pool_tokens

Side = Callable[[Sequence[str]], Any]


@dataclass(frozen=True)
class Case:
    """A method: our way, the rivals', the goal for the first rival, and our token scores."""

    name: str
    ours: Side
    others: dict[str, Side]
    goal: float
    texts: int
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
        net = (
            self.proxy._model if isinstance(self.proxy, Verbalizer) else self.proxy._ready().network
        )
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
        """A rival's token scores, specials included, added up to those of our words."""
        found = {}
        for batch in self.proxy.batches([claim.example for claim in claims(texts)]):
            for row, index in enumerate(batch.indices):
                places = batch.offsets[row][: len(rows[index])]
                spans, *_ = pool_tokens(texts[index], places, rows[index].tolist(), "sum")
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


def cases(
    size: Size, ours: Ours, quick: bool, samples: int, texts: Sequence[str]
) -> Iterator[Case]:
    """What is measured on a model of that size."""
    tutorial = rivals.Tutorial(size)
    count = {"mini": 16, "base": 6, "gpt2": 6}[size.name] // (4 if quick else 1)
    few = 1 if quick else {"mini": 3, "base": 2, "gpt2": 1}[size.name]
    contrastive = ours.explain("captum/contrastive-input-x-gradient")
    assert contrastive is not None  # declared beside what is imported above
    if size.causal:
        yield Case(
            "causal contrastive gradient x input",
            contrastive,
            {"captum, two calls": tutorial.causal_contrastive, "bare": ours.bare(texts[:count])},
            8.5,
            count,
            ours.products(True),
            tutorial.causal_contrastive,
        )
        return
    plain = ours.explain("captum/input-x-gradient")
    assert plain is not None  # as above
    yield Case(
        "gradient x input",
        plain,
        {"captum loop": tutorial.input_x_gradient, "bare": ours.bare(texts[:count])},
        1.8,
        count,
        ours.products(False),
        lambda t: [row[1:-1] for row in tutorial.input_x_gradient(t)],
    )
    yield Case(
        "contrastive gradient x input",
        contrastive,
        {"captum, two calls": tutorial.contrastive},
        3.4,
        count,
        ours.products(True),
        lambda t: [row[1:-1] for row in tutorial.contrastive(t)],
    )
    for name, options in (("adaptive", {}), ("16 nodes", {"nodes": 16, "most": 16})):
        path = ours.explain("captum/integrated-gradients", pooling="sum", **options)
        if path:
            yield Case(
                f"integrated gradients, {name}",
                path,
                {"captum, 50 steps": tutorial.integrated_gradients},
                4.5,
                few,
                functools.partial(_spans, path),
                lambda t: ours.words(t, tutorial.integrated_gradients(t)),
            )
    if size.name != "mini":
        return
    own = ours.explain("lime/text", samples=samples)
    if own:
        yield Case(
            f"LIME, {samples} samples",
            own,
            {
                "one padded batch": lambda t: rivals.lime(tutorial.probabilities, t, samples),
                "pipeline": lambda t: rivals.lime(tutorial.pipeline(), t, samples),
            },
            2.3,
            1,
        )
    # Both take the same number, ours by the word and at least five for each.
    words = len(texts[0].split())
    each = max(5, samples // words)
    own = ours.explain("shap/partition", evaluations=each)
    if own:
        yield Case(
            f"SHAP partition, {each * words} evaluations",
            own,
            {"shap.Explainer": lambda t: rivals.partition(tutorial, t, each * words)},
            3.0,
            1,
        )


def _spans(explain: Side, texts: Sequence[str]) -> rivals.Scores:
    """The words' scores, in the order of the text."""
    return [torch.tensor([span.score for span in found.spans]) for found in explain(texts)]


def measure(case: Case, ours: Ours, texts: Sequence[str], repeats: int, clock: Any) -> None:
    """Print the case's lines: all sides in turn, `repeats` times, after a first run of each."""
    sides = {"ours": case.ours, **case.others}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for side in sides.values():
        side(texts[:1])
    for repeat in range(repeats):
        for name in list(sides)[:: 1 if repeat % 2 else -1]:
            ours.forget()
            start = clock()
            sides[name](texts)
            times[name].append(clock() - start)
    each = statistics.median(times["ours"]) / len(texts)
    for name in case.others:
        ratios = [b / a for a, b in zip(times["ours"], times[name], strict=True)]
        goal = 0.95 if name == "bare" else case.goal
        print(
            f"{case.name:36} {name:18} {statistics.median(ratios):6.2f} {min(ratios):6.2f}"
            f" {goal:5.2f} {each:9.4f}",
            flush=True,
        )


def agreement(case: Case, texts: Sequence[str]) -> None:
    """Print how far our token scores are from the rival's."""
    if case.scores is None or case.reference is None:
        return
    worst, shared = 0.0, []
    for got, found in zip(case.scores(texts), case.reference(texts), strict=True):
        wanted = found[: len(got)].cpu()  # a prompt goes on after the text
        worst = max(worst, float((got - wanted).abs().max() / wanted.abs().max()))
        top = [set(values.topk(10).indices.tolist()) for values in (got, wanted)]
        shared.append(len(top[0] & top[1]) / 10)
    print(f"{'':36} agreement: {worst:.1e} of the largest; top 10: {statistics.mean(shared):.3f}")


def by_batch_size(size: Size, kernel: Any, dtype: Any, texts: Sequence[str]) -> None:
    """On a GPU: texts a second by padded tokens in a batch, beside captum's loop."""
    tutorial = rivals.Tutorial(size)
    loop = tutorial.causal_contrastive if size.causal else tutorial.contrastive
    many = list(texts) * (-(-256 // len(texts)))
    for budget in (256, 1024, 4096, 16384, 65536):
        ours = Ours(size, kernel, dtype)
        ours.proxy._budget = type(ours.proxy._budget)(budget, 0.25)
        explain = ours.explain("captum/contrastive-input-x-gradient")
        assert explain is not None  # declared beside what is imported above
        rates = []
        for side, asked in ((explain, many), (loop, many[:16])):
            side(asked[:8])
            torch.cuda.synchronize()
            start = time.perf_counter()
            side(asked)
            torch.cuda.synchronize()
            rates.append(len(asked) / (time.perf_counter() - start))
        print(
            f"  {size.name} {budget:6} tokens: {rates[0]:8.1f} texts/s, captum {rates[1]:8.1f},"
            f" ratio {rates[0] / rates[1]:.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["mini", "base", "gpt2"])
    parser.add_argument("--cases", nargs="+", default=[""], help="parts of the methods' names")
    parser.add_argument("--threads", nargs="+", default=["1", "all"], help="numbers, or all")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--samples", type=int, default=500, help="of LIME and SHAP, for a text")
    parser.add_argument("--kernel", default="auto", choices=["auto", "default", "onednn"])
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--quick", action="store_true", help="fewer texts")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(machine())
    texts = passages(16)
    print(f"{len(texts)} texts of {', '.join(str(len(t.split())) for t in texts)} words")
    with tempfile.TemporaryDirectory() as folder:
        sizes = [build(name, Path(folder) / name) for name in asked.models]
        if torch.cuda.is_available():
            for size in sizes:
                by_batch_size(size, "auto", asked.dtype, texts)
            return
        for threads in asked.threads:
            number = os.cpu_count() or 1 if threads == "all" else int(threads)
            torch.set_num_threads(number)
            clock = time.process_time if number == 1 else time.perf_counter
            print(f"\n{number} thread(s), float32 products in Gflop/s: {product_rates(clock)}")
            for size in sizes:
                ours = Ours(size, asked.kernel, asked.dtype)
                print(f"\n{size.name}, {number} thread(s), {ours.kernel()} product, {asked.dtype}")
                print(f"{'method':36} {'rival':18} {'median':>6} {'least':>6} {'goal':>5} s a text")
                for case in cases(size, ours, asked.quick, asked.samples, texts):
                    if any(part in case.name for part in asked.cases):
                        chosen = texts[: case.texts]
                        measure(case, ours, chosen, asked.repeats, clock)
                        agreement(case, chosen)


def product_rates(clock: Any, width: int = 768) -> str:
    """Gflop/s of both matrix products at a layer of BERT-base: what bounds all of this."""
    x, weight = torch.randn(640, width), torch.randn(4 * width, width)
    layers = {"default": torch.nn.Linear(width, 4 * width)}
    if works():
        layers["oneDNN"] = FrozenLinear(weight, torch.zeros(4 * width), packed=True)
    best = dict.fromkeys(layers, float("inf"))
    with torch.no_grad():
        for _ in range(15):
            for name, layer in layers.items():
                start = clock()
                layer(x)
                best[name] = min(best[name], clock() - start)
    work = 2 * 640 * weight.numel() / 1e9
    return ", ".join(f"{name} {work / seconds:.0f}" for name, seconds in best.items())


def machine() -> str:
    """The processor and the versions of what is compared."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        fields = dict(
            line.split("\t:", 1) for line in info.read_text().splitlines() if "\t:" in line
        )
        cpu = ", ".join(
            f"{key} {fields[key].strip()}"
            for key in ("model name", "cpu family", "model")
            if key in fields
        )
    found = [f"{cpu}, {os.cpu_count()} cores", f"Python {platform.python_version()}"]
    for name in ("torch", "transformers", "captum", "lime", "shap"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return "; ".join(found)


if __name__ == "__main__":
    main()
