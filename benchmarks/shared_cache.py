"""Whether `transformers/local` answers from its shared cache as the model does from whole prompts.

Items of several lengths stand behind shared blocks of several lengths: shorter than the model's
sliding window, across its end, and beyond it. Each reply is compared with transformers' `generate`
on the whole prompt alone, each label's log-probability with a forward over prompt and label, each
label behind a rationale with a forward over prompt, rationale, cue and label. Exits with 1 where a
reply or a label differs, or a log-probability by more than 0.001.

    python benchmarks/shared_cache.py MODEL [--blocks 300,510,900] [--items 6] [--tokens 12]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

TOLERANCE = 1e-3
LABELS = (" positive", " negative", " neither of them")
CUE = "\nThe answer is"
SENTENCES = (
    "The river was quiet in the morning and the boats lay still.",
    "Nobody in the village had seen so much snow in one night.",
    "She read the letter twice, folded it and put it away.",
    "A good meal, a warm room, and the noise of the street below.",
)


def block(tokenizer: Any, tokens: int) -> str:
    """Numbered sentences of about so many tokens."""
    text, number = "", 0
    while len(tokenizer(text)["input_ids"]) < tokens:
        number += 1
        text += f"{number}. {SENTENCES[number % len(SENTENCES)]}\n"
    return text + "\n"


def whole_reply(model: Any, tokenizer: Any, prompt: str, tokens: int) -> str:
    """What transformers writes behind the whole prompt, greedily."""
    ids = tokenizer(prompt, return_tensors="pt")
    reply = model.generate(**ids, max_new_tokens=tokens, do_sample=False)
    return str(tokenizer.decode(reply[0, ids["input_ids"].shape[1] :], skip_special_tokens=True))


def whole_logprob(model: Any, tokenizer: Any, prompt: str, label: str) -> float:
    """The log-probability of a label by one forward over prompt and label."""
    import torch

    start = len(tokenizer(prompt)["input_ids"])
    ids = tokenizer(prompt + label, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        logprobs = model(input_ids=ids, use_cache=False).logits[0].float().log_softmax(-1)
    return sum(float(logprobs[at - 1, ids[0, at]]) for at in range(start, ids.shape[1]))


def compare(name: str, blocks: Sequence[int], count: int, tokens: int) -> bool:
    """Prints one line for each block and way to answer; whether all answers are equal."""
    import torch
    import transformers
    from amplify_transformers.generate.provider import LocalProvider
    from amplify_transformers.models import files
    from amplify_transformers.options import LocalOptions

    from amplify import Completion, Context, Prompt, Request

    torch.set_num_threads(1)
    folder = files.find(name, Context()).weights
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    kind: Any = transformers.AutoModelForCausalLM
    model = kind.from_pretrained(folder, dtype=torch.float32).eval()
    window = getattr(model.config, "sliding_window", None)
    print(f"{name}: {model.config.model_type}, sliding window {window}", flush=True)
    local = LocalProvider(LocalOptions(model=name, chat="off", dtype="float32"), Context())
    equal = True
    for size in blocks:
        shared = block(tokenizer, size)
        items = [
            " ".join(SENTENCES[: 1 + i % len(SENTENCES)]) + f" ({i})\nReview:" for i in range(count)
        ]
        for answer in ("write", "rank", "complete"):
            asked = [
                Request(
                    Prompt(shared, item),
                    "arm",
                    str(i),
                    tokens,
                    labels=() if answer == "write" else LABELS,
                    writes_first=answer == "complete",
                    cue=CUE if answer == "complete" else "",
                )
                for i, item in enumerate(items)
            ]
            same, furthest, cached = 0, 0.0, 0
            for index, reply in local.complete(asked):
                assert isinstance(reply, Completion), reply
                prompt = shared + items[index]
                cached = reply.usage.cached if reply.usage else 0
                right = True
                if answer != "rank":
                    whole = whole_reply(model, tokenizer, prompt, tokens)
                    right = reply.text == whole
                    if not right:
                        print(f"  {reply.text!r} is not {whole!r}")
                if answer == "complete":
                    prompt += reply.text.rstrip() + CUE
                for label, logprob in reply.logprobs:
                    expected = whole_logprob(model, tokenizer, prompt, label)
                    furthest = max(furthest, abs(logprob - expected))
                same += right
            equal = equal and same == count and furthest <= TOLERANCE
            print(
                f"block of {size} tokens, {answer}: {same} of {count} equal, log-probabilities"
                f" within {furthest:.1e}, {cached or 0} tokens from the cache",
                flush=True,
            )
    return equal


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a folder, a GGUF file or a hub id")
    parser.add_argument("--blocks", default="300,510,900", help="tokens of the shared blocks")
    parser.add_argument("--items", type=int, default=6, help="items behind each block (6)")
    parser.add_argument("--tokens", type=int, default=12, help="tokens of a reply (12)")
    given = parser.parse_args()
    blocks = [int(size) for size in given.blocks.split(",")]
    sys.exit(not compare(given.model, blocks, given.items, given.tokens))


if __name__ == "__main__":
    main()
