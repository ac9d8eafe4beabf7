"""The log of batches on disk: which are being created, which are open, which are fetched."""

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
from amplify.run.store.whole_lines import whole_lines


@dataclass(frozen=True)
class BatchKeys:
    """The keys of a batch's requests, in order.

    `token` makes the names by which the service knows the requests unlike those of any other batch;
    it is None in a file of an earlier version, whose requests were named by their keys. `after` is
    the id of the newest batch that the service had before this one.
    """

    keys: list[str]
    token: str | None = field(default_factory=lambda: secrets.token_hex(8))
    after: str | None = None

    @property
    def names(self) -> dict[str, str]:
        """The keys, by the names that the service knows the requests by."""
        if self.token is None:
            return {key: key for key in self.keys}
        return {f"{self.token}-{number}": key for number, key in enumerate(self.keys)}


@dataclass(frozen=True)
class OpenBatch:
    """A batch that was created; `unread` are the keys whose outcomes were not taken yet."""

    keys: BatchKeys
    unread: list[str]


class BatchLog:
    """`batches.jsonl`: a line for each batch that was created, and one when it was fetched.

    While a batch is being created, `submitting.json` (`intent`) stands beside it, so that a kill
    in between loses none.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.intent = path.with_name("submitting.json")

    def intend(self, batch: BatchKeys) -> None:
        """Write down that a batch is about to be created."""
        if batch.after is not None and scrubbed(batch.after) != batch.after:
            batch = replace(batch, after=None)
        write_whole(self.intent, json.dumps(asdict(batch)) + "\n", durable=True)

    def created(self, batch_id: str, batch: BatchKeys) -> None:
        """Write down that a batch was created; ProviderError where its id holds a secret."""
        if scrubbed(batch_id) != batch_id:
            raise ProviderError(
                "the service names the batch by a key, so that its name cannot be kept",
                where=str(self.path),
                hint="ask call by call (-o llm.batch=false), and tell who runs the service",
            )
        self._write({"batch": batch_id, "keys": batch.keys, "token": batch.token})
        self.drop_intent()

    def drop_intent(self) -> None:
        """Forget the batch that was about to be created: it was not, or its id is known."""
        with writing(self.intent):
            self.intent.unlink(missing_ok=True)

    def fetched(self, batch_id: str, unread: Sequence[str] = ()) -> None:
        """Write down that a batch's outcomes are in the journal, but for those of `unread` keys."""
        keys = {"left": list(unread)} if unread else {}
        self._write({"batch": batch_id, "state": "fetched", **keys})

    def intended(self) -> BatchKeys | None:
        """The batch that was about to be created when the run ended; None where there is none."""
        if not self.intent.exists():
            return None
        hint = "see at the service whether a batch was created last; delete that file to have"
        hint += " its calls made, and paid, again"
        with reading(self.intent, "not what a batch is to hold", hint):
            batch = msgspec.json.decode(read_stored(self.intent), type=BatchKeys)
        if any(batch.token == created.keys.token for created in self._read().values()):
            self.drop_intent()
            return None
        return batch

    def open_batches(self) -> dict[str, OpenBatch]:
        """The batches that hold outcomes which were not taken yet, by their ids."""
        return {batch_id: batch for batch_id, batch in self._read().items() if batch.unread}

    def _read(self) -> dict[str, OpenBatch]:
        """Every batch by its id."""
        if not self.path.exists():
            return {}
        batches: dict[str, OpenBatch] = {}
        with writing(self.path), open_log(self.path) as file:
            lines = list(whole_lines(file))
        for number, line in lines:
            hint = "delete that line; what its batch holds will be asked again"
            with reading(self.path, "not a line about a batch", hint, number):
                row = msgspec.json.decode(line, type=_BatchLine)
                if row.state == "fetched":
                    before = batches.get(row.batch, OpenBatch(BatchKeys([], None), []))
                    batches[row.batch] = OpenBatch(before.keys, row.unread)
                elif row.keys is None:
                    raise ValueError("it holds no keys")
                else:
                    batches[row.batch] = OpenBatch(BatchKeys(row.keys, row.token), row.keys)
        return batches

    def _write(self, row: Mapping[str, object]) -> None:
        with writing(self.path), open_log(self.path) as file:
            file.write(json.dumps(row).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


class _BatchLine(msgspec.Struct):
    """A line about a batch: that it was created, with the keys of its requests, or that it was
    fetched, with the keys whose outcomes are `unread` since."""

    batch: str
    keys: list[str] | None = None
    token: str | None = None
    state: str = ""
    unread: list[str] = msgspec.field(default_factory=list, name="left")
