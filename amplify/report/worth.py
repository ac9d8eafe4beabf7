"""Print what the demonstrations of a prompt are worth, beside each of them and in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amplify.contract.grammar import counted
from amplify.loop.compare.words import figures
from amplify.loop.worth.prompt_worth import PartsWorth, PartWorth, PromptWorth, Pruned
from amplify.loop.worth.worth import Worth


def part_lines(worth: PromptWorth, place: int) -> Iterator[str]:
    """What the demonstration at this place, and its rationale, are worth."""
    yield f"worth: {part_words(worth.demonstrations.parts[place])}"
    if worth.rationales is not None:
        yield f"rationale worth: {part_words(worth.rationales.parts[place])}"


def part_words(part: PartWorth) -> str:
    """What a part is worth, in points of accuracy and, where it is known, of log-probability."""
    measured = [
        f"{name} {_points(worth)}"
        for name, worth in (("Shapley", part.shapley), ("left out", part.left_out))
        if worth is not None
    ]
    logs = part.log_left_out if part.log_shapley is None else part.log_shapley
    if logs is not None:
        measured.append(f"log-probability {logs.value:+.3f}{_interval(logs, 1, 3)}")
    counts = part.worth
    shown = ""
    if counts is not None and (counts.hurts or counts.helps):
        shown = ": shown to hurt" if counts.hurts else ": shown to help"
    return (", ".join(measured) or "not measured") + shown


def worth_lines(worth: PromptWorth) -> Iterator[str]:
    """What was measured, how, and what became of what hurts."""
    accuracies = [
        f"{count / worth.items:.1%} right {what}"
        for count, what in ((worth.correct, "with all of them"), (worth.bare, "with none"))
        if count is not None
    ]
    yield (
        f"worth of the demonstrations of {_name(worth)}, in points of accuracy on {worth.items:,}"
        f" pool items that it does not show: {', '.join(accuracies) or 'not measured yet'}"
    )
    yield f"demonstrations: {_how(worth.demonstrations)}"
    if worth.rationales is not None:
        yield f"rationales: {_how(worth.rationales)}"
    if worth.errors:
        yield f"{worth.errors:,} of these calls failed: their items count as wrong"
    if not worth.whole:
        yield "the worth is measured in part alone, as the run was stopped"
    if worth.pruned is not None:
        yield from pruned_lines(worth, worth.pruned)


def pruned_lines(worth: PromptWorth, pruned: Pruned) -> Iterator[str]:
    """What the pruned prompt lacks, and how it does on the test items."""
    lacks = [_places("demonstration", pruned.dropped), _places("the rationale of", pruned.plain)]
    without = " and ".join(filter(None, lacks))
    score = pruned.score
    if score.accuracy is None:
        yield f"{score.name} (without {without}): prepared, not answered"
        return
    line = (
        f"{score.name} (without {without}): {score.correct} of"
        f" {counted(score.answers, 'test item')} right,"
        f" {score.accuracy:.1%}"
    )
    if pruned.comparison is not None:
        line += f", {figures(pruned.comparison)} against {_name(worth)}, as prompts"
    yield line


def _how(parts: PartsWorth) -> str:
    """How the parts were measured, what is shown of them, and how many prompts that took."""
    if parts.exact:
        how = "Shapley values by all coalitions"
    elif parts.permutations:
        error = max(p.shapley.permutation_error for p in parts.parts if p.shapley is not None)
        precise = "precise" if parts.precise else "not yet precise"
        how = (
            f"Shapley values by {parts.permutations:,} permutations, {precise} (standard error of"
            f" {100 * error:.1f} points at most)"
        )
    else:
        how = "each left out, no Shapley values"
    hurting = _places("number", parts.hurting)
    return (
        f"{how}; {counted(parts.coalitions, 'different prompt')}, and {parts.repeated:,} that"
        " were equal to"
        f" one of them and took no call; shown to hurt: {hurting or 'none'}"
    )


def _places(what: str, places: Sequence[int]) -> str:
    """Some demonstrations by their numbers, which count from 1; nothing where there are none."""
    return f"{what} {', '.join(str(place + 1) for place in places)}" if places else ""


def _name(worth: PromptWorth) -> str:
    return f"{worth.arm} (draw {worth.draw})" if worth.draw else worth.arm


def _points(worth: Worth) -> str:
    return f"{100 * worth.value:+.1f}{_interval(worth, 100, 1)}"


def _interval(worth: Worth, scale: float, digits: int) -> str:
    if worth.interval is None:
        return ""
    low, high = (scale * bound for bound in worth.interval)
    return f" ({low:+.{digits}f} to {high:+.{digits}f})"
