"""The page of a run: one file, one script of ours, every foreign text inert."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from known.recorded_run import ITEMS

from amplify.contract.errors import DataError
from amplify.report.page.answers import packed_run
from amplify.report.page.folder_page import folder_page
from amplify.report.page.shading import shaded
from amplify.run.store.stored_run import read_run

from .conftest import Page


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the texts of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts.append(data)


def data(page: Page) -> dict[str, Any]:
    """What the page's script reads."""
    packed: dict[str, Any] = json.loads(Elements(page.text).scripts[0])
    return packed


def test_the_page_has_our_script_alone_and_the_browser_is_told_its_hash(hostile: Page) -> None:
    parsed = Elements(hostile.text)
    kinds = [attributes.get("type") for tag, attributes in parsed.elements if tag == "script"]
    assert kinds == ["application/json", None]
    digest = base64.b64encode(hashlib.sha256(parsed.scripts[1].encode()).digest()).decode()
    policies = [a["content"] for tag, a in parsed.elements if a.get("http-equiv")]
    assert len(policies) == 1
    assert f"script-src 'sha256-{digest}';" in str(policies[0])


def test_nothing_is_loaded_from_elsewhere(hostile: Page) -> None:
    def addresses() -> Iterator[str]:
        for _, attributes in Elements(hostile.text).elements:
            yield from (str(attributes[key]) for key in ("src", "href") if key in attributes)

    assert [a for a in addresses() if not a.startswith(("#", "data:"))] == []


def test_no_attribute_is_a_handler(hostile: Page) -> None:
    names = {name for _, attributes in Elements(hostile.text).elements for name in attributes}
    assert [name for name in names if name.startswith("on")] == []


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\x07", "\u202e", "\u2066"])
def test_no_character_of_the_page_acts(hostile: Page, sign: str) -> None:
    assert sign not in hostile.text
    packed = data(hostile)
    inputs = [text for item in packed["items"] for text in item if isinstance(text, str)]
    assert [text for text in (*packed["texts"], *inputs) if sign in text] == []
    assert [text for text in packed["blocks"] if sign in text[1:]] == []  # 0 begins a role


def test_a_very_long_reply_is_cut_and_the_page_stays_small(hostile: Page) -> None:
    assert len(hostile.text) < 300_000
    assert any("characters more are not shown" in text for text in data(hostile)["texts"])


def test_every_answer_of_every_arm_is_on_the_page_with_its_prompt(hostile: Page) -> None:
    packed = data(hostile)
    run = read_run(hostile.run)
    assert len(packed["items"]) == ITEMS
    answered = [row for rows in packed["answers"] for row in rows if row]
    assert len(answered) == len(run.predictions) == 3 * ITEMS
    right = sum(row[2] for row in answered)
    assert right == sum(prediction.correct for prediction in run.predictions)
    assert all(row[-1] is not None for row in answered)
    # The question of an item, without the instruction and without the demonstrations.
    assert all(text.startswith("Q: the ") and text.endswith("A:") for _, _, text in packed["items"])


def test_answers_beyond_what_a_page_holds_are_counted(hostile: Page) -> None:
    packed = packed_run(read_run(hostile.run), most=30)
    assert len(packed["items"]) == 10
    assert packed["dropped"] == 30


def test_every_word_is_shaded_where_the_run_kept_its_attribution() -> None:
    scores = [((0, 1), 0.01), ((2, 6), 1.0), ((7, 10), -0.5), ((11, 15), 2.0)]
    spans = [{"start": start, "end": end, "score": score} for (start, end), score in scores]
    row = {
        "example": {"text": "a good but long film"},
        "words": [{"text": "long", "score": 2.0, "places": [[11, 15]]}],
        "attribution": {"target": "x", "spans": spans},
    }
    marked = [part for part in shaded(row) if part.score is not None]
    assert "".join(part.text for part in shaded(row)) == "a good but long film"
    assert [(part.text, part.strength, part.key) for part in marked] == [
        ("good", 0.5, False),
        ("but", 0.25, False),
        ("long", 1.0, True),
    ]


def test_key_words_alone_are_shaded_where_the_run_kept_no_attribution() -> None:
    row = {
        "example": {"text": "not a good film, not at all"},
        "words": [
            {"text": "not", "score": -2.0, "places": [[0, 3], [17, 20]]},
            {"text": "good", "score": 1.0, "places": [[6, 10]]},
        ],
    }
    parts = [(part.text, part.score, part.strength) for part in shaded(row)]
    assert parts == [
        ("not", -2.0, 1.0),
        (" a ", None, 0.0),
        ("good", 1.0, 0.5),
        (" film, ", None, 0.0),
        ("not", -2.0, 1.0),
        (" at all", None, 0.0),
    ]


def test_the_page_says_the_verdict_first(hostile: Page) -> None:
    sentence = read_run(hostile.run).record["verdict"]["sentences"][0].partition(" <")[0]
    first = hostile.text.index(sentence.replace("'", "&#39;").partition("amplify")[0])
    assert first < hostile.text.index('<section id="arms">')


def test_the_page_tells_how_often_answers_flip(hostile: Page, tmp_path: Path) -> None:
    folder = tmp_path / "repeated"
    shutil.copytree(hostile.run, folder)
    record = json.loads((folder / "record.json").read_text())
    record["arms"][0]["accuracy"] = 0.75
    record["arms"][0]["stability"] = {
        "repeats": 3, "answers": 8, "flipped": 2, "single_accuracy": 0.625, "interval": [0.5, 0.75],
        "flips": 0.25,
    }  # fmt: skip
    (folder / "record.json").write_text(json.dumps(record))
    told = (
        "3 repeats: 2 of 8 answers flip between repeats (25.0%); a single reply is right in 62.5%"
        " (50.0–75.0%), the majority vote in 75.0%"
    )
    assert told in folder_page(folder)
    assert "flip between repeats" not in hostile.text


def test_a_folder_without_a_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no record\.json"):
        folder_page(tmp_path)


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text('{"arms": [], "verdict": 3}')
    with pytest.raises(DataError, match="cannot be made"):
        folder_page(tmp_path)
