"""A checked selector: it chooses for test items without their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from types import MappingProxyType
from typing import Any

from amplify.contract.data import Example
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.origin import Origin
from amplify.contract.guard.shapes import whole
from amplify.contract.selector import Candidate, QuerySurvey, Selection, Try
from amplify.loop.checked.asking import CountedAsk
from amplify.loop.checked.copies import candidate_apart, query_survey_apart
from amplify.loop.checked.selection import SelectionTerms, check_selection
from amplify.loop.checked.unlabelled import all_unlabelled


class CheckedSelector(Checked):
    """A `Selector`.

    `brings` says that it was declared to show examples of its own, `tries` that it is given a
    `Try`. `asks` is how it asks the LLM, where it does.
    """

    role = "selector"
    needed = ("select",)

    def __init__(
        self,
        inner: Any,
        origin: Origin,
        brings: bool = False,
        tries: bool = False,
        asks: CountedAsk | None = None,
    ) -> None:
        super().__init__(inner, origin)
        self.brings = brings
        self.tries = tries
        self.asks = asks
        with self.guard("select"):
            self._takes_queries = _takes_three(inner.select)
        with self.guard("most_calls"):
            most_calls = getattr(inner, "most_calls", None)
            self.most_calls = None if most_calls is None else whole(most_calls, "most_calls", 0)

    def select(
        self,
        candidates: Sequence[Candidate],
        shots: int,
        queries: Sequence[Example] = (),
        attempt: Try | None = None,
        surveyed: Mapping[str, QuerySurvey] = MappingProxyType({}),
    ) -> Selection:
        """At most `shots` of the candidates; `queries` go to a selector that has the parameter.

        `attempt` goes to one that was declared to need trials, and what is `surveyed` of the
        queries, by their ids, to one that needs it.
        """
        with self.guard("select"):
            given = [candidate_apart(candidate) for candidate in candidates]
            more: tuple[Any, ...] = (all_unlabelled(queries),) if self._takes_queries else ()
            if self.tries:
                more = (all_unlabelled(queries), attempt)
            apart = {item: query_survey_apart(of_item) for item, of_item in surveyed.items()}
            named = {"surveyed": apart} if apart else {}
            selection = self.inner.select(given, shots, *more, **named)
            return check_selection(
                selection, SelectionTerms.of(candidates, queries, shots, self.brings)
            )


def _takes_three(select: Callable[..., Any]) -> bool:
    """Whether a selector's method has the parameter for the queries, which it may leave out."""
    try:
        signature(select).bind_partial(None, None, None)
    except TypeError:
        return False
    except ValueError:  # a function that tells no signature
        return True
    return True
