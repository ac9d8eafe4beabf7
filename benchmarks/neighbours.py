"""How much faster a local LLM answers where most of an item's demonstrations are shared by all.

TREC items, each behind so many demonstrations: its nearest neighbours, or a random block that all
items share with a few neighbours behind it (`transformers/nearest` with `shared = 0.8`, as in
arXiv 2507.16217). Each round asks both in turn, with a fresh provider that has its self-check
behind it and no block in its cache; labels are ranked. Printed are medians over the rounds of the
time that an item takes, by the clock and of the processor (which a busy machine disturbs less). The
data are read from AMPLIFY_DATA (../shared/data).

    python benchmarks/neighbours.py --model FOLDER [--shots 25] [--items 24] [--rounds 3]
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

POOL = 200
SHARED = {"nearest": 0.0, "nearest behind a shared block": 0.8}


def examples(count: int) -> list[Any]:
    """So many questions of TREC in a seeded order."""
    from amplify import Example

    place = Path(os.environ.get("AMPLIFY_DATA", "../shared/data")) / "trec" / "train.csv"
    with place.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    random.Random(0).shuffle(rows)
    return [Example(f"t{number:03}", *row) for number, row in enumerate(rows[:count])]


def requests(shared: float, shots: int, items: int) -> list[Any]:
    """The requests of the items, each with the demonstrations that the selector chooses for it."""
    from amplify_transformers.neighbours.nearest import Nearest
    from amplify_transformers.options import NearestOptions

    from amplify import Context, Demonstration, Task
    from amplify.builtin.templates.options import PromptOptions
    from amplify.builtin.templates.qa import AnswerOnly
    from amplify.loop.prompt.arm import Arm, PreparedArm
    from amplify.loop.prompt.render import render
    from amplify.loop.select.select_shots import select_shots
    from amplify.loop.survey.candidates import candidates

    every = examples(POOL + items)
    labels = tuple(sorted({example.label for example in every}))
    task = Task("trec", "", labels, pool=tuple(every[:POOL]), test=tuple(every[POOL:]))
    context = Context(device="cpu", labels=labels)
    arm = Arm(
        "arm",
        Nearest(NearestOptions(shared=shared), context),
        None,
        AnswerOnly(PromptOptions(), context),
        shots,
        5,
        (),
        answer="rank",
        per_item=True,
    )
    selection, chosen = select_shots(arm, candidates(task.pool, None, {}, {}, "none"), task)
    shown = tuple(Demonstration(shot.example) for shot in selection.shots)
    return render(arm, PreparedArm("arm", "", shown, chosen=chosen), task.test, labels)


def compare(folder: str, shots: int, items: int, rounds: int, threads: int) -> None:
    """Measure with the model in a folder, such as SmolLM2-135M-Instruct."""
    import transformers
    from amplify_transformers.generate.provider import LocalProvider
    from amplify_transformers.options import LocalOptions

    from amplify import Context

    transformers.logging.disable_progress_bar()
    asked = {name: requests(share, shots, items) for name, share in SHARED.items()}
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for turn in range(rounds):
        for name in list(asked)[:: 1 if turn % 2 else -1]:
            options = LocalOptions(model=folder, chat="off", threads=threads)
            provider = LocalProvider(options, Context(device="cpu"))
            dict(provider.complete(asked["nearest"][:1]))  # loads the model
            clock, spent = time.perf_counter(), time.process_time()
            replies = dict(provider.complete(asked[name])).values()
            clock, spent = time.perf_counter() - clock, time.process_time() - spent
            times[name].append((clock / items, spent / items))
            if turn == 0:
                tokens = sum(reply.usage.input or 0 for reply in replies)
                cached = sum(reply.usage.cached or 0 for reply in replies)
                print(f"{name}: {tokens} tokens of prompts, {cached} of them from the cache")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    medians = {
        name: [statistics.median(pair[at] for pair in times[name]) for at in (0, 1)]
        for name in SHARED
    }
    for name, (clock, spent) in medians.items():
        print(f"{name:30s} {clock * 1000:7.0f} ms an item, {spent * 1000:7.0f} of the processor")
    plain, shared = medians.values()
    print(f"ratio {plain[0] / shared[0]:.2f}, processor {plain[1] / shared[1]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="the folder of a causal language model")
    parser.add_argument("--shots", type=int, default=25, help="demonstrations of an item (25)")
    parser.add_argument("--items", type=int, default=24, help="items (24)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (3)")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (1)")
    given = parser.parse_args()
    compare(given.model, given.shots, given.items, given.rounds, given.threads)


if __name__ == "__main__":
    main()
