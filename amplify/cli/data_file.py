"""Says on stderr what a task has guessed from its data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from amplify.cli.messages import print_message

if TYPE_CHECKING:
    from amplify.run.wiring.wire import Wiring


def settled(wiring: Wiring) -> Wiring:
    """The wiring of the plan with what its task guesses from the data, which is told on stderr."""
    wiring, guessed, notes = wiring.settle()
    if guessed:
        print_message(f"read from the data: {_shown(guessed)}")
    for note in notes:
        print_message(note)
    return wiring


def _shown(options: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items()
    )
