"""Selectors that let an optimiser of DSPy compile a program for the task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import dspy

from amplify import (
    AmplifyError,
    Candidate,
    Context,
    Example,
    PlanError,
    PluginError,
    ProviderError,
    Selection,
    Shot,
    counted,
    seeded_key,
)
from amplify_dspy.engine import Prefetch, RunEngine, RunLM, TaskAdapter
from amplify_dspy.options import CompileOptions
from amplify_dspy.quiet import isolated_dspy
from amplify_dspy.signature import LABEL, REASONING, TEXT, task_signature
from amplify_dspy.spending import Ended, Spending


@dataclass(frozen=True)
class Material:
    """What an optimiser compiles from: a program, examples to learn from and to compare by.

    A compiled program shows at most `shots` demonstrations. `seed` is that of the draw.
    """

    program: Any
    train: list[Any]
    validation: list[Any]
    shots: int
    seed: int


class Compiled:
    """Chooses demonstrations and an instruction by compiling a program; each optimiser is one."""

    optimiser = ""
    """The class of DSPy."""

    def __init__(self, options: CompileOptions, context: Context) -> None:
        if context.answer == "complete":
            raise PlanError(
                'answer = "complete" is not for a program of DSPy, which asks for all at once',
                where="dspy",
                hint='say answer = "write", with reasoning = true for a rationale, or "rank"',
            )
        self.options = options
        self.context = context
        self.most_calls = options.max_calls

    def compile(self, material: Material) -> Any:
        """The compiled program."""
        raise NotImplementedError  # every optimiser defines it

    def select(self, candidates: Sequence[Candidate], shots: int) -> Selection:
        """The demonstrations and the instruction of the compiled program."""
        if self.context.ask is None:
            raise PluginError("the selector was given no LLM to ask")
        pool = self._pool(candidates)
        by_text = {c.example.text: c for c in pool}
        examples = {text: c.example for text, c in by_text.items()}
        ranked = self.context.labels if self.context.answer == "rank" else None
        spending = Spending(self.context.ask, self.options.max_calls)
        engine = RunEngine(spending, self.options, examples, ranked)
        material = self._material([c.example for c in pool], shots)
        try:
            with (
                self.context.show(f"compile by {self.optimiser}", None) as spending.advance,
                isolated_dspy(RunLM(engine), TaskAdapter(engine), Prefetch(engine)),
            ):
                program = self.compile(material)
        except Ended:
            pass
        except Exception as error:
            if spending.error is None:
                raise self._failure(spending, error) from error
        if spending.error is not None:
            raise spending.error
        predictor = program.predictors()[0]
        shown = [_shot(demo, by_text) for demo in predictor.demos]
        notes = self._notes(spending, material)
        return Selection(tuple(shown[:shots]), predictor.signature.instructions, notes)

    def _pool(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The candidates whose label is one of the task's, in an order by the seed.

        Of several with one text the first counts: DSPy tells examples apart by their fields.
        """
        labels, seed = self.context.labels, self.context.seed
        sound = [
            c
            for c in candidates
            if c.example.label in (c.example.labels(labels) or [c.example.label])
        ]
        ranked = sorted(sound, key=lambda c: seeded_key(seed, f"dspy/{c.example.id}"))
        by_text = {c.example.text: c for c in reversed(ranked)}
        pool = [c for c in ranked if by_text[c.example.text] is c]
        if len(pool) < 2:
            raise PlanError(
                f"DSPy compiles a program from 2 examples at least, and is given {len(pool)}",
                where="[split] pool",
            )
        return pool

    def _material(self, pool: Sequence[Example], shots: int) -> Material:
        options = self.options
        count = min(len(pool) - 1, max(1, round(options.validation * len(pool))))
        labels = () if any(example.options for example in pool) else self.context.labels
        signature = task_signature(labels, self.context.instruction, options.reasoning)
        examples = [
            dspy.Example(**{TEXT: example.text, LABEL: example.label}).with_inputs(TEXT)
            for example in pool
        ]
        program = Classify(signature)
        return Material(program, examples[count:], examples[:count], shots, self.context.seed)

    def _failure(self, spending: Spending, error: Exception) -> AmplifyError:
        """The error where DSPy compiled no program at all."""
        if spending.refused:
            return PlanError(
                f"max_calls = {self.options.max_calls} are used up before {self.optimiser} compared"
                " any programs",
                where="dspy",
                hint="raise max_calls of the selector",
            )
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        return ProviderError(
            f"{self.optimiser} compiled no program: {reason}",
            where="dspy",
            hint="an LLM whose replies DSPy cannot read proposes no instruction:"
            " dspy/random-search asks for none",
        )

    def _notes(self, spending: Spending, material: Material) -> tuple[str, ...]:
        train, validation = len(material.train), len(material.validation)
        notes = [
            f"{self.optimiser} of DSPy {version('dspy')} compiled it by"
            f" {counted(spending.calls, 'call')}, on {counted(train, 'pool item')} to"
            f" show and {validation} to compare by"
        ]
        if spending.refused:
            notes.append(
                f"max_calls = {self.options.max_calls} ended {self.optimiser} before it was done:"
                " it is the best program until then"
            )
        return tuple(notes)


class Classify(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """The program that is compiled: the label of a text."""

    def __init__(self, signature: Any) -> None:
        super().__init__()
        self.predict = dspy.Predict(signature)

    def forward(self, text: str) -> Any:
        """The prediction."""
        return self.predict(text=text)


def right(example: Any, prediction: Any, trace: Any = None) -> bool:
    """Whether the program gave the example's label: DSPy's metric."""
    return _plain(example[LABEL]) == _plain(prediction[LABEL])


Metric = Callable[..., Any]


def _plain(label: object) -> str:
    """The label without what a reply may write around it."""
    return str(label).strip().strip(".").casefold()


def _shot(demo: Any, by_text: dict[str, Candidate]) -> Shot:
    candidate = by_text[demo[TEXT]]
    return Shot(candidate.example, demo.get(REASONING) or None, candidate)
