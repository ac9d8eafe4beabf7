"""The selector `dspy/random-search`: BootstrapFewShotWithRandomSearch."""

from __future__ import annotations

from typing import Any

import dspy

from amplify_dspy.compiling import Compiled, Material, right
from amplify_dspy.options import RandomSearchOptions
from amplify_dspy.quiet import ERRORS


class RandomSearch(Compiled):
    """Compares zero-shot, labels alone and shuffled sets of demonstrations that the LLM solves.

    Its own choices are the same in every run; what differs by the seed is the order of the pool.
    """

    optimiser = "BootstrapFewShotWithRandomSearch"
    options: RandomSearchOptions

    def compile(self, material: Material) -> Any:
        """The best of the programs on the validation examples."""
        search = dspy.BootstrapFewShotWithRandomSearch(
            right,
            max_bootstrapped_demos=min(self.options.bootstrapped, material.shots),
            max_labeled_demos=material.shots,
            max_rounds=self.options.rounds,
            num_candidate_programs=self.options.candidates,
            num_threads=1,
            max_errors=ERRORS,
        )
        return search.compile(material.program, trainset=material.train, valset=material.validation)
