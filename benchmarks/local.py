"""How fast `transformers/local` answers beside transformers itself and lm-evaluation-harness.

200 items behind a shared block of 1,000 tokens, on a Llama of 20M random weights, made here.
Writing (greedy) is measured against `generate` and the pipeline; ranking, of one-token and of
longer labels, against a forward of the whole prompt for each label. Every round runs all in turn:
the rivals a part of the items, ours all of them, with a fresh provider that has its self-check
behind it but not the block. Loading is not counted. Printed are medians over the rounds of the time
that an item takes, by the clock and of the processor (which a busy machine disturbs less), and each
rival's over ours.

    python benchmarks/local.py [--rounds 4] [--rivals 40] [--lm-eval PYTHON]
    python benchmarks/local.py --model FOLDER [--rounds 4] [--items 48]

With `--model` it measures instead what it costs a real model to be asked for the label behind a
rationale, and what loops cost (`local_rationale.py`). `--lm-eval` names the Python of an
environment that has lm-eval, transformers and torch.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import local_rationale

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

GOALS = {
    "write": (12.0, "generate, one by one"),
    "rank 1": (16.0, "generate, one by one"),
    "rank n": (20.0, "forward, one by one"),
}
BLOCK, ITEMS = 1000, 200
ONE, LONGER = (" yes", " no", " maybe"), (" the first crew", " the second crew", " neither of them")

HARNESS = """
import json, sys, time
given = json.load(sys.stdin)
import torch
torch.set_num_threads(given["threads"])
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
lm = HFLM(pretrained=given["folder"], device="cpu", dtype="float32", batch_size=8)

def ask(kind, pairs):
    asked = [Instance(kind, {}, pair, at) for at, pair in enumerate(pairs)]
    clock, spent = time.perf_counter(), time.process_time()
    found = getattr(lm, kind)(asked, disable_tqdm=True)
    return found, time.perf_counter() - clock, time.process_time() - spent

until = {"until": [chr(0)], "max_gen_toks": given["tokens"], "do_sample": False}
ask("generate_until", [(given["prompts"][0], until)])
out = {"write": ask("generate_until", [(p, until) for p in given["prompts"]])}
for name, labels in given["labels"].items():
    out[name] = ask("loglikelihood", [(p, l) for p in given["prompts"] for l in labels])
print("RESULT" + json.dumps(out))
"""


def build(folder: Path) -> None:
    """A model and its tokenizer in a folder."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=8192, special_tokens=["</s>"], initial_alphabet=alphabet, show_progress=False
    )
    draw = random.Random(0)
    text = [" ".join(words(draw, 60)) for _ in range(400)]
    tokenizer.train_from_iterator([*text, *ONE * 20, *LONGER * 20], trainer)
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", pad_token="</s>"
    )
    fast.save_pretrained(folder)
    config = transformers.LlamaConfig(
        vocab_size=8192,
        hidden_size=384,
        intermediate_size=1024,
        num_hidden_layers=8,
        num_attention_heads=6,
        num_key_value_heads=6,
        max_position_embeddings=4096,
        eos_token_id=0,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(config)
    for parameter in model.parameters():  # sharper than fresh weights, so that answers differ
        parameter.data.mul_(3.0) if parameter.ndim > 1 else None
    model.save_pretrained(folder)


def words(draw: random.Random, count: int) -> list[str]:
    """Made-up words of one to three syllables."""
    syllables = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
    return ["".join(draw.choices(syllables, k=draw.randint(1, 3))) for _ in range(count)]


def texts(folder: Path) -> tuple[str, list[str]]:
    """A shared block of about BLOCK tokens, and ITEMS items of 30 to 60."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    draw = random.Random(1)

    def stretch(tokens: int) -> str:
        text = ""
        while len(tokenizer(text)["input_ids"]) < tokens:
            text += " " + words(draw, 1)[0]
        return text

    return stretch(BLOCK) + "\n\n", [f"Q:{stretch(draw.randint(26, 56))}\nA:" for _ in range(ITEMS)]


class Rivals:
    """transformers itself, on whole prompts."""

    def __init__(self, folder: Path, tokens: int) -> None:
        import torch
        import transformers

        self.torch = torch
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder, padding_side="left")
        self.model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
        self.pipe = transformers.pipeline(
            "text-generation", model=self.model, tokenizer=self.tokenizer, device="cpu"
        )
        self.more = {"do_sample": False, "max_new_tokens": tokens, "pad_token_id": 0}

    def generate(self, prompts: Sequence[str]) -> list[str]:
        found = []
        for prompt in prompts:
            ids = self.tokenizer(prompt, return_tensors="pt")
            with self.torch.inference_mode():
                out = self.model.generate(**ids, **self.more)
            found.append(self.tokenizer.decode(out[0, ids["input_ids"].shape[1] :]))
        return found

    def pipeline(self, prompts: Sequence[str], size: int) -> list[str]:
        given = list(prompts)
        groups = [given] if size > 1 else [[prompt] for prompt in given]
        out = [
            self.pipe(group, batch_size=size, return_full_text=False, **self.more)
            for group in groups
        ]
        return [reply[0]["generated_text"] for group in out for reply in group]

    def forward(self, prompts: Sequence[str], labels: Sequence[str]) -> list[list[float]]:
        """Log-probabilities of labels: a pass a prompt for one-token labels, else one a label."""
        found = []
        for prompt in prompts:
            start = len(self.tokenizer(prompt)["input_ids"])
            rows = [self.tokenizer(prompt + label)["input_ids"] for label in labels]
            single = all(len(row) == start + 1 for row in rows)
            scores, logits = [], None
            for row in rows:
                if logits is None or not single:
                    with self.torch.inference_mode():
                        ids = self.torch.tensor([row[:-1]])
                        out = self.model(ids, logits_to_keep=len(row) - start, use_cache=False)
                    logits = out.logits[0].log_softmax(-1)
                scores.append(sum(float(logits[at, token]) for at, token in enumerate(row[start:])))
            found.append(scores)
        return found


def ours(
    folder: Path, threads: int, shared: str, items: Sequence[str], tokens: int, labels: Any
) -> tuple[Any, float, float]:
    """Our answers to all items, and the seconds that they took by the clock and the processor."""
    from amplify_transformers.generate.provider import LocalProvider
    from amplify_transformers.options import LocalOptions

    from amplify import Context, Prompt, Request

    provider = LocalProvider(
        LocalOptions(model=str(folder), threads=threads), Context(device="cpu")
    )

    def ask(block: str, some: Sequence[str]) -> list[Request]:
        return [
            Request(Prompt(block, own), "arm", str(at), tokens, (), tuple(labels))
            for at, own in enumerate(some)
        ]

    dict(provider.complete(ask(shared[200:], items[:2])))  # another block: the self-check
    clock, spent = time.perf_counter(), time.process_time()
    found = dict(provider.complete(ask(shared, items)))
    clock, spent = time.perf_counter() - clock, time.process_time() - spent
    replies: list[Any] = [found[at] for at in range(len(items))]
    if labels:
        return [[score for _, score in reply.logprobs] for reply in replies], clock, spent
    return [reply.text for reply in replies], clock, spent


def harness(python: str, given: dict[str, Any]) -> dict[str, Any]:
    """What lm-evaluation-harness answers, in an environment of its own."""
    done = subprocess.run(
        [python, "-c", HARNESS],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    line = next((x for x in done.stdout.split("\n") if x.startswith("RESULT")), None)
    if line is None:
        raise SystemExit(f"lm-eval failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(line[len("RESULT") :])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4, help="rounds (4)")
    parser.add_argument("--rivals", type=int, default=40, help="items that rivals answer (40)")
    parser.add_argument("--tokens", type=int, default=5, help="tokens of a reply (5)")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (1)")
    parser.add_argument("--model", default="", help="a model to measure rationales and loops with")
    parser.add_argument("--items", type=int, default=48, help="items with --model (48)")
    parser.add_argument("--lm-eval", default="", help="a Python that has lm-eval")
    given = parser.parse_args()

    import torch
    import transformers

    torch.set_num_threads(given.threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    print(
        f"python {platform.python_version()}, torch {torch.__version__}, transformers"
        f" {transformers.__version__}, {given.threads} threads, {platform.processor()}"
    )
    if given.model:
        local_rationale.compare(given.model, given.items, given.rounds, given.threads)
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        build(folder)
        compare(folder, given)


def compare(folder: Path, given: argparse.Namespace) -> None:
    shared, items = texts(folder)
    rivals = Rivals(folder, given.tokens)
    size = sum(p.numel() for p in rivals.model.parameters())
    length = len(rivals.tokenizer(shared)["input_ids"])
    single = [len(rivals.tokenizer(label)["input_ids"]) for label in ONE]
    print(f"{size / 1e6:.1f}M parameters, block of {length} tokens, {len(items)} items")
    print(
        f"labels of {single} and {[len(rivals.tokenizer(x)['input_ids']) for x in LONGER]} tokens"
    )
    prompts = [shared + own for own in items]
    asked = random.Random(2).sample(range(len(items)), given.rivals)
    ways: dict[str, dict[str, Callable[[list[str]], Any]]] = {
        "write": {
            "generate, one by one": rivals.generate,
            "pipeline, one by one": lambda some: rivals.pipeline(some, 1),
            "pipeline, batches of 8": lambda some: rivals.pipeline(some, 8),
        },
        "rank 1": {"forward, one by one": lambda some: rivals.forward(some, ONE)},
        "rank n": {"forward, one by one": lambda some: rivals.forward(some, LONGER)},
    }
    labels = {"write": (), "rank 1": ONE, "rank n": LONGER}
    times: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    alike: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in (way for group in ways.values() for way in group.values()):
        one(prompts[:2])
    for turn in range(given.rounds):
        part = asked[turn :: given.rounds]
        some = [prompts[at] for at in part]
        mine = {}
        for kind in ways:
            mine[kind], clock, spent = ours(
                folder, given.threads, shared, items, given.tokens, labels[kind]
            )
            times[kind, "ours"].append((clock / len(items), spent / len(items)))
            for name, way in ways[kind].items():
                clock, spent = time.perf_counter(), time.process_time()
                found = way(some)
                clock, spent = time.perf_counter() - clock, time.process_time() - spent
                times[kind, name].append((clock / len(part), spent / len(part)))
                alike[kind, name] += same([mine[kind][at] for at in part], found)
        if given.lm_eval:
            told = harness(
                given.lm_eval,
                {
                    "folder": str(folder),
                    "threads": given.threads,
                    "tokens": given.tokens,
                    "prompts": some,
                    "labels": {kind: labels[kind] for kind in ("rank 1", "rank n")},
                },
            )
            for kind, (found, clock, spent) in told.items():
                times[kind, "lm-eval, batches of 8"].append((clock / len(part), spent / len(part)))
                if kind != "write":
                    count = len(labels[kind])
                    flat = [score for score, _ in found]
                    found = [flat[at : at + count] for at in range(0, len(flat), count)]
                alike[kind, "lm-eval, batches of 8"] += same([mine[kind][at] for at in part], found)
        print(f"\nafter round {turn + 1} of {given.rounds}:")
        show(times, alike)


def same(mine: Sequence[Any], theirs: Sequence[Any]) -> list[bool]:
    """Which texts are equal; which log-probabilities lie within 1e-4."""
    return [
        a == b if isinstance(a, str) else all(abs(x - y) < 1e-4 for x, y in zip(a, b, strict=True))
        for a, b in zip(mine, theirs, strict=True)
    ]


def show(
    times: dict[tuple[str, str], list[tuple[float, float]]],
    alike: dict[tuple[str, str], list[bool]],
) -> None:
    for kind in GOALS:
        clock, spent = (statistics.median(x[at] for x in times[kind, "ours"]) for at in (0, 1))
        print(f"\n{kind}: ours {clock * 1000:.1f} ms an item ({spent * 1000:.1f} of processor)")
        rivals = [(k, name) for k, name in times if k == kind and name != "ours"]
        if kind != "write":  # what it costs to write the label instead
            rivals.append(("write", "generate, one by one"))
        for of, name in rivals:
            theirs = [statistics.median(x[at] for x in times[of, name]) for at in (0, 1)]
            equal = alike[of, name] if of == kind else []
            print(
                f"  {name:24s} {theirs[0] * 1000:8.1f} ms  ratio {theirs[0] / clock:5.1f}"
                f" (processor {theirs[1] / spent:5.1f})"
                + (f"  same answers {sum(equal)}/{len(equal)}" if equal else "")
            )
        goal, base = GOALS[kind]
        print(f"  goal: at least {goal:.0f} times {base}")


if __name__ == "__main__":
    main()
