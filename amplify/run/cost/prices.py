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

None is shipped. What a service answers and has no price there costs "unknown", never 0; what this
machine answers is free.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.calls import Usage
from amplify.contract.errors import PlanError
from amplify.run.plan.toml import parse, read_text

MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """The price of a model; amounts are for a million tokens.

    `provider` and `base_url` narrow it down to calls whose provider says the same of itself.
    """

    model: str
    currency: str
    input: float
    output: float
    source: str
    date: datetime.date
    cached: float | None = None
    written: float | None = None
    batch: float = 1.0
    provider: str | None = None
    base_url: str | None = None
    factor: float = 1.0

    def cost(self, usage: Usage, told: int | None = None, said: int | None = None) -> float | None:
        """What one call cost; None where its tokens are told neither by it nor by the caller.

        Of a prompt whose tokens the caller told, each may be of the dearest kind.
        """
        if self is FREE:
            return 0.0
        prompt = usage.input if usage.input is not None else told
        reply = usage.output if usage.output is not None else said
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

    def most(self, told: float, said: float) -> float:
        """What a call of at most so many tokens costs at most."""
        return self.factor * (told * self._dearest + said * self.output) / MILLION

    @property
    def _dearest(self) -> float:
        return max(self.input, self.written or 0.0, self.cached or 0.0)

    def fits(self, identity: Mapping[str, Any]) -> bool:
        """Whether it is the price of what a provider says of itself."""
        return self.model == identity.get("model") and all(
            getattr(self, key) in (None, identity.get(key)) for key in ("provider", "base_url")
        )


FREE = Price("", "", 0.0, 0.0, "this machine", datetime.date.min)
"""What a local model or a recording costs, whatever tokens it tells of."""


def price_table(price: Price | None) -> dict[str, Any] | None:
    """A price as JSON-able data; None where it is not known."""
    if price is None or price is FREE:
        return None if price is None else {"input": 0.0, "output": 0.0, "source": FREE.source}
    return {**asdict(price), "date": price.date.isoformat()}


def read_prices(path: Path) -> list[Price]:
    """The prices of a table; PlanError that names the file and the entry where one is not sound."""
    where = str(path)
    try:
        table = parse(read_text(path))
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
    known = [field.name for field in fields(Price) if field.name != "factor"]
    for key in row if isinstance(row, dict) else ():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            told = f"; did you mean {near[0]!r}?" if near else ""
            raise PlanError(f"unknown key {key!r}{told}", where=where, hint=f"keys: {known}")
    try:
        price = msgspec.convert(row, Price, strict=True)
    except msgspec.ValidationError as error:
        raise PlanError(
            str(error).replace(" - at `$.", ": `"),
            where=where,
            hint="amounts are for a million tokens; source and date say where they were read",
        ) from None
    if not price.source.strip():
        raise PlanError("a price without a source is a guess", where=where)
    amounts = (price.input, price.output, price.cached or 0.0, price.written or 0.0, price.batch)
    if not all(0 <= amount < float("inf") for amount in amounts):
        raise PlanError("an amount is 0 or more", where=where)
    return price


def find_price(prices: list[Price], identity: Mapping[str, Any]) -> Price | None:
    """The price of a provider's calls; None where the table has none.

    Raises PlanError where two entries fit, rather than choose one.
    """
    found = [price for price in prices if price.fits(identity)]
    if len(found) > 1:
        raise PlanError(
            f"{len(found)} prices fit model {identity.get('model')!r}",
            where="prices",
            hint="keep one, or tell them apart by provider or base_url",
        )
    return found[0] if found else None
