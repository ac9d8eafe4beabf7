from __future__ import annotations

from amplify import Demonstration, Example, Faithfulness, KeyWord
from amplify.loop.audit.faithfulness import Report, reports
from amplify.loop.prompt.arm import PreparedArm
from amplify.report.demonstrations import highlighted
from amplify.report.faithfulness import faithfulness_lines, measures, sentence

GOOD = Faithfulness(0.412, -0.034, 0.068, 0.3)
POOR = Faithfulness(-0.002, 1.0, 0.05, 0.3)


def test_an_explanation_is_told_beside_random_words() -> None:
    assert measures(GOOD) == "comp .41 (random .07), suff -.03 (random .30)"
    assert measures(POOR) == "comp .00 (random .05), suff 1.00 (random .30)"
    word = KeyWord("word", 0.5, ((0, 4),))
    shown = highlighted(1, Demonstration(Example("x", "word", "l"), (word,), faithfulness=GOOD))
    assert "key words: word 0.5  comp .41 (random .07)" in shown.plain
    assert "comp" not in highlighted(1, Demonstration(Example("x", "word", "l"), (word,))).plain


def test_an_arm_that_is_no_better_than_random_words_is_told_so() -> None:
    def told(better: int, p_value: float) -> str:
        return sentence("a\x1b", Report(10, 0.41, -0.03, 0.07, 0.3, better, p_value))

    assert told(10, 0.001).endswith(
        "10 of 10 explanations beat random words: better than random words (p = 0.001)"
    )
    assert told(7, 0.17).endswith("not shown to be better than random words (p = 0.17)")
    assert told(5, 0.62).endswith(
        "5 of 10 explanations beat random words: NO BETTER than random words"
    )
    assert "\x1b" not in told(5, 0.62)


def test_only_arms_that_were_measured_have_a_line() -> None:
    shown = Demonstration(Example("x", "word", "l"), faithfulness=GOOD)
    arms = [
        PreparedArm("amplify", "", (shown, shown)),
        PreparedArm("answer-only", "", (Demonstration(Example("x", "word", "l")),)),
        PreparedArm("zero-shot", "", ()),
    ]
    lines = faithfulness_lines(reports(arms))
    assert [line.split(":")[0] for line in lines] == ["faithfulness of amplify"]
    assert "2 of 2 explanations" in lines[0]
