"""The options of the built-in selectors: plain declarations that import nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from amplify import option


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
