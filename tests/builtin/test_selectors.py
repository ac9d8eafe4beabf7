"""Selectors: the sign of MCS, errors first, turns, files taken apart without loss."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify import Candidate, Context, DataError, Example, Option, Scores, Selection
from amplify.builtin.selectors.file import File
from amplify.builtin.selectors.mcs import Boundary, HighMCS, LowMCS
from amplify.builtin.selectors.options import BalancedOptions, ErrorsOptions, FileSelectorOptions
from amplify.builtin.selectors.random_draw import RandomDraw, RandomErrors
from amplify.loop.survey.mcs import misclassification_confidence

LABELS = ("(A)", "(B)")


def candidate(
    name: str, truth_probability: float, label: str = "(A)", error: bool | None = None
) -> Candidate:
    """A candidate whose true label the proxy gives `truth_probability`."""
    pair = (truth_probability, 1 - truth_probability)
    probabilities = pair if label == "(A)" else pair[::-1]
    scores = Scores(LABELS, (0.0, 0.0), probabilities)
    mcs = misclassification_confidence(scores, label) if label in LABELS else 1.0
    return Candidate(Example(name, f"text {name}", label), scores, error=error, mcs=mcs)


def ids(selection: Selection) -> list[str]:
    return [shot.example.id for shot in selection.shots]


def high(balanced: bool = False) -> HighMCS:
    return HighMCS(ErrorsOptions(balanced=balanced), Context())


def test_the_sign_of_mcs() -> None:
    """High MCS is where the proxy is most sure of a wrong label."""
    pool = [candidate("sure", 0.95), candidate("fooled", 0.05), candidate("torn", 0.5)]
    assert ids(high().select(pool, 3, ())) == ["fooled", "torn", "sure"]
    low = LowMCS(ErrorsOptions(), Context())
    assert ids(low.select(pool, 3, ())) == ["sure", "torn", "fooled"]


@pytest.mark.parametrize("selector", [HighMCS, LowMCS, Boundary])
def test_suspects_are_left_out_where_the_plan_says_so(selector: type[HighMCS]) -> None:
    pool = [candidate(name, 0.1 * place) for place, name in enumerate("abcd", 1)]
    pool[0] = replace(pool[0], label_error=0.51)
    pool[1] = replace(pool[1], label_error=0.5)
    every = selector(ErrorsOptions(), Context()).select(pool, 4, ())
    assert set(ids(every)) == {"a", "b", "c", "d"}
    assert every.notes == ()
    skipping = selector(ErrorsOptions(skip_suspects=True), Context()).select(pool, 4, ())
    assert set(ids(skipping)) == {"b", "c", "d"}
    assert skipping.notes == (
        "1 candidate whose label is likely wrong was left out",
        "only 3 candidates for 4 shots",
    )


def test_errors_come_first_and_are_topped_up() -> None:
    pool = [
        candidate("right-fooled", 0.1, error=False),
        candidate("wrong-sure", 0.9, error=True),
        candidate("wrong-fooled", 0.2, error=True),
        candidate("right-sure", 0.8, error=False),
    ]
    selection = high().select(pool, 3, ())
    assert ids(selection) == ["wrong-fooled", "wrong-sure", "right-fooled"]
    assert selection.notes[0].startswith("2 of 3 shots are errors; 1 ")
    assert high().select(pool, 2, ()).notes == ()
    assert "only 4 candidates for 9 shots" in high().select(pool, 9, ()).notes


def test_stray_and_unscored_candidates_are_never_taken() -> None:
    pool = [
        candidate("stray", 0.0, label="ruin", error=True),
        Candidate(Example("unscored", "x", "(A)"), error=True),
        candidate("sound", 0.9, error=False),
    ]
    assert ids(high().select(pool, 3, ())) == ["sound"]


def test_ties_go_by_id_and_labels_take_turns() -> None:
    pool = [candidate(f"a{i}", 0.1) for i in (3, 1, 2)]
    pool += [candidate("b1", 0.9, "(B)"), candidate("b2", 0.8, "(B)")]
    assert ids(high().select(pool, 5, ())) == ["a1", "a2", "a3", "b2", "b1"]
    assert ids(high(balanced=True).select(pool, 4, ())) == ["a1", "b2", "a2", "b1"]


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from(LABELS), st.sampled_from([True, False])),
        max_size=12,
    ),
    st.integers(0, 14),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_a_selection_depends_on_the_set_alone(
    rows: Sequence[tuple[float, str, bool]], shots: int, balanced: bool, chance: object
) -> None:
    pool = [candidate(f"{i:02}", p, label, error) for i, (p, label, error) in enumerate(rows)]
    mixed = list(pool)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # a random.Random
    for selector in (
        high(balanced),
        RandomDraw(BalancedOptions(balanced=balanced), Context(seed=1)),
    ):
        taken = ids(selector.select(pool, shots, ()))
        assert taken == ids(selector.select(mixed, shots, ()))
        assert len(taken) == len(set(taken)) == min(shots, len(pool))
    if not balanced:
        errors = [c.error for c in (s.candidate for s in high().select(pool, 12, ()).shots) if c]
        assert errors == sorted(errors, reverse=True)


def test_random_draws_by_the_seed() -> None:
    pool = [candidate(f"{i:02}", 0.5, LABELS[i % 2]) for i in range(20)]
    draws = [
        ids(RandomDraw(BalancedOptions(), Context(seed=s)).select(pool, 5, ())) for s in (0, 0, 1)
    ]
    assert draws[0] == draws[1] != draws[2]
    balanced = RandomDraw(BalancedOptions(balanced=True), Context()).select(pool, 6, ())
    assert [s.example.label for s in balanced.shots].count("(A)") == 3
    stray = Candidate(Example("s", "x", "ruin", (Option("(A)", 0, 1), Option("(B)", 0, 1))))
    assert ids(RandomDraw(BalancedOptions(), Context()).select([stray], 1, ())) == []


def test_the_boundary_is_where_the_proxy_is_torn() -> None:
    pool = [candidate("sure", 0.95), candidate("fooled", 0.2), candidate("torn", 0.52)]
    boundary = Boundary(ErrorsOptions(), Context())
    assert ids(boundary.select(pool, 3, ())) == ["torn", "fooled", "sure"]
    pool.append(candidate("error", 0.99, error=True))
    made = boundary.select(pool, 2, ())
    assert ids(made) == ["error", "torn"]
    assert "decision boundary" in made.notes[0]


def test_errors_are_drawn_before_the_others() -> None:
    pool = [candidate(f"{i:02}", 0.5, LABELS[i % 2], error=i % 4 < 2) for i in range(20)]
    draws = [
        ids(RandomErrors(BalancedOptions(), Context(seed=s)).select(pool, 12, ()))
        for s in (0, 0, 1)
    ]
    assert draws[0] == draws[1] != draws[2]
    wrong = [int(name) % 4 < 2 for name in draws[0]]
    assert wrong == [True] * 10 + [False] * 2
    bare = Candidate(Example("x", "no scores are needed", "(A)"), error=True)
    assert ids(RandomErrors(BalancedOptions(), Context()).select([bare], 1, ())) == ["x"]


PROMPT = """Say which.

It is easy.

Q: Which?
Options:
(A) x
(B) y
A: Let's think step by step.
The answer is not plain. So the answer is (B).

Q: And 3.5?
A: Let's think step by step. Half. So the answer is 7.

Q: Plain?
A: yes
"""


@pytest.mark.parametrize("head", ["", "-----\n", "A line with the word canary.\n-----\n"])
def test_a_prompt_file_is_taken_apart(context: Context, tmp_path: Path, head: str) -> None:
    (tmp_path / "p.txt").write_text(head + PROMPT, encoding="utf-8")
    selection = File(FileSelectorOptions(path="p.txt"), context).select((), 10, ())
    assert selection.instruction == "Say which.\n\nIt is easy."
    assert [(s.example.label, s.rationale) for s in selection.shots] == [
        ("(B)", "\nThe answer is not plain. So the answer is"),
        ("7", " Half. So the answer is"),
        ("yes", None),
    ]
    assert selection.shots[0].example.text == "Which?\nOptions:\n(A) x\n(B) y"
    assert [o.label for o in selection.shots[0].example.options] == ["(A)", "(B)"]


def test_fewer_shots_than_the_file_has(context: Context, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("A canary.\n" + PROMPT, encoding="utf-8")
    selection = File(FileSelectorOptions(path="p.txt"), context).select((), 2, ())
    assert len(selection.shots) == 2
    assert selection.notes == ("2 of the 3 demonstrations in p.txt",)


def test_json_lines(context: Context, tmp_path: Path) -> None:
    rows = [{"text": "one", "label": "a", "rationale": "because"}, {"text": "two", "label": "b"}]
    text = "\n".join(map(json.dumps, rows))
    (tmp_path / "d.jsonl").write_text(text, encoding="utf-8")
    selection = File(FileSelectorOptions(path="d.jsonl"), context).select((), 10, ())
    assert selection.instruction is None
    found = [(s.example.text, s.example.label, s.rationale) for s in selection.shots]
    assert found == [("one", "a", "because"), ("two", "b", None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just words", 'no line begins with "Q: "'),
        ("Q: x\nA: a\n\nQ: y", "demonstration 2 has no answer"),
        ("Q: x\nA: So the answer is .", "names no answer"),
        ('{"text": "x"}', "f:1: needs text as 'label'"),
        ('{"text": "x", "label": "a"}\n{', "f:2:2: is not JSON"),
    ],
)
def test_bad_demonstrations(context: Context, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "f").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        File(FileSelectorOptions(path="f"), context)
    assert said in str(caught.value)
