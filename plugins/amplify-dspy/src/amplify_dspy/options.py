"""The options of this plugin's components. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option


@dataclass(frozen=True, kw_only=True)
class LayoutOptions:
    """How `dspy/chat` lays the prompt out; the selector of the arm is to say the same."""

    reasoning: bool = option(
        False, help="the program is a ChainOfThought: a field `reasoning` stands before the label"
    )
    layout: Literal["chat", "text"] = option(
        "chat",
        help='"chat": messages; "text": one text, as DSPy writes it for models that only complete',
    )
    max_tokens: int = option(256, help="the most tokens of a reply")

    def __post_init__(self) -> None:
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens is 1 or more, not {self.max_tokens}")


@dataclass(frozen=True, kw_only=True)
class CompileOptions(LayoutOptions):
    """What an optimiser may spend, and on which examples it compiles."""

    max_calls: int = option(1000, help="the most calls that compiling the program may make")
    validation: float = option(
        0.5, help="the share of the pool that programs are compared on; none of it is shown"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.max_calls < 1:
            raise ValueError(f"max_calls is 1 or more, not {self.max_calls}")
        if not 0 < self.validation < 1:
            raise ValueError(f"validation is above 0 and below 1, not {self.validation}")


@dataclass(frozen=True, kw_only=True)
class BootstrapOptions(CompileOptions):
    """How many demonstrations the LLM may write itself."""

    bootstrapped: int = option(4, help="the most demonstrations whose outputs the LLM wrote")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bootstrapped < 1:
            raise ValueError(f"bootstrapped is 1 or more, not {self.bootstrapped}")


@dataclass(frozen=True, kw_only=True)
class RandomSearchOptions(BootstrapOptions):
    """The options of BootstrapFewShotWithRandomSearch, by DSPy's own defaults."""

    candidates: int = option(16, help="how many shuffled programs are compared, besides three")
    rounds: int = option(1, help="how often an example is tried whose output was wrong")

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.candidates, self.rounds) < 1:
            raise ValueError("candidates and rounds are 1 or more")


@dataclass(frozen=True, kw_only=True)
class MiproOptions(BootstrapOptions):
    """The options of MIPROv2."""

    auto: Literal["light", "medium", "heavy"] = option(
        "light", help="how many instructions, sets and trials there are, as DSPy names it"
    )
