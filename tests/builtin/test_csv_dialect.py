"""Tables as they are written elsewhere: delimiters, quotes, headers, long cells."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from amplify import Context, DataError, Dataset, PlanError
from amplify.builtin.tasks.options import CsvOptions
from amplify.builtin.tasks.tables import Csv

WORDS = ["lovely warm day", "cold sour food", "great old room", "dreadful long view"]


def load(context: Context, content: str, **options: Any) -> Dataset:
    (context.paths[0] / "t.csv").write_text(content, encoding="utf-8", newline="")
    return Csv(CsvOptions(path="t.csv", **options), context).load()


def table(delimiter: str, rows: int = 12, head: str = "label{}text") -> list[str]:
    return [head.format(delimiter)] + [
        f"{'good' if i % 2 else 'bad'}{delimiter}{WORDS[i % 4]} {i}" for i in range(rows)
    ]


@pytest.mark.parametrize(("delimiter", "name"), [(",", "comma"), ("\t", "tab"), (";", "semicolon")])
@pytest.mark.parametrize("said", [False, True])
def test_a_delimiter_is_found_by_the_header_or_said(
    context: Context, delimiter: str, name: str, said: bool
) -> None:
    # Texts full of other delimiters do not mislead: the header decides.
    lines = [line.replace("day", "day|this|that") for line in table(delimiter)]
    options = {"delimiter": name} if said else {}
    made = load(context, "\r\n".join(lines) + "\r\n", **options)
    assert (len(made.examples), made.labels) == (12, ("bad", "good"))
    assert made.examples[0].text == "lovely warm day|this|that 0"


def test_pipes_and_columns_of_other_names(context: Context) -> None:
    content = "\n".join(table("|", head="y{}a, b; c"))
    assert len(load(context, content, text="a, b; c", label="y").examples) == 12
    with pytest.raises(DataError) as caught:
        load(context, "\n".join(table("\t")), text="txt")
    assert "did you mean 'text'?" in str(caught.value)
    assert "columns: label, text" in str(caught.value)


def test_quotes_that_are_text(context: Context) -> None:
    lines = table("\t", 24)
    lines[5] = 'bad\t"one day all some'
    lines[16] = 'bad\tone broken box"'
    made = load(context, "\n".join(lines))
    assert len(made.examples) == 24
    assert made.examples[4].text == '"one day all some'
    assert "t.csv:6" in made.notes[0]
    assert 'quoting = "standard"' in made.notes[0]
    made = load(context, "\n".join(lines), quoting="standard")
    assert len(made.examples) == 13
    assert "t.csv:6 to 17" in made.notes[0]
    assert 'quoting = "none"' in made.notes[0]
    assert load(context, "\n".join(lines), quoting="none").notes == ()


def test_quotes_that_are_text_among_sorted_rows(context: Context) -> None:
    rows = [f"{'bad' if i < 12 else 'good'}\t{WORDS[i % 4]} {i}" for i in range(24)]
    rows[12], rows[23] = 'good\t"as it begins', 'good\tas it ends"'
    made = load(context, "\n".join(["label\ttext", *rows]))
    assert (len(made.examples), made.labels) == (24, ("bad", "good"))


def test_a_quote_that_ends_within_a_cell(context: Context) -> None:
    lines = table("\t")
    lines[3] = 'bad\t"all superb" he said'
    made = load(context, "\n".join(lines))
    assert made.examples[2].text == '"all superb" he said'
    with pytest.raises(DataError, match=r"t\.csv:4: is not CSV") as caught:
        load(context, "\n".join(lines), quoting="standard")
    assert 'quoting = "none"' in caught.value.hint


def test_a_stray_quote_among_quoted_cells_is_named(context: Context) -> None:
    lines = ["text,label"] + [f'"{WORDS[i % 4]}, {i}",{"ab"[i % 2]}' for i in range(20)]
    lines[4] = '"never closed, 3,b'
    with pytest.raises(DataError, match=r"t\.csv:5: is not CSV"):
        load(context, "\n".join(lines))
    # One that is never closed is told by the line where it opens, not by the last of the file.
    lines[4] = 'plain,"b'
    lines[5:] = [f"{WORDS[i % 4]} {i},{'ab'[i % 2]}" for i in range(20)]
    with pytest.raises(DataError, match=r"t\.csv:5: is not CSV"):
        load(context, "\n".join(lines))


def test_a_cell_that_swallows_rows_is_noted(context: Context) -> None:
    lines = ["text,label"] + [f"{WORDS[i % 4]} {i},{'ab'[i % 2]}" for i in range(20)]
    lines[3] = '"opened here,a'
    lines[5] = 'closed here",b'
    lines[9] = '"quoted, as it should be",a'
    made = load(context, "\n".join(lines))
    assert len(made.examples) == 18
    assert made.notes[0].startswith("cells that run over lines")
    assert "1 (t.csv:4 to 6)" in made.notes[0]


def test_letters_over_many_lines_are_no_fault(context: Context) -> None:
    letter = '"Dear John,\n\nit was a {},\nand then, some\n\nYours,\nMary",{}'
    rows = [letter.format(WORDS[i % 4], "ab"[i % 2]) for i in range(10)]
    made = load(context, "\n".join(["text,label", *rows]))
    assert (len(made.examples), made.notes) == (10, ())
    # Each line of this one has a comma, as a row would: the labels tell that it is none.
    rows = [f'"Dear {i},\n{WORDS[i % 4]}",{"ab"[i % 2]}' for i in range(10)]
    made = load(context, "\n".join(["text,label", *rows]))
    assert (len(made.examples), made.labels) == (10, ("a", "b"))


def test_columns_without_a_name_are_passed_over(context: Context) -> None:
    rows = "\n".join(f"{WORDS[i % 4]} {i},{'ab'[i % 2]},,," for i in range(8))
    made = load(context, f"v2,v1,,,\n{rows}\n", text="v2", label="v1")
    assert len(made.examples) == 8
    assert load(context, f"text,label,x,x,x\n{rows}\n").labels == ("a", "b")
    with pytest.raises(DataError, match=r"t\.csv:1: two columns are named 'text'"):
        load(context, f"text,label,text,,\n{rows}\n")


def test_a_file_without_a_header(context: Context) -> None:
    lines = table("\t")[1:]
    with pytest.raises(DataError) as caught:
        load(context, "\n".join(lines))
    assert 'columns = ["' in caught.value.hint
    made = load(context, "\n".join(lines), columns=("label", "text"))
    assert (len(made.examples), made.labels) == (12, ("bad", "good"))
    with pytest.raises(PlanError, match="columns"):
        load(context, "\n".join(lines), columns=("label", "message"))
    with pytest.raises(DataError, match=r"t\.csv:1: has 2 cells"):
        load(context, "\n".join(lines), columns=("label", "text", "more"))


def test_blank_lines_and_rows_of_delimiters(context: Context) -> None:
    content = "\ntext,label\n\nx,a\n   \ny,b\n,\n\n"
    assert [e.text for e in load(context, content).examples] == ["x", "y"]
    with pytest.raises(DataError, match="no examples"):
        load(context, "text,label\n\n,\n")
    with pytest.raises(DataError, match="no examples"):
        load(context, "")


def test_long_cells_are_read_and_the_limit_of_the_process_stays(context: Context) -> None:
    before = csv.field_size_limit()
    rows = "".join(f"{i} {'x' * 140_000},{'ab'[i % 2]}\n" for i in range(6))
    made = load(context, "text,label\n" + rows)
    assert [len(e.text) for e in made.examples] == [140_002] * 6
    assert csv.field_size_limit() == before


def test_lines_that_end_in_a_carriage_return_alone(context: Context) -> None:
    with pytest.raises(DataError, match="is not CSV") as caught:
        load(context, "text,label\rx,a\ry,b\r")
    assert "tr '\\r' '\\n'" in caught.value.hint


def test_a_delimiter_that_is_wrong_and_columns_that_cannot_be_meant(context: Context) -> None:
    content = "text,label\nx,a\ny,b\n"
    with pytest.raises(DataError) as caught:
        load(context, content, delimiter="tab")
    assert 'delimiter = "comma"' in caught.value.hint
    for options, said in (
        ({"text": "label"}, "text and label are the same column, 'label'"),
        ({"labels": ("a", "b", "a")}, "labels names 'a' twice"),
        ({"labels": ("a", "\u200b")}, "labels names an empty label"),
    ):
        with pytest.raises(PlanError, match=said):
            load(context, content, **options)


def test_a_carriage_return_and_quotes_that_are_text(context: Context) -> None:
    lines = table("\t")
    lines[3], lines[6] = 'bad\t"all superb" he said', "bad\tone\rtwo"
    with pytest.raises(DataError, match=r"t\.csv:4: is not CSV"):
        load(context, "\n".join(lines))


def test_json_lines_given_as_a_table(context: Context) -> None:
    with pytest.raises(DataError, match="is JSON") as caught:
        load(context, '{"text": "x", "label": "a"}\n')
    assert 'use = "jsonl"' in caught.value.hint


@pytest.mark.parametrize(
    ("path", "options", "items"),
    [
        ("sst2/train.csv", {}, 6920),
        ("trec/train.csv", {}, 5452),
        ("subj/subj.csv", {}, 10_000),
        ("banking77/train.csv", {"label": "category"}, 10_003),
        ("ag_news/test.csv", {"columns": ("label", "text", "body"), "answers": "labels"}, 7600),
    ],
)
def test_published_tables_are_read_whole(
    data: Path, path: str, options: dict[str, Any], items: int
) -> None:
    made = Csv(CsvOptions(path=path, **options), Context(paths=(data,))).load()
    assert len(made.examples) == items
    assert not [note for note in made.notes if "quotes" in note or "rows of their own" in note]


@pytest.mark.parametrize("header", ["text, label", '"text", "label"', 'text,"label"'])
def test_blanks_before_quotes_are_passed_over_and_noted(context: Context, header: str) -> None:
    rows = [
        f'"it is, say, {i}",{["good", " good", chr(32) + chr(34) + "bad" + chr(34)][i % 3]}'
        for i in range(12)
    ]
    made = load(context, "\n".join([header, *rows]))
    assert (len(made.examples), made.labels) == (12, ("bad", "good"))
    assert made.examples[2].text == "it is, say, 2"
    assert "passed over, as at t.csv:" in made.notes[0]
    made = load(context, "\n".join(["label,text", 'a, "one, two"', "b, three"]))
    assert [e.text for e in made.examples] == ["one, two", "three"]


def test_blanks_before_quotes_that_may_be_text_stay(context: Context) -> None:
    rows = ['a, "Never" was said', "b,  two", 'a,"so, ""he"" said"', 'b," ""ja"", he said"']
    made = load(context, "\n".join(["label,text", *rows]))
    assert [e.text for e in made.examples] == [
        *(' "Never" was said', "  two", 'so, "he" said', ' "ja", he said'),
    ]
    assert not any("passed over" in note for note in made.notes)
    made = load(context, "\n".join(["label,text", *rows[1:]]))
    assert [e.text for e in made.examples] == ["  two", 'so, "he" said', ' "ja", he said']
    made = load(context, 'label,text\na, "one"\nb,two\n', quoting="standard")
    assert made.examples[0].text == ' "one"'


def test_joined_tables_of_another_order_are_refused(context: Context) -> None:
    first, other = ["text,label", "x,a", "y,b"], ["label,text", "a,z", "b,w"]
    with pytest.raises(DataError, match="in another order than the header") as caught:
        load(context, "\n".join(first + other))
    assert caught.value.where.endswith("t.csv:4")
    with pytest.raises(DataError, match="in another order"):
        load(context, "id,text,label\n1,x,a\n2,y,b\nid,label,text\n3,a,z\n")
    with pytest.raises(DataError, match="in another order"):
        load(context, "text,label,n\nx,a,1\nlabel,text,source\nb,y,2\n")
    # One name alone is a text like any other.
    made = load(context, "text,label,n\nx,a,1\nlabel,b,2\n")
    assert [e.text for e in made.examples] == ["x", "label"]
