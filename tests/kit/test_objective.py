from __future__ import annotations

import pytest

from amplify import Claim, Example, Objective, Scores

SCORES = Scores(("a", "b", "c"), (1.0, 3.0, 2.0), (0.1, 0.6, 0.3))
EXAMPLE = Example("0", "text", "b")


def value(target: str, foil: str | None = None, **options: object) -> float | None:
    claim = Claim(EXAMPLE, target, foil)
    objective = Objective.of_claim(claim, SCORES, **options)  # type: ignore[arg-type]  # by keyword
    return None if objective is None else objective(SCORES)


def test_the_target_alone_is_explained_unless_a_contrast_is_asked_for() -> None:
    assert value("b", "c") == 3.0
    assert value("b", "c", of="probabilities") == 0.6
    assert value("b", "a", contrast=True) == 2.0
    assert value("b", "a", contrast=True, of="probabilities") == pytest.approx(0.5)


@pytest.mark.parametrize("foil", [None, "b", "elsewhere"])
def test_without_a_foil_the_runner_up_takes_its_place(foil: str | None) -> None:
    assert value("b", foil, contrast=True) == 1.0
    assert value("a", "a", contrast=True) == -2.0


def test_what_cannot_be_explained_has_no_objective() -> None:
    assert value("elsewhere") is None
    alone = Scores(("b",), (1.0,), (1.0,))
    assert Objective.of_claim(Claim(EXAMPLE, "b"), alone, contrast=True) is None
    assert Objective.of_claim(Claim(EXAMPLE, "b"), alone) == Objective("b")
