"""Selectors by likeness, on texts whose neighbours and clusters are known."""

from __future__ import annotations

import math
import random
from collections import Counter
from typing import Any

import pytest
from amplify_sklearn.clusters import KMeansClusters
from amplify_sklearn.marginal import MarginalRelevance
from amplify_sklearn.options import KMeansOptions, MarginalOptions, SimilarOptions
from amplify_sklearn.similar import BM25, TfIdfNearest

from amplify import Candidate, Context, Example, OptionError
from amplify.contract.options import convert

LABELS = ("no", "yes")
POOL = {
    "a": ("red apple pie", "yes"),
    "b": ("red apple", "no"),
    "c": ("green pear", "yes"),
    "d": ("green pear tart", "no"),
    "e": ("old iron bridge", "yes"),
    "stray": ("red apple", "maybe"),
}


def pool() -> list[Candidate]:
    made = [Candidate(Example(name, text, label)) for name, (text, label) in POOL.items()]
    random.Random(4).shuffle(made)
    return made


def chosen(selector: Any, shots: int, *texts: str) -> list[list[str]]:
    queries = [Example(f"q{i}", text, "") for i, text in enumerate(texts)]
    made = selector.select(pool(), shots, queries)
    assert made.shots == ()
    return [[shot.example.id for shot in made.by_item[query.id]] for query in queries]


def build(kind: Any, **options: Any) -> Any:
    known = {TfIdfNearest: SimilarOptions, BM25: SimilarOptions, MarginalRelevance: MarginalOptions}
    known[KMeansClusters] = KMeansOptions
    return kind(known[kind](**options), Context(seed=1, labels=LABELS))


@pytest.mark.parametrize("kind", [TfIdfNearest, BM25])
def test_the_nearest_come_first_and_each_item_has_its_own(kind: Any) -> None:
    found = chosen(build(kind), 2, "a red apple", "the GREEN pear tart", "a bridge")
    assert found == [["b", "a"], ["d", "c"], ["e", "a"]]


@pytest.mark.parametrize("kind", [TfIdfNearest, BM25, MarginalRelevance])
def test_balanced_neighbours_take_turns_and_strays_are_never_shown(kind: Any) -> None:
    (found,) = chosen(build(kind, balanced=True), 4, "red apple")
    assert Counter(POOL[name][1] for name in found) == {"yes": 2, "no": 2}
    assert found[0] == "b"
    (every,) = chosen(build(kind), 9, "red apple")
    assert sorted(every) == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("kind", [TfIdfNearest, BM25, MarginalRelevance])
def test_texts_without_words_and_an_empty_pool(kind: Any) -> None:
    # Nothing is like these: by id, and for marginal relevance the next that is unlike the first.
    second = "c" if kind is MarginalRelevance else "b"
    assert chosen(build(kind), 2, "?!", "unheard of") == [["a", second]] * 2
    query = Example("q", "red", "")
    blank = [Candidate(Example(n, "...", "yes")) for n in ("y", "x")]
    assert [s.example.id for s in build(kind).select(blank, 1, [query]).by_item["q"]] == ["x"]
    assert build(kind).select([], 3, [query]).by_item == {"q": ()}


def test_bm25_scores_are_okapis() -> None:
    """A rare word outweighs a common one, by the formula worked out by hand."""
    texts = ["x y", "x z", "x w w", "v v v"]
    scores = next(build(BM25)._alike(texts, ["w w"]))
    idf = math.log((4 - 1 + 0.5) / (1 + 0.5))
    wanted = idf * 2 * 2.5 / (2 + 1.5 * (0.25 + 0.75 * 3 / 2.5))
    assert scores.tolist() == pytest.approx([0, 0, wanted, 0], abs=1e-9)


def test_marginal_relevance_turns_from_what_was_taken() -> None:
    """The second is the other topic, where the nearest alone would repeat the first."""
    query = "red apple green pear"
    assert set(chosen(build(MarginalRelevance, relevance=1.0), 2, query)[0]) == {"b", "c"}
    query = "red apple pie green"
    assert chosen(build(TfIdfNearest), 2, query) == [["a", "b"]]
    assert chosen(build(MarginalRelevance), 2, query) == [["a", "c"]]


def test_clusters_are_represented_by_what_stands_next_to_their_centre() -> None:
    texts = ["sun beach sand", "sun beach", "sun beach palm", "ice snow", "ice snow frost", "rust"]
    made = [Candidate(Example(str(i), text, LABELS[i % 2])) for i, text in enumerate(texts)]
    selector = build(KMeansClusters)
    found = [shot.example.id for shot in selector.select(made, 3, ()).shots]
    assert found[0] == "1"
    assert found[1] in "34"
    assert found[2] == "5"
    mixed = [made[i] for i in (5, 2, 0, 4, 1, 3)]
    assert [shot.example.id for shot in selector.select(mixed, 3, ()).shots] == found
    assert len(selector.select(made, 9, ()).shots) == 6
    balanced = build(KMeansClusters, balanced=True).select(made, 4, ()).shots
    assert [shot.example.label for shot in balanced].count("no") == 2
    short = build(KMeansClusters, longest=1).select(made, 3, ()).shots
    assert [shot.example.id for shot in short] == ["5"]


def test_equal_texts_are_one_cluster() -> None:
    made = [Candidate(Example(str(i), "same", "yes")) for i in range(4)]
    assert len(build(KMeansClusters).select(made, 3, ()).shots) == 3
    assert build(KMeansClusters).select([], 3, ()).shots == ()


@pytest.mark.parametrize(
    ("kind", "values"), [(MarginalOptions, {"relevance": 1.5}), (KMeansOptions, {"longest": -1})]
)
def test_bad_options_are_named(kind: type, values: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=next(iter(values))):
        convert(kind, values, "[selector]")
