"""What was handed over in batches, on disk: what is about to be, what is out, what was fetched."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import msgspec

from amplify.contract.errors import ProviderError
from amplify.contract.guard.secret import scrubbed
from amplify.run.store.files import open_log, write_whole, writing
from amplify.run.store.read_back import read_stored, reading


@dataclass(frozen=True)
class Handed:
    """The calls of one batch, by their keys in order.

    `token` is the batch's own: with it a service knows its calls by names that no other batch has.
    None in a file of an earlier version, whose batches were given the keys. `after` is the newest
    batch that the service had before this one.
    """

    keys: list[str]
    token: str | None = field(default_factory=lambda: secrets.token_hex(8))
    after: str | None = None

    @property
    def names(self) -> dict[str, str]:
        """The keys, by the names that the service knows the calls by."""
        if self.token is None:
            return {key: key for key in self.keys}
        return {f"{self.token}-{number}": key for number, key in enumerate(self.keys)}


@dataclass(frozen=True)
class Out:
    """A batch that was created; `left` are those of its keys whose outcomes were not taken yet."""

    batch: Handed
    left: list[str]


class HandedOver:
    """`batches.jsonl`, a line for each batch that was created and one when it was fetched; and
    `submitting.json` beside it while one is being created, so that a kill in between loses none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.intent = path.with_name("submitting.json")

    def intend(self, batch: Handed) -> None:
        """A batch is about to be created."""
        if batch.after is not None and scrubbed(batch.after) != batch.after:
            batch = replace(batch, after=None)
        write_whole(self.intent, json.dumps(asdict(batch)) + "\n", durable=True)

    def created(self, name: str, batch: Handed) -> None:
        """It was created, and has this name at the service; ProviderError where that is a key."""
        if scrubbed(name) != name:
            raise ProviderError(
                "the service names the batch by a key, so that its name cannot be kept",
                where=str(self.path),
                hint="ask call by call (-o llm.batch=false), and tell who runs the service",
            )
        self._write({"batch": name, "keys": batch.keys, "token": batch.token})
        self.drop_intent()

    def drop_intent(self) -> None:
        """It was not created, or its name is known."""
        with writing(self.intent):
            self.intent.unlink(missing_ok=True)

    def fetched(self, name: str, left: Sequence[str] = ()) -> None:
        """Its outcomes are in the journal, but for those of the keys that are `left` for later."""
        told = {"left": list(left)} if left else {}
        self._write({"batch": name, "state": "fetched", **told})

    def intended(self) -> Handed | None:
        """The batch that was about to be created when the run ended; None where there is none."""
        if not self.intent.exists():
            return None
        hint = "see at the service whether a batch was created last; delete that file to have"
        hint += " its calls made, and paid, again"
        with reading(self.intent, "not what a batch is to hold", hint):
            found = msgspec.json.decode(read_stored(self.intent), type=Handed)
        if any(found.token == out.batch.token for out in self._read().values()):
            self.drop_intent()
            return None
        return found

    def out(self) -> dict[str, Out]:
        """The batches that hold outcomes which were not taken yet, by their names."""
        return {name: out for name, out in self._read().items() if out.left}

    def _read(self) -> dict[str, Out]:
        """Every batch by its name."""
        if not self.path.exists():
            return {}
        found: dict[str, Out] = {}
        with writing(self.path), open_log(self.path) as file:
            file.seek(0)
            content = file.read()
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):
                # A kill cut the last line off.
                file.truncate(len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            hint = "delete that line; what its batch holds will be asked again"
            with reading(self.path, "not a line about a batch", hint, number):
                row = msgspec.json.decode(line, type=_Line)
                if row.state == "fetched":
                    before = found.get(row.batch, Out(Handed([], None), []))
                    found[row.batch] = Out(before.batch, row.left)
                elif row.keys is None:
                    raise ValueError("it holds no keys")
                else:
                    found[row.batch] = Out(Handed(row.keys, row.token), row.keys)
        return found

    def _write(self, row: Mapping[str, object]) -> None:
        with writing(self.path), open_log(self.path) as file:
            file.write(json.dumps(row).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


class _Line(msgspec.Struct):
    """A line about a batch: that it was created, with its requests' keys, or fetched, and which
    keys were left then."""

    batch: str
    keys: list[str] | None = None
    token: str | None = None
    state: str = ""
    left: list[str] = []
