"""The key of a request: requests with the same key are one call."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from amplify.contract.calls import Request

SCHEMA = 1
"""Version of what a request's key is made from."""


def request_key(request: Request, identity: dict[str, Any], apart: bool = False) -> str:
    """The sha256, in hex, of provider, messages and sampling.

    `identity` is that of the provider; the request's arm counts where it answers that arm
    differently (`by_arm`). `apart` says that the provider sends the shared block apart from the
    rest: then it counts where that block ends.
    """
    content = {
        "schema": SCHEMA,
        "provider": identity,
        "messages": [{"role": m.role, "content": m.content} for m in request.prompt.messages],
        "max_tokens": request.max_tokens,
        "stop": request.stop,
        "arm": request.arm_among(identity.get("by_arm", ())),
    }
    if request.labels:
        content["labels"] = request.labels
    if request.cue:
        content["cue"] = request.cue
    if request.writes_first:
        content["writes_first"] = True
    if request.repeat:
        content["repeat"] = request.repeat
    if apart:
        content["shared"] = len(request.prompt.shared)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
