"""What a local model's answer rests on: amplify's way beside Captum's own `LLMAttribution`.

The words of one item are left out one by one, behind one prompt of six demonstrations: once by
`captum/occlusion` over the run's LLM, and by Captum's `LLMAttribution` for both labels, with its
cache (its default), without, and a label at once. Printed are the processor's seconds, and the
largest difference of a share of the log-odds from that of plain forwards of transformers.

    python benchmarks/llm_attribution.py [MODEL]

MODEL is a folder, or the name of a model that transformers/local takes.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence

os.environ["HF_HUB_OFFLINE"] = "1"

import torch
import transformers
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions
from captum.attr import FeatureAblation, LLMAttribution, TextTemplateInput

from amplify import Completion, Context, Prompt, Request

LABELS = (" thumbs up", " thumbs down")
"""Labels of several tokens, as most labels are."""
SHOWN = (
    ("a moving and warm picture of an old friendship", LABELS[0]),
    ("the jokes are stale and the ending is a cheat", LABELS[1]),
    ("it drags on for two long hours", LABELS[1]),
    ("a bright , quick and very funny film", LABELS[0]),
    ("the cast is fine , the story is not", LABELS[1]),
    ("among the best of the year", LABELS[0]),
)
ITEM = "a slow start , but the last hour is a quiet and lasting pleasure"
SHARED = "Is it thumbs up or thumbs down?\n\n" + "".join(
    f"Q: {text}\nA:{label}\n\n" for text, label in SHOWN
)
WORDS = ITEM.split()

Shares = list[float]


def item_part(kept: Sequence[str]) -> str:
    return f"Q: {' '.join(word for word in kept if word)}\nA:"


def texts() -> list[str]:
    """The item's part of the whole prompt, and of the prompts without one word each."""
    without = [[w for at, w in enumerate(WORDS) if at != place] for place in range(len(WORDS))]
    return [item_part(kept) for kept in (WORDS, *without)]


def lost(odds: Sequence[float]) -> Shares:
    """What the log-odds of the whole prompt, the first ones, lose in each of the others."""
    return [odds[0] - each for each in odds[1:]]


def plain(model: torch.nn.Module, tokenizer: Callable[..., dict[str, list[int]]]) -> Shares:
    """The shares by a forward for each prompt and label."""

    def log(text: str, label: str) -> float:
        ids, whole = (tokenizer(each)["input_ids"] for each in (text, text + label))
        with torch.inference_mode():
            logs = model(torch.tensor([whole]), use_cache=False).logits[0].log_softmax(-1)
        return sum(float(logs[at - 1, whole[at]]) for at in range(len(ids), len(whole)))

    return lost([log(SHARED + t, LABELS[0]) - log(SHARED + t, LABELS[1]) for t in texts()])


def ranked(llm: LocalProvider) -> Shares:
    """The shares as a run has them: labels ranked, in batches that share a block."""
    asked = [Request(Prompt(SHARED, text), "a", str(n), 8, (), LABELS) for n, text in
             enumerate(texts())]  # fmt: skip
    outcomes = dict(llm.complete(asked))
    odds = []
    for number in range(len(asked)):
        outcome = outcomes[number]
        assert isinstance(outcome, Completion)
        logs = dict(outcome.logprobs)
        odds.append(logs[LABELS[0]] - logs[LABELS[1]])
    return lost(odds)


def by_captum(attribution: LLMAttribution, **how: bool) -> Shares:
    text = TextTemplateInput(template=lambda *kept: SHARED + item_part(kept), values=WORDS)
    first, second = (attribution.attribute(text, target=label, **how) for label in LABELS)
    shares: Shares = (first.seq_attr - second.seq_attr).tolist()
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", default="smollm2-135m-instruct")
    name = parser.parse_args().model
    llm = LocalProvider(
        LocalOptions(model=name, dtype="float32", chat="off"), Context(device="cpu")
    )
    list(llm.complete([Request(Prompt("", "A:"), "a", "0", 8, (), LABELS)]))  # it is loaded
    model = transformers.AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(name)
    tokens = {label: len(tokenizer.encode(label, add_special_tokens=False)) for label in LABELS}
    length = len(tokenizer.encode(SHARED + texts()[0]))
    print(f"{len(WORDS)} words, a prompt of {length} tokens, labels of {tokens}")
    attribution = LLMAttribution(FeatureAblation(model), tokenizer)
    truth = plain(model, tokenizer)
    ways: dict[str, Callable[[], Shares]] = {
        "amplify": lambda: ranked(llm),
        "LLMAttribution": lambda: by_captum(attribution),
        "LLMAttribution, no cache": lambda: by_captum(attribution, use_cached_outputs=False),
        "LLMAttribution, labels at once": lambda: by_captum(attribution, forward_in_tokens=False),
    }
    for way, attribute in ways.items():
        began = time.process_time()
        shares = attribute()
        seconds = time.process_time() - began
        off = max(abs(a - b) for a, b in zip(shares, truth, strict=True))
        print(f"{way}: {seconds:.1f} s, shares off by up to {off:.4f}")


if __name__ == "__main__":
    main()
