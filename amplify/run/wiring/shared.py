"""Keeps what the runs of a study share: loaded models, results of proxies, the journal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from amplify.contract.provider import Provider
from amplify.loop.setup import ProxyResults
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.plan.plan import Ref
from amplify.run.store.beginning import Identities
from amplify.run.store.journal import Journal
from amplify.run.wiring.wire import Wiring


@dataclass
class Shared:
    """What earlier runs leave: local models that are loaded, what is known of the pool, and the
    journal, where they write one together.

    A service's client belongs to the event loop of its run, and is made anew.
    """

    _results: dict[tuple[object, ...], ProxyResults] = field(default_factory=dict)
    _models: list[tuple[Ref, str, Provider]] = field(default_factory=list)
    _journal: Journal | None = None
    _began: float | None = None
    identities: Identities = field(default_factory=Identities)

    def begin(self) -> float:
        """When the first of the runs could ask: what all of them have in seconds counts from it."""
        if self._began is None:
            self._began = time.monotonic()
        return self._began

    @contextmanager
    def one_journal(self, path: Path) -> Iterator[Journal]:
        """Have all runs write this journal, which is read once."""
        with Journal(path) as self._journal:
            yield self._journal
        self._journal = None

    @contextmanager
    def journal(self, path: Path) -> Iterator[Journal]:
        """The journal at `path`, open."""
        if self._journal is not None and self._journal.path == path:
            yield self._journal
        else:
            with Journal(path) as journal:
                yield journal

    def provider(self, wiring: Wiring) -> Provider:
        """The wired LLM, loaded once for all runs that name it alike."""
        ref, device = wiring.plan.llm, wiring.plan.run.device
        for kept, on, provider in self._models:
            if (kept, on) == (ref, device):
                return provider
        provider = wiring.build_provider()
        if not is_remote(provider):
            self._models.append((ref, device, provider))
        return provider

    def proxy_results(self, *data: object) -> ProxyResults:
        """What proxies made of these data so far.

        `data` are all that a fit or an explanation depends on besides the names of its components:
        the splits, the folds, the seed, the device.
        """
        return self._results.setdefault(data, ProxyResults())

    def forget(self) -> None:
        """Let go of what proxies made of the data; models stay loaded."""
        self._results.clear()
