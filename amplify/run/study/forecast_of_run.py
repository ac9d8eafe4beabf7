"""What a run of a study would take, and what it could show."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.loop.compare.outlook import Outlook
from amplify.run.cost.prices import Price
from amplify.run.estimate.phases import Phase


@dataclass(frozen=True)
class Forecast:
    """A run with its arms, and all that it takes as one phase, its choices on the pool included.

    Calls, tokens of replies and costs are bounds: nothing is taken off for what runs share, and of
    variants that are chosen among the dearest one counts. Random demonstrations stand in for those
    that only the run can choose, so that the tokens of prompts are about right. `price` is None
    where it is not known. `lost` says why the run could not be made (None: it can). `outlook` tells
    what the run alone can show of its focus as a method (None: of none).
    """

    name: str
    arms: tuple[str, ...]
    phase: Phase
    price: Price | None = None
    lost: str | None = None
    outlook: Outlook | None = None
