"""Measure a model on held-out tasks: `python -m training.evaluate --out DIR`.

Every cell is an arm of an ordinary run of the toolkit: a task and a seed make one run, with the
arms answer-only, true words, proxy-made words, random words and shuffled words at each number of
shots, all over the same test items and (but for their rationales) the same demonstrations. A run
that was cut off goes on where it stopped. Then `training.tables` writes the tables.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from amplify.host import Host
from amplify.run.execute import execute
from amplify.run.plan.read import read_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire
from training.heldout import NAMES, HeldOut, held_out_task
from training.tables import write_tables

SHOTS = (1, 2, 4, 8, 10)
TRAIN, POOL, TEST = 100, 100, 200

PLAN = """
[run]
seed = {seed}
focus = "proxy-{last}"
[task]
use = "jsonl"
path = "items.jsonl"
labels = {labels}
instruction = "Answer with one of: {listed}."
[split]
train = {train}
pool = {pool}
test = {test}
[llm]
use = "{llm}"
{model}
threads = 1
batch_size = 32
[proxy]
use = "transformers/classifier"
threads = 1
[[arms]]
name = "zero-shot"
template = "answer-only"
shots = 0
"""
ARM = """
[[arms]]
name = "{name}-{shots}"
selector = {{ use = "random", balanced = true }}
template = {template}
shots = {shots}
{explainer}
"""


def plan_text(
    task: HeldOut, seed: int, shots: Sequence[int], explainer: str, model: str | None
) -> str:
    """The plan of one run, as TOML."""
    words = ", ".join(f"{json.dumps(k)} = {json.dumps(list(v))}" for k, v in task.keys.items())
    proxy = f"explainer = {json.dumps(explainer)}"
    arms = {
        "answer-only": ('"answer-only"', ""),
        "true": ('"key-words"', f'explainer = {{ use = "lexicon", words = {{ {words} }} }}'),
        "proxy": ('"key-words"', proxy),
        "random": ('"key-words"', 'explainer = "builtin/random"\nmask = []'),
        "shuffled": ('{ use = "key-words", shuffled = true }', proxy),
    }
    text = PLAN.format(
        seed=seed, last=max(shots), labels=json.dumps(list(task.labels)), train=TRAIN, pool=POOL,
        test=TEST, listed=", ".join(task.labels),
        llm="transformers/local" if model else "mini/local",
        model=f"model = {json.dumps(model)}" if model else "",
    )  # fmt: skip
    return text + "".join(
        ARM.format(name=name, shots=count, template=template, explainer=explained)
        for name, (template, explained) in arms.items()
        for count in shots
    )


def run_task(
    name: str, seed: int, shots: Sequence[int], out: Path, explainer: str, model: str | None
) -> None:
    """Run one task with one seed, or finish its run."""
    folder = out / f"{name}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    task = held_out_task(name, seed, TRAIN + POOL + TEST)
    (folder / "keys.json").write_text(json.dumps(task.keys))
    with (folder / "items.jsonl").open("w") as file:
        for text, label in task.items:
            file.write(json.dumps({"text": text, "label": label}) + "\n")
    (folder / "plan.toml").write_text(plan_text(task, seed, shots, explainer, model))
    run = RunFolder(folder / "run")
    if (run.path / "record.json").exists():
        return
    plan = read_plan(folder / "plan.toml")
    execute(wire(plan, Host.load()), run, resume=run.path.exists())


def _counts(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def main() -> None:
    """Read the options, run what is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder of the runs and tables")
    parser.add_argument("--model", help="a model folder; default: the weights that are shipped")
    parser.add_argument("--tasks", default=",".join(NAMES), help="which families")
    parser.add_argument("--seeds", type=_counts, default=(0, 1, 2))
    parser.add_argument("--shots", type=_counts, default=SHOTS)
    parser.add_argument("--explainer", default="captum/midpoint")
    args = parser.parse_args()
    model = str(Path(args.model).resolve()) if args.model else None
    for seed in args.seeds:
        for name in args.tasks.split(","):
            run_task(name, seed, args.shots, Path(args.out), args.explainer, model)
            print(f"{name} {seed} is measured", flush=True)
    write_tables(Path(args.out))


if __name__ == "__main__":
    main()
