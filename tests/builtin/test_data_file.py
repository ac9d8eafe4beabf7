"""The task `data`: every format comes to the same items, and what is guessed is noted."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from known.data_files import PAIRS, ROWS, TEXTS, items, load, pairs, source, table, zstd

from amplify import Context, DataError
from amplify.builtin.tasks.data_file import DataFile
from amplify.builtin.tasks.formats.table import library
from amplify.builtin.tasks.options import DataOptions

Write = Callable[[Path], None]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_every_form_of_text_has_the_same_items(
    context: Context, tmp_path: Path, name: str, packing: str
) -> None:
    data = TEXTS[name].encode()
    packed = {
        "": data,
        ".gz": gzip.compress(data, mtime=0),
        ".zst": zstd(data) if packing else data,
    }
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
        (tmp_path / (name + packing)).write_bytes(gzip.compress(data, mtime=0) if packing else data)
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


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "t.csv.gz",
            gzip.compress(table(",").encode(), mtime=0)[:-20],
            "its compression is damaged",
        ),
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
