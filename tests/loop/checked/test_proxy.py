"""A checked proxy: what passes as it is, what is put right, and batches that do not fit."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from amplify import Example, PluginError, Scores
from amplify.loop.checked.proxy import CheckedProxy

TEXTS = [Example("1", "ice and snow", "cold"), Example("2", "sun", "warm")]


OFFSETS = (((0, 3), (4, 7), None), ((0, 3), None, None))


class Batch:
    """An `EncodedBatch` of numpy's arrays: two examples of three tokens, four numbers each."""

    def __init__(self, **changes: Any) -> None:
        self.indices = (0, 1)
        self.labels = (("cold", "warm"),) * 2
        self.rows_per_example = 1
        self.embeddings = self.baseline = np.zeros((2, 3, 4))
        self.mask = None
        self.arguments = (np.zeros((2, 3)),)
        self.offsets = OFFSETS
        self.gives = np.zeros((2, 2))
        vars(self).update(changes)

    def forward(self, embeddings: Any, *arguments: Any) -> Any:
        return self.gives


class Gradients:
    """A proxy that hands out the batches that it is told to."""

    def __init__(self, *batches: Any, scores: Any = None) -> None:
        self.made = batches
        self.scores = scores

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        assert labels

    def predict(self, examples: Sequence[Example]) -> Any:
        assert [example.label for example in examples] == ["", ""]
        return self.scores

    def batches(self, examples: Sequence[Example]) -> Iterator[Any]:
        assert [example.label for example in examples] == ["", ""]
        yield from self.made


def checked(*batches: Any, scores: Any = None) -> Any:
    made = CheckedProxy.of(Gradients(*batches, scores=scores))
    made.fit([], ("cold", "warm"))
    return made


def test_large_logits_are_finite_all_the_same() -> None:
    large = Scores(("cold", "warm"), (1e308, 1.7e308), (0.0, 1.0))
    assert checked(scores=[large, large]).predict(TEXTS) == [large, large]


def test_sound_batches_come_as_they_are() -> None:
    proxy = checked(Batch())
    assert callable(getattr(proxy, "batches", None))
    (batch,) = proxy.batches(TEXTS)
    given = batch.inner
    assert batch.embeddings is given.embeddings
    assert (batch.mask, batch.offsets) == (None, OFFSETS)
    assert batch.forward(batch.embeddings, *batch.arguments) is given.gives


@pytest.mark.parametrize(
    ("batches", "words"),
    [
        ([Batch(indices=(0, 2))], "a batch holds example 2 of 2"),
        ([Batch(indices=(0, "1"))], "an index is '1', no whole number"),
        ([Batch(indices=(0, 0))], "item '1': stands in two batches"),
        ([], "item '1': stands in no batch"),
        ([Batch(labels=(("cold",),))], "a batch of 2 examples has labels"),
        ([Batch(labels=(("cold",), ("cold", "warm")))], "has labels"),
        ([Batch(embeddings=[1, 2])], "embeddings is list, no tensor"),
        ([Batch(embeddings=np.zeros((3, 3, 4)))], "embeddings of the shape"),
        ([Batch(baseline=np.zeros((2, 3, 5)))], "the baseline's shape"),
        ([Batch(mask=np.zeros(5))], "the mask's shape"),
        ([Batch(arguments=(np.zeros((3, 3)),))], "an argument of the shape"),
        ([Batch(offsets=OFFSETS[:1])], "has 1 row of offsets"),
        ([Batch(offsets=(OFFSETS[0][:2],) * 2)], "2 offsets for 3 tokens"),
        ([Batch(offsets=(((0, 99), None, None),) * 2)], "characters 0 to 99 of a text"),
        ([Batch(rows_per_example=0)], "rows_per_example is 0"),
        ([None], "has no method 'forward'"),
    ],
)
def test_batches_that_do_not_fit_are_told_on(batches: list[Any], words: str) -> None:
    with pytest.raises(PluginError, match=words):
        list(checked(*batches).batches(TEXTS))


def test_logits_of_another_shape_are_told_on() -> None:
    (batch,) = checked(Batch(gives=np.zeros((2, 3)))).batches(TEXTS)
    with pytest.raises(PluginError, match=r"forward gives \(2, 3\) logits for 2 rows"):
        batch.forward(batch.embeddings, *batch.arguments)


def test_numbers_of_numpy_and_lists_pass_for_pythons_own() -> None:
    array = np.array([0.75, 0.25], dtype=np.float32)
    given = Scores(["cold", "warm"], np.array([1.0, 0.0]), array)  # type: ignore[arg-type]  # what a plugin may give
    found = checked(scores=[given, given]).predict(TEXTS)
    assert found == [Scores(("cold", "warm"), (1.0, 0.0), (0.75, 0.25))] * 2
    assert {type(one) for one in found[0].probabilities} == {float}


def test_the_order_of_the_labels_is_the_proxys_own() -> None:
    given = Scores(("warm", "cold"), (1.0, 0.0), (0.73, 0.27))
    found = checked(scores=[given, given]).predict(TEXTS)
    assert found[0] == given


def test_a_proxy_that_was_fitted_elsewhere_comes_back_behind_its_door() -> None:
    given = Scores(("cold", "hot"), (1.0, 0.0), (0.73, 0.27))
    again = pickle.loads(pickle.dumps(checked(scores=[given, given])))  # noqa: S301  # our own
    assert isinstance(again, CheckedProxy)
    assert callable(getattr(again, "batches", None))
    with pytest.raises(PluginError, match="scores the label 'hot', which is not open to it"):
        again.predict(TEXTS)
