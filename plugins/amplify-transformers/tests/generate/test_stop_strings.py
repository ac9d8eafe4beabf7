"""A reply ends before the first stop string, where its whole text would be cut."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.generate.partial_reply import EndTokens, PartialReply
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Prompt, Request

PROMPT = "the house walked quickly under seven green lamps; " * 6 + "\n\nIs it rain?\nA:"


def answers(folder: str, *stops: tuple[str, ...], max_tokens: int = 12) -> list[Completion]:
    """The replies to one prompt, asked once with each of the tuples of stop strings."""
    local = LocalProvider(LocalOptions(model=folder), Context(device="cpu"))
    asked = [Request(Prompt("", PROMPT), "arm", str(i), max_tokens, s) for i, s in enumerate(stops)]
    outcomes = dict(local.complete(asked))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values())
    return [outcomes[index] for index in range(len(asked))]  # type: ignore[misc]  # asserted above


def generated(folder: str, max_tokens: int) -> list[int]:
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(PROMPT, return_tensors="pt")["input_ids"]
    mask = torch.ones_like(ids)
    out = model.generate(
        ids, attention_mask=mask, do_sample=False, max_new_tokens=max_tokens, pad_token_id=0
    )
    return out[0, ids.shape[1] :].tolist()  # type: ignore[no-any-return]  # transformers is untyped


def with_ends(folder: str, copy: Path, ends: list[int]) -> str:
    """The model with these tokens as ends of a reply."""
    shutil.copytree(folder, copy)
    settings = json.loads((copy / "generation_config.json").read_text())
    settings["eos_token_id"] = ends
    (copy / "generation_config.json").write_text(json.dumps(settings))
    return str(copy)


def test_generation_itself_stops_at_a_stop_string(make: Callable[..., str]) -> None:
    folder = make("llama", "causal")
    (whole,) = answers(folder, (), max_tokens=30)
    middle = whole.text[8:11]
    (cut,) = answers(folder, ("", "never seen", middle), max_tokens=30)
    assert (cut.text, cut.stop) == (whole.text[: whole.text.index(middle)], "end")
    assert (cut.usage.output or 99) < 30


@pytest.mark.parametrize("kind", ["llama", "mistral", "mamba2"])
def test_a_reply_is_cut_where_the_engine_would_cut_the_whole_one(
    make: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    plain = make(kind, "causal")
    tokenizer = transformers.AutoTokenizer.from_pretrained(plain)
    # Any stretch of the reply as a stop string, and its last token, shown as text, as an end.
    ids = generated(plain, 12)
    folder = with_ends(plain, tmp_path / "ends", [2, ids[8]])
    (whole,) = answers(folder, ())
    ids = ids[: whole.usage.output]
    assert whole.stop == "end"
    assert tokenizer.decode(ids[-1:], skip_special_tokens=True)
    text = whole.text
    stretches = {text[a : a + n] for n in (1, 2, 5) for a in range(len(text))}
    stops = sorted(stretch for stretch in stretches if "\ufffd" not in stretch)  # half a character
    for stop, reply in zip(stops, answers(folder, *((stop,) for stop in stops)), strict=True):
        wanted = whole.until((stop,))
        assert (reply.text, reply.stop) == (wanted.text, wanted.stop)
        beginnings = (tokenizer.decode(ids[:n], skip_special_tokens=True) for n in range(1, 13))
        assert reply.usage.output == next(n for n, t in enumerate(beginnings, 1) if stop in t)


def test_each_of_several_end_tokens_ends_a_reply(make: Callable[..., str], tmp_path: Path) -> None:
    folder = make("llama", "causal")
    ids = generated(folder, 12)
    (reply,) = answers(with_ends(folder, tmp_path / "two-ends", [2, ids[4]]), ())
    assert reply.stop == "end"
    assert reply.usage.output == ids.index(ids[4]) + 1


def reply_of(folder: str, text: str, stop: str) -> PartialReply:
    """A reply that is generated as `text`, special tokens included, until it ends."""
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
    ids = tokenizer(text)["input_ids"]
    reply = PartialReply(len(ids), (stop,))
    ends = EndTokens(frozenset(), frozenset(tokenizer.all_special_ids))
    for token in ids:
        if not reply.ended:
            reply.add(token, tokenizer, ends)
    return reply


# What transformers' `StopStringCriteria` does otherwise, which is why it is not used.


def test_a_stop_string_is_not_begun_by_the_prompt(make: Callable[..., str]) -> None:
    reply = reply_of(make("llama", "causal"), "\nyes", "\n\n")  # after a prompt that ends in \n
    assert (reply.text, reply.ended) == ("\nyes", "length")


def test_a_special_token_spells_no_stop_string(make: Callable[..., str]) -> None:
    reply = reply_of(make("llama", "causal"), "yes <s> no / snow", "/")
    assert reply.text == "yes  no "


def test_a_stop_string_that_the_vocabulary_cannot_spell_is_harmless(
    make: Callable[..., str],
) -> None:
    reply = reply_of(make("bert"), "rain and snow", "東")
    assert reply.ended == "length"
