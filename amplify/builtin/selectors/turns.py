"""Orders of candidates: by a seed, and with the labels taking turns."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from amplify import Candidate


def seeded(seed: int, name: str) -> bytes:
    """A sort key that shuffles names the same way on every machine."""
    return hashlib.sha256(f"{seed}/{name}".encode("utf-8", "surrogatepass")).digest()


def take_turns(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, one of each true label in turn, each label's in the given order."""
    queues: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in ranked:
        queues[candidate.example.label].append(candidate)
    longest = max(map(len, queues.values()), default=0)
    return [queue[i] for i in range(longest) for queue in queues.values() if i < len(queue)]
