"""The selector `f-exp`: the most faithful explanations first (Krishna et al. 2023: F-Exp)."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Candidate, Context, Example, Selection
from amplify.builtin.selectors.errors_first import errors_first
from amplify.builtin.selectors.options import ErrorsOptions


class FaithfulExplanation:
    """Errors first, by what the true label's score loses without the explanation's top words."""

    def __init__(self, options: ErrorsOptions, context: Context) -> None:
        self.options = options

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots`, best first: errors by `drop`, topped up with the next by `drop`.

        Candidates without an explanation are never chosen.
        """
        sound = [c for c in candidates if c.drop is not None]
        return errors_first(
            sound,
            lambda c: c.drop or 0.0,
            shots,
            self.options.balanced,
            "what their key words are worth",
            self.options.skip_suspects,
        )
