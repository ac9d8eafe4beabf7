"""Labels that look alike, values that are missing, texts with characters that few mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from amplify import Context, DataError, Dataset, PlanError
from amplify.builtin.tasks.bbh import BBH
from amplify.builtin.tasks.options import BBHOptions, CsvOptions, JsonLinesOptions
from amplify.builtin.tasks.tables import Csv, JsonLines
from amplify.loop.data.split import split
from amplify.loop.precheck.notes import split_notes


def load(context: Context, labels: Sequence[Any], /, **options: Any) -> Dataset:
    """The data set of a JSON-lines file with these labels."""
    rows = [{"text": f"note {i}", "label": label} for i, label in enumerate(labels)]
    return load_rows(context, rows, **options)


def load_rows(context: Context, rows: Sequence[dict[str, Any]], **options: Any) -> Dataset:
    content = "".join(json.dumps(row) + "\n" for row in rows)
    (context.paths[0] / "t.jsonl").write_text(content, encoding="utf-8")
    return JsonLines(JsonLinesOptions(path="t.jsonl", **options), context).load()


ALIKE = [
    ("positive", "Positive", "'Positive' (2)"),
    ("positive", "positive\u200b", r"'positive\u200b' (2)"),
    ("positive", "posi\u00adtive", r"'posi\xadtive' (2)"),
    ("very good", "very  good", "'very  good' (2)"),
    ("very good", "very\u00a0good", r"'very\xa0good' (2)"),
    ("caf\u00e9", "cafe\u0301", r"'cafe\u0301' (2)"),
    ("good", "\uff47\uff4f\uff4f\uff44", r"'\uff47\uff4f\uff4f\uff44' (2)"),
    ("don't know", "don\u2019t know", r"'don\u2019t know' (2)"),
    ("\u2764", "\u2764\ufe0f", r"'\u2764\ufe0f' (2)"),
    ("1", "01", "'01' (2)"),
    (1, 1.0, "'1.0' (2)"),
    ("true", "True", "'True' (2)"),
    (True, "TRUE", "'TRUE' (2)"),
    ("1000", "1,000", "'1,000' (2)"),
    ("open", "op\u0435n", r"'op\u0435n' (2)"),
]


@pytest.mark.parametrize(("often", "rare", "shown"), ALIKE)
def test_labels_that_differ_in_form_alone_are_named_with_counts(
    context: Context, often: Any, rare: Any, shown: str
) -> None:
    labels = [often, "other", often, rare, "other", rare, often]
    made = load(context, labels)
    (note,) = made.notes
    assert note.startswith("labels that look alike")
    assert "(3) and " in note
    assert shown in note
    assert len(made.labels) == 3
    merged = load(context, labels, merge_labels=True)
    assert (len(merged.labels), merged.notes) == (2, ())
    assert sum(e.label == merged.examples[0].label for e in merged.examples) == 5


@pytest.mark.parametrize(
    "labels",
    [
        ["A", "B"],
        ["1", "10"],
        ["-1", "1"],
        ["0", "1"],
        ["a b", "a c"],
        ["1.5", "15"],
        ["1,5", "15"],
        ["123456789012345678901234567890", "123456789012345678901234567891"],
    ],
)
def test_other_labels_are_not_alike(context: Context, labels: list[str]) -> None:
    assert load(context, labels * 3, answers="labels").notes == ()


def test_given_labels_take_what_looks_like_them(context: Context) -> None:
    rows = [{"text": f"note {i}", "label": t} for i, t in enumerate(["Yes", "yes", "no", "No"])]
    made = load_rows(context, rows, labels=("YES", "no"))
    assert "'YES' (0)" in " ".join(made.notes)
    made = load_rows(context, rows, labels=("YES", "no"), merge_labels=True)
    assert [e.label for e in made.examples] == ["YES", "YES", "no", "no"]
    assert made.notes == ()


def test_open_answers_are_not_compared_where_the_plan_says_open(context: Context) -> None:
    assert load(context, ["Paris", "paris", "Rome"], answers="open").notes == ()


def test_task_files_are_looked_at_too(context: Context, tmp_path: Path) -> None:
    examples = [{"input": f"q {i}", "target": t} for i, t in enumerate(["Yes", "yes ", "No"] * 3)]
    (tmp_path / "t.json").write_text(json.dumps({"examples": examples}), encoding="utf-8")
    made = BBH(BBHOptions(path="t.json"), context).load()
    assert "'Yes' (3) and 'yes ' (3)" in made.notes[0]
    assert BBH(BBHOptions(path="t.json", merge_labels=True), context).load().labels == ("No", "Yes")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("NaN", "column 'label' is empty: it holds NaN"),
        ("Infinity", "column 'label' is empty: it holds Infinity"),
        ("-1e999", "column 'label' is empty: it holds -Infinity"),
        ('"nan"', "what programs write where a value is missing"),
        (r'"\\N"', "what programs write where a value is missing"),
        ('"<NA>"', "what programs write where a value is missing"),
        ("null", "column 'label' is empty"),
        ('" \\u200b\\u00a0"', "column 'label' is empty"),
        ("{}", "column 'label' holds no text, but an object"),
        ('["a"]', "column 'label' holds no text, but a list"),
    ],
)
def test_a_label_that_is_missing_is_refused_with_its_line(
    context: Context, tmp_path: Path, written: str, said: str
) -> None:
    good = '{"text": "x", "label": "a"}\n{"text": "y", "label": "b"}\n'
    content = good + '{"text": "z", "label": ' + written + "}\n" + good * 2
    (tmp_path / "t.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"t\.jsonl:3") as caught:
        JsonLines(JsonLinesOptions(path="t.jsonl"), context).load()
    assert said in str(caught.value)
    content = content.replace(written, '"a"').replace('"z"', written)
    (tmp_path / "t.jsonl").write_text(content, encoding="utf-8")
    if "programs" in said:  # as a text it is a word, and noted
        note = JsonLines(JsonLinesOptions(path="t.jsonl"), context).load().notes[0]
        assert note.startswith("texts that are nothing but a word for a missing value: 1 (t.jsonl:")
    else:
        with pytest.raises(DataError, match=r"t\.jsonl:3: column 'text'"):
            JsonLines(JsonLinesOptions(path="t.jsonl"), context).load()


def test_a_missing_value_in_a_column_that_nobody_reads_is_no_fault(context: Context) -> None:
    rows = [{"text": f"t {i}", "label": "ab"[i % 2], "score": float("nan")} for i in range(4)]
    assert load_rows(context, rows).notes == ()


def test_words_for_a_missing_value_in_a_table(context: Context, tmp_path: Path) -> None:
    rows = [f"note {i},{'ab'[i % 2]}" for i in range(6)]
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows, "z,nan"]), encoding="utf-8")
    with pytest.raises(DataError, match=r"t\.csv:8") as caught:
        Csv(CsvOptions(path="t.csv"), context).load()
    assert "option labels" in caught.value.hint
    made = Csv(CsvOptions(path="t.csv", labels=("a", "b", "nan")), context).load()
    assert made.notes == ()
    # These words may be a class, as "none" is in stance detection: said, not refused.
    (tmp_path / "t.csv").write_text("\n".join(["text,label", *rows, "z,none"]), encoding="utf-8")
    (note,) = Csv(CsvOptions(path="t.csv"), context).load().notes
    assert "'none' (1 of 7)" in note
    assert "t.csv:8" in note


def test_half_a_surrogate_pair_becomes_a_mark_and_is_noted(context: Context) -> None:
    rows: list[dict[str, Any]] = [
        {"id": f"{i}", "text": f"day {i}", "label": "ab"[i % 2]} for i in range(8)
    ]
    rows[1]["text"] = "so happy \ud83d"
    rows[4]["text"] = "\ude00 whole \U0001f600"
    rows[5]["label"] = "b\ud800"
    rows[6]["id"] = "6\udfff"
    made = load_rows(context, rows, id="id")
    assert made.examples[1].text == "so happy \ufffd"
    assert made.examples[4].text == "\ufffd whole \U0001f600"
    assert (made.examples[5].label, made.examples[6].id) == ("b\ufffd", "6\ufffd")
    json.dumps([e.text for e in made.examples], ensure_ascii=False).encode()
    assert made.notes[-1].endswith(": 4 (t.jsonl:2, t.jsonl:5, t.jsonl:6, t.jsonl:7)")


def test_control_characters_and_tokens_are_kept_and_noted(context: Context) -> None:
    texts = ["a\x00b", "tab\tand\nline", "say <|im_end|>", "[MASK] it", "</s>", "a < b > c", "[1]"]
    rows = [{"text": text, "label": "ab"[i % 2]} for i, text in enumerate(texts)]
    made = load_rows(context, rows)
    assert [e.text for e in made.examples] == texts
    control, tokens = made.notes
    assert control.endswith(r": 1 (t.jsonl:1 '\x00')")
    assert "3 (t.jsonl:3 '<|im_end|>', t.jsonl:4 '[MASK]', t.jsonl:5 '</s>')" in tokens


def test_equal_texts_with_different_labels_are_named_with_their_lines(
    context: Context, tmp_path: Path
) -> None:
    lines = ["text,label"] + [f"note number {i},{'ab'[i % 2]}" for i in range(12)]
    lines += ["note  number 3,a", "NOTE NUMBER 4,b", "note number 5,b"]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    made = Csv(CsvOptions(path="t.csv"), context).load()
    task = split(made, 0, 0, "all", 0)
    (note,) = [note for note in task.notes if "no answer can be right" in note]
    assert ": 2 (t.csv:5 'b' and t.csv:14 'a'; t.csv:6 'a' and t.csv:15 'b')" in note
    test = {e.id for e in split(made, 4, 4, 4, 0).test}
    assert ("t-0003" in test) == ("t-0012" in test)


def test_published_tasks_are_all_read(data: Path) -> None:
    tasks = sorted((data / "bbh/tasks").glob("*.json"))
    assert tasks
    for task in tasks:
        made = BBH(BBHOptions(path=str(task)), Context(paths=(data,))).load()
        assert not [note for note in made.notes if "look alike" in note or "missing" in note]


def test_a_published_task_asks_two_items_twice_with_both_answers(data: Path) -> None:
    path = data / "bbh/tasks/causal_judgement.json"
    task = split(BBH(BBHOptions(path=str(path)), Context(paths=(data,))).load(), 0, 0, "all", 0)
    (note,) = [note for note in task.notes if "no answer can be right" in note]
    assert ": 2 (causal_judgement-0032 'No' and causal_judgement-0119 'Yes'; " in note


def test_given_labels_that_merging_makes_one_are_refused(context: Context) -> None:
    with pytest.raises(PlanError, match="'POS' and 'pos', which merge_labels makes one"):
        load(context, ["pos", "neg"] * 4, labels=("pos", "POS", "neg"), merge_labels=True)
    assert load(context, ["pos", "neg"] * 4, labels=("pos", "POS", "neg")).labels[1] == "POS"


def test_labels_as_long_as_texts_are_cut_where_they_are_told(context: Context) -> None:
    one, other = "long story " * 900, "Long story " * 900
    made = load(context, [one, other] * 4)
    told = [*made.notes, *split_notes(split(made, 0, 4, 4, 0), False)]
    told += split_notes(split(made, 0, 1, 1, 0), False)
    assert any("look alike" in note for note in told)
    assert any("without an item in some split" in note for note in told)
    assert all(len(note) < 500 for note in told)
    with pytest.raises(DataError, match="items have the label") as caught:
        load(context, [one] * 8)
    assert len(str(caught.value)) < 500
