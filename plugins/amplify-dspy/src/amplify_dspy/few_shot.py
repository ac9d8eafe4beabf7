"""A teleprompter: compiles a program of DSPy with amplify's demonstrations and rationales."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import dspy

from amplify_dspy.fields import ProgramFields, fields_of
from amplify_dspy.prepared_run import PreparedDemonstration, prepare_demonstrations

Component = str | Mapping[str, Any]
"""A component as a plan names it: "sklearn/linear", or {"use": "sklearn/linear", "ngrams": 1}."""


class AmplifyFewShot(dspy.teleprompt.Teleprompter):  # type: ignore[misc]  # DSPy has no types
    """Gives a program demonstrations that a proxy selects, and explains by its key words.

    The program has one predictor, which has one text as its input and a label among its outputs. A
    second output, such as the `reasoning` of a ChainOfThought, holds the rationale.
    """

    def __init__(
        self,
        *,
        shots: int = 4,
        keywords: int = 5,
        selector: Component = "builtin/h-mcs",
        explainer: Component = "captum/midpoint",
        template: Component = "builtin/key-words",
        proxy: Component = "transformers/classifier",
        errors: Literal["llm", "proxy"] = "llm",
        folds: int = 5,
        seed: int = 0,
        max_errors: int | None = None,
        out: str | Path | None = None,
    ) -> None:
        """What the demonstrations are made with; components are named as in a plan.

        - `shots`: how many demonstrations the program gets.
        - `keywords`: how many words a rationale names at most.
        - `selector`, `explainer`, `template`, `proxy`: what chooses the demonstrations, explains
          the proxy's view of them, and words the rationale.
        - `errors`: whose mistakes the selector prefers. "llm": the program is asked all examples of
          the training set once, with the LM that DSPy is configured with; "proxy": no LM is asked.
        - `folds`: how many proxies are fitted, each of which scores the examples it did not see.
        - `seed`: of the split and of every draw.
        - `max_errors`: how many calls may fail before DSPy gives up; None: DSPy's own setting.
        - `out`: a folder that does not exist yet, in which amplify's run is kept; None: nowhere.
        """
        super().__init__()
        self.shots = shots
        self.keywords = keywords
        self.selector = selector
        self.explainer = explainer
        self.template = template
        self.proxy = proxy
        self.errors = errors
        self.folds = folds
        self.seed = seed
        self.max_errors = max_errors
        self.out = out

    def compile(
        self, student: Any, *, trainset: Sequence[Any], teacher: Any = None, valset: Any = None
    ) -> Any:
        """A copy of the program with the demonstrations; `teacher` and `valset` are not used.

        Raises PlanError for a program or a training set of another kind, and what the run that
        prepares the demonstrations raises.
        """
        fields = fields_of(student, trainset)
        replies = self._replies(student, fields, trainset) if self.errors == "llm" else None
        rows = [(str(e[fields.text]), str(e[fields.label])) for e in trainset]
        with tempfile.TemporaryDirectory() as folder:
            shown = prepare_demonstrations(
                self._plan(student), rows, replies, Path(folder), self.out
            )
        compiled = student.reset_copy()
        compiled.predictors()[0].demos = [_demo(each, fields, rows, trainset) for each in shown]
        compiled._compiled = True
        return compiled

    def _replies(self, student: Any, fields: ProgramFields, trainset: Sequence[Any]) -> list[str]:
        """The label that the program gives each example as it is; "" where it gives none."""
        evaluate = dspy.Evaluate(
            devset=list(trainset), metric=lambda *_: 0.0, max_errors=self.max_errors
        )
        results = evaluate(student).results
        return [str(prediction.get(fields.label, "")) for _, prediction, _ in results]

    def _plan(self, student: Any) -> dict[str, Any]:
        """The plan of the run, without its data and its LLM."""
        arm = {
            "name": "amplify",
            "selector": self.selector,
            "explainer": self.explainer,
            "template": self.template,
            "shots": self.shots,
            "keywords": self.keywords,
        }
        return {
            "run": {"seed": self.seed},
            "task": {"instruction": student.predictors()[0].signature.instructions},
            "split": {"folds": self.folds, "pool": "all", "test": 1},
            "survey": {"arm": "zero-shot", "errors": self.errors},
            "proxy": self.proxy,
            "arms": [{"name": "zero-shot", "shots": 0}, arm],
        }


def _demo(
    shown: PreparedDemonstration,
    fields: ProgramFields,
    rows: list[tuple[str, str]],
    trainset: Sequence[Any],
) -> Any:
    """The example of the training set as a demonstration, with its rationale."""
    example = trainset[rows.index((shown.text, shown.label))]
    values = {fields.text: example[fields.text], fields.label: example[fields.label]}
    if fields.rationale is not None and shown.rationale:
        values[fields.rationale] = shown.rationale
    return dspy.Example(augmented=True, **values).with_inputs(fields.text)
