"""Which fields of a program of DSPy hold the text, the label and the rationale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify import PlanError

WHERE = "AmplifyFewShot"


@dataclass(frozen=True)
class ProgramFields:
    """The names of the fields; `rationale` is None where the signature has no place for one."""

    text: str
    label: str
    rationale: str | None


def fields_of(program: Any, trainset: Sequence[Any]) -> ProgramFields:
    """The fields of the program's one predictor.

    The label is the output that the examples of the training set have. Raises PlanError where the
    program is of another kind.
    """
    predictors = program.predictors()
    if len(predictors) != 1:
        raise PlanError(
            f"the program has {len(predictors)} predictors, and has to have one",
            where=WHERE,
            hint="compile the predictor that gives the label by itself",
        )
    signature = predictors[0].signature
    inputs, outputs = list(signature.input_fields), list(signature.output_fields)
    if len(inputs) != 1:
        raise PlanError(f"its inputs are {', '.join(inputs)}: one text is read", where=WHERE)
    if len(trainset) < 3:
        raise PlanError(f"the training set has {len(trainset)} examples of 3", where=WHERE)
    labels = [name for name in outputs if all(name in example for example in trainset)]
    if len(labels) != 1:
        raise PlanError(
            f"of its outputs {', '.join(outputs)} one is to be the label, which all examples have;"
            f" they have {', '.join(labels) or 'none'}",
            where=WHERE,
        )
    others = [name for name in outputs if name != labels[0]]
    if len(others) > 1:
        raise PlanError(
            f"besides the label it has the outputs {', '.join(others)}: one holds the rationale",
            where=WHERE,
        )
    if any(inputs[0] not in example for example in trainset):
        raise PlanError(f"an example of the training set has no {inputs[0]}", where=WHERE)
    return ProgramFields(inputs[0], labels[0], others[0] if others else None)
