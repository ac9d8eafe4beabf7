"""Label balance: candidates with the labels taking turns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from amplify.contract.selector import Candidate


def take_turns(ranked: Sequence[Candidate]) -> list[Candidate]:
    """The same candidates, one of each true label in turn, each label's in the given order."""
    queues: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in ranked:
        queues[candidate.example.label].append(candidate)
    longest = max(map(len, queues.values()), default=0)
    return [queue[i] for i in range(longest) for queue in queues.values() if i < len(queue)]
