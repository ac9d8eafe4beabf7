"""What calls cost, by the user's own table: a TOML file, each price with its source and date.

    [[prices]]
    model = "my-model"
    currency = "USD"
    input = 1.25        # a million tokens of prompt
    output = 10.0       # a million tokens of reply
    cached = 0.125      # of prompt that the service had in its cache (default: input)
    written = 1.5       # of prompt that it put there (default: input)
    batch = 0.5         # factor in batch mode (default: 1)
    source = "https://example.org/prices"
    date = 2026-11-25

No price is shipped. A call of a service whose price is not in the table costs "unknown", never 0; a
call that this machine answers is free.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from amplify.contract.calls import Usage
from amplify.contract.errors import PlanError
from amplify.run.plan.toml import parse_toml, read_toml_text
from amplify.run.plan.typed import typed

MILLION = 1_000_000

Amount = Annotated[float, Meta(ge=0, le=sys.float_info.max, description="a number, 0 or more")]


@dataclass(frozen=True)
class PriceTable:
    """`[[prices]]`: the price of a model; amounts are for a million tokens.

    `provider` and `base_url` narrow it down to calls whose provider says the same of itself.
    """

    called: ClassVar[str] = "a price"

    model: str
    currency: str
    input: Amount
    output: Amount
    source: Annotated[
        str,
        Meta(pattern=r"\S", description="where it was read: a price without a source is a guess"),
    ]
    date: datetime.date
    cached: Amount | None = None
    written: Amount | None = None
    batch: Amount = 1.0
    provider: str | None = None
    base_url: str | None = None


@dataclass(frozen=True)
class Price(PriceTable):
    """The price of a model, times a `factor`, which is `batch` where calls go in batches."""

    factor: float = 1.0

    def cost(
        self, usage: Usage, input_tokens: int | None = None, output_tokens: int | None = None
    ) -> float | None:
        """What one call cost; None where its tokens are not known.

        `input_tokens` and `output_tokens` are the caller's numbers, for a service that reports none
        in `usage`. Each of the caller's input tokens may be of the dearest kind.
        """
        if self is FREE:
            return 0.0
        prompt = usage.input if usage.input is not None else input_tokens
        reply = usage.output if usage.output is not None else output_tokens
        if prompt is None or reply is None:
            return None
        cached, written = usage.cached or 0, usage.written or 0
        plain = self.input if usage.input is not None else self._dearest
        amount = (
            (prompt - cached - written) * plain
            + cached * (self.input if self.cached is None else self.cached)
            + written * (self.input if self.written is None else self.written)
            + reply * self.output
        )
        return self.factor * amount / MILLION

    def most(self, input_tokens: float, output_tokens: float) -> float:
        """What a call of at most so many tokens costs at most."""
        dearest = input_tokens * self._dearest + output_tokens * self.output
        return self.factor * dearest / MILLION

    @property
    def _dearest(self) -> float:
        return max(self.input, self.written or 0.0, self.cached or 0.0)

    def fits(self, identity: Mapping[str, Any]) -> bool:
        """Whether it is the price of the model that a provider's `identity` names."""
        return self.model == identity.get("model") and all(
            getattr(self, key) in (None, identity.get(key)) for key in ("provider", "base_url")
        )


FREE = Price("", "", 0.0, 0.0, "this machine", datetime.date.min)
"""What a local model or a recording costs, whatever tokens it reports."""


def price_table(price: Price | None) -> dict[str, Any] | None:
    """A price as JSON-able data; None where it is not known."""
    if price is None or price is FREE:
        return None if price is None else {"input": 0.0, "output": 0.0, "source": FREE.source}
    return {**asdict(price), "date": price.date.isoformat()}


def read_prices(path: Path) -> list[Price]:
    """The prices of a file; PlanError names the file and the number of a price that is wrong."""
    where = str(path)
    try:
        table = parse_toml(read_toml_text(path))
    except (OSError, ValueError) as error:
        raise PlanError(f"not a readable table of prices: {error}", where=where) from None
    rows = table.get("prices")
    if not isinstance(rows, list) or set(table) != {"prices"}:
        raise PlanError(
            "a table of prices is a list of [[prices]] and nothing else",
            where=where,
            hint="each with model, currency, input, output, source and date",
        )
    return [_read(row, f"{where}, price {number}") for number, row in enumerate(rows, 1)]


def _read(row: Any, where: str) -> Price:
    hint = "amounts are for a million tokens; source and date say where they were read"
    return Price(**asdict(typed(PriceTable, row, where, hint=hint)))


def find_price(prices: list[Price], identity: Mapping[str, Any]) -> Price | None:
    """The price of a provider's calls; None where the table has none.

    Raises PlanError where two entries fit, rather than choose one.
    """
    fitting = [price for price in prices if price.fits(identity)]
    if len(fitting) > 1:
        raise PlanError(
            f"{len(fitting)} prices fit model {identity.get('model')!r}",
            where="prices",
            hint="keep one, or tell them apart by provider or base_url",
        )
    return fitting[0] if fitting else None
