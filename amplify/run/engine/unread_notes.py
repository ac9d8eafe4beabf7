"""Note which replies could not be read, and what asking again for them has brought."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from amplify.contract.data import Prediction, Task
from amplify.contract.grammar import counted
from amplify.loop.answer.answer import NO_PROBABILITIES
from amplify.run.engine.answers import Answers


def second_call_notes(answers: Answers) -> list[str]:
    """What each arm that asks again what it cannot read has got by that, and what is missing."""
    notes = [
        f"arm {name}: {counts.asked:,} of"
        f" {counted(counts.unread, 'unread reply', 'unread replies')} were asked for their"
        f" answer in a second call, {counts.read:,} were then read"
        for name, counts in answers.second_calls.items()
        if counts.unread
    ]
    if answers.not_made:
        notes.append(
            counted(
                len(answers.not_made),
                "second call was not made: its reply counts as unread",
                "second calls were not made: these replies count as unread",
            )
        )
    return notes


def unread_notes(answers: Answers, task: Task) -> list[str]:
    """A note on each arm with replies that lack the probabilities which it needs, and on each of
    whose other replies a third or more could not be read, with one of them."""
    every = [list(chain(*draws.values())) for draws in answers.predictions.values()]
    notes = chain(*((_untold_note(read), _unread_note(read, task)) for read in every))
    return [note for note in notes if note is not None]


def _untold_note(predictions: Sequence[Prediction]) -> str | None:
    untold = [prediction for prediction in predictions if _is_untold(prediction)]
    if not untold:
        return None
    return (
        f"arm {untold[0].arm}: {len(untold)} of {counted(len(predictions), 'reply', 'replies')}"
        " are not read, as"
        f" {NO_PROBABILITIES}: llm.logprobs = true where the service has it"
    )


def _is_untold(prediction: Prediction) -> bool:
    """Whether a reply is not read as it lacks the probabilities that its arm needs."""
    return prediction.status == "unparsed" and prediction.error == NO_PROBABILITIES


def _unread_note(predictions: Sequence[Prediction], task: Task) -> str | None:
    unread = [p for p in predictions if p.status == "unparsed" and not _is_untold(p)]
    if not unread or 3 * len(unread) < len(predictions):
        return None
    reply = unread[0].reply[:60]
    hint = "" if task.instruction else "; the task has no instruction: see [task] instruction"
    return (
        f"arm {unread[0].arm}: {len(unread)} of {counted(len(predictions), 'reply', 'replies')}"
        " could not be read, for"
        f" instance {reply!r}{hint}"
    )
