"""The linear proxy against scikit-learn used plainly, and its parts against its logits."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from amplify_sklearn.coefficients import Coefficients
from amplify_sklearn.linear import MANY, Linear
from amplify_sklearn.options import CoefficientsOptions, LinearOptions
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from amplify import Claim, Context, DataError, Example, Option, PluginError, readable_words

LABELS = ("bad", "good", "so-so")
WORDS = "the a house walked quickly under seven green lamp table river street".split()
SIGNS = {"bad": ("dreadful", "gloomy"), "good": ("splendid", "lovely"), "so-so": ("plain", "fine")}
ODD = ("", "!?", "Ünïted don't — 3.14% of it!", "unheard things only", "Splendid splendid SPLENDID")


def planted(count: int, labels: tuple[str, ...] = LABELS, seed: int = 0) -> list[Example]:
    draw = random.Random(seed)
    made = []
    for index in range(count):
        label = labels[index % len(labels)]
        words = [*draw.choices(WORDS, k=8), draw.choice(SIGNS[label])]
        draw.shuffle(words)
        made.append(Example(str(index), " ".join(words), label))
    return made


def listed(count: int, seed: int = 0, choices: int = 3) -> list[Example]:
    """The right option holds a splendid word, the wrong ones gloomy words."""
    draw = random.Random(seed)
    made = []
    for index in range(count):
        right = draw.randrange(choices)
        text, options = "which of them, splendid or gloomy?\nOptions:", []
        for place in range(choices):
            text += f"\n({'ABC'[place]}) "
            sign = draw.choice(SIGNS["good" if place == right else "bad"])
            content = f"{draw.choice(WORDS)} {sign} {draw.choice(WORDS)}"
            options.append(Option(f"({'ABC'[place]})", len(text), len(text) + len(content)))
            text += content
        made.append(Example(f"o{index}", text, options[right].label, tuple(options), (0, 34)))
    return made


def fitted(train: list[Example], labels: tuple[str, ...] = LABELS, **options: object) -> Linear:
    made = Linear(LinearOptions(**options), Context())  # type: ignore[arg-type]  # by keyword
    made.fit(train, labels)
    return made


def accuracy(proxy: Linear, asked: list[Example]) -> float:
    found = proxy.predict(asked)
    return sum(s.best == e.label for s, e in zip(found, asked, strict=True)) / len(asked)


@pytest.mark.parametrize("labels", [LABELS, LABELS[:2]])
def test_it_is_scikit_learns_own_regression(labels: tuple[str, ...]) -> None:
    train, asked = planted(60, labels), planted(20, labels, seed=1)
    proxy = fitted(train, labels, ngrams=1, C=3.0)
    words = TfidfVectorizer(token_pattern=r"\w+")
    model = LogisticRegression(C=3.0, tol=1e-6, max_iter=1000)
    model.fit(words.fit_transform([e.text for e in train]), [e.label for e in train])
    plain = model.predict_proba(words.transform([e.text for e in asked]))
    found = proxy.predict(asked)
    assert [s.labels for s in found] == [labels] * 20
    order = [list(model.classes_).index(label) for label in labels]
    assert np.array([s.probabilities for s in found]) == pytest.approx(plain[:, order], abs=1e-9)
    assert accuracy(proxy, asked) > 0.9


def test_options_are_told_apart_by_their_words() -> None:
    proxy = fitted(listed(40), ())
    assert accuracy(proxy, listed(40, seed=1)) == 1.0
    assert accuracy(proxy, listed(40, seed=2, choices=2)) == 1.0
    (scores,) = proxy.predict(listed(1, seed=3, choices=2))
    assert scores.labels == ("(A)", "(B)")


def test_for_two_options_it_is_the_conditional_logit() -> None:
    from scipy.optimize import minimize

    train = listed(30, choices=2)
    proxy = fitted(train, (), ngrams=1, C=2.0)
    words = TfidfVectorizer(token_pattern=r"\w+")
    texts = [e.text[o.start : o.end] for e in train for o in e.options]
    rows = words.fit_transform(texts).toarray()
    right = np.array([[o.label for o in e.options].index(e.label) for e in train])
    gaps = np.array([rows[2 * i + r] - rows[2 * i + 1 - r] for i, r in enumerate(right)])

    def loss(weights: np.ndarray) -> float:
        lead = gaps @ weights
        return float(np.logaddexp(0, -lead).sum() + weights @ weights / (2 * 2.0))

    best = minimize(loss, np.zeros(gaps.shape[1]), tol=1e-10).x
    found = [s.logits for s in proxy.predict(train)]
    assert np.array(found).ravel() == pytest.approx(rows @ best, abs=1e-4)


def asked_of(by_option: bool) -> list[Example]:
    odd = [Example(f"x{i}", text, "good") for i, text in enumerate(ODD)]
    return [*listed(5, seed=5), *odd] if by_option else [*planted(5, seed=5), *odd]


@pytest.mark.parametrize("by_option", [False, True])
@pytest.mark.parametrize("normalise", [False, True])
@pytest.mark.parametrize("ngrams", [1, 3])
def test_parts_add_up_to_the_logits(by_option: bool, normalise: bool, ngrams: int) -> None:
    train = listed(40) if by_option else planted(60)
    proxy = fitted(train, normalise=normalise, ngrams=ngrams)
    asked = asked_of(by_option)
    for example, parts, scores in zip(asked, proxy.parts(asked), proxy.predict(asked), strict=True):
        assert parts.labels == scores.labels
        whole = [sum(s[j] for s in parts.shares) + rest for j, rest in enumerate(parts.rest)]
        assert whole == pytest.approx(scores.logits, abs=1e-12)
        wanted = readable_words(example)
        if example.options:
            question = example.question or (0, 0)
            wanted = [word for word in wanted if word[0] >= question[1]]
        if not by_option or example.options:
            assert list(parts.words) == wanted


def assert_coefficients() -> None:
    """Each place of a word has its TF-IDF times scikit-learn's weight."""
    train = planted(60, LABELS[:2])
    proxy = fitted(train, LABELS[:2], ngrams=1, normalise=False)
    words = TfidfVectorizer(token_pattern=r"\w+", norm=None)
    model = LogisticRegression(C=10.0, tol=1e-6, max_iter=1000)
    rows = words.fit_transform([e.text for e in train])
    scale = np.linalg.norm(rows.toarray(), axis=1).mean()
    model.fit(rows / scale, [e.label for e in train])
    text = "a splendid table, a Splendid unheard river"
    claims = [Claim(Example("0", text, "good"), "good", "bad")]
    plain, contrast = (
        Coefficients(CoefficientsOptions(contrast=contrast), Context()).explain(proxy, claims)[0]
        for contrast in (False, True)
    )

    def weight(word: str) -> float:
        place = words.vocabulary_.get(word.casefold())
        return 0.0 if place is None else float(words.idf_[place] * model.coef_[0, place] / scale)

    got = [(text[s.start : s.end], s.score) for s in contrast.spans]
    assert [word for word, _ in got] == text.replace(",", "").split()
    assert [s for _, s in got] == pytest.approx([weight(word) for word, _ in got], abs=1e-9)
    assert got[1][1] == got[4][1] > 0
    # Two labels share one weight vector, half of it each.
    assert [2 * s.score for s in plain.spans] == pytest.approx([s.score for s in contrast.spans])
    assert contrast.remainder == pytest.approx(model.intercept_[0])


def test_coefficients_are_tf_idf_times_weight_at_each_place() -> None:
    assert_coefficients()


MUTANTS = {
    "the next word's share": lambda shares: np.roll(shares, 1, axis=0),
    "shares that are too small": lambda shares: 0.9 * shares,
    "the other label's share": lambda shares: shares[:, ::-1],
    "no sign": np.abs,
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_oracle_notices_wrong_shares(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Linear._shares
    monkeypatch.setattr(Linear, "_shares", lambda *args: MUTANTS[mutant](right(*args)))
    with pytest.raises(AssertionError):
        assert_coefficients()


def test_a_contrast_is_the_difference_of_two_plain_explanations() -> None:
    proxy = fitted(planted(60))
    asked = planted(6, seed=4)
    plain = Coefficients(CoefficientsOptions(), Context())
    contrast = Coefficients(CoefficientsOptions(contrast=True), Context())
    runner_up = [proxy.predict([e])[0].foil(e.label) for e in asked]
    made = contrast.explain(proxy, [Claim(e, e.label) for e in asked])
    assert made == contrast.explain(
        proxy, [Claim(e, e.label, f) for e, f in zip(asked, runner_up, strict=True)]
    )
    target = plain.explain(proxy, [Claim(e, e.label) for e in asked])
    foil = plain.explain(proxy, [Claim(e, f) for e, f in zip(asked, runner_up, strict=True)])
    for lead, one, other in zip(made, target, foil, strict=True):
        for a, b, c in zip(lead.spans, one.spans, other.spans, strict=True):
            assert a.score == pytest.approx(b.score - c.score, abs=1e-12)


def test_what_is_not_open_to_the_item_gets_no_words() -> None:
    explainer = Coefficients(CoefficientsOptions(), Context())
    (found,) = explainer.explain(fitted(planted(60)), [Claim(planted(1)[0], "elsewhere")])
    assert (found.spans, found.unscored) == ((), 9)


def test_the_order_of_the_items_and_of_the_questions_changes_nothing() -> None:
    train, asked = planted(60), planted(9, seed=3)
    proxy = fitted(train)
    alone = [proxy.predict([e])[0] for e in asked]
    assert proxy.predict(asked) == alone
    assert proxy.predict(asked[::-1]) == alone[::-1]
    again = pickle.loads(pickle.dumps(proxy))  # noqa: S301  # our own, as to a worker process
    assert again.predict(asked) == alone
    shuffled = fitted(random.Random(1).sample(train, len(train))).predict(asked)
    for one, other in zip(alone, shuffled, strict=True):
        assert one.logits == pytest.approx(other.logits, abs=1e-4)


def test_a_label_without_training_items_is_unlikely_but_scored() -> None:
    train = [e for e in planted(60) if e.label != "so-so"]
    found = fitted(train).predict(planted(30, seed=1))
    assert max(s.probability("so-so") for s in found) < 0.05
    one = fitted([e for e in train if e.label == "good"])
    assert one.predict(planted(3))[0].probability("good") > 0.9


def test_faults_are_named() -> None:
    stray = [Example("s", "splendid", "neither")]
    with pytest.raises(DataError, match="no training item"):
        fitted(stray)
    with pytest.raises(DataError, match="no word can be a feature"):
        fitted([Example("0", "?!", "good"), Example("1", "", "bad")])
    with pytest.raises(DataError, match="min_df is 99"):
        fitted(planted(20), min_df=99)
    with pytest.raises(PluginError, match="before it was fitted"):
        Linear(LinearOptions(), Context()).predict(planted(1))
    with pytest.raises(DataError, match="lists options of its own"):
        fitted(planted(20)).predict(listed(1))
    assert fitted([*stray, *planted(20)]).predict(planted(2)) == fitted(planted(20)).predict(
        planted(2)
    )


def test_items_of_one_option_teach_nothing() -> None:
    proxy = fitted(listed(4, choices=1), ())
    assert proxy.predict(listed(1, choices=2))[0].probabilities == (0.5, 0.5)


def test_many_texts_are_counted_as_they_are_read() -> None:
    seen: dict[str, list[int]] = {}

    @contextmanager
    def show(phase: str, total: int | None) -> Iterator[Callable[..., None]]:
        counts = seen.setdefault(phase, [total or 0, 0])

        def advance(count: int = 1) -> None:
            counts[1] += count

        yield advance

    proxy = Linear(LinearOptions(), Context(show=show))
    proxy.fit(planted(MANY - 1), LABELS)
    proxy.predict(planted(MANY - 1))
    assert seen == {}
    proxy.fit(planted(MANY), LABELS)
    proxy.predict(planted(MANY, seed=2))
    texts = len({example.text for example in planted(MANY, seed=2)})
    assert seen == {
        "count the words of texts": [MANY, MANY],
        "weigh the words of texts": [MANY, MANY],
        "score texts by the proxy": [texts, texts],
    }
