"""The selector `dspy/mipro-v2`: MIPROv2."""

from __future__ import annotations

from typing import Any

import dspy

from amplify_dspy.compiling import Compiled, Material, right
from amplify_dspy.options import MiproOptions
from amplify_dspy.quiet import ERRORS


class Mipro(Compiled):
    """Has the LLM propose instructions, and searches for the best pair of one with a set of
    demonstrations by Bayesian optimisation (Opsahl-Ong et al. 2024, arXiv 2406.11695)."""

    optimiser = "MIPROv2"
    options: MiproOptions

    def compile(self, material: Material) -> Any:
        """The best of the programs on the validation examples."""
        search = dspy.MIPROv2(
            right,
            max_bootstrapped_demos=min(self.options.bootstrapped, material.shots),
            max_labeled_demos=material.shots,
            auto=self.options.auto,
            num_threads=1,
            max_errors=ERRORS,
            seed=material.seed,
            track_stats=False,
        )
        return search.compile(material.program, trainset=material.train, valset=material.validation)
