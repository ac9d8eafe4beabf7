"""The options of the built-in providers: plain declarations that import nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Which recorded replies answer which prompts."""

    paths: tuple[str, ...] = option(
        (), help='recorded replies, {"outputs": [{"input": prompt, "prediction": reply, ...}]}'
    )
    match: Literal["prompt", "item"] = option(
        "prompt",
        help='"prompt": the exact prompt; "item": the final question, for the arms in `bind`',
    )
    bind: dict[str, str] = option(
        factory=dict, help="for match by item: the name of an arm, and the file that answers it"
    )
    model: str = option("recorded", help="the name of the model that gave the replies")
