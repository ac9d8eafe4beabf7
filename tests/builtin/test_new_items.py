"""New items in files of any form, read one by one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from known.data_files import NEWS, PAIRS, TEXTS, items, load, pairs, source

from amplify import Context, DataError, PlanError


def test_new_items_are_read_one_by_one(context: Context, tmp_path: Path) -> None:
    (tmp_path / "new.txt").write_text("one, with a comma\n\ntwo\n")
    assert [(e.id, e.text) for e in items(context, "new.txt")] == [
        (f"{tmp_path / 'new.txt'}:1", "one, with a comma"),
        (f"{tmp_path / 'new.txt'}:3", "two"),
    ]
    (tmp_path / "one").write_text('text\none\n"t,wo"\n')
    assert [e.text for e in items(context, "one")] == ["one", "t,wo"]
    assert [e.text for e in items(context, "one", format="lines")] == ["text", "one", '"t,wo"']
    (tmp_path / "new.csv").write_text('id,message\n7,"a, b"\n8,c\n9,\n')
    found = items(context, "new.csv", id="id")
    assert [(e.id, e.text, e.label) for e in found] == [
        ("7", "a, b", ""),
        ("8", "c", ""),
        ("9", "", ""),
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_new_items_come_in_every_form(context: Context, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TEXTS[name])
    found = items(context, name, labelled=True)
    assert [(e.text, e.label) for e in found] == PAIRS
    assert [(e.text, e.label) for e in items(context, name)] == [(text, "") for text, _ in PAIRS]


def test_the_columns_of_earlier_data_are_known(context: Context, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("head,note,text,mood\nA,b,c,d\n")
    known = {"text": "note", "label": "mood"}
    assert [(e.text, e.label) for e in items(context, "t.csv", True, known)] == [("b", "d")]
    assert items(context, "t.csv", known={"template": "{head}: {note}"})[0].text == "A: b"
    assert items(context, "t.csv", known={"template": "{title}: {note}"})[0].text == "c"
    assert items(context, "t.csv", known=known, text="text")[0].text == "c"
    (tmp_path / "v.csv").write_text("head,note,text\nA,b,c\nA,,c\n")
    joined = items(context, "v.csv", known={"text": "head\nnote"})
    assert [e.text for e in joined] == ["A\nb", "A"]
    assert items(context, "v.csv", known={"text": "head\nnotes"})[0].text == "c"
    (tmp_path / "u.csv").write_text("head,note\nA,b\n")
    for labelled, kind, text in ((False, "text", ()), (True, "label", "note")):
        with pytest.raises(DataError, match=f"which column has the {kind}s is not known\n.*{kind}"):
            items(context, "u.csv", labelled, text=text)


def test_columns_that_are_numbered_are_settled_by_their_names(
    context: Context, tmp_path: Path
) -> None:
    rows = "".join(f"{n},note {n},text {n},{'ab'[n % 2]}\n" for n in range(8))
    (tmp_path / "t.csv").write_text("key,note,text,label\n" + rows)
    task = source(context, "t.csv", text=(2,), label=4, id="1", instruction="Say a or b.")
    options, _ = task.settle()
    named = {key: options[key] for key in ("text", "label", "id")}
    assert named == {"text": "note", "label": "label", "id": "key"}
    assert pairs(task.load())[0] == ("note 0", "a")
    with pytest.raises(PlanError, match="names the column 2 by its number"):
        load(context, "t.csv", template="{2}: {text}", label="label")


def test_class_numbers_of_new_items_have_the_names_beside_them(
    context: Context, tmp_path: Path
) -> None:
    (tmp_path / "news.csv").write_text(NEWS)
    (tmp_path / "classes.txt").write_text("World\nSports\nBusiness\n")
    found = items(context, "news.csv", True, {"text": "3", "label": "1"})
    assert [e.label for e in found[:3]] == ["World", "Sports", "Business"]


def test_new_items_need_no_more_memory_the_more_there_are(context: Context, tmp_path: Path) -> None:
    peaks = []
    for count in (5_000, 20_000):
        with (tmp_path / "t.csv").open("w") as file:
            file.write("text\n")
            file.writelines(f'"item {i}, {"x" * 200}"\n' for i in range(count))
        tracemalloc.start()
        assert sum(1 for _ in source(context, "t.csv").items({}, False)[0]) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
