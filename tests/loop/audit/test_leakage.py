from __future__ import annotations

import random
from dataclasses import replace

import pytest

from amplify import DataError, Example, Task
from amplify.contract.task import Dataset
from amplify.loop.audit.leakage import LeakGuard, find_leaks
from amplify.loop.data.split import split

VOCABULARY = [f"word{n}" for n in range(3000)]


def texts(count: int, seed: int = 0, words: int = 25) -> list[str]:
    draw = random.Random(seed)
    return [" ".join(draw.choices(VOCABULARY, k=words)) for _ in range(count)]


def items(prefix: str, found: list[str]) -> list[Example]:
    return [Example(f"{prefix}{n}", text, "ab"[n % 2]) for n, text in enumerate(found)]


def spaced(text: str, draw: random.Random) -> str:
    return "\n " + text.replace(" ", draw.choice(["  ", "\t", " \n"]))


def changed(text: str, draw: random.Random) -> str:
    words = text.split()
    words[draw.randrange(len(words))] = "changed"
    return " ".join(words)


def missing(text: str, draw: random.Random) -> str:
    words = text.split()
    del words[draw.randrange(len(words))]
    return " ".join(words)


def added(text: str, draw: random.Random) -> str:
    words = text.split()
    words.insert(draw.randrange(len(words) + 1), "added")
    return " ".join(words)


PLANTS = {
    "exact": lambda text, draw: text,
    "white space": spaced,
    "case": lambda text, draw: text.upper(),
    "one word changed": changed,
    "one word missing": missing,
    "one word added": added,
    "all at once": lambda text, draw: spaced(changed(text.title(), draw), draw),
}


@pytest.mark.parametrize("kind", PLANTS)
def test_planted_leaks_are_all_found_and_nothing_else(kind: str) -> None:
    draw = random.Random(3)
    test, train = texts(600), texts(1000, seed=1)
    planted = dict(zip(draw.sample(range(600), 40), draw.sample(range(1000), 40), strict=True))
    for one, other in planted.items():
        train[other] = PLANTS[kind](test[one], draw)
    found = find_leaks(items("t", test), items("r", train))
    assert {leak.test.id: leak.other.id for leak in found} == {
        f"t{one}": f"r{other}" for one, other in planted.items()
    }
    assert {leak.near for leak in found} == {"word" in kind or kind == "all at once"}


def test_the_same_text_is_told_rather_than_a_changed_one() -> None:
    [test] = items("t", texts(1))
    near = replace(test, id="near", text=test.text + " more")
    [leak] = find_leaks([test], [near, replace(test, id="same")])
    assert (leak.other.id, leak.near) == ("same", False)
    assert find_leaks([test], []) == find_leaks([], [test]) == []


def task(**sides: list[Example]) -> Task:
    return Task("mine", "Say a or b.", ("a", "b"), **{k: tuple(v) for k, v in sides.items()})


def test_a_leak_in_train_is_refused_with_names_and_a_way_on() -> None:
    test = items("t", texts(20))
    train = [*items("r", texts(20, 1)), replace(test[3], id="copy"), replace(test[4], id="twin")]
    train[-1] = replace(train[-1], text=changed(test[4].text, random.Random(0)))
    guard = LeakGuard(task(test=test, train=train), "refuse")
    with pytest.raises(DataError) as caught:
        guard.check_train()
    assert str(caught.value) == (
        "[split] train: 1 test item stands in train too; 1 test item is one word from an item of"
        " train: t3 as copy, t4 as twin\n"
        '  train or test on other items; [guards] leaks = "note" goes on all the same'
    )


def test_a_plan_may_go_on_and_the_record_says_so() -> None:
    test = items("t", texts(20))
    guard = LeakGuard(task(test=test, train=test[:7]), "note")
    notes = [
        *guard.check_train(),
        *guard.check_shown("answer-only", test[:1]),
        *guard.check_text("cot", f"As in: {test[2].text.upper()} So the answer is a."),
    ]
    assert notes == [
        "[split] train: 7 test items stand in train too: t0, t1, t2, t3, t4 and 2 more",
        "arm 'answer-only': 1 test item stands among its demonstrations: t0",
        "arm 'cot': 1 test item is quoted in its instruction, its template or its rationales: t2",
    ]


def test_a_sound_task_passes() -> None:
    test, pool = items("t", texts(50)), items("p", texts(50, 1))
    guard = LeakGuard(task(test=test, pool=pool, train=items("r", texts(50, 2))), "refuse")
    guard.check_train()
    guard.check_shown("answer-only", pool[:10])
    guard.check_text("answer-only", "Say a or b.")
    short = LeakGuard(task(test=items("t", ["yes it is"])), "refuse")
    short.check_text("answer-only", "Say whether yes it is so.")


def test_what_the_split_makes_has_no_leak_even_where_items_are_a_word_apart() -> None:
    draw = random.Random(2)
    rows = texts(90)
    rows += [changed(text, draw) for text in rows[:30]]
    made = Dataset("mine", "", ("a", "b"), tuple(items("i", rows)))
    for seed in range(5):
        found = split(made, 0.4, 0.3, 0.3, seed)
        assert find_leaks(found.test, (*found.train, *found.pool)) == []
        assert "inputs that one word tells from another: 60; they stay together" in found.notes


def test_in_a_task_of_one_mould_a_word_makes_no_copy() -> None:
    names = [f"Name{n}" for n in range(60)]
    rows = [f"a coin is heads up and {name} flips it once" for name in names]
    made = Dataset("coins", "", ("a", "b"), tuple(items("i", rows)))
    found = split(made, 0.4, 0.3, 0.3, 0)
    assert [len(found.train), len(found.pool), len(found.test)] == [24, 18, 18]
    assert any(note.startswith("inputs of one mould") for note in found.notes)
    guard = LeakGuard(found, "refuse")
    guard.check_train()
    guard.check_shown("answer-only", found.pool[:5])
    with pytest.raises(DataError, match="1 test item stands among its demonstrations"):
        guard.check_shown("answer-only", [replace(found.test[0], id="copy")])


def test_an_own_test_set_takes_its_near_twins_out_of_train() -> None:
    rows, held = texts(40), texts(10, 9)
    rows[5], rows[6] = held[0].upper(), changed(held[1], random.Random(0))
    made = Dataset("mine", "", ("a", "b"), tuple(items("i", rows)), tuple(items("t", held)))
    found = split(made, 0.5, "all", 1.0, 0)
    assert {"i5", "i6"}.isdisjoint(e.id for e in (*found.train, *found.pool))
    assert len(found.train) + len(found.pool) == 38
