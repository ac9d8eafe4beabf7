"""The options of the built-in templates: plain declarations that import nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option

PREFIX = "The answer is"


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
class ChainOfThoughtOptions(LayoutOptions):
    """The template `chain-of-thought`: the cue, and the length of a chain."""

    cue: str = option("Let's think step by step.", help="the words that ask for a chain")
    max_tokens: int = option(400, help="the most tokens that a reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class CarpOptions(LayoutOptions):
    """The template `carp`: the length of clues, reasoning and answer."""

    max_tokens: int = option(300, help="the most tokens that a reply may have")
