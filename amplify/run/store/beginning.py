"""What a run began with: its LLM, the versions and the prompts, compared when it is resumed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.errors import DataError
from amplify.run.plan.plan import Ref
from amplify.run.store.files import write_whole
from amplify.run.store.read_back import read_stored, reading

NAME = "began.json"


class OtherLLM(DataError):
    """The LLM is not the one that the run began with: their answers are not one measurement."""


class Began(msgspec.Struct):
    """`llm` is what the plan says, `provider` what identified it, `prompts` the digests by arm.

    `answered` says whether anything was answered: until then another LLM may take its place.
    """

    llm: Any
    provider: dict[str, Any]
    versions: dict[str, str]
    prompts: dict[str, str] = {}
    answered: bool = False

    @classmethod
    def now(cls, llm: Ref, provider: Mapping[str, Any], versions: Mapping[str, str]) -> Began:
        """What a run begins with."""
        return cls(_plain(llm.table()), _plain(dict(provider)), dict(versions))

    def check(self, now: Began, where: str) -> None:
        """OtherLLM where another LLM would answer now than at the beginning."""
        if self.provider != now.provider:
            raise other_llm(self.provider, now.provider, where)

    def notes(self, now: Began) -> list[str]:
        """Notes for the record: versions and prompts that are not those of the beginning."""
        names = dict.fromkeys((*self.versions, *now.versions))
        changed = [
            f"{name} {self.versions.get(name, 'none')}, now {now.versions.get(name, 'none')}"
            for name in names
            if self.versions.get(name) != now.versions.get(name)
        ]
        notes = [f"resumed with other versions: {'; '.join(changed)}"] if changed else []
        arms = [arm for arm, digest in self.prompts.items() if now.prompts.get(arm) != digest]
        if arms:
            notes.append(
                f"arms {', '.join(arms)}: the prompts are not those that the run began with, as a"
                " template has changed; the demonstrations are those of then"
            )
        return notes


def read_began(folder: Path) -> Began | None:
    """What the run in the folder began with; None for one of an earlier version."""
    path = folder / NAME
    if not path.exists():
        return None
    hint = "delete it to go on with whatever is there now"
    with reading(path, "what the run began with cannot be read", hint):
        return msgspec.json.decode(read_stored(path), type=Began)


def write_began(folder: Path, began: Began) -> None:
    """Write what the run in the folder begins with."""
    text = json.dumps(msgspec.to_builtins(began), indent=2, ensure_ascii=False)
    write_whole(folder / NAME, text + "\n")


def other_llm(then: Mapping[str, Any], now: Mapping[str, Any], where: str) -> OtherLLM:
    """The error that two identities of an LLM differ, with each difference.

    `then` is what identified the LLM when the run began, `now` what does now.
    """
    return OtherLLM(
        "the LLM is not the one that the run began with: " + "; ".join(identity_changes(then, now)),
        where=where,
        hint="bring it back (see [llm] and the environment), or begin anew with another --out",
    )


def identity_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Each difference of two identities of an LLM: the earlier one, and that of now."""
    return [
        f"{key} was {_value(then, key)}, is {_value(now, key)}"
        for key in dict.fromkeys((*then, *now))
        if then.get(key) != now.get(key)
    ]


class Identities:
    """What identified each LLM of a study, by what its plans say: one study asks one LLM."""

    def __init__(self, begun: Sequence[tuple[Path, Began]] = ()) -> None:
        self._known = {
            _key(began.llm): (place, began.provider) for place, began in begun if began.answered
        }

    def check(self, llm: Ref, provider: Mapping[str, Any], where: Path) -> None:
        """OtherLLM where another run identified the LLM that the plans call `llm` differently."""
        now = _plain(dict(provider))
        place, then = self._known.setdefault(_key(_plain(llm.table())), (where, now))
        if then != now:
            raise other_llm(then, now, str(place))


def _key(llm: Any) -> str:
    return json.dumps(llm, sort_keys=True)


def _plain(value: Any) -> Any:
    """The value as JSON gives it back."""
    return json.loads(json.dumps(value, sort_keys=True))


def _value(identity: Mapping[str, Any], key: str) -> str:
    return json.dumps(identity[key], ensure_ascii=False) if key in identity else "not said"
