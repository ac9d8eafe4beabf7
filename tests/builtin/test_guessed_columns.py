"""Which columns of a file are read, and what a file of names says of its classes."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.data_files import NEWS, load, source

from amplify import Context, DataError, PlanError
from amplify.builtin.tasks.data_file import DataFile
from amplify.builtin.tasks.options import DataOptions


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
