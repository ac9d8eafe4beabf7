"""A finished prompt and its LLM, loaded so that it can be called."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from amplify.contract.calls import Message
from amplify.contract.component import ProviderComponent
from amplify.contract.context import Context
from amplify.contract.data import Example
from amplify.contract.errors import PlanError
from amplify.contract.grammar import with_article
from amplify.contract.guard.paths import home
from amplify.contract.progress import Progress, silent
from amplify.contract.provider import Provider
from amplify.host.load import Host
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.engine.stop_reason import RunStopped
from amplify.run.plan.sections import CallsSection
from amplify.run.prompt.chooser import Chooser
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.labeller import Labeller, open_labeller
from amplify.run.prompt.labelling import Labelling
from amplify.run.prompt.layout import Layout
from amplify.run.python_words import errors_in_python, in_python
from amplify.run.store.files import write_whole
from amplify.run.wiring.build import build_provider
from amplify.run.wiring.build_arms import build_selector


class LoadedPrompt:
    """A finished prompt and the LLM that it is put to.

    Called with a text it returns the text's label. It can be used in a script, in a notebook and,
    by `apredict`, in an asynchronous program.
    """

    def __init__(
        self,
        finished: FinishedPrompt,
        host: Host,
        paths: Sequence[Path] = (),
        calls: CallsSection | None = None,
    ) -> None:
        """`paths` are the folders in which relative paths of the LLM's options are looked for;
        `calls` says how a service is called."""
        self.finished = finished
        self.calls = CallsSection() if calls is None else calls
        self._host = host
        self._entry = host.registry.find("llm", finished.llm.use)
        self._context = Context(
            seed=finished.llm.seed, device=finished.llm.device, paths=tuple(paths)
        )
        self._choose = self._chooser()
        self._model: Provider | None = None
        self._lock = threading.Lock()

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that a text can have; empty for open answers."""
        return self.finished.labels

    def messages(self, text: str) -> tuple[Message, ...]:
        """The messages that the LLM is sent about a text."""
        return self._layout(_text(text)).prompt(text).messages

    def __call__(self, text: str) -> Labelling:
        """The labelling of a text."""
        [labelling] = self.predict([text])
        return labelling

    def predict(self, texts: Iterable[str]) -> list[Labelling]:
        """The labelling of each text, in order; equal texts are one call.

        A text whose call failed has no label, and the status "failed". Raises ProviderError where
        the LLM cannot be asked at all.
        """
        return self._label(_items(texts))

    async def apredict(self, texts: Iterable[str]) -> list[Labelling]:
        """As `predict`, while the running event loop goes on."""
        return await asyncio.to_thread(self._label, _items(texts))

    def export(self, to: str = "prompt", path: str | Path | None = None) -> str:
        """The prompt in a format of `amplify export --to`, such as "openai" or "python".

        `path` is a file that is written too.
        """
        from amplify.run.prompt.exports.formats import export

        with errors_in_python(of_prompt=True):
            text = export(self.finished, to)
            if path is not None:
                write_whole(home(path), text)
        return text

    def opened(
        self, show: Progress = silent, warn: Callable[[str], None] = lambda text: None
    ) -> Any:
        """A context that holds a `Labeller`, for texts that come one after the other."""
        component = self._entry.component
        assert isinstance(component, ProviderComponent)
        context = replace(self._context, show=show)
        return open_labeller(
            self.finished,
            self._provider(),
            self.calls,
            context,
            component.env,
            show,
            warn,
            self._choose,
        )

    def _chooser(self) -> Chooser | None:
        """What chooses demonstrations for each text; PlanError where its plugin is missing."""
        finished, choice = self.finished, self.finished.choice
        if choice is None:
            return None
        context = replace(
            self._context,
            seed=choice.seed,
            device=choice.device,
            labels=finished.labels,
            instruction=finished.instruction,
            answer=finished.answer.mode,
        )
        registered = self._host.registry.find("selector", choice.selector)
        selector = build_selector(registered, choice.options, context, finished.arm)
        return Chooser(finished.layout, choice, selector)

    def _layout(self, text: str) -> Layout:
        if self._choose is None:
            return self.finished.layout
        return self._choose([Example("input", text, "")])[0]

    def _label(self, items: Sequence[Example]) -> list[Labelling]:
        if not items:
            return []
        with errors_in_python(of_prompt=True), self._lock, self.opened() as labeller:
            predictions = labeller.label(items)
            _require_answers(labeller, [p.status for p in predictions])
        labellings = map(Labelling.of, predictions)
        return [replace(each, error=in_python(each.error, of_prompt=True)) for each in labellings]

    def _provider(self) -> Provider:
        """The LLM: a local model is loaded once, a service's client serves one event loop."""
        if self._model is not None:
            return self._model
        provider = build_provider(self._entry, self.finished.llm.options, self._context)
        if not is_remote(provider):
            self._model = provider
        return provider


def _require_answers(labeller: Labeller, statuses: Iterable[str]) -> None:
    """RunStopped where the LLM was asked no more before it had answered anything."""
    if labeller.stop is not None and set(statuses) <= {"prepared", "failed"}:
        raise RunStopped.of(labeller.stop, "label")


def _items(texts: Iterable[str]) -> list[Example]:
    if isinstance(texts, str | bytes):
        raise PlanError(
            f"a list of texts is wanted, not one {type(texts).__name__}: each character would be"
            " labelled",
            where="predict",
            hint="a single text: prompt(text), or prompt.predict([text])",
        )
    return [Example(str(place), _text(text), "") for place, text in enumerate(texts, 1)]


def _text(text: Any) -> str:
    if not isinstance(text, str):
        raise PlanError(
            f"a text is wanted, not {with_article(type(text).__name__)}",
            where="predict",
            hint="prompt.predict takes a list of texts, prompt a single one",
        )
    return text
