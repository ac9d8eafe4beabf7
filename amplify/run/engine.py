"""The engine: puts requests to the provider, writes every reply down, asks nothing twice."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from amplify.contract.data import Completion, Failure, Request
from amplify.contract.errors import PluginError
from amplify.contract.guard import calling
from amplify.contract.progress import Advance, Progress
from amplify.contract.roles import Provider
from amplify.run.journal import Journal

SCHEMA = 1
"""Version of what a request's key is made from."""

KEPT = "what was answered is kept: go on with --resume"

Outcome = Completion | Failure


def request_key(request: Request, identity: dict[str, Any]) -> str:
    """What makes two calls the same: sha256 of provider, messages and sampling, in hex.

    The arm counts only where the provider answers that arm differently (`by_arm`).
    """
    what = {
        "schema": SCHEMA,
        "provider": identity,
        "messages": [asdict(message) for message in request.prompt.messages],
        "max_tokens": request.max_tokens,
        "stop": request.stop,
        "arm": request.arm if request.arm in identity.get("by_arm", ()) else None,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


class Engine:
    """Asks a provider. Equal requests are one call; a reply in the journal is never asked again.

    A failure in the journal is: that is what a resumed run is for. `calls` counts what the
    provider was asked, `reused` the requests that needed no call.
    """

    def __init__(self, provider: Provider, journal: Journal, show: Progress) -> None:
        self.provider = provider
        self.journal = journal
        self.show = show
        self.identity = dict(provider.identity)
        self.name = f"provider {self.identity.get('provider', '?')}"
        self.calls = 0
        self.reused = 0

    def ask(self, requests: Sequence[Request], phase: str = "ask the LLM") -> list[Outcome]:
        """An outcome for each request, in order; each is on disk before it counts as done.

        Raises PluginError where the provider breaks its contract; what it answered until then
        stays in the journal.
        """
        keys = [request_key(request, self.identity) for request in requests]
        asked: dict[str, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            if key not in self.journal.completions:
                asked.setdefault(key, request)
        times = Counter(keys)
        self.reused += len(requests) - len(asked)
        with self.show(phase, len(requests)) as advance:
            advance(sum(count for key, count in times.items() if key not in asked))
            failures = self._call(asked, times, advance)
        return [failures[key] if key in failures else self.journal.completions[key] for key in keys]

    def _call(
        self, asked: dict[str, Request], times: Counter[str], advance: Advance
    ) -> dict[str, Failure]:
        """Ask what is missing; the failures by key, the completions go to the journal."""
        keys = list(asked)
        failures: dict[str, Failure] = {}
        left = set(range(len(keys)))
        for index, outcome in self._outcomes(list(asked.values())):
            if index not in left or not isinstance(outcome, Completion | Failure):
                raise PluginError(
                    f"gave {outcome!r:.80} for request {index!r}: not one outcome for each request",
                    where=self.name,
                    hint=KEPT,
                )
            left.discard(index)
            self.calls += 1
            key = keys[index]
            if isinstance(outcome, Failure):
                failures[key] = outcome
            # That a replay lacks a prompt is no call, and will be as true when it is asked again.
            if not (isinstance(outcome, Failure) and outcome.kind == "unrecorded"):
                self.journal.add(key, asked[key], outcome)
            advance(times[key])
        for index in left:
            failures[keys[index]] = Failure("missing", "the provider gave no outcome")
            self.journal.add(keys[index], asked[keys[index]], failures[keys[index]])
        return failures

    def _outcomes(self, requests: list[Request]) -> Iterator[tuple[int, Outcome]]:
        if requests:
            with calling(self.name, hint=KEPT):
                yield from self.provider.complete(requests)
