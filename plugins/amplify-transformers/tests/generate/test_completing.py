"""Labels behind a written reply are as likely as behind the whole text in one forward."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.generate import cascade_rows
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Failure, Message, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
ITEMS = [
    "Is it rain?\nA:",
    "which is worse, the river or the snow and the cloud?\nA:",
    "no\nA:",
    "good or bad\nA:",
    "Is it snow?\nA:",
]
LABELS = (" yes", " no", " the river", " the river street", " A", " 東京")
CUE = " Answer: it was"
KINDS = pytest.mark.parametrize(
    "kind", ["llama", "gpt2", "bloom", "gemma3", "mistral", "qwen3-next", "mamba2"]
)
"""A kind of model or two for each mode of sharing."""
CHAT = (
    "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)


def provider(folder: str, **options: object) -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword


def completing(prompt: Prompt, stop: tuple[str, ...] = (), **changes: Any) -> Request:
    given = {"max_tokens": 12, "stop": stop, "labels": LABELS, "cue": CUE, "writes_first": True}
    return Request(prompt, "arm", prompt.item_part, **{**given, **changes})


def answers(local: LocalProvider, asked: list[Request]) -> list[Completion]:
    outcomes = dict(local.complete(asked))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index] for index in range(len(asked))]  # type: ignore[misc]  # asserted above


class Reference:
    """The labels' log-probabilities behind whole texts, one plain forward each."""

    def __init__(self, folder: str) -> None:
        self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
        auto = transformers.AutoModelForCausalLM
        self.model = auto.from_pretrained(folder, dtype=torch.float32).eval()

    def scores(self, text: str, labels: tuple[str, ...] = LABELS) -> list[float]:
        start = len(self.tokenizer(text)["input_ids"])
        scores = []
        for label in labels:
            ids = self.tokenizer(text + label)["input_ids"]
            with torch.inference_mode():
                logits = self.model(torch.tensor([ids]), use_cache=False).logits[0]
            logs = logits.log_softmax(-1)
            scores.append(sum(float(logs[at - 1, ids[at]]) for at in range(start, len(ids))))
        return scores


def agrees(reference: Reference, request: Request, reply: Completion, prompt: str) -> None:
    names, scores = zip(*reply.logprobs, strict=True)
    text = prompt + reply.text.rstrip() + request.cue
    assert names == request.labels
    assert scores == pytest.approx(reference.scores(text, request.labels), abs=1e-4)
    assert reply.label == max(reply.logprobs, key=lambda pair: pair[1])[0]


def stops(replies: list[Completion]) -> list[tuple[str, ...]]:
    """Stop strings within replies, one each, so that they end at different steps."""
    texts = [reply.text for reply in replies]
    return [(text[4 + 3 * at : 6 + 3 * at],) if at % 4 else () for at, text in enumerate(texts)]


@KINDS
@pytest.mark.parametrize("shared", [SHARED, ""])
def test_labels_follow_what_was_written(make: Callable[..., str], kind: str, shared: str) -> None:
    folder = make(kind, "causal")
    local, reference = provider(folder), Reference(folder)
    prompts = [Prompt(shared, item) for item in ITEMS]
    plain = [Request(prompt, "arm", prompt.item_part, 12) for prompt in prompts]
    written = answers(local, plain)
    asked = [completing(prompt, stop) for prompt, stop in zip(prompts, stops(written), strict=True)]
    alone = answers(local, [Request(r.prompt, "arm", r.item, 12, r.stop) for r in asked])
    for request, reply, wanted in zip(asked, answers(local, asked), alone, strict=True):
        assert (reply.text, reply.stop, reply.usage) == (wanted.text, wanted.stop, wanted.usage)
        agrees(reference, request, reply, request.prompt.text)


def test_labels_follow_what_was_written_where_prompts_run_part_by_part(
    make: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cascade_rows, "PASS_TOKENS", 40)
    test_labels_follow_what_was_written(make, "llama", SHARED)


@KINDS
def test_labels_of_one_token_follow_what_was_written(make: Callable[..., str], kind: str) -> None:
    folder = make(kind, "causal")
    local, reference = provider(folder, loops="keep"), Reference(folder)
    asked = one_token(local, reference)
    for request, reply in zip(asked, answers(local, asked), strict=True):
        agrees(reference, request, reply, request.prompt.text)


@pytest.mark.parametrize("kind", ["llama", "bloom"])
def test_labels_of_one_token_take_no_pass_while_others_write(
    make: Callable[..., str], embedded: list[tuple[int, ...]], kind: str
) -> None:
    """Two of the replies end last, and only they are asked for their labels in a pass."""
    folder = make(kind, "causal")
    local = provider(folder, loops="keep")
    asked = one_token(local, Reference(folder))
    del embedded[:]
    written = answers(local, [Request(r.prompt, "arm", r.item, 40, r.stop) for r in asked])
    writing = len(embedded)
    completed = answers(local, asked)
    assert [reply.text for reply in completed] == [reply.text for reply in written]
    passes = embedded[writing:]
    assert sum(rows for rows, _ in passes[writing:]) == 2, passes[writing:]
    assert sum(reply.stop == "length" for reply in written) == 2


def one_token(local: LocalProvider, reference: Reference) -> list[Request]:
    """Labels of one token asked for behind replies of which three end long before the others."""
    labels, tokenizer = (".", "?", "!"), reference.tokenizer
    cue = tokenizer(CUE)["input_ids"]
    assert all(tokenizer(CUE + label)["input_ids"][:-1] == cue for label in labels)
    prompts = [Prompt(SHARED, item) for item in ITEMS]
    written = answers(local, [Request(p, "arm", p.item_part, 40) for p in prompts])
    return [
        completing(
            prompt,
            (reply.text[at : at + 2],) if at < 3 else (),
            max_tokens=40,
            labels=labels,
        )
        for at, (prompt, reply) in enumerate(zip(prompts, written, strict=True))
    ]


@pytest.mark.parametrize("kind", ["llama", "gemma3", "qwen3-next"])
def test_a_reply_cut_far_back_is_gone_on_from(make: Callable[..., str], kind: str) -> None:
    """The stop string takes tokens away that have gone through the model."""
    folder = make(kind, "causal")
    local, reference = provider(folder), Reference(folder)
    prompts = [Prompt(SHARED, item) for item in ITEMS]
    written = answers(local, [Request(prompt, "arm", prompt.item_part, 12) for prompt in prompts])
    for prompt, whole in zip(prompts, written, strict=True):
        request = completing(prompt, (whole.text[2:12],))
        (reply,) = answers(local, [request])
        assert len(reply.text) == whole.text.index(whole.text[2:12])
        agrees(reference, request, reply, prompt.text)


def test_many_labels_are_ranked_in_memory_for_few(make: Callable[..., str]) -> None:
    folder = make("llama", "causal")
    roomy, tight = provider(folder), provider(folder, memory=1, batch_size=3)
    asked = [completing(Prompt(SHARED, item)) for item in ITEMS]
    for one, other in zip(answers(roomy, asked), answers(tight, asked), strict=True):
        scores = [score for _, score in other.logprobs]
        assert [score for _, score in one.logprobs] == pytest.approx(scores, abs=1e-4)
        assert (one.text, one.label) == (other.text, other.label)


@pytest.mark.parametrize("kind", ["llama", "gemma3"])
@pytest.mark.parametrize("writes_first", [True, False])
def test_the_reply_continues_the_assistants_turn(
    make: Callable[..., str], tmp_path: Path, kind: str, writes_first: bool
) -> None:
    plain = make(kind, "causal")
    folder = Path(shutil.copytree(plain, tmp_path / "chat"))
    (folder / "chat_template.jinja").write_text(CHAT)
    talk = [Message("user", "which is worse? " * 8), Message("assistant", "good")]
    prompts = [Prompt.chat(talk, [Message("user", item)]) for item in ITEMS]
    asked = [completing(prompt, writes_first=writes_first) for prompt in prompts]
    reference = Reference(plain)
    for request, reply in zip(asked, answers(provider(str(folder)), asked), strict=True):
        filled = "".join(f"<{m.role}> {m.content}\n" for m in request.prompt.messages)
        written = reply.text.rstrip() if writes_first else ""
        text = f"{filled}<assistant>{written}{CUE}"
        scores = [score for _, score in reply.logprobs]
        assert scores == pytest.approx(reference.scores(text), abs=1e-4)
        assert (reply.label if writes_first else reply.text) in LABELS
        assert bool(reply.usage.output) == writes_first


@KINDS
def test_labels_alone_follow_the_cue(make: Callable[..., str], kind: str) -> None:
    folder = make(kind, "causal")
    local, reference = provider(folder), Reference(folder)
    asked = [completing(Prompt(SHARED, item), writes_first=False) for item in ITEMS[:3]]
    for request, reply in zip(asked, answers(local, asked), strict=True):
        scores = [score for _, score in reply.logprobs]
        assert scores == pytest.approx(reference.scores(request.prompt.text + CUE), abs=1e-4)


def test_labels_without_room_behind_the_reply_fail(make: Callable[..., str]) -> None:
    local = provider(make("llama", "causal"))
    room = 2048 - local.count_tokens("rain")
    for max_tokens, fits in ((room - 40, True), (room - 10, False)):
        request = completing(Prompt("", "rain"), max_tokens=max_tokens, stop=("\n", "a", "e"))
        (outcome,) = dict(local.complete([request])).values()
        assert isinstance(outcome, Completion if fits else Failure)


def test_a_reply_that_leaves_no_room_for_labels_leaves_the_label_open(
    make: Callable[..., str],
) -> None:
    """Random weights write halves of characters, which take more tokens when read as text."""
    folder = make("llama", "causal")
    local, tokenizer = provider(folder, loops="keep"), Reference(folder).tokenizer
    behind = max(len(tokenizer(CUE + label)["input_ids"]) for label in LABELS)
    prompt = Prompt("", "rain " * 600)
    room = 2048 - local.count_tokens(prompt.text) - behind
    (reply,) = answers(local, [completing(prompt, max_tokens=room)])
    assert (reply.label, reply.logprobs, bool(reply.text)) == ("", (), True)
    assert "did not fit behind them" in reply.note
