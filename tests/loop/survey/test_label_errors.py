from __future__ import annotations

from amplify import Example, Scores
from amplify.loop.survey.label_errors import suspect_note, suspects
from amplify.loop.survey.proxy import ProxySurvey

LABELS = ("a", "b", "c")


def scored(*chances: float) -> Scores:
    return Scores(LABELS, chances, chances)


POOL = [Example(name, f"text {name}", "a") for name in ("sure", "unsure", "alone", "right", "new")]
SURVEY = ProxySurvey(
    {
        "sure": scored(0.01, 0.98, 0.01),
        "unsure": scored(0.2, 0.7, 0.1),
        "alone": scored(0.01, 0.98, 0.01),
        "right": scored(0.98, 0.01, 0.01),
    },
    {},
    (),
)
ANSWERS = {"sure": "b", "unsure": "b", "alone": "c", "right": "a", "new": "b"}


def test_an_item_is_suspect_where_proxy_and_llm_agree_against_its_label() -> None:
    assert [example.id for example in suspects(POOL, SURVEY, ANSWERS)] == ["sure"]
    assert suspects(POOL, SURVEY, {}) == []
    assert suspects(POOL, SURVEY, {"sure": None}) == []


def test_the_note_says_which_and_whether_they_are_shown() -> None:
    assert suspect_note([], ()) is None
    note = suspect_note(POOL[:1], {"sure", "other"})
    assert note is not None
    assert note.startswith("1 pool items look mislabelled")
    assert "1 of them are demonstrations): sure" in note
    many = suspect_note([Example(f"i{n}", "", "a") for n in range(8)], ())
    assert many is not None
    assert many.endswith("i4 and 3 more")
