"""Labels ranked behind a shared block are as likely as behind whole prompts, one by one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from amplify_transformers.generate import cascade_rows
from amplify_transformers.generate.label_ranking import LabelTree
from amplify_transformers.generate.labelled_prompt import LabelledPrompt
from amplify_transformers.generate.prefix_sharing import UNSHARED
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Failure, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
ITEMS = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]
LABELS = (" yes", " no", " the river", " the river street", " A", " 東京")
KINDS = pytest.mark.parametrize("kind", ["llama", "gpt2", "mistral", "qwen3-next", "mamba2"])
"""A kind of model for each mode in which labels are ranked."""


def provider(folder: str, **options: object) -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword


def requests(
    items: list[str], labels: tuple[str, ...] = LABELS, shared: str = SHARED
) -> list[Request]:
    return [Request(Prompt(shared, item), "arm", item, 32, (), labels) for item in items]


def wanted(folder: str, text: str, labels: tuple[str, ...]) -> list[float]:
    """The labels' log-probabilities, each behind the whole prompt, one forward each."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(text)["input_ids"]
    scores = []
    for label in labels:
        whole = tokenizer(text + label)["input_ids"]
        assert whole[: len(ids)] == ids
        with torch.inference_mode():
            logits = model(torch.tensor([whole]), use_cache=False).logits[0].log_softmax(-1)
        positions = range(len(ids), len(whole))
        scores.append(sum(float(logits[at - 1, whole[at]]) for at in positions))
    return scores


def answers(local: LocalProvider, asked: list[Request]) -> list[Completion]:
    outcomes = dict(local.complete(asked))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index] for index in range(len(asked))]  # type: ignore[misc]  # asserted above


@KINDS
def test_ranking_is_that_of_whole_prompts(make: Callable[..., str], kind: str) -> None:
    folder = make(kind, "causal")
    asked = requests(ITEMS) + requests(ITEMS[:1], LABELS[1::2])
    for request, reply in zip(asked, answers(provider(folder), asked), strict=True):
        names, scores = zip(*reply.logprobs, strict=True)
        assert names == request.labels
        assert scores == pytest.approx(
            wanted(folder, request.prompt.text, request.labels), abs=1e-4
        )


def test_prompts_that_run_part_by_part_are_ranked_the_same(
    make: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make("llama", "causal")
    whole = answers(provider(folder), requests(ITEMS))
    monkeypatch.setattr(cascade_rows, "PASS_TOKENS", 1)
    for one, other in zip(whole, answers(provider(folder), requests(ITEMS)), strict=True):
        assert dict(one.logprobs) == pytest.approx(dict(other.logprobs), abs=1e-4)


def test_the_likeliest_label_is_the_reply(make: Callable[..., str]) -> None:
    for reply in answers(provider(make("llama", "causal")), requests(ITEMS)):
        assert reply.text == max(reply.logprobs, key=lambda pair: pair[1])[0]
        assert reply.usage.output == 0


@KINDS
def test_rankings_say_whether_the_block_was_shared(make: Callable[..., str], kind: str) -> None:
    for reply in answers(provider(make(kind, "causal")), requests(ITEMS)):
        assert reply.note == (UNSHARED if kind == "mamba2" else "")
        assert bool(reply.usage.cached) == (kind != "mamba2")


def test_ranking_and_writing_share_a_call_and_a_block(
    make: Callable[..., str], embedded: list[tuple[int, ...]]
) -> None:
    folder = make("llama", "causal")
    written = Request(Prompt(SHARED, ITEMS[1]), "arm", "written", 5)
    asked = [*requests(ITEMS), written]
    apart = [answers(provider(folder), [request])[0].text for request in asked]
    local = provider(folder)
    answers(local, asked[:1])
    del embedded[:]
    replies = answers(local, asked)
    assert [reply.text for reply in replies] == apart
    assert max(tokens for _, tokens in embedded) < replies[0].usage.cached  # type: ignore[operator]  # a number


def test_labels_without_a_shared_block_are_ranked_too(make: Callable[..., str]) -> None:
    folder = make("llama", "causal")
    for item, reply in zip(
        ITEMS, answers(provider(folder), requests(ITEMS, shared="")), strict=True
    ):
        scores = [score for _, score in reply.logprobs]
        assert scores == pytest.approx(wanted(folder, item, LABELS), abs=1e-4)


def test_what_labels_begin_with_stands_in_the_tree_once() -> None:
    tree = LabelTree.of([(1,), (2, 3), (2, 3, 4), (2, 5, 6)])
    assert (tree.tokens, tree.parents, tree.depths) == ([2, 3, 5], [-1, 0, 0], [0, 1, 1])
    assert tree.reads[2] == [(0, 2), (1, 3), (2, 4)]
    assert tree.visible(4).int().tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [1, 0, 1, 0],
        [0, 0, 0, 1],
    ]
    assert LabelTree.of([(1,), (2,)]).tokens == []  # one pass over the prompt says it all


def test_a_label_that_changes_its_prompt_moves_the_stem_for_all() -> None:
    prompt = LabelledPrompt.of([1, 2, 3], [[1, 2, 3, 4], [1, 2, 9], [1, 2, 3, 5, 6]])
    assert prompt.stem == (1, 2)
    assert prompt.endings == ((3, 4), (9,), (3, 5, 6))
    assert not prompt.indistinct


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ((" yes", " no", " yes"), "' yes' and ' yes' cannot be told apart"),
        ((" yes", ""), "'' cannot be told apart"),
    ],
)
def test_labels_that_cannot_be_told_apart_fail_by_name(
    make: Callable[..., str], labels: tuple[str, ...], message: str
) -> None:
    local = provider(make("llama", "causal"))
    (outcome,) = dict(local.complete(requests(ITEMS[:1], labels))).values()
    assert isinstance(outcome, Failure)
    assert message in outcome.message


def test_labels_that_do_not_fit_behind_the_prompt_fail(make: Callable[..., str]) -> None:
    asked = requests(["rain " * 2045], (" yes yes yes yes yes",))
    (outcome,) = dict(provider(make("llama", "causal")).complete(asked)).values()
    assert isinstance(outcome, Failure)
    assert outcome.kind == "context"


def test_labels_follow_the_chat_template(make: Callable[..., str], tmp_path: Path) -> None:
    plain = make("llama", "causal")
    copy = Path(shutil.copytree(plain, tmp_path / "chat"))
    (copy / "chat_template.jinja").write_text("question: {{ messages[0].content }}\nanswer:")
    (reply,) = answers(provider(str(copy)), requests(ITEMS[:1]))
    scores = [score for _, score in reply.logprobs]
    text = f"question: {SHARED}{ITEMS[0]}\nanswer:"
    assert scores == pytest.approx(wanted(plain, text, LABELS), abs=1e-4)
