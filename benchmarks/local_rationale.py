"""What it costs the local LLM to be asked for the label behind its rationale, and what loops cost.

SST-2 items behind ten demonstrations with five random words of each as its key words, the rationale
ahead of the answer, at most 100 tokens a reply. Each round runs these in turn, in another order
each time, by the same provider, which has the shared block in its cache:

- replies that end before "The answer is", and the same with the label asked for behind them;
- whole replies, with loops cut, and with loops kept.

Printed are medians over the rounds of the time that an item takes, by the clock and of the
processor (which a busy machine disturbs less), the ratios, and how the replies ended. The data are
read from AMPLIFY_DATA (../shared/data).
"""

from __future__ import annotations

import csv
import os
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STATEMENT = "The answer is"
STOPS = ("\n\n", "\nQ:")
LABELS = (" negative", " positive")
WRITTEN, ASKED = "written up to the statement", "the same, and the label asked for"
CUT, KEPT = "whole replies, loops cut", "whole replies, loops kept"
RATIOS = {
    (ASKED, CUT): "goal: at most 1.05",
    (ASKED, WRITTEN): "without the tokens that state the answer",
    (CUT, KEPT): "goal: at most 0.67",
}


def prompts(items: int) -> Iterator[Any]:
    """The prompts of so many items behind the same ten demonstrations, five of each label."""
    from amplify import Prompt

    place = Path(os.environ.get("AMPLIFY_DATA", "../shared/data")) / "sst2" / "train.csv"
    with place.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    draw = random.Random(0)
    draw.shuffle(rows)
    shared = ""
    for turn in range(10):
        label = LABELS[turn % 2].strip()
        text = next(text for text, known in rows if known == label and len(text.split()) > 5)
        rows.remove((text, label))
        words = ", ".join(draw.sample(text.split(), 5))
        shared += (
            f"Q: {text}\nA: The key words: {words} are important clues to predict {label} as the"
            f" correct answer. {STATEMENT} {label}.\n\n"
        )
    yield from (Prompt(shared, f"Q: {text}\nA:") for text, _ in rows[:items])


def compare(folder: str, items: int, rounds: int, threads: int) -> None:
    """Measure with the model in a folder, such as SmolLM2-135M-Instruct."""
    import transformers
    from amplify_transformers.generate.provider import LocalProvider
    from amplify_transformers.options import LocalOptions

    from amplify import Context, Request

    transformers.logging.disable_progress_bar()
    settings: dict[str, Any] = {"model": folder, "chat": "off", "threads": threads}
    cutting, keeping = (
        LocalProvider(LocalOptions(loops=loops, **settings), Context(device="cpu"))
        for loops in ("cut", "keep")
    )
    asked = {"labels": LABELS, "cue": f" {STATEMENT}", "writes_first": True}
    ways: dict[str, tuple[Any, tuple[str, ...], dict[str, Any]]] = {
        WRITTEN: (cutting, (*STOPS, STATEMENT), {}),
        ASKED: (cutting, (*STOPS, STATEMENT), asked),
        CUT: (cutting, STOPS, {}),
        KEPT: (keeping, STOPS, {}),
    }
    asking = list(prompts(items))
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for turn in range(rounds + 1):  # the first is not counted: self-check, block
        chosen = asking[:2] if turn == 0 else asking
        for name in (*ways, *ways)[turn : turn + len(ways)]:
            provider, stops, more = ways[name]
            requests = [Request(p, "arm", str(i), 100, stops, **more) for i, p in enumerate(chosen)]
            clock, spent = time.perf_counter(), time.process_time()
            replies = dict(provider.complete(requests)).values()
            clock, spent = time.perf_counter() - clock, time.process_time() - spent
            if turn:
                times[name].append((clock / len(chosen), spent / len(chosen)))
            if turn == 1:
                tokens = sum(reply.usage.output or 0 for reply in replies)
                print(f"{name}: {tokens} tokens, {dict(Counter(r.stop for r in replies))}")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    medians = {
        name: [statistics.median(pair[at] for pair in pairs) for at in (0, 1)]
        for name, pairs in times.items()
    }
    for name, (clock, spent) in medians.items():
        print(f"{name:36s} {clock * 1000:7.1f} ms an item, {spent * 1000:7.1f} of the processor")
    for (name, base), remark in RATIOS.items():
        ratios = [medians[name][at] / medians[base][at] for at in (0, 1)]
        print(f"{name} / {base}: {ratios[0]:.3f}, processor {ratios[1]:.3f} ({remark})")
