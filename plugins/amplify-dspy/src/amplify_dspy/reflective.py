"""The selector `dspy/gepa`: GEPA."""

from __future__ import annotations

from typing import Any

import dspy

from amplify_dspy.compiling import Compiled, Material, right
from amplify_dspy.signature import LABEL


class Gepa(Compiled):
    """Has the LLM rewrite the instruction by what it got wrong (Agrawal et al. 2025, arXiv
    2507.19457). The program shows no demonstrations."""

    optimiser = "GEPA"

    def compile(self, material: Material) -> Any:
        """The program with the instruction that is best on the validation examples."""
        search = dspy.GEPA(
            feedback,
            max_metric_calls=self.options.max_calls,
            reflection_lm=dspy.settings.lm,
            num_threads=1,
            seed=material.seed,
        )
        return search.compile(material.program, trainset=material.train, valset=material.validation)


def feedback(
    gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None
) -> Any:
    """Whether the label is right, and what it should have been: GEPA's metric."""
    is_right = right(gold, pred)
    word = "right" if is_right else "wrong"
    return dspy.Prediction(
        score=float(is_right), feedback=f"This is {word}: the label is {gold[LABEL]!r}."
    )
