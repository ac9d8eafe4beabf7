"""The options of the built-in tasks: plain declarations that import nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option

Answers = Literal["auto", "labels", "open"]

MERGE = (
    "labels that differ by case, white space, invisible characters, Unicode form or number format"
    " alone become one: that of `labels`, else the most frequent"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BBHOptions:
    """A BIG-Bench Hard task file."""

    path: str = option(help='the task file, {"examples": [{"input": ..., "target": ...}]}')
    instruction: str = option("", help="what a prompt begins with, unless a selector brings one")
    prompt: str = option(
        "", help="a BBH prompt file whose instruction is the task's, where none is given"
    )
    answers: Answers = option(
        "auto", help='"labels": a fixed set; "open": free answers; "auto": found from the targets'
    )
    merge_labels: bool = option(False, help=MERGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLinesOptions:
    """A file with one JSON object a line, and the columns that are read from it."""

    path: str = option(help="a file with one JSON object a line")
    text: str = option("text", help="the column that holds the input")
    label: str = option("label", help="the column that holds the label")
    id: str = option("", help="the column that holds an identifier; empty: numbered")
    labels: tuple[str, ...] = option((), help="the label set; empty: read from the label column")
    merge_labels: bool = option(False, help=MERGE)
    instruction: str = option("", help="what a prompt begins with, unless a selector brings one")
    answers: Answers = option(
        "auto", help='"labels": a fixed set; "open": free answers; "auto": found from the labels'
    )
    encoding: str = option("utf-8", help='how the file stores its characters: "cp1252", ...')


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions(JsonLinesOptions):
    """A table: what JSON lines take, and how the table is written."""

    path: str = option(help="a table with a header line")
    columns: tuple[str, ...] = option(
        (), help="the names of the columns, in a file without a header; empty: its first line"
    )
    delimiter: str = option(
        "auto",
        help='the character between columns, or "tab"; "auto": comma, tab, semicolon or pipe, by'
        " which the header names the columns that are read",
    )
    quoting: Literal["auto", "standard", "none"] = option(
        "auto",
        help='"standard": a cell may stand in double quotes, which hold delimiters and line breaks;'
        ' "none": a quote is text like any other; "auto": "none" where every line is a whole row'
        " and quotes would break some",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """A file of any format: what is left out is guessed from the file, and a note says it."""

    path: str = option(
        help="the file: CSV, TSV, JSON, JSON lines, Parquet, Arrow, Excel, or texts line by line;"
        " a folder written by save_to_disk of datasets; or hf:ID, a data set on the hub"
    )
    text: str | int | tuple[str | int, ...] = option(
        (), help="the column with the input, by name or number (from 1); several are joined"
    )
    template: str = option(
        "", help='how columns become the input: "{title}: {body}"; empty: one a line'
    )
    label: str | int = option("", help="the column with the label, by name or number (from 1)")
    format: Literal["auto", "csv", "jsonl", "lines"] = option(
        "auto",
        help='how a file of text is written: "csv" (with any delimiter), "jsonl" (or JSON), "lines"'
        ' (a text a line); "auto": as its name and its first lines say',
    )
    label_file: str = option(
        "", help="the file with the labels, line by line, where `path` holds texts alone"
    )
    id: str | int = option("", help="the column that holds an identifier; empty: numbered")
    labels: str | tuple[str, ...] = option(
        (),
        help="the label set; or a file with the names of classes, in order, or with their numbers",
    )
    test: str = option("", help="the file with the official test split, of the same form")
    test_label_file: str = option("", help="as label_file, for the file `test`")
    header: Literal["auto", "yes", "no"] = option(
        "auto", help='whether a table\'s first line names its columns; "no": they are numbered'
    )
    columns: tuple[str, ...] = option((), help="names for the columns of a table without a header")
    delimiter: str = option(
        "auto", help='the character between columns, or "tab", "semicolon", ...; "auto": guessed'
    )
    quoting: Literal["auto", "standard", "none"] = option(
        "auto", help="as for the task csv: whether cells may stand in double quotes"
    )
    encoding: str = option(
        "auto", help='how the file stores its characters; "auto": UTF-8, else guessed'
    )
    sheet: str = option("", help="the sheet of an Excel workbook; empty: the first")
    config: str = option("", help="the configuration of a data set on the hub")
    split: str = option("", help="the one split to read of a data set of Hugging Face")
    merge_labels: bool = option(False, help=MERGE)
    instruction: str = option(
        "auto", help='what a prompt begins with; "auto": a sentence that names the labels'
    )
    answers: Answers = option(
        "auto", help='"labels": a fixed set; "open": free answers; "auto": found from the labels'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonsenseQAOptions:
    """The published files of CommonsenseQA."""

    path: str = option(
        "commonsense_qa/train_rand_split.jsonl", help="the published train file, JSON lines"
    )
    test: str = option(
        "", help="the published dev file, which then is what is tested on; empty: split the train"
    )
    instruction: str = option("", help="what a prompt begins with, unless a selector brings one")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinFlipOptions:
    """The published coin-flip file, or how many items to generate."""

    path: str = option("", help="the published file; empty: items are generated from the seed")
    items: int = option(500, help="how many items to generate")
    flips: int = option(4, help="how many people may flip the coin in a generated item")
    instruction: str = option("", help="what a prompt begins with, unless a selector brings one")
