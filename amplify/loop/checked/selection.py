"""A selection: at most as many shots as asked, each a candidate as it was given, none twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Example
from amplify.contract.grammar import counted
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import a, encodable, several, text, texts
from amplify.contract.selector import Candidate, Selection, Shot
from amplify.loop.checked.examples import check_example
from amplify.loop.data.twins import text_key


@dataclass(frozen=True)
class SelectionTerms:
    """What a selector was asked: `candidates` and `queries` by id, `most` shots.

    `brings` says that it may show examples that are none of the candidates.
    """

    candidates: Mapping[str, Candidate]
    queries: Mapping[str, Example]
    most: int
    brings: bool = False

    @classmethod
    def of(
        cls,
        candidates: Sequence[Candidate],
        queries: Sequence[Example],
        most: int,
        brings: bool = False,
    ) -> SelectionTerms:
        """By id."""
        known = {candidate.example.id: candidate for candidate in candidates}
        return cls(known, {query.id: query for query in queries}, most, brings)

    def invented(self, example: Example) -> bool:
        """Whether an example that is no candidate was made up.

        One that shows a test item is none of that: the guard against leaks tells of it.
        """
        return not self.brings and text_key(example) not in map(text_key, self.queries.values())


def check_selection(value: object, terms: SelectionTerms) -> Selection:
    """The selection, its shots with the candidates that they were chosen from."""
    selection = a(Selection, value, "what select returns")
    own: dict[str, tuple[Shot, ...]] = {}
    for query, shots in dict(a(Mapping, selection.by_item, "by_item")).items():  # type: ignore[type-abstract]  # asked with isinstance alone
        query = text(query, "a test item's id")
        if terms.queries and query not in terms.queries:
            raise Wrong(f"chose shots for {brief(query)}, which is no test item")
        own[query] = _shots(shots, terms, query)
    if missing := [query for query in terms.queries if query not in own]:
        raise Wrong(f"chose nothing for {missing[0]}", missing[0])
    instruction = selection.instruction
    if instruction is not None:
        instruction = _sound(instruction, "the instruction")
    notes = texts(selection.notes, "the notes")
    return Selection(_shots(selection.shots, terms), instruction, notes, own)


def _shots(value: object, terms: SelectionTerms, query: str = "") -> tuple[Shot, ...]:
    shots = several(value, "the shots", query, terms.most)
    if len(shots) > terms.most:
        raise Wrong(f"chose {counted(len(shots), 'shot')}, and was asked for {terms.most}", query)
    checked = tuple(_shot(a(Shot, shot, "a shot", query), terms) for shot in shots)
    seen: set[str] = set()
    for shot in checked:
        if shot.example.id in seen:
            raise Wrong("chose it twice", shot.example.id)
        seen.add(shot.example.id)
    return checked


def _shot(shot: Shot, terms: SelectionTerms) -> Shot:
    example = check_example(shot.example)
    rationale = shot.rationale
    if rationale is not None:
        rationale = _sound(rationale, "the rationale", example.id)
    candidate = terms.candidates.get(example.id)
    if candidate is None or (terms.brings and candidate.example != example):
        if terms.invented(example):
            raise Wrong("chose an example that is none of the candidates", example.id)
        return Shot(example, rationale)
    known = candidate.example
    if example.label != known.label:
        raise Wrong(f"changed its label from {known.label!r} to {example.label!r}", example.id)
    if example != known:
        raise Wrong("changed its text, its options or its question", example.id)
    return Shot(known, rationale, candidate if shot.candidate is not None else None)


def _sound(value: object, what: str, item: str = "") -> str:
    sound = text(value, what, item)
    if not encodable(sound):
        raise Wrong(f"{what} holds half a surrogate pair, which no prompt can", item)
    return sound
