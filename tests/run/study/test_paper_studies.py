"""The paper's study files: each is a study whose plans all resolve, with the paper's figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify.run.study.read import read_study

PAPER = Path(__file__).parents[3] / "plans" / "paper"
STUDIES = sorted(
    path.stem for path in PAPER.glob("*.toml") if "[study]" in path.read_text(encoding="utf-8")
)


def test_the_papers_table_and_its_ablations_are_there() -> None:
    assert set(STUDIES) == {
        *("main", "epochs", "selection", "explanation", "template", "sweeps"),
        *("proxies", "accuracy"),
    }


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_file_resolves(name: str) -> None:
    study = read_study(PAPER / f"{name}.toml")
    assert study.section.name == f"paper-{name}"
    for cell in study.cells:
        assert [arm.name for arm in cell.plan().arms if arm.name in cell.names] == [*cell.names]
        variants = {variant.name for variant in cell.variants}
        assert {arm.name for arm in cell.plan().arms} == {*cell.names, *variants}


@pytest.mark.parametrize("name", STUDIES)
def test_a_figure_stands_beside_an_arm_that_is_measured(name: str) -> None:
    study = read_study(PAPER / f"{name}.toml")
    arms = {(cell.task, arm.name) for cell in study.cells for arm in cell.plan().arms}
    assert {cell.task for cell in study.cells} >= {figure.task for figure in study.figures}
    for figure in study.figures:
        without = figure.arm == "cot" and figure.task in ("commonsense_qa", "coin_flip")
        merged = {name for names in study.same.values() for name in names}
        assert without or figure.arm in merged or (figure.task, figure.arm) in arms, figure
        assert figure.tag
        assert "not comparable" in figure.note
