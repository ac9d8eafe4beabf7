"""Explains shots, and turns them into demonstrations with key words and rationales."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from amplify.contract.data import Example
from amplify.contract.errors import PlanError
from amplify.contract.explainer import Claim, Explainer, Explanation
from amplify.contract.grammar import counted
from amplify.contract.selector import Shot
from amplify.contract.template import Attribution, Demonstration, ProxyView, Template
from amplify.loop.checked.explainer import CheckedExplainer
from amplify.loop.explain.cut_words import cut_note
from amplify.loop.explain.keywords import Mask, key_words
from amplify.loop.survey.proxy import ProxySurvey

GAP = 0.05
"""A larger completeness gap is noted."""


def explain(
    shots: Sequence[Shot],
    explainer: Explainer,
    survey: ProxySurvey | None,
    wrong: Sequence[str] | None = None,
) -> list[Explanation]:
    """One explanation for each shot, in order, of the score for its true label.

    The proxy that scored a pool item explains it: with folds, the fold's own. `wrong` (the task's
    labels) asks, as a control, what speaks for a wrong label: the proxy's best one, else the next.
    """
    by_fold: dict[int, list[int]] = defaultdict(list)
    for index, shot in enumerate(shots):
        by_fold[survey.folds.get(shot.example.id, 0) if survey else 0].append(index)
    explanations: list[Explanation | None] = [None] * len(shots)
    checked = CheckedExplainer.of(explainer)
    for fold, indices in by_fold.items():
        claims = []
        for index in indices:
            example = shots[index].example
            scores = survey.scores.get(example.id) if survey else None
            foil = scores.foil(example.label) if scores else None
            if wrong is None:
                claims.append(Claim(example, example.label, foil))
            else:
                other = foil or next_label(example, wrong)
                claims.append(Claim(example, other, example.label))
        of_fold = checked.explain(survey.proxies[fold] if survey else None, claims)
        for index, explanation in zip(indices, of_fold, strict=True):
            explanations[index] = explanation
    return [explanation for explanation in explanations if explanation is not None]


def next_label(example: Example, labels: Sequence[str]) -> str:
    """The label after the true one among the item's own, and after the last the first.

    It is a wrong label, and always the same.

    Raises PlanError where there is no other.
    """
    open_labels = example.labels(tuple(labels))
    if not [label for label in open_labels if label != example.label]:
        raise PlanError(
            f"{example.id} has no wrong label that words could speak for",
            where='target = "foil"',
            hint="a task with open answers has no labels",
        )
    place = open_labels.index(example.label) if example.label in open_labels else -1
    return open_labels[(place + 1) % len(open_labels)]


def demonstrate(
    shots: Sequence[Shot],
    explanations: Sequence[Explanation] | None,
    template: Template,
    keywords: int,
    mask: Collection[Mask],
    scaffolding: Collection[str],
    views: Mapping[str, ProxyView] | None = None,
) -> list[Demonstration]:
    """Demonstrations with their rationales: the shot's own, or what the template writes.

    A written chain of an explainer (`Explanation.text`) is a rationale as it stands. `views` holds
    the proxy's views by the example's id, where the template shows them.
    """
    drafts = []
    for index, shot in enumerate(shots):
        explanation = explanations[index] if explanations is not None else None
        words = key_words(explanation, keywords, mask, scaffolding) if explanation else ()
        written = shot.rationale or (explanation.text if explanation else None) or ""
        mcs = shot.candidate.mcs if shot.candidate else None
        view = views.get(shot.example.id) if views else None
        scores = _attribution(explanation)
        drafts.append(Demonstration(shot.example, words, written, mcs, None, view, scores))
    rationales = template.rationales(drafts)
    return [
        replace(draft, rationale=rationale)
        for draft, rationale in zip(drafts, rationales, strict=True)
    ]


def _attribution(explanation: Explanation | None) -> Attribution | None:
    """The scores of all words; None where no word was scored."""
    if explanation is None or not explanation.spans:
        return None
    return Attribution(explanation.target, explanation.spans)


def word_notes(
    demonstrations: Sequence[Demonstration], explanations: Sequence[Explanation], keywords: int
) -> list[str]:
    """What a reader should know of an arm's key words: none, too few, unscored ones."""
    pairs = list(zip(demonstrations, explanations, strict=False))
    bare = sum(not shown.words and not explanation.text for shown, explanation in pairs)
    short = sum(0 < len(shown.words) < keywords for shown, _ in pairs)
    lost = sum(explanation.unscored for _, explanation in pairs)
    missed = sum(explanation.gap is not None and explanation.gap > GAP for _, explanation in pairs)
    notes = []
    if cut := cut_note(explanation for _, explanation in pairs):
        notes.append(cut)
    if bare:
        notes.append(
            f"{counted(bare, 'demonstration has', 'demonstrations have')} no word that speaks"
            " for the label"
        )
    if short:
        notes.append(
            f"{counted(short, 'demonstration has', 'demonstrations have')} fewer than"
            f" {counted(keywords, 'word that speaks', 'words that speak')} for the label"
        )
    if lost:
        notes.append(f"{counted(lost, 'word')} of too long inputs went unscored")
    if missed:
        notes.append(f"{missed} attributions miss the score that they explain by over {GAP:.0%}")
    return notes
