"""What became of a race's replies is counted over rounds, and summed up in few notes."""

from __future__ import annotations

from amplify import Completion
from amplify.contract.data import Prediction
from amplify.loop.answer.ask_again import SecondCallCounts
from amplify.run.engine.answers import Answers
from amplify.run.tune.replies import ReplyCounts, race_notes


def counted(name: str, *statuses: str, note: str = "") -> ReplyCounts:
    """The counts of two rounds in which the replies of a contender came to this."""
    counts = ReplyCounts()
    replies = Answers(
        outcomes={name: [Completion("hm", "m", note=note)]},
        second_calls={name: SecondCallCounts(2, 2, 1)},
    )
    for _ in range(2):
        read = [Prediction(name, str(n), "a", None, s, False, "hm") for n, s in enumerate(statuses)]
        counts.add(read, replies)
    return counts


def test_a_kind_of_note_is_one_for_all_contenders() -> None:
    names = [f"arm {n}" for n in range(9)]
    counts = {n: counted(n, "unparsed", "answered", "prepared", note="was cut") for n in names}
    counts["arm 8"] = counted("arm 8", *["answered"] * 9, "unparsed", "refused")
    notes = race_notes(counts)
    assert notes == [
        "in the race 16 replies was cut: arm 0 (2 of 4), arm 1 (2 of 4), arm 2 (2 of 4) and 5 more",
        "in the race 2 replies came to a refusal: arm 8 (2 of 22)",
        "in the race 16 replies could not be read: arm 0 (2 of 4), arm 1 (2 of 4), arm 2 (2 of 4)"
        " and 5 more; for instance 'hm'",
        "in the race second calls on unread replies: 36, by which 18 were read",
    ]
    assert counts["arm 0"].table()["notes"] == ["2 replies was cut"]


def test_contenders_without_a_prior_are_told_once() -> None:
    counts = {name: ReplyCounts(prior="no reply is read, as it is down") for name in "ab"}
    assert race_notes(counts) == ["in the race no reply is read, as it is down: a, b"]
    assert race_notes({"a": ReplyCounts(items=9)}) == []
