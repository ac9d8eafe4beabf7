"""What `explain.py` measures on: models of three sizes, and real prose of 60 to 150 words."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from amplify_transformers.models import files
from amplify_transformers.models.quiet import quiet
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors, trainers
from tokenizers import models as bpe

from amplify import Context

LABELS = ("bad", "good")
INSTRUCTION = (
    "Read the passage below with care. It is taken from the documents of a software project that"
    " measures how well language models answer when they are shown a few examples with short"
    " reasons. Decide whether the passage would please a reader who wants plain and exact words, or"
    " whether it would not. Say good if it would, and bad if it would not. Do not explain.\n\n"
)
PROMPT = INSTRUCTION + "Passage: {text}\nAnswer: {label}"


@dataclass(frozen=True)
class Size:
    """A model in a folder; `causal` ones answer a prompt, the others have a head."""

    name: str
    folder: str
    causal: bool


def passages(count: int, seed: int = 0) -> list[str]:
    """Pieces of the repository's own documents, 60 to 150 words each."""
    draw = random.Random(seed)
    words = list(_prose())
    made = []
    for _ in range(count):
        length = draw.randint(60, 150)
        start = draw.randrange(len(words) - length)
        made.append(" ".join(words[start : start + length]))
    return made


def _prose() -> Iterator[str]:
    root = Path(__file__).parent.parent
    for path in (root / "README.md", *sorted((root / "docs").rglob("*.md"))):
        text = re.sub(r"```.*?```", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield from re.sub(r"[#|*`<>\[\]()]|-{3,}", " ", text).split()


def build(name: str, folder: Path) -> Size:
    """The model of that name, saved in `folder` where it is not a ready one.

    mini is all-MiniLM-L6-v2 with a drawn head; base and gpt2 have the size of BERT-base and
    GPT-2 small and random weights, which take the same time as trained ones.
    """
    torch.manual_seed(0)
    names = {"id2label": dict(enumerate(LABELS)), "label2id": {"bad": 0, "good": 1}}
    with quiet():
        source = files.find("all-MiniLM-L6-v2", Context()).weights
        if name == "gpt2":
            model = transformers.GPT2LMHeadModel(
                transformers.GPT2Config(bos_token_id=0, eos_token_id=0)
            )
            _byte_tokenizer().save_pretrained(folder)
        else:
            kind = transformers.AutoModelForSequenceClassification
            if name == "mini":
                model = kind.from_pretrained(source, **names)
            else:
                model = kind.from_config(transformers.BertConfig(**names))
            model.classifier.weight.data.mul_(10)
            transformers.AutoTokenizer.from_pretrained(source).save_pretrained(folder)
        model.save_pretrained(folder)
    return Size(name, str(folder), name == "gpt2")


def _byte_tokenizer() -> transformers.PreTrainedTokenizerFast:
    """A byte-level tokenizer of GPT-2's kind, trained on the documents."""
    made = Tokenizer(bpe.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.ByteLevel(trim_offsets=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=8000, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    corpus = [*_prose(), *(f" {word}" for word in _prose()), *(f" {label}" for label in LABELS)]
    made.train_from_iterator([*corpus, " good bad" * 50, INSTRUCTION * 5], trainer)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=made, eos_token="<end>")
