"""How an episode is worded: the toolkit's own wording for most, composed ones for the rest."""

from __future__ import annotations

import random
from dataclasses import dataclass

from training.word_lists import word_lists

TOOLKIT_SHARE = 0.6
INPUT_CUES = ("input", "text", "q", "question", "sentence", "case", "item", "statement", "note")
ANSWER_CUES = ("a", "answer", "label", "output", "class", "result", "category", "choice", "verdict")
MODIFIERS = ("the", "this", "our", "final", "next", "given", "new")
LEADS = (
    "the key words :", "key words :", "the words", "important words :", "clues :", "we see",
    "reason :", "because of", "rationale : the key words :", "the main words :", "look at",
)  # fmt: skip
LABEL_PHRASES = (
    "are important clues to predict", "point to", "suggest", "are signs of", "so it is",
    "tell us that it is", "mean", "lead to", "are typical of", "speak for",
)  # fmt: skip

INSTRUCTION = ("answer", "with", "one", "of", ":")
"""What comes before the list of labels, where an episode has one."""


@dataclass(frozen=True)
class EpisodeWording:
    """The fixed pieces of one episode, already split into words and marks."""

    before_text: tuple[str, ...] = ("q", ":")
    before_answer: tuple[str, ...] = ("¶", "a", ":")
    lead: tuple[str, ...] = ("the", "key", "words", ":")
    last_and: bool = True
    phrase: tuple[str, ...] = ("are", "important", "clues", "to", "predict")
    tail: tuple[str, ...] = ("as", "the", "correct", "answer", ".")
    repeat: tuple[str, ...] = ("the", "answer", "is")
    stop: tuple[str, ...] = (".",)


TOOLKIT = EpisodeWording()


def _words(rng: random.Random, low: int, high: int) -> tuple[str, ...]:
    """Draw arbitrary words, a tenth of them without a token of their own."""
    words = word_lists()
    return tuple(
        rng.choice(words.pieced if rng.random() < 0.1 else words.seen)
        for _ in range(rng.randint(low, high))
    )


def _cue(rng: random.Random, cues: tuple[str, ...]) -> tuple[str, ...]:
    """Compose the cue before a text or an answer."""
    if rng.random() < 0.35:
        core = _words(rng, 1, 2)
    else:
        core = (rng.choice(cues),)
        if rng.random() < 0.3:
            core = (rng.choice(MODIFIERS), *core)
    return (*core, rng.choice((":", ":", ":", "=", "-", "is")))


def draw_wording(rng: random.Random) -> EpisodeWording:
    """Draw the wording of one episode."""
    if rng.random() < TOOLKIT_SHARE:
        return TOOLKIT
    lead = _words(rng, 1, 4) if rng.random() < 0.4 else tuple(rng.choice(LEADS).split())
    phrase = _words(rng, 1, 4) if rng.random() < 0.35 else tuple(rng.choice(LABEL_PHRASES).split())
    repeated = rng.random() < 0.6
    return EpisodeWording(
        before_text=_cue(rng, INPUT_CUES),
        before_answer=("¶", *_cue(rng, ANSWER_CUES)),
        lead=lead,
        last_and=rng.random() < 0.5,
        phrase=phrase,
        tail=("as", "the", "correct", "answer", ".") if rng.random() < 0.4 else (".",),
        repeat=tuple(rng.choice(("the answer is", "answer :", "so :")).split()) if repeated else (),
        stop=(".",) if rng.random() < 0.6 else (),
    )


def joined(words: list[str], last_and: bool) -> list[str]:
    """Join words as the toolkit does: "w1, w2, and w3", "w1, and w2", "w1"."""
    out: list[str] = []
    for i, word in enumerate(words):
        if i:
            out.append(",")
            if last_and and i == len(words) - 1:
                out.append("and")
        out.append(word)
    return out
