"""With how many draws a gain is shown, in words that hold where no number of draws would do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amplify.loop.compare.outlook import outlook, outlook_words


@pytest.mark.parametrize(
    ("draws", "words"),
    [
        ((257, 26), "show, in 4 runs of 5, a gain of 5 points with 257 draws and a gain of 10"),
        ((None, 26), "10 points with 26 draws, but cannot show a gain of 5 points, however many"),
        ((None, None), "cannot show a gain of 5 points or a gain of 10 points, however many draws"),
    ],
)
def test_what_no_number_of_draws_shows_cannot_be_shown(
    draws: tuple[int | None, ...], words: str
) -> None:
    known = outlook(1, 20)
    chances = [
        replace(chance, needed_draws=needed)
        for chance, needed in zip(known.chances, draws, strict=True)
    ]
    sentence = outlook_words(replace(known, chances=tuple(chances)))
    assert words in sentence
    assert "no number" not in sentence
