"""Words of many scripts, and the forms in which they are compared."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify import Example, Option, readable_words, word_form, word_ranges


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in word_ranges(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Don't e-mail the U.S.A. 'now'.", ["Don't", "e-mail", "the", "U.S.A", "now"]),
        ("it’s 3.14% of snake_case", ["it’s", "3.14", "of", "snake_case"]),
        ("-- ... !?", []),
        ("", []),
        # combining marks: Hindi, decomposed accents, Hebrew, Arabic
        ("यह फ़िल्म अच्छी नहीं है।", ["यह", "फ़िल्म", "अच्छी", "नहीं", "है"]),
        ("cafe\u0301 nai\u0308ve", ["cafe\u0301", "nai\u0308ve"]),
        ("שָׁלוֹם עוֹלָם!", ["שָׁלוֹם", "עוֹלָם"]),
        ("ארה״ב", ["ארה״ב"]),
        ("مُحَمَّد، سَلام", ["مُحَمَّد", "سَلام"]),
        ("\u0301 alone", ["alone"]),
        # written without spaces
        ("这部电影很好。", ["这", "部", "电", "影", "很", "好"]),
        ("人々 らーめん", ["人々", "らー", "め", "ん"]),
        ("スーパーマン・テスト", ["スーパーマン", "テスト"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("iPhone手机3月", ["iPhone", "手", "机", "3", "月"]),
        ("ภาษาไทย ดี", ["ภาษาไทย", "ดี"]),
        ("葛\U000e0100城", ["葛\U000e0100", "城"]),
        # emoji
        ("great😍😍bad", ["great", "😍", "😍", "bad"]),
        ("👨‍👩‍👧 👍🏿 ❤️‍🔥 🏳️‍⚧️", ["👨‍👩‍👧", "👍🏿", "❤️‍🔥", "🏳️‍⚧️"]),
        ("🇩🇪🇫🇷 🏴\U000e0067\U000e0062\U000e007f", ["🇩🇪", "🇫🇷", "🏴\U000e0067\U000e0062\U000e007f"]),
        ("🇩\ufe0f 🇩🇪\ufe0e 🇫\u20e3", ["🇩\ufe0f", "🇩🇪\ufe0e", "🇫\u20e3"]),
        ("( \ufe0f)\n\ufe0f", []),
        ("1️⃣ #️⃣ ↔️ ©️", ["1️⃣", "#️⃣", "↔️", "©️"]),
        ("5° © ▪ → ™", ["5"]),
        # invisible characters
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("क्\u200dष", ["क्\u200dष"]),
        ("hy\u00adphen wo\u2060rd", ["hy\u00adphen", "wo\u2060rd"]),
        ("one\u200btwo\u200b", ["one", "two"]),
        ("\ufeff\u202bשלום\u202c \u3164 a\u200f.", ["שלום", "a"]),
    ],
)
def test_words(text: str, wanted: list[str]) -> None:
    assert words(text) == wanted


@given(st.text(max_size=80))
def test_words_are_apart_in_order_and_hold_every_letter(text: str) -> None:
    found = word_ranges(text)
    edges = [edge for place in found for edge in place]
    assert edges == sorted(edges)
    assert all(start < end for start, end in found)
    covered = {i for start, end in found for i in range(start, end)}
    blank = "\u115f\u1160\u3164\uffa0"
    letters = {i for i, c in enumerate(text) if c.isalnum() and c not in blank}
    alone = {i for i in letters if unicodedata.category(text[i]) == "Lm"}  # 々 after nothing
    assert letters - alone <= covered


@given(st.text(alphabet=st.characters(categories=["L", "Mn", "Mc", "Nd"]), max_size=30))
def test_a_mark_stays_with_its_letter(text: str) -> None:
    ends = {end for _, end in word_ranges(text)}
    assert not any(unicodedata.category(text[i])[0] == "M" for i in ends if i < len(text))


def test_forms_are_without_case_and_variants() -> None:
    for one, other in [
        ("Good", "gOOD"),
        ("Café", "cafe\u0301"),
        ("don’t", "DON'T"),
        ("ＡＢＣ", "abc"),
        ("hy\u00adphen", "hyphen"),
        ("می\u200cخواهم", "میخواهم"),
        ("❤️", "❤"),
        ("Straße", "STRASSE"),
    ]:
        assert word_form(one) == word_form(other)
    assert word_form("résumé") != word_form("resume")
    assert word_form("👍🏿") != word_form("👍")


def test_a_proxy_reads_the_question_and_the_options_but_no_letters() -> None:
    text = "Which? Options: (A) rain (B) snow"
    example = Example("x", text, "(A)", (Option("(A)", 20, 24), Option("(B)", 29, 33)), (0, 6))
    assert [text[a:b] for a, b in readable_words(example)] == ["Which", "rain", "snow"]
    assert len(readable_words(Example("x", text, "(A)"))) == 6
