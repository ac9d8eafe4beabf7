"""The selector `conformal-labels`: a demonstration of each label that may be the item's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from amplify import Candidate, Context, DataError, Example, QuerySurvey, Selection, Shot, sound_pool
from amplify_sklearn.conformal import label_set, strangeness, threshold
from amplify_sklearn.options import ConformalOptions
from amplify_sklearn.pool import vectors


class ConformalLabels:
    """CICLe (arXiv 2512.05732): the LLM chooses among the labels that the proxy cannot rule out.

    The labels of an item are a conformal set of the proxy, calibrated on the candidates, which the
    proxy never saw. Each of them is shown once, by the candidate that is most like the item.
    """

    def __init__(self, options: ConformalOptions, context: Context) -> None:
        self._options = options
        self._labels = context.labels
        self._ranks = context.answer != "write"

    def select(
        self,
        candidates: Sequence[Candidate],
        shots: int,
        queries: Sequence[Example],
        surveyed: Mapping[str, QuerySurvey],
    ) -> Selection:
        """For each query at most `shots`, a label each, the likeliest label first."""
        pool = sound_pool(candidates, self._labels)
        if not pool:
            return Selection((), by_item={query.id: () for query in queries})
        by = self._options.by
        known = [strangeness(c.scores, by)[c.example.label] for c in pool if c.scores]
        most = threshold(known, self._options.coverage)
        alike = self._alike(pool, queries)
        by_item: dict[str, tuple[Shot, ...]] = {}
        sizes, unshown, single = [], 0, 0
        for query, likeness in zip(queries, alike, strict=True):
            scores = surveyed[query.id].scores
            if scores is None:
                raise DataError("the proxy did not score it", where=query.id)
            labels = label_set(strangeness(scores, by), most)
            nearest: dict[str, Candidate] = {}
            for place in (-likeness).argsort(kind="stable"):
                nearest.setdefault(pool[place].example.label, pool[place])
            shown = [nearest[label] for label in labels if label in nearest][:shots]
            sizes.append(len(labels))
            unshown += len(labels) - len(shown)
            single += len(shown) == 1
            by_item[query.id] = tuple(Shot(c.example, candidate=c) for c in shown)
        notes = self._notes(sizes, unshown, single, len(known))
        return Selection((), notes=notes, by_item=by_item)

    @staticmethod
    def _alike(pool: Sequence[Candidate], queries: Sequence[Example]) -> Any:
        """Array [queries, pool]: the cosine of TF-IDF words."""
        rows, query_rows = vectors([c.example.text for c in pool], [q.text for q in queries])
        return (query_rows @ rows.T).toarray().round(9)

    def _notes(
        self, sizes: Sequence[int], unshown: int, single: int, calibrated: int
    ) -> tuple[str, ...]:
        if not sizes:
            return ()
        note = (
            f"conformal sets for a coverage of {self._options.coverage:.0%}, by {calibrated}"
            f" candidates: {min(sizes)} to {max(sizes)} labels an item,"
            f" {sum(sizes) / len(sizes):.1f} on average"
        )
        if unshown:
            note += (
                f"; {unshown} of {sum(sizes)} are not shown, as there are fewer shots, or no"
                " candidate has them"
            )
        if single and self._ranks:
            note += f"; {single} of {len(sizes)} items have one label to choose from: the proxy's"
        return (note,)
