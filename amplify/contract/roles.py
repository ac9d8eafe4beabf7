"""The roles as protocols: what each kind of component must be able to do.

Tensors are typed `Any` here, so that this module imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from amplify.contract.attribution import (
    Candidate,
    Claim,
    Demonstration,
    Explanation,
    Parts,
    Scores,
    Selection,
)
from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.data import Dataset, Example
from amplify.contract.guard.paths import home, there
from amplify.contract.progress import Progress, silent


class Ask(Protocol):
    """Asks the run's LLM through the engine: journaled, cached, counted. Order is kept."""

    def __call__(self, requests: Sequence[Request]) -> list[Completion | Failure]: ...


@dataclass(frozen=True)
class Context:
    """All that a component knows of the host.

    `paths` are the folders that a relative path is looked for in, in order. `train` and `labels`
    are filled for components that need the training split; `ask` for those that need the LLM.
    `show` opens a phase of progress, for work that takes long.
    """

    seed: int = 0
    device: str = "auto"
    cache_dir: Path | None = None
    paths: tuple[Path, ...] = ()
    executor: Executor | None = None
    train: tuple[Example, ...] = ()
    labels: tuple[str, ...] = ()
    ask: Ask | None = None
    show: Progress = silent

    def find(self, path: str) -> Path:
        """`path` itself if absolute, else the first of `paths` that holds it (or under the first).

        The returned path need not exist: whoever opens it names what is missing. DataError where
        it cannot be looked at, as for a name that is too long.
        """
        candidate = home(path)
        tried = [folder / candidate for folder in self.paths] or [candidate]
        if candidate.is_absolute():
            tried = [candidate]
        return next((p for p in tried if there(p)), tried[0])


class TaskSource(Protocol):
    """Reads or generates a labelled dataset."""

    def load(self) -> Dataset: ...


class Proxy(Protocol):
    """A small model that scores labels."""

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Learn the task from `train`; does nothing for a proxy that is used as it is."""

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order."""


class EncodedBatch(Protocol):
    """A batch of examples as a gradient proxy sees them, ready for a differentiable forward.

    An example takes `rows_per_example` rows (1 for a plain classifier; one for each option or
    label where those are scored apart). Row `r` belongs to example `r // rows_per_example` of
    the batch.
    """

    indices: tuple[int, ...]
    """Position of each example of the batch in the list that was given."""

    labels: tuple[tuple[str, ...], ...]
    """For each example, the labels that its logits stand for, in order."""

    rows_per_example: int

    embeddings: Any
    """Tensor [rows, tokens, width]: the token embeddings, detached, a leaf."""

    baseline: Any
    """Tensor [rows, tokens, width]: the same with every token of the text as padding."""

    mask: Any
    """Tensor [width]: the embedding of the mask token; None where the model has none."""

    arguments: tuple[Any, ...]
    """Further tensors that `forward` takes; first dimension: rows (masks, token ids)."""

    offsets: tuple[tuple[tuple[int, int] | None, ...], ...]
    """For each row and token: its character range in the example's text, None outside it."""

    def forward(self, embeddings: Any, *arguments: Any) -> Any:
        """Tensor [examples, labels] of logits, differentiable with respect to `embeddings`.

        Takes any whole multiple of the batch's rows (as Captum's expanded inputs have).
        """


@runtime_checkable
class GradientProxy(Protocol):
    """A proxy that also offers gradients."""

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None: ...

    def predict(self, examples: Sequence[Example]) -> list[Scores]: ...

    def batches(self, examples: Sequence[Example]) -> Iterator[EncodedBatch]:
        """The examples in batches of any order; each example stands in exactly one."""


@runtime_checkable
class LinearProxy(Protocol):
    """A proxy whose logits are sums over the words of the text, and that takes them apart."""

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None: ...

    def predict(self, examples: Sequence[Example]) -> list[Scores]: ...

    def parts(self, examples: Sequence[Example]) -> list[Parts]:
        """One `Parts` for each example, in order, that adds up to the logits of `predict`."""


class Selector(Protocol):
    """Ranks candidates."""

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots` of the candidates, best first. A pure function of its arguments.

        `queries` are the test items, for a selector that is declared `per_item`, and empty else.
        Such a selector returns shots for each of them (`Selection.own`); it never looks at labels
        of queries.
        """


class Explainer(Protocol):
    """Attributes a proxy's score for a label to the words of the text."""

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> Sequence[Explanation]:
        """One explanation for each claim, in order."""


class Template(Protocol):
    """Turns demonstrations into a prompt.

    The prompt of an item is `shared(...) + own(item)`. A reply ends before the first of `stop`.
    """

    stop: tuple[str, ...]
    max_tokens: int

    def rationales(self, demonstrations: Sequence[Demonstration]) -> Sequence[str]:
        """A rationale for each; gets the whole list at once, so that it may shuffle them."""

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """What all items' prompts begin with."""

    def own(self, example: Example) -> str:
        """What follows for one item; never shows its label."""


class RankingTemplate(Template, Protocol):
    """A template that has the labels ranked rather than a reply written."""

    def continuation(self, label: str) -> str:
        """What follows the prompt where the label is the answer, white space in front included."""


@runtime_checkable
class ChatTemplate(Protocol):
    """A template that can lay its prompt out as a conversation.

    Where `chat` is true, each demonstration is a turn of the user, `own(example)`, and one of the
    assistant, `reply(demonstration)`; the item is the last turn of the user, and `shared` is not
    asked for.
    """

    chat: bool

    system: bool
    """Whether the instruction is the system message; else it opens the first turn of the user."""

    def own(self, example: Example) -> str: ...

    def reply(self, demonstration: Demonstration) -> str:
        """What follows the item in a demonstration; white space around it does not count."""


@runtime_checkable
class StatingTemplate(Protocol):
    """A template that tells how its demonstrations state the answer, so that replies are read so.

    Another template is read by the common forms ("the answer is", and so on), the last one.
    """

    prefix: str
    """What stands ahead of the label."""

    answer_first: bool
    """Whether the answer stands ahead of its rationale: then the first statement counts."""


class ExecutorSource(Protocol):
    """Makes a `concurrent.futures.Executor` for heavy local work."""

    def open(self) -> Executor: ...
