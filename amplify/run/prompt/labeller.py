"""Labels texts by a finished prompt, with the engine that a run asks with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, compress
from pathlib import Path
from tempfile import TemporaryDirectory

from amplify.contract.calls import Request
from amplify.contract.context import Context
from amplify.contract.data import Example, Prediction, Task
from amplify.contract.progress import Progress
from amplify.contract.provider import Provider
from amplify.loop.prompt.arm import Arm
from amplify.loop.prompt.repeats import ByRepeat
from amplify.run.engine.answers import Answers
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.engine import Engine
from amplify.run.engine.open_engine import check_provider, open_engine
from amplify.run.engine.stop_reason import StopReason
from amplify.run.plan.sections import CallsSection
from amplify.run.prompt.chooser import Chooser
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.store.journal import Journal

TOO_LONG = "the model has no room for its prompt and the reply"

EMPTY = "there is nothing in it to label"


@dataclass
class Labeller:
    """Asks about texts by a finished prompt, and reads the replies as the run did.

    `choose` lays out the prompt of each item, where demonstrations are chosen for it.
    """

    finished: FinishedPrompt
    engine: Engine
    arm: Arm
    room: ModelRoom
    choose: Chooser | None = None

    @property
    def stop(self) -> StopReason | None:
        """Why no further calls are made; None where they are."""
        return self.engine.stop

    def label(self, items: Sequence[Example]) -> list[Prediction]:
        """A prediction for each item, whose label plays no part in it but for `correct`.

        Items without text, and those that the model has no room for, are not asked about.
        """
        requests = self.finished.requests(items, self.choose(items) if self.choose else None)
        problems = [
            self._problem(item, of_item)
            for item, of_item in zip(items, zip(*requests, strict=True), strict=True)
        ]
        sound = [not problem for problem in problems]
        asked = tuple(compress(items, sound))
        read = iter(self._ask(asked, tuple(tuple(compress(repeat, sound)) for repeat in requests)))
        pairs = zip(items, problems, strict=True)
        return [self._failed(item, problem) if problem else next(read) for item, problem in pairs]

    def _ask(self, items: tuple[Example, ...], requests: ByRepeat) -> list[Prediction]:
        if not items:
            return []
        finished, arm = self.finished, self.arm
        task = Task(finished.provenance.task, finished.instruction, finished.labels, test=items)
        prior = finished.prior
        answers = Answers(priors={} if prior is None else {arm.name: prior})
        outcomes = self.engine.ask(list(chain(*requests)), "label")
        parser = finished.answer.reading.parser
        read = answers.add(arm, requests, outcomes, task, parser, self.room, self.engine.ask)
        # What was read is in the result: however many texts follow, memory stays as it is.
        self.engine.journal.completions.clear()
        self.engine.journal.called.clear()
        self.room = ModelRoom(self.room.provider)
        # Without its second call a reply is not known to be unread: its text is asked about again.
        cut_off = {request.item for request in answers.not_made}
        return [replace(p, status="failed", how="") if p.item in cut_off else p for p in read]

    def _problem(self, item: Example, of_item: tuple[Request, ...]) -> str:
        """Why an item is not asked about, by its requests; empty where it is."""
        if not item.text.strip():
            return EMPTY
        room = self.room
        return "" if room.provider.limit is None or room.fits(of_item) else TOO_LONG

    def _failed(self, item: Example, problem: str) -> Prediction:
        return Prediction(
            self.arm.plan_name, item.id, item.label, None, "failed", False, error=problem
        )


@contextmanager
def open_labeller(
    finished: FinishedPrompt,
    provider: Provider,
    calls: CallsSection,
    context: Context,
    variables: Sequence[str],
    show: Progress,
    warn: Callable[[str], None],
    choose: Chooser | None = None,
) -> Iterator[Labeller]:
    """A labeller by the finished prompt, whose provider is closed at the end.

    `calls` says how a service is called: cache, caps, concurrency. `variables` are the environment
    variables that the provider declares, `show` shows the progress, and `warn` is told what a user
    has to know. `choose` is that of a `Labeller`.
    """
    price = check_provider(calls, provider, context, variables, repr(finished.llm.options))
    with (
        TemporaryDirectory(prefix="amplify-") as folder,
        Journal(Path(folder) / "calls.jsonl") as journal,
        open_engine(provider, journal, calls, price, show, None, warn, variables) as engine,
    ):
        yield Labeller(finished, engine, finished.as_arm(), ModelRoom(engine.provider), choose)
