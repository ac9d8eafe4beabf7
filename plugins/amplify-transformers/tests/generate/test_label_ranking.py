"""Labels ranked behind a shared block are as likely as behind whole prompts, one by one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from amplify_transformers.generate.decoding import PrefixSharing
from amplify_transformers.generate.label_ranking import LabelTree
from amplify_transformers.generate.prompt_encoder import LabelledPrompt
from amplify_transformers.generate.provider import UNSHARED, LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Failure, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
OWN = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]
LABELS = (" yes", " no", " the river", " the river street", " A", " 東京")
WAYS = [
    ("llama", PrefixSharing.CASCADE),
    ("gpt2", PrefixSharing.CASCADE),
    ("mistral", PrefixSharing.EVEN),
    ("qwen3-next", PrefixSharing.ALONE),
    ("mamba2", PrefixSharing.WHOLE),
]


def provider(folder: str, **options: object) -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword


def ask(own: list[str], labels: tuple[str, ...] = LABELS, shared: str = SHARED) -> list[Request]:
    return [Request(Prompt(shared, o), "arm", str(i), 32, (), labels) for i, o in enumerate(own)]


def wanted(folder: str, text: str, labels: tuple[str, ...]) -> list[float]:
    """The labels' log-probabilities, each behind the whole prompt, one forward each."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(text)["input_ids"]
    found = []
    for label in labels:
        whole = tokenizer(text + label)["input_ids"]
        assert whole[: len(ids)] == ids
        with torch.inference_mode():
            logits = model(torch.tensor([whole]), use_cache=False).logits[0].log_softmax(-1)
        places = range(len(ids), len(whole))
        found.append(sum(float(logits[at - 1, whole[at]]) for at in places))
    return found


@pytest.mark.parametrize(("kind", "way"), WAYS)
def test_ranking_is_that_of_whole_prompts(
    make: Callable[..., str], kind: str, way: PrefixSharing
) -> None:
    folder = make(kind, "causal")
    made = provider(folder)
    asked = ask(OWN) + ask(OWN[:1], LABELS[1::2])
    found = dict(made.complete(asked))
    assert made._ways[True] is way
    for index, request in enumerate(asked):
        reply = found[index]
        assert isinstance(reply, Completion)
        names, scores = zip(*reply.logprobs, strict=True)
        assert names == request.labels
        assert scores == pytest.approx(
            wanted(folder, request.prompt.text, request.labels), abs=1e-4
        )
        assert reply.text == names[scores.index(max(scores))]
        assert (reply.usage.output, bool(reply.usage.cached)) == (0, way is not PrefixSharing.WHOLE)
        assert reply.note == (UNSHARED if way is PrefixSharing.WHOLE else "")


def test_ranking_and_writing_share_a_call_and_a_block(make: Callable[..., str]) -> None:
    folder = make("llama", "causal")
    made = provider(folder)
    written = Request(Prompt(SHARED, OWN[1]), "arm", "w", 5)
    apart = [dict(provider(folder).complete([r]))[0] for r in (*ask(OWN), written)]
    together = dict(made.complete([*ask(OWN), written]))
    assert [together[i].text for i in range(4)] == [a.text for a in apart]  # type: ignore[union-attr]
    assert len(made._shelf._kept) == 1


def test_labels_without_a_shared_block_are_ranked_too(make: Callable[..., str]) -> None:
    folder = make("llama", "causal")
    found = dict(provider(folder).complete(ask(OWN, shared="")))
    for index, own in enumerate(OWN):
        scores = [score for _, score in found[index].logprobs]  # type: ignore[union-attr]
        assert scores == pytest.approx(wanted(folder, own, LABELS), abs=1e-4)


def test_what_labels_begin_with_stands_in_the_tree_once() -> None:
    tree = LabelTree.of([(1,), (2, 3), (2, 3, 4), (2, 5, 6)])
    assert (tree.tokens, tree.parents, tree.depths) == ([2, 3, 5], [-1, 0, 0], [0, 1, 1])
    assert tree.reads[2] == [(0, 2), (1, 3), (2, 4)]
    assert tree.sight(4).int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]]
    assert LabelTree.of([(1,), (2,)]).tokens == []  # one pass over the prompt says it all


def test_a_label_that_changes_its_prompt_moves_the_stem_for_all() -> None:
    found = LabelledPrompt.of([1, 2, 3], [[1, 2, 3, 4], [1, 2, 9], [1, 2, 3, 5, 6]])
    assert found.stem == (1, 2)
    assert found.tails == ((3, 4), (9,), (3, 5, 6))
    assert not found.alike


def test_labels_that_cannot_be_ranked_fail_by_name(
    make: Callable[..., str], tmp_path: Path
) -> None:
    made = provider(make("llama", "causal"))
    for labels, message in (
        ((" yes", " no", " yes"), "' yes' and ' yes' cannot be told apart"),
        ((" yes", ""), "'' cannot be told apart"),
    ):
        (outcome,) = dict(made.complete(ask(OWN[:1], labels))).values()
        assert isinstance(outcome, Failure)
        assert message in outcome.message
    (outcome,) = dict(made.complete(ask(["rain " * 2045], (" yes yes yes yes yes",)))).values()
    assert isinstance(outcome, Failure)
    assert outcome.kind == "context"


def test_labels_follow_the_chat_template(make: Callable[..., str], tmp_path: Path) -> None:
    plain = make("llama", "causal")
    copy = Path(shutil.copytree(plain, tmp_path / "chat"))
    (copy / "chat_template.jinja").write_text("question: {{ messages[0].content }}\nanswer:")
    found = dict(provider(str(copy)).complete(ask(OWN[:1])))
    scores = [score for _, score in found[0].logprobs]  # type: ignore[union-attr]
    text = f"question: {SHARED}{OWN[0]}\nanswer:"
    assert scores == pytest.approx(wanted(plain, text, LABELS), abs=1e-4)
