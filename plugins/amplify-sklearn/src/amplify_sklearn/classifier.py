"""A scikit-learn classifier of texts: an LLM with the prompt that a run has built and measured."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

import amplify
from amplify import Labelling, LoadedPrompt

RANKING = ("rank", "complete")
"""The ways of answering by which each label has a probability."""


def _ranks(classifier: AmplifyClassifier) -> bool:
    planned = (classifier.settings or {}).get("answer", classifier.answer)
    if classifier.__dict__.get("_mode", planned) not in RANKING:
        raise AttributeError('labels have probabilities with answer="rank" or "complete"')
    return True


class AmplifyClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # no types there
    """Labels texts by an LLM, whose prompt `fit` builds and measures on a part of the examples.

    - `llm`, `model`: the LLM, as in a plan.
    - `proxy`, `explainer`: the small model whose attributions become rationales, and what
      attributes; they serve the arm "amplify" and its controls.
    - `arm`: the arm whose prompt predicts; by default the run's focus, its baseline where the focus
      was shown to do worse, or what a tune has chosen.
    - `arms`: the arms that are measured; by default those of a plan.
    - `answer`: how the LLM answers; with "rank" or "complete" there is `predict_proba`.
    - `shots`, `limit`, `max_cost`: demonstrations, most test items, and a cap on what `fit` spends.
    - `tune`: whether ways of building the prompt are raced first (`amplify.tune`).
    - `settings`, `options`: other settings of `amplify.run`, and other keys of a plan.
    - `out`: the run's folder, in which a second fit of the same examples goes on.
    - `random_state`: the seed of every choice.

    After `fit`, `run_` is the `amplify.Run`, `classes_` the classes, and `prompt_` the prompt.
    """

    def __init__(
        self,
        llm: str | Mapping[str, Any] | None = None,
        *,
        model: str | None = None,
        proxy: str | Mapping[str, Any] | None = "sklearn/linear",
        explainer: str | Mapping[str, Any] | None = "sklearn/coefficients",
        arm: str | None = None,
        arms: Sequence[str] | None = None,
        answer: str | None = None,
        shots: int | None = None,
        limit: int | None = None,
        max_cost: float | None = None,
        tune: bool = False,
        settings: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        out: str | Path | None = None,
        random_state: int | None = None,
    ) -> None:
        self.llm = llm
        self.model = model
        self.proxy = proxy
        self.explainer = explainer
        self.arm = arm
        self.arms = arms
        self.answer = answer
        self.shots = shots
        self.limit = limit
        self.max_cost = max_cost
        self.tune = tune
        self.settings = settings
        self.options = options
        self.out = out
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = True
        tags.input_tags.string = True
        tags.target_tags.one_d_labels = True
        tags.no_validation = True
        return tags

    def fit(self, X: Any, y: Any) -> AmplifyClassifier:
        """Build the prompt from labelled texts, and measure it on those that are held out.

        `X` holds the texts: a list, a Series, an array, or a table of one column.
        """
        texts, targets = _texts(X), column_or_1d(y, dtype=None)
        check_consistent_length(texts, targets)
        if not texts:
            raise ValueError("X holds no texts: 0 sample(s)")
        self.classes_: Any = np.unique(targets)
        self._by_name = {str(label).strip(): label for label in self.classes_}
        if len(self._by_name) < len(self.classes_):
            raise ValueError("two classes have the same name as texts")
        if len(self.classes_) < 2:
            raise ValueError(f"y has one class, {self.classes_[0]!r}, in {len(texts)} sample(s)")
        counts = Counter(targets.tolist())
        self._most_frequent = max(self.classes_, key=lambda label: counts[label])
        pairs = [(text, str(label).strip()) for text, label in zip(texts, targets, strict=True)]
        make = amplify.tune if self.tune else amplify.run
        self.run_ = make(pairs, out=self.out, options=self.options, **self._settings())
        self._prompt: LoadedPrompt | None = None
        self._prompt = self.prompt_
        self._mode = self._prompt.finished.answer.mode
        return self

    def _settings(self) -> Any:
        names = ("llm", "model", "proxy", "arms", "answer", "shots", "limit", "max_cost")
        own = {name: getattr(self, name) for name in names}
        if self.arms is None or "amplify" in self.arms:
            own["explainer"] = self.explainer
        return {**own, "seed": self.random_state, **(self.settings or {})}

    @property
    def prompt_(self) -> LoadedPrompt:
        """The prompt, ready to be called; also where the classifier was unpickled."""
        check_is_fitted(self, "run_")
        return self.run_.prompt(self.arm) if self._prompt is None else self._prompt

    def predict(self, X: Any) -> Any:
        """The class of each text.

        A text to which the LLM gave no label gets the most frequent class, and a warning counts
        these; `prompt_.predict` tells them apart.
        """
        answers = self._label(X)
        missing = sum(answer.label is None for answer in answers)
        if missing:
            warnings.warn(
                f"texts to which the LLM gave no label: {missing} of {len(answers)}; the most"
                f" frequent class stands for them. The first: {_reason(answers)}",
                UserWarning,
                stacklevel=2,
            )
        labels = [
            self._most_frequent if answer.label is None else self._by_name[answer.label]
            for answer in answers
        ]
        return np.asarray(labels, dtype=self.classes_.dtype)

    @available_if(_ranks)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, in the order of `classes_`; a row of a text that got none
        has the same for all."""
        even = 1 / len(self.classes_)
        names = list(self._by_name)
        rows = [
            [answer.probabilities.get(name, 0.0) for name in names]
            if answer.probabilities
            else [even] * len(names)
            for answer in self._label(X)
        ]
        table = np.asarray(rows, dtype=float).reshape(-1, len(names))
        return table / table.sum(axis=1, keepdims=True)

    def _label(self, X: Any) -> list[Labelling]:
        texts, prompt = _texts(X), self.prompt_
        self._prompt = prompt
        return prompt.predict(texts)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "run_")

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        return {**state, "_prompt": None} if "_prompt" in state else state


def _texts(X: Any) -> list[str]:
    """The texts as a list; ValueError for what holds none, or several columns."""
    if isinstance(X, str | bytes):
        raise ValueError("X is one text: a list of texts is wanted, as [text]")
    array = np.asarray(X, dtype=object)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"X has the shape {array.shape}: texts, or one column of them, are wanted")
    for place, text in enumerate(array):
        if not isinstance(text, str):
            raise ValueError(f"X[{place}] is no text, but of type {type(text).__name__}")
    return [str(text) for text in array]


def _reason(answers: Sequence[Labelling]) -> str:
    first = next(answer for answer in answers if answer.label is None)
    status = "unread" if first.status == "unparsed" else first.status
    return f"{status} {first.error or first.reply[:80]}".strip()
