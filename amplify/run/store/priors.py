"""Writes the priors of arms that calibrate to the run folder, exact, and reads them back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from amplify.contract.calls import Failure
from amplify.loop.answer.prior import Prior
from amplify.run.store.files import write_whole
from amplify.run.store.read_back import read_stored, reading

NAME = "priors.json"


def write_priors(folder: Path, priors: Mapping[str, Prior | Failure]) -> None:
    """Write the probabilities of each draw's prior, by the draw's name; no file without any."""
    known = {
        name: dict(prior.probabilities)
        for name, prior in priors.items()
        if isinstance(prior, Prior) and prior.probabilities
    }
    if known:
        text = json.dumps(known, indent=2, ensure_ascii=False)
        write_whole(folder / NAME, text + "\n")


def read_priors(folder: Path) -> dict[str, dict[str, float]]:
    """The label probabilities of each prior by the draw's name; empty where there is no file."""
    path = folder / NAME
    if not path.exists():
        return {}
    with reading(path, "the priors cannot be read", "finish the run anew with --resume"):
        return msgspec.json.decode(read_stored(path), type=dict[str, dict[str, float]])
