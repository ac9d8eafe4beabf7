"""What a report says of labels: macro-F1 and rare labels where classes are unbalanced, tables."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console

from amplify import Prediction
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.report.arms import print_arms
from amplify.report.metrics import print_metrics, rare_words

LABELS = ("description", "[bold]abbreviation", "location")
CLASSES = {"description": 60, "[bold]abbreviation": 4, "location": 16}


def predictions(right: Mapping[str, int], classes: Mapping[str, int]) -> list[Prediction]:
    """The answers to so many items of each label, of which the first ones are right, and the last
    one is unread; all others are "description" or "location"."""
    answers = []
    for label, count in classes.items():
        other = "location" if label == "description" else "description"
        for number in range(count):
            answer = label if number < right[label] else other
            status: Any = "answered"
            if number >= right[label] and number == count - 1:
                answer, status = None, "unparsed"  # type: ignore[assignment]  # an answer may be None
            item = f"{label}{number}"
            answers.append(Prediction("", item, label, answer, status, answer == label))
    return answers


def score(name: str, *right: Mapping[str, int], classes: Mapping[str, int] = CLASSES) -> ArmScore:
    draws = {(0, n if right[1:] else 0): predictions(r, classes) for n, r in enumerate(right, 1)}
    return score_arm(name, draws, labels=LABELS)


AMPLIFY = score("amplify", {"description": 50, "[bold]abbreviation": 3, "location": 14})
BARE = score("answer-only", {"description": 58, "[bold]abbreviation": 0, "location": 6})


def shown(*scores: ArmScore, classes: Mapping[str, int], width: int = 80) -> str:
    tokens = {"input": 1, "output": 1}
    record = {
        "arms": [{**asdict(score), "tokens": tokens} for score in scores],
        "data": {"classes": {"test": classes}},
    }
    stream = io.StringIO()
    console = Console(file=stream, width=width, no_color=True)
    print_arms(scores, record, console, narrow=width < 76)
    return stream.getvalue()


def metrics_of(*scores: ArmScore, width: int = 80) -> str:
    stream = io.StringIO()
    print_metrics(scores, Console(file=stream, width=width, no_color=True), width < 76)
    return stream.getvalue()


def test_unbalanced_classes_have_macro_f1_and_a_sentence_on_the_rarest_labels() -> None:
    text = shown(AMPLIFY, BARE, classes=CLASSES)
    assert AMPLIFY.metrics is not None
    assert "macro-F1" in text
    assert f"{AMPLIFY.metrics.macro_f1.value:.1%}" in text
    assert (
        "of the two rarest labels, [bold]abbreviation and location, amplify gets 17 of 20,"
        " answer-only 6 of 20" in " ".join(text.split())
    )
    assert max(map(len, text.splitlines())) <= 80


def test_balanced_classes_have_neither() -> None:
    even = dict.fromkeys(LABELS, 20)
    right = dict.fromkeys(LABELS, 10)
    text = shown(score("amplify", right, classes=even), classes=even)
    assert "macro-F1" not in text
    assert "rarest" not in text


def test_a_narrow_console_and_several_draws_have_it_too() -> None:
    right = {"description": 50, "[bold]abbreviation": 2, "location": 10}
    drawn = score("amplify", right, {**right, "location": 16})
    narrow = shown(drawn, classes=CLASSES, width=60)
    assert "macro-F1 " in narrow
    assert "amplify gets 30 of 40" in " ".join(narrow.split())
    wide = shown(drawn, BARE, classes=CLASSES)
    assert "macro-F1" in wide
    assert max(map(len, wide.splitlines())) <= 80


def test_arms_that_nobody_answered_say_nothing_of_rare_labels() -> None:
    nobody = score_arm("amplify", {(0, 0): []}, labels=LABELS)
    assert rare_words([nobody], CLASSES) is None
    assert "no metrics by label" in metrics_of(nobody)


def test_two_labels_have_one_that_is_the_rarest() -> None:
    words = rare_words([BARE], {"description": 60, "location": 16})
    assert words == "of the rarest label, location, answer-only gets 6 of 16"


def test_the_tables_have_every_label_and_every_answer() -> None:
    text = metrics_of(AMPLIFY, BARE)
    rows = [line.split() for line in text.splitlines()]
    (of_means, of_label, of_matrix) = [row for row in rows if row and row[0] == "amplify"] + [
        next(row for row in rows if row[:2] == ["[bold]abbreviation", "amplify"])
    ]
    assert AMPLIFY.metrics is not None
    assert of_means[1] == f"{AMPLIFY.metrics.macro_f1.value:.1%}"
    assert of_label[1:] == [*LABELS, "unread"]
    assert of_matrix[2:4] == ["3/4", "100.0%"]
    assert ["description", "50", "0", "9", "1"] in rows
    assert max(map(len, text.splitlines())) <= 80


def test_many_labels_have_a_list_of_confusions_in_place_of_a_matrix() -> None:
    labels = tuple(f"label {n}" for n in range(9))
    given = [
        Prediction("", f"i{n}", labels[n % 9], labels[0], "answered", n % 9 == 0) for n in range(27)
    ]
    text = metrics_of(score_arm("amplify", {(0, 0): given}, labels=labels))
    assert "most often confused by amplify: label 1 as label 0 3, label 2 as label 0 3" in text
    narrow = metrics_of(AMPLIFY, width=60)
    assert "description as location 9" in " ".join(narrow.split())
