"""How fast the explainers are beside the tutorial way of each library, in one interleaved run.

Each line is a method on a model: the median and the smallest ratio of the rival's time to ours over
the repeats, the seconds a text that ours took, and how far the answers agree (largest difference
against the largest score; share of the ten strongest tokens that is the same). With one thread the
time is that of the processor, with more it is that of the clock. "bare" is a forward and a backward
pass over our own batches and nothing else: what ours could be at most.

    python benchmarks/explain.py [--models mini base gpt2] [--threads 1 all]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
import warnings
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import explain_rivals as rivals
import torch
import transformers
from amplify_transformers.models.onednn import FrozenLinear, is_available
from explain_cases import Case, Ours, cases
from explain_setup import Size, build, passages

TEN = "a short text of ten words comes before all others"
"""What every side is warmed up on."""


def measure(case: Case, ours: Ours, repeats: int, clock: Any) -> None:
    """Print the case's lines: all sides in turn, `repeats` times, after a first run of each."""
    sides = {"ours": case.ours, **case.others}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for side in sides.values():
        side([TEN])
    for repeat in range(repeats):
        for name in list(sides)[:: 1 if repeat % 2 else -1]:
            ours.forget()
            start = clock()
            sides[name](case.texts)
            times[name].append(clock() - start)
    each = statistics.median(times["ours"]) / len(case.texts)
    for name in case.others:
        ratios = [b / a for a, b in zip(times["ours"], times[name], strict=True)]
        goal = 0.95 if name == "bare" else case.goal
        print(
            f"{case.name:36} {name:18} {statistics.median(ratios):6.2f} {min(ratios):6.2f}"
            f" {goal:5.2f} {each:9.4f}",
            flush=True,
        )


def agreement(case: Case) -> None:
    """Print how far our token scores are from the rival's."""
    if case.scores is None or case.reference is None:
        return
    worst, shared = 0.0, []
    for got, found in zip(case.scores(case.texts), case.reference(case.texts), strict=True):
        wanted = found[: len(got)].cpu()  # a prompt goes on after the text
        worst = max(worst, float((got - wanted).abs().max() / wanted.abs().max()))
        top = [set(values.topk(10).indices.tolist()) for values in (got, wanted)]
        shared.append(len(top[0] & top[1]) / 10)
    print(f"{'':36} agreement: {worst:.1e} of the largest; top 10: {statistics.mean(shared):.3f}")


def by_batch_size(size: Size, kernel: Any, dtype: Any, texts: Sequence[str]) -> None:
    """On a GPU: texts a second by padded tokens in a batch, beside captum's loop."""
    tutorial = rivals.Tutorial(size)
    many = list(texts) * (-(-256 // len(texts)))
    for budget in (256, 1024, 4096, 16384, 65536):
        ours = Ours(size, kernel, dtype)
        ours.proxy._budget = type(ours.proxy._budget)(budget, 0.25)
        explain = ours.explain("captum/contrastive-input-x-gradient")
        assert explain is not None  # declared beside what is imported above
        rates = []
        for side, asked in ((explain, many), (tutorial.contrastive, many[:16])):
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
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--samples", type=int, default=200, help="of LIME, for a text of mini")
    parser.add_argument("--kernel", default="auto", choices=["auto", "default", "onednn"])
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--texts", type=int, default=16, help="of 60 to 150 words (16)")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(machine())
    texts = passages(asked.texts)
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
                for case in cases(size, ours, texts, asked.samples):
                    if any(part in case.name for part in asked.cases):
                        measure(case, ours, asked.repeats, clock)
                        agreement(case)


def product_rates(clock: Any, width: int = 768) -> str:
    """Gflop/s of both matrix products at a layer of BERT-base: what bounds all of this."""
    x, weight = torch.randn(640, width), torch.randn(4 * width, width)
    layers = {"default": torch.nn.Linear(width, 4 * width)}
    if is_available():
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
