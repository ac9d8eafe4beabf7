"""What sets arms apart: rationales, and prompts of their own."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from amplify import Demonstration, Example, KeyWord
from amplify.contract.calls import Prompt, Request
from amplify.loop.audit.contrast import (
    Contrast,
    EqualPrompts,
    MissingRationales,
    contrast_words,
    sum_contrasts,
)
from amplify.loop.audit.find_contrast import (
    contrast_of_draws,
    find_equal_prompts,
    find_missing_rationales,
    unequal_shots,
)
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.family import adjust
from amplify.loop.compare.verdict import reach_verdict
from amplify.loop.prompt.arm import Arm, PreparedArm


class Wordy:
    """A template that says the key words, or, where it is told to, leads to the label always."""

    stop: tuple[str, ...] = ()
    max_tokens = 9

    def __init__(self, leads: str = "", silent: bool = False) -> None:
        self.leads, self.silent = leads, silent

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        if self.silent:
            return ["" for _ in demonstrations]
        return [" ".join(w.text for w in d.words) + self.leads for d in demonstrations]

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        return ""

    def item_part(self, example: Example) -> str:
        return example.text


def arm(template: Any, name: str = "a", explains: bool = True, shots: int = 3) -> Arm:
    thing: Any = object()
    return Arm(name, thing, thing if explains else None, template, shots, 5, ())


def shown(template: Any, *words: str) -> PreparedArm:
    drafts = [
        Demonstration(Example(f"d{n}", f"t{n}", "x"), (KeyWord(w, 1.0, ((0, 1),)),) if w else ())
        for n, w in enumerate(words)
    ]
    told = template.rationales(drafts)
    return PreparedArm(
        "a", "", tuple(replace(d, rationale=r) for d, r in zip(drafts, told, strict=True))
    )


@pytest.mark.parametrize("leads", ["", " The answer is"])
@pytest.mark.parametrize(("words", "without"), [(("u", "v"), 0), (("u", "", ""), 2), (("", ""), 2)])
def test_demonstrations_without_a_rationale_are_counted(
    leads: str, words: tuple[str, ...], without: int
) -> None:
    template = Wordy(leads)
    found = find_missing_rationales(arm(template), shown(template, *words))
    assert found == (MissingRationales("a", without, len(words)) if without else None)
    assert find_missing_rationales(arm(template, explains=False), shown(template, *words)) is None


def test_a_template_that_places_key_words_itself_is_taken_at_them() -> None:
    template = Wordy(silent=True)
    assert find_missing_rationales(arm(template), shown(template, "u", "v")) is None
    found = find_missing_rationales(arm(template), shown(template, "", ""))
    assert found is not None
    assert found.whole


def asked(arm: str, *texts: str, labels: tuple[str, ...] = ()) -> list[Request]:
    return [Request(Prompt("", text), arm, f"i{n}", 9, (), labels) for n, text in enumerate(texts)]


def test_arms_with_the_same_prompts_are_found() -> None:
    every = {
        "zero": asked("zero", "p", "q"),
        "ranked": asked("ranked", "p", "q", labels=("x", "y")),
        "focus": asked("focus", "r", "s"),
        "twin": asked("twin", "r", "s"),
        "half": asked("half", "r", "t"),
        "zero again": asked("zero again", "p", "q"),
    }
    found = find_equal_prompts(every, "focus")
    assert found == [
        EqualPrompts("focus", "twin", 2, 2),
        EqualPrompts("focus", "half", 1, 2),
        EqualPrompts("zero again", "zero", 2, 2),
    ]
    contrast = Contrast(same=tuple(found))
    assert contrast.identical("twin", "focus")
    assert not contrast.identical("focus", "half")
    assert contrast_words(contrast)[:2] == [
        "focus has the prompts of twin, to the byte",
        "focus has the prompts of half on 1 of 2 items, to the byte",
    ]


def test_equal_prompts_are_found_without_holding_all_of_them_at_once() -> None:
    block = "x" * 100_000
    every = {
        arm: [Request(Prompt(block, f"{arm} {n}"), arm, f"i{n}", 9) for n in range(50)]
        for arm in ("focus", "other")
    }
    tracemalloc.start()
    try:
        assert find_equal_prompts(every, "focus") == []
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 10 * len(block)


def test_unequal_counts_of_demonstrations_are_told_where_as_many_were_asked_for() -> None:
    arms = [arm(Wordy(), "focus"), arm(Wordy(), "base"), arm(Wordy(), "more", shots=9)]
    counts = {"focus": 1, "base": 3, "more": 9}
    assert unequal_shots(arms, counts, "focus", "base") == {"focus": 1, "base": 3}
    assert unequal_shots(arms, counts, "focus", "more") == {}
    assert unequal_shots(arms, {**counts, "focus": 3}, "focus", "base") == {}
    assert unequal_shots(arms, counts, "focus", None) == {}
    (told,) = contrast_words(Contrast(shots={"focus": 1, "base": 3}))
    assert told.startswith("focus shows 1 demonstration and base 3: a difference between the two")


def test_over_seeds_an_arm_is_another_one_where_it_is_so_under_each() -> None:
    whole = Contrast((MissingRationales("a", 4, 4),), (EqualPrompts("a", "b", 9, 9),))
    assert sum_contrasts([whole, whole]) == Contrast(
        (MissingRationales("a", 8, 8),), (EqualPrompts("a", "b", 18, 18),)
    )
    mixed = sum_contrasts([whole, Contrast()])
    assert (mixed.bare, mixed.same) == (
        (MissingRationales("a", 4, 8),),
        (EqualPrompts("a", "b", 9, 18),),
    )
    assert not mixed.shows_nothing("a")
    assert not mixed.identical("a", "b")


def gain(baseline: str) -> Comparison:
    return Comparison("amplify", baseline, 200, 0.2, (0.1, 0.3), 1e-6, 50, 10)


CONTROLS = {"random-words": "the key words", "no-rationale": "the rationales"}


@pytest.mark.parametrize(
    ("contrast", "tested"),
    [
        (Contrast((MissingRationales("amplify", 4, 4),)), []),
        (Contrast((MissingRationales("amplify", 3, 4),)), ["random-words", "no-rationale"]),
        (Contrast((MissingRationales("random-words", 4, 4),)), ["no-rationale"]),
        (Contrast(same=(EqualPrompts("amplify", "no-rationale", 9, 9),)), ["random-words"]),
        (
            Contrast(same=(EqualPrompts("amplify", "no-rationale", 8, 9),)),
            ["random-words", "no-rationale"],
        ),
    ],
)
def test_a_control_that_is_none_tests_nothing(contrast: Contrast, tested: list[str]) -> None:
    every = adjust("f", [gain(name) for name in ("answer-only", *CONTROLS)])
    found = reach_verdict("amplify", "answer-only", CONTROLS, every, contrast=contrast)
    assert [one.arm for one in found.placebos] == tested
    assert f"{contrast_words(contrast)[0]}." in found.sentences
    for control, tests in CONTROLS.items():
        cannot = f"amplify against {control}: this run cannot show whether {tests} matter."
        assert (cannot in found.sentences) == (control not in tested)
        assert (tests in found.sentences[0].partition(" but nothing here shows")[2]) == (
            control not in tested
        )


def drawn(name: str, *prompts: str) -> list[tuple[Arm, PreparedArm]]:
    """An arm in as many draws as there are prompts; one without a number is drawn once."""
    pairs = []
    for number, text in enumerate(prompts, start=1):
        of_draw = arm(Wordy(), name, explains=False)
        if len(prompts) > 1:
            assert of_draw.selector is not None
            of_draw = of_draw.drawn(number, of_draw.selector)
        requests = tuple(asked(of_draw.name, text, "q"))
        shown = (Demonstration(Example(text, text, "x")),)
        pairs.append(
            (of_draw, PreparedArm(of_draw.name, "", shown, requests=requests, draw=of_draw.draw))
        )
    return pairs


def test_draws_that_ask_the_very_same_are_one_draw() -> None:
    pairs = [
        *drawn("focus", "p", "p", "p"),
        *drawn("base", "r", "s", "r"),
        *drawn("once", "z"),
    ]
    contrast = contrast_of_draws([a for a, _ in pairs], [p for _, p in pairs], "focus", "base")
    assert contrast.one_draw == {"focus": 3}
    assert contrast
    assert "all 3 draws of focus show the same demonstrations: they are one draw" in (
        contrast_words(contrast)
    )


def test_over_seeds_draws_are_one_where_they_are_so_under_each_seed() -> None:
    some, other = Contrast(one_draw={"a": 3, "b": 3}), Contrast(one_draw={"b": 3})
    assert sum_contrasts([some, other]).one_draw == {"b": 3}
    assert sum_contrasts([other, Contrast()]).one_draw == {}
