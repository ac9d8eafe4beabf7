"""The options of the built-in components: plain declarations that import nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option

Answers = Literal["auto", "labels", "open"]

PREFIX = "The answer is"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancedOptions:
    """What every selector of the pool takes."""

    balanced: bool = option(False, help="take the labels in turn, so that each is shown as often")


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOfOptions(BalancedOptions):
    """How many random sets `best-of` tries, and on how many pool items."""

    sets: int = option(8, help="how many random sets of demonstrations are tried")
    items: int = option(
        30,
        help="how many pool items each set answers, at most half of them",
    )

    def __post_init__(self) -> None:
        _at_least_one(sets=self.sets, items=self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentErrorsOptions(BalancedOptions):
    """How often `confident-errors` asks the pool, and how much it replaces."""

    balanced: bool = option(
        False, help="take the labels in turn in the random set that the first step begins with"
    )
    steps: int = option(3, help="how often the pool is asked, and demonstrations are replaced")
    replaced: int = option(2, help="how many demonstrations each step replaces")
    items: int = option(50, help="how many pool items each step asks; 0: all that are not shown")

    def __post_init__(self) -> None:
        _at_least_one(steps=self.steps, replaced=self.replaced)
        if self.items < 0:
            raise ValueError(f"items is 0 or more, not {self.items}")


def _at_least_one(**values: int) -> None:
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} is 1 or more, not {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorsOptions(BalancedOptions):
    """What the selectors of errors take."""

    skip_suspects: bool = option(
        False, help="leave out examples whose label is likely wrong, by the proxy"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSelectorOptions:
    """The file that holds the demonstrations."""

    path: str = option(
        help="demonstrations: a BBH chain-of-thought prompt, or JSON lines with text, label and, "
        "where there is one, rationale"
    )
    cue: str = option(
        "Let's think step by step.", help="the words before a chain, which a template adds again"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOneOutOptions:
    """Which score of the proxy leave-one-out explains."""

    of: Literal["logits", "probabilities"] = option(
        "logits", help="the proxy's output whose loss is measured"
    )
    contrast: bool = option(False, help="explain the lead of the true label over the foil")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutOptions:
    """How every template lays out its prompt: as one text or as a conversation."""

    layout: Literal["completion", "chat"] = option(
        "completion",
        help="one text; or a conversation: each demonstration is a turn of the user and one of the "
        "assistant, the item the last turn of the user",
    )
    system: bool = option(
        True, help="in a chat, the instruction is the system message; else it opens the first turn"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptOptions(LayoutOptions):
    """The layout of a prompt, and the length of its reply."""

    max_tokens: int = option(100, help="the most tokens that a reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperIclOptions(PromptOptions):
    """The template `super-icl`: what the proxy is called."""

    name: str = option("Classifier", help="what the proxy is called where its label stands")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyCluesOptions(PromptOptions):
    """The template `proxy-clues`: what the key words are called."""

    name: str = option("Key words", help="what stands ahead of the words")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedOptions(PromptOptions):
    """How a rationale is written into a prompt, whatever its wording."""

    order: Literal["score", "text"] = option(
        "score", help="key words by score, the highest first; or as they follow in the text"
    )
    quotes: Literal["none", "single", "double"] = option(
        "none", help="what each key word stands in"
    )
    rationale: Literal["before", "after"] = option(
        "before", help="whether the rationale stands before the answer or after it"
    )
    prefix: str = option(PREFIX, help="what stands ahead of the label")
    shuffled: bool = option(
        False, help="a control: each demonstration gets the key words of the one after it"
    )
    stop: tuple[str, ...] | None = option(
        None,
        help="a reply ends before the first of these; default: a blank line or the next question, "
        "in a chat none",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWordsOptions(WordedOptions):
    """The template `key-words`: which of the shipped wordings."""

    wording: Literal[
        "paper",
        "snarks",
        "causal-judgement",
        "ruin-names",
        "formal-fallacies",
        "salient-translation-error-detection",
        "commonsense-qa",
        "coin-flip",
    ] = option("paper", help="how the rationale is worded: for any task, or for one")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTemplateOptions(WordedOptions):
    """The template `file`: where its wording is."""

    path: str = option(help="the file: Jinja2 blocks `query`, `rationale` and `answer`")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplateOptions:
    """The template `prompt`: where the prompt is, and how its reply ends."""

    path: str = option(
        help="the file: a JSON list of messages, as `amplify export --to messages` writes it"
    )
    input: str = option("{{input}}", help="what stands in the last message in the item's place")
    max_tokens: int = option(100, help="the most tokens that a reply may have")
    stop: tuple[str, ...] = option((), help="a reply ends before the first of these")


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconOptions:
    """The lexicon explainer: each label's words."""

    words: dict[str, tuple[str, ...]] = option(
        help='for each label, the words that speak for it: words = { yes = ["good"] }'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOfThoughtOptions(LayoutOptions):
    """The template `chain-of-thought`: the cue, and the length of a chain."""

    cue: str = option("Let's think step by step.", help="the words that ask for a chain")
    max_tokens: int = option(400, help="the most tokens that a reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class CarpOptions(LayoutOptions):
    """The template `carp`: the length of clues, reasoning and answer."""

    max_tokens: int = option(300, help="the most tokens that a reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class CluesOptions:
    """The explainer `clues`: the lengths of its two replies."""

    clue_tokens: int = option(80, help="the most tokens that the reply with the clues may have")
    max_tokens: int = option(200, help="the most tokens that the reasoning may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopWordsOptions:
    """The explainer `self-topk`: how many words the LLM names."""

    words: int = option(5, help="how many words the LLM is asked for")
    max_tokens: int = option(60, help="the most tokens that its reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostHocOptions:
    """The explainer `ph-cot`: how many steps the LLM explains in."""

    steps: int = option(3, help="in how many steps the LLM is to explain")
    max_tokens: int = option(200, help="the most tokens that its reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOptions:
    """The explainer `chain`: the cue, and the length of a chain."""

    cue: str = option("Let's think step by step.", help="the words that ask for a chain")
    max_tokens: int = option(400, help="the most tokens that its reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Which recorded replies answer which prompts."""

    paths: tuple[str, ...] = option(
        (), help='recorded replies, {"outputs": [{"input": prompt, "prediction": reply, ...}]}'
    )
    match: Literal["prompt", "item"] = option(
        "prompt",
        help='"prompt": the exact prompt; "item": the final question, for the arms in `bind`',
    )
    bind: dict[str, str] = option(
        factory=dict, help="for match by item: the name of an arm, and the file that answers it"
    )
    model: str = option("recorded", help="the name of the model that gave the replies")


MOST_WORKERS = 1000
"""More worker processes than this are a mistake: all of them are started at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessesOptions:
    """How many worker processes are started."""

    workers: int = option(0, help="how many processes; 0: one for each core")

    def __post_init__(self) -> None:
        if not 0 <= self.workers <= MOST_WORKERS:
            raise ValueError(f"workers are 0 to {MOST_WORKERS}, not {self.workers}")
