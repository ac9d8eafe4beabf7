"""The task `data`: every format comes to the same items, and what is guessed is noted."""

from __future__ import annotations

import gzip
import json
import re
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amplify import Context, DataError, Dataset, Example, PlanError
from amplify.builtin.tasks.data_file import DataFile
from amplify.builtin.tasks.formats.table import library
from amplify.builtin.tasks.options import DataOptions

ROWS = [{"review": f"day {i}, of “café”", "stars": ("good", "bad")[i % 2]} for i in range(20)]
PAIRS = [(row["review"], row["stars"]) for row in ROWS]

Write = Callable[[Path], None]


def source(context: Context, path: str, **options: Any) -> DataFile:
    return DataFile(DataOptions(path=path, **options), context)


def load(context: Context, path: str, **options: Any) -> Dataset:
    return source(context, path, **options).load()


def pairs(dataset: Dataset) -> list[tuple[str, str]]:
    return [(e.text, e.label) for e in dataset.examples]


def table(delimiter: str, quote: str = '"') -> str:
    lines = [f"review{delimiter}stars"]
    lines += [f"{quote}{text}{quote}{delimiter}{label}" for text, label in PAIRS]
    return "\n".join(lines) + "\n"


def zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        zstd = pytest.importorskip("backports.zstd")
    packed: bytes = zstd.compress(data)
    return packed


TEXTS = {
    "t.csv": table(","),
    "t.tsv": table("\t", ""),
    "semicolon.csv": table(";", ""),
    "pipe.txt": table("|", ""),
    "t.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS),
    "array.json": json.dumps(ROWS),
    "pretty.json": json.dumps(ROWS, indent=1),
    "inside.json": json.dumps({"version": 1, "data": ROWS}),
    "columns.json": json.dumps({key: [row[key] for row in ROWS] for key in ROWS[0]}),
    "pandas.json": json.dumps(
        {key: {str(i): row[key] for i, row in enumerate(ROWS)} for key in ROWS[0]}
    ),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_every_form_of_text_has_the_same_items(
    context: Context, tmp_path: Path, name: str, packing: str
) -> None:
    data = TEXTS[name].encode()
    packed = {"": data, ".gz": gzip.compress(data), ".zst": zstd(data) if packing else data}
    (tmp_path / (name + packing)).write_bytes(packed[packing])
    assert pairs(load(context, name + packing)) == PAIRS


def test_parquet_and_arrow(context: Context, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import feather, ipc, parquet

    rows = pyarrow.Table.from_pylist(ROWS)
    parquet.write_table(rows, tmp_path / "t.parquet")
    feather.write_feather(rows, str(tmp_path / "t.feather"))
    with ipc.new_stream(tmp_path / "stream.arrow", rows.schema) as stream:
        stream.write_table(rows)
    for name in ("t.parquet", "t.feather", "stream.arrow"):
        assert pairs(load(context, name)) == PAIRS
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "t.parquet").read_bytes()[:200])
    with pytest.raises(DataError, match="cannot be read by pyarrow"):
        load(context, "cut.parquet")


def test_a_parquet_file_whose_texts_are_no_utf_8_is_refused(
    context: Context, tmp_path: Path
) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    buffers = [None, pyarrow.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0])), pyarrow.py_buffer(b"\xff")]
    column = pyarrow.Array.from_buffers(pyarrow.string(), 1, buffers)
    table = pyarrow.table({"text": column, "label": ["a"]})
    pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="cannot be read by pyarrow: 'utf-8' codec"):
        items(context, "t.parquet")


def test_class_numbers_of_a_parquet_file_have_the_names_that_datasets_keeps_in_it(
    context: Context, tmp_path: Path
) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    features = {"label": {"names": ["bad", "good"], "_type": "ClassLabel"}}
    kept = json.dumps({"info": {"features": features}})
    rows = pyarrow.table({"text": [f"day {i}" for i in range(8)], "label": [0, 1] * 4})
    parquet.write_table(rows.replace_schema_metadata({"huggingface": kept}), tmp_path / "t.parquet")
    dataset = load(context, "t.parquet")
    assert dataset.labels == ("bad", "good")
    assert [e.label for e in dataset.examples[:2]] == ["bad", "good"]


def test_a_workbook(context: Context, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [("review", "stars"), *PAIRS, (None, None)]:
        book.active.append(row)
    book.create_sheet("notes")
    book.save(tmp_path / "t.xlsx")
    dataset = load(context, "t.xlsx")
    assert pairs(dataset) == PAIRS
    assert "the workbook has 2 sheets, 'Sheet', 'notes': the first is read" in str(dataset.notes)
    with pytest.raises(DataError, match="has no sheet 'Notes'\n  sheets: 'Sheet', 'notes'"):
        load(context, "t.xlsx", sheet="Notes")
    with pytest.raises(DataError, match="the sheet is empty"):
        load(context, "t.xlsx", sheet="notes")


def test_an_encoding_that_is_not_utf_8_is_guessed_and_said(
    context: Context, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(table(",").encode("cp1252"))
    dataset = load(context, "t.csv")
    assert pairs(dataset) == PAIRS
    assert any("is read as cp1252, a guess: t.csv:2 then" in note for note in dataset.notes)
    assert pairs(load(context, "t.csv", encoding="cp1252")) == PAIRS
    russian = "текст,класс\n" + "".join(
        f"сегодня хорошая погода и светит солнце {i},{('да', 'нет')[i % 2]}\n" for i in range(20)
    )
    (tmp_path / "t.csv").write_bytes(russian.encode("cp1251"))
    assert load(context, "t.csv", text=1, label=2).labels == ("да", "нет")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("packing", ["", ".gz"])
def test_utf_16_is_read(context: Context, tmp_path: Path, encoding: str, packing: str) -> None:
    for name, text in TEXTS.items():
        data = text.replace("\n", "\r\n").encode(encoding)
        (tmp_path / (name + packing)).write_bytes(gzip.compress(data) if packing else data)
        assert pairs(load(context, name + packing)) == PAIRS
    settled, _ = source(context, "t.csv" + packing).settle()
    assert settled["encoding"] == re.sub("-(?=[lb]e)", "", encoding)
    assert pairs(DataFile(DataOptions(**settled), context).load()) == PAIRS


def test_half_a_character_of_utf_16_is_replaced_and_said(context: Context, tmp_path: Path) -> None:
    data = table(",").replace("day 3", "day \ud83d").encode("utf-16", "surrogatepass")
    (tmp_path / "t.csv").write_bytes(data)
    dataset = load(context, "t.csv")
    assert dataset.examples[3].text.startswith("day \N{REPLACEMENT CHARACTER}")
    assert "items with U+FFFD in place of a character that is lost" in str(dataset.notes)


def test_columns_are_guessed_by_name_and_by_what_they_hold(
    context: Context, tmp_path: Path
) -> None:
    lines = ["key,Customer Message,kind"]
    lines += [f"{i},my parcel {i} has not arrived,{('late', 'lost')[i % 2]}" for i in range(12)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    settled, notes = source(context, "t.csv").settle()
    assert (settled["text"], settled["label"]) == ("Customer Message", "kind")
    assert settled["instruction"] == "Answer with one of: late, lost."
    assert notes == [
        "guessed from the file: column 'Customer Message' holds the texts, column 'kind' holds the"
        " labels"
    ]
    again = DataFile(DataOptions(**settled), context)
    assert again.settle() == (settled, ())
    assert again.load().examples == load(context, "t.csv").examples


def test_a_label_column_is_not_guessed_out_of_several(context: Context, tmp_path: Path) -> None:
    lines = ["Customer says,Queue (final),agent"]
    lines += [f"my order {i} is late,{'abc'[i % 3]},{('ann', 'joe')[i % 2]}" for i in range(12)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(DataError) as caught:
        load(context, "t.csv")
    assert "2 columns may hold the labels: 'Queue (final)' (a, b, c), 'agent' (ann, joe)" in str(
        caught.value
    )
    assert 'label = "NAME"' in caught.value.hint
    assert "-o task.label=NAME" in caught.value.hint
    assert load(context, "t.csv", label="Queue (final)").labels == ("a", "b", "c")


def test_no_column_that_looks_like_labels(context: Context, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"x {i},y {i}\n" for i in range(9)))
    with pytest.raises(DataError, match="no column looks like labels\n  columns: a, b; say which"):
        load(context, "t.csv")
    with pytest.raises(DataError, match="there is no column 'c'\n  columns: a, b"):
        load(context, "t.csv", label="c")
    with pytest.raises(PlanError, match="there is no column 3\n  columns: a, b"):
        load(context, "t.csv", label=3)
    with pytest.raises(PlanError, match="text and label are the same column"):
        load(context, "t.csv", text="a", label="a")


NEWS = "".join(
    f'"{1 + i % 3}","Title {i}","The body, number {i}, of a longer piece of news"\n'
    for i in range(12)
)


def test_a_table_without_a_header_has_its_columns_by_number(
    context: Context, tmp_path: Path
) -> None:
    (tmp_path / "news.csv").write_text(NEWS)
    (tmp_path / "classes.txt").write_text("World\nSports\nBusiness\n")
    dataset = load(context, "news.csv")
    assert dataset.labels == ("World", "Sports", "Business")
    assert dataset.examples[1].label == "Sports"
    assert dataset.instruction == "Answer with one of: World, Sports, Business."
    assert "class numbers are named by classes.txt: 1 World, 2 Sports, 3 Business" in dataset.notes
    settled, _ = source(context, "news.csv").settle()
    assert (settled["header"], settled["text"], settled["label"]) == ("no", 3, 1)
    assert settled["labels"] == "classes.txt"
    joined = load(context, "news.csv", text=(2, 3), label=1)
    assert joined.examples[0].text.splitlines()[0] == "Title 0"
    filled = load(context, "news.csv", template="{2}: {3}", label=1, header="no")
    assert filled.examples[0].text.startswith("Title 0: The body, number 0,")


def test_a_template_reaches_into_no_cell(context: Context, tmp_path: Path) -> None:
    (tmp_path / "news.csv").write_text(NEWS)
    with pytest.raises(DataError, match=r"there is no column '2\.__class__'"):
        load(context, "news.csv", template="{2.__class__}", label=1, header="no")
    with pytest.raises(PlanError, match="names no column"):
        load(context, "news.csv", template="text", label=1, header="no")
    with pytest.raises(PlanError, match="is no template"):
        load(context, "news.csv", template="{", label=1, header="no")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("World\nSports\n", "has no name for the class 3"),
        ("1\tWorld\n2\tSports\n", "has no name for the class 3"),
        ("a\nb\nc\nd\n", "does not say whether its names are counted from 0 or from 1"),
        ("World\n", "holds no names of classes"),
    ],
)
def test_a_file_of_names_that_does_not_fit(
    context: Context, tmp_path: Path, names: str, said: str
) -> None:
    (tmp_path / "news.csv").write_text(NEWS)
    (tmp_path / "n.txt").write_text(names)
    with pytest.raises(DataError, match=said):
        load(context, "news.csv", labels="n.txt")


@pytest.mark.parametrize(
    "names",
    [
        "1\tW\n2\tS\n3\tB\n",
        '["W", "S", "B"]',
        '{"1": "W", "2": "S", "3": "B"}',
        '{"W": 1, "S": 2, "B": 3}',
    ],
)
def test_every_form_of_a_file_of_names(context: Context, tmp_path: Path, names: str) -> None:
    (tmp_path / "news.csv").write_text(NEWS)
    (tmp_path / "n.txt").write_text(names)
    assert load(context, "news.csv", labels="n.txt").labels == ("W", "S", "B")


def two_files(folder: Path, part: str, count: int) -> None:
    (folder / f"{part}_text.txt").write_text("".join(f'{part} "{i}"\n' for i in range(count)))
    (folder / f"{part}_labels.txt").write_text("".join(f"{i % 2}\n" for i in range(count)))


def test_texts_and_labels_in_two_files_with_an_official_test(
    context: Context, tmp_path: Path
) -> None:
    folder = tmp_path / "irony"
    folder.mkdir()
    two_files(folder, "train", 8)
    two_files(folder, "test", 4)
    (folder / "mapping.txt").write_text("0\tplain\n1\tirony\n")
    dataset = load(context, "irony")
    assert (len(dataset.examples), len(dataset.test)) == (8, 4)
    assert (dataset.test[3].text, dataset.test[3].label) == ('test "3"', "irony")
    settled, _ = source(context, "irony").settle()
    assert {key: settled[key] for key in ("path", "label_file", "test", "test_label_file")} == {
        "path": "irony/train_text.txt",
        "label_file": "irony/train_labels.txt",
        "test": "irony/test_text.txt",
        "test_label_file": "irony/test_labels.txt",
    }
    with (folder / "train_labels.txt").open("a") as labels:
        labels.write("1\n")
    with pytest.raises(DataError, match=r"train_text.txt: ends before line 9, which .*labels.txt"):
        load(context, "irony")


def items(
    context: Context,
    path: str,
    labelled: bool = False,
    known: dict[str, str] | None = None,
    **o: Any,
) -> list[Example]:
    return list(source(context, path, **o).items(known or {}, labelled)[0])


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


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t.csv.gz", gzip.compress(table(",").encode())[:-20], "its compression is damaged"),
        ("t.json", b'{"a": [{"x": 1}], "b": [{"x": 1}]}', "several arrays of objects: a, b"),
        ("t.json", b'"text"', "holds no records"),
        ("t.json", b'[{"a": 1, "a": 2}, ', "is not JSON"),
        ("t.json", b'[{"a": 1}, 2]', "t.json: record 2: is no object"),
        ("t.csv", b"", "is empty"),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "save it as CSV in UTF-8"),
        ("t.xlsx", b"PK\x03\x04" + bytes(40), "is no workbook that openpyxl reads"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_helps(
    context: Context, tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    if name.endswith("x"):
        pytest.importorskip("openpyxl")
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError) as caught:
        load(context, name)
    assert said in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)


def test_a_folder_without_a_training_file_says_what_it_holds(
    context: Context, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").touch()
    with pytest.raises(DataError, match=r"is a folder; a file is needed\n  it holds: a\.csv"):
        load(context, "data")


def test_a_test_file_of_the_same_name_has_ids_of_its_own(context: Context, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.csv").write_text(table(","))
    dataset = load(context, "a/t.csv", test="b/t.csv")
    assert (dataset.examples[0].id, dataset.test[0].id) == ("t-0000", "test-t-0000")
    assert replace(dataset.test[0], id="t-0000") == dataset.examples[0]


def test_a_library_that_is_missing_is_named_with_what_installs_it() -> None:
    with pytest.raises(DataError) as caught:
        library("no_such_library.inner", "arrow", "a Parquet file", "t.parquet")
    assert str(caught.value) == (
        "t.parquet: a Parquet file needs the library no_such_library, which is not installed\n"
        "  pip install 'amplify-icl[arrow]'"
    )


def test_a_test_file_without_labels_is_not_tested_on(context: Context, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(table(","))
    (tmp_path / "test.csv").write_text("review\n" + "".join(f"day {i}\n" for i in range(5)))
    settled, notes = source(context, "train.csv").settle()
    assert "test" not in settled
    assert "test.csv has no column 'stars': test items are split off train.csv" in notes
    assert load(context, "train.csv").test == ()
    with pytest.raises(DataError, match="there is no column 'stars'"):
        load(context, "train.csv", test="test.csv")


def test_an_encoding_that_does_not_fit_is_refused(context: Context, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(json.dumps(ROWS, ensure_ascii=False).encode("cp1252"))
    with pytest.raises(DataError, match="is not utf-8"):
        load(context, "t.json", encoding="utf-8")
    with pytest.raises(DataError, match="is not klingon"):
        load(context, "t.json", encoding="klingon")
    assert pairs(load(context, "t.json")) == PAIRS
