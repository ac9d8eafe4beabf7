"""What makes two calls the same."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from amplify.contract.calls import Request

SCHEMA = 1
"""Version of what a request's key is made from."""


def request_key(request: Request, identity: dict[str, Any], apart: bool = False) -> str:
    """What makes two calls the same: sha256 of provider, messages and sampling, in hex.

    The arm counts only where the provider answers that arm differently (`by_arm`); where the
    shared block ends only where it is sent `apart`.
    """
    what = {
        "schema": SCHEMA,
        "provider": identity,
        "messages": [{"role": m.role, "content": m.content} for m in request.prompt.messages],
        "max_tokens": request.max_tokens,
        "stop": request.stop,
        "arm": request.arm if request.arm in identity.get("by_arm", ()) else None,
    }
    if request.labels:
        what["labels"] = request.labels
    if apart:
        what["shared"] = len(request.prompt.shared)
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
