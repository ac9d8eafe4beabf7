"""Hostile texts, labels, replies and names are inert in all that commands print and write."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from contextlib import redirect_stderr, redirect_stdout
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from known.hostile import DATA, LABELS, LONG, NAME, TEXTS, lay
from known.in_process import printed
from markdown_it import MarkdownIt

from amplify.cli.main import main
from amplify.run.prompt.exports.formats import FORMATS

SHOWN = r"[b]\x1b[31m<script>[bold]|\input{x}\u202e"
"""The name of the focus as it is shown."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run and a study of hostile data."""
    folder = lay(tmp_path_factory.mktemp("hostile"))
    for command in ("run", "study"):
        plan = "plan.toml" if command == "run" else "study.toml"
        text = printed("--no-plugins", command, str(folder / plan), "--out", str(folder / command))
        (folder / f"{command}.txt").write_text(text, encoding="utf-8")
    return folder


def amplify(place: Path, *words: str) -> str:
    """What a command without plugins prints; words in capitals stand for paths in the folder."""
    paths = {
        "RUN": place / "run",
        "STUDY": place / "study",
        "PLAN": place / "plan.toml",
        "DATA": place / DATA,
    }
    return printed("--no-plugins", *(str(paths.get(word, word)) for word in words))


def is_inert(text: str) -> bool:
    """Whether a terminal only writes the text: nothing moves, colours, rings or turns it."""
    return text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "PLAN"),
        ("init", "DATA", "--force", "--out", "INIT"),
        ("run", "--resume", "--out", "RUN"),
        ("run", "--resume", "--out", "RUN", "--json"),
        ("study", "--resume", "--out", "STUDY"),
        *(
            ("study", "--resume", "--out", "STUDY", "--format", form)
            for form in ("json", "markdown", "csv", "latex")
        ),
        ("compare", "RUN", "RUN"),
        ("compare", "RUN", "RUN", "--format", "json"),
        ("evaluate", "RUN", "DATA"),
        ("evaluate", "RUN", "DATA", "--json"),
    ],
    ids=" ".join,
)
def test_the_console(place: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    text = amplify(place, *(str(tmp_path / "plan.toml") if w == "INIT" else w for w in words))
    assert is_inert(text)
    assert len(text) < 50_000
    if "json" in words or "--json" in words:
        shown, _ = json.JSONDecoder().raw_decode(text, text.index("{\n"))
        assert NAME in json.dumps(shown, ensure_ascii=False) or NAME in strings(shown)


def strings(value: Any) -> list[str]:
    """All texts in a value of JSON, keys too."""
    if isinstance(value, dict):
        return [text for item in value.items() for part in item for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("command", ["run", "study"])
def test_names_are_shown_as_they_are_written(place: Path, command: str) -> None:
    text = (place / f"{command}.txt").read_text(encoding="utf-8")
    assert is_inert(text)
    assert SHOWN in text  # the markup of rich is text
    assert "x" * 1000 not in text


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("words", [("predict", "DATA"), *(("export", "--to", f) for f in FORMATS)])
def test_what_is_printed_on_a_terminal(place: Path, words: tuple[str, ...]) -> None:
    name, *more = words
    terminal, told = Terminal(), io.StringIO()
    arguments = [str(place / DATA) if word == "DATA" else word for word in more]
    with redirect_stdout(terminal), redirect_stderr(told), pytest.raises(SystemExit) as ended:
        main(["--no-plugins", name, str(place / "run"), *arguments])
    assert ended.value.code == 0, told.getvalue()
    assert is_inert(terminal.getvalue())
    assert "[bold" in terminal.getvalue()


def test_json_files_hold_all_as_it_is(place: Path) -> None:
    found = []
    for name in ("predictions.jsonl", "prompts.jsonl", "calls.jsonl"):
        lines = (place / "run" / name).read_text(encoding="utf-8").split("\n")
        found += [text for line in lines if line for text in strings(json.loads(line))]
    assert [kind for kind, text in TEXTS.items() if not any(text in part for part in found)] == []
    assert any(LONG in part for part in found)
    for name in ("run", "study"):
        record = json.loads((place / name / "record.json").read_text(encoding="utf-8"))
        assert NAME in strings(record)


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text), strict=True) for cell in row]


def is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?\d+(\.\d*)?(e-?\d+)?", cell) is not None


def test_no_cell_of_csv_is_a_formula(place: Path, tmp_path: Path) -> None:
    amplify(place, "predict", "RUN", "DATA", "-o", str(tmp_path / "labels.csv"))
    amplify(place, "evaluate", "RUN", "DATA", "-o", str(tmp_path / "scored.csv"))
    files = [tmp_path / "labels.csv", tmp_path / "scored.csv", place / "study" / "table.csv"]
    for file in files:
        with file.open(encoding="utf-8", newline="") as stream:
            found = cells(stream.read())
        assert len(found) > 20
        assert [c for c in found if c.startswith(FORMULA) and not is_number(c)] == []
    assert f"'{LABELS[0]}" in cells(files[0].read_text(encoding="utf-8"))


COMMANDS = {
    *("begin", "end", "caption", "label", "centering", "medskip", "scriptsize", "rlap", "textbf"),
    *("toprule", "midrule", "bottomrule", "textbackslash", "textasciitilde", "textasciicircum"),
    *("textless", "textgreater", "textbar", "addlinespace", "shortstack", "resizebox"),
    *("ifdim", "width", "linewidth", "else", "fi"),
}
"""The commands of LaTeX that a table is made of."""


def test_latex_runs_none_of_it(place: Path) -> None:
    text = (place / "study" / "table.tex").read_text(encoding="utf-8")
    assert is_inert(text)
    lines = [line for line in text.split("\n") if not line.startswith("%")]
    assert set(re.findall(r"\\([a-zA-Z]+)", "\n".join(lines))) <= COMMANDS
    assert any("input" in line for line in lines)  # the name is there, as text
    assert [line for line in lines if re.search(r"(?<!\\)%", line)] == []
    assert re.search(r"\\\\\s*[\[*]", text) is None  # no argument of the end of a row


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_markdown_is_text_alone(place: Path) -> None:
    text = (place / "study" / "table.md").read_text(encoding="utf-8")
    page = Tags()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    assert page.tags <= {"h1", "h2", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "p"}
    assert SHOWN in page.text


@pytest.mark.parametrize("to", list(FORMATS))
def test_an_export_holds_it_as_data(place: Path, tmp_path: Path, to: str) -> None:
    file = tmp_path / "prompt"
    amplify(place, "export", "RUN", "--to", to, "-o", str(file))
    text = file.read_text(encoding="utf-8")
    assert LONG not in text
    if to == "python":
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.Assign):
                ast.literal_eval(statement.value)
            elif isinstance(statement, ast.Import):
                assert [module.name for module in statement.names] == ["re"]
            else:
                assert isinstance(statement, (ast.Expr, ast.FunctionDef))
    elif text.lstrip().startswith(("{\n", "[\n")):
        assert any(LABELS[1] in part for part in strings(json.loads(text)))
