"""The LaTeX tables of a study: what they mark, that they fit, and that names do nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from known.commands import start

from amplify.report.study.latex import as_latex, latex_text


def arm(name: str, correct: int) -> dict[str, Any]:
    draws = [{"correct": correct // 2, "items": 50}] * 2
    share = correct / 100
    counts = {"items": 50, "correct": correct, "answers": 100, "accuracy": share}
    return {
        "arm": name,
        "same": [],
        "interval": (share - 0.1, share + 0.1),
        "draws": draws,
    } | counts


def record(focus: str = "amplify", task: str = "SST-2") -> dict[str, Any]:
    arms = [arm("answer-only", 60), arm("control", 78), arm(focus, 80)]
    comparisons = [
        {"arm": focus, "baseline": name, "baseline_draw": 0, "adjusted": p}
        for name, p in (("answer-only", 0.004), ("control", 0.3))
    ]
    result = {"task": task, "llm": "An LLM 1", "arms": arms, "comparisons": comparisons}
    return {"study": "Main", "results": [result | {"verdict": {"focus": focus}}]}


def test_a_table_has_what_a_paper_needs() -> None:
    text = as_latex(record())
    lines = text.splitlines()
    assert r"\label{tab:main-an-llm-1}" in lines
    assert r"\begin{tabular}{l*{1}{r}}" in text
    (caption,) = [line for line in lines if line.startswith(r"\caption{Accuracy in \% of An LLM 1")]
    assert "on 50 test items, mean over 2 draws of demonstrations" in caption
    assert "amplify differs from that arm at the 0.05 or 0.01 level" in caption
    assert r"answer-only & 60.0\rlap{$^{**}$} \\" in lines
    assert r"control & 78.0 \\" in lines
    assert r"amplify & \textbf{80.0} \\" in lines
    assert r" & {\scriptsize 50.0--70.0} \\" in lines


def test_marks_are_of_the_metric_that_arms_are_compared_by() -> None:
    by_macro = record()
    for comparison in by_macro["results"][0]["comparisons"]:
        comparison["metric"] = "macro-f1"
    assert "amplify differs from that arm in macro-F1 at the 0.05" in as_latex(by_macro)


def studied(tasks: list[str], arms: list[str]) -> dict[str, Any]:
    """A record of tasks, and of arms that are ten points apart."""
    results = [
        {
            "task": task,
            "llm": "An LLM 1",
            "arms": [arm(name, 50 + 10 * place) for place, name in enumerate(arms)],
            "comparisons": [],
            "verdict": {"focus": arms[-1]},
        }
        for task in tasks
    ]
    return {"study": "Main", "results": results}


def test_what_there_is_more_of_stands_in_rows() -> None:
    arms, tasks = ["cot", "amplify"], ["snarks", "ruin_names", "coin_flip"]
    lines = as_latex(studied(tasks, arms)).splitlines()
    assert r"Task & cot & amplify \\" in lines
    assert r"ruin\_names & 50.0 & \textbf{60.0} \\" in lines
    lines = as_latex(studied(tasks[:1], arms)).splitlines()
    assert r"Arm & snarks \\" in lines
    assert r"amplify & \textbf{60.0} \\" in lines


def test_a_long_name_is_broken_behind_its_words() -> None:
    lines = as_latex(studied(["commonsense_qa [1]", "x"], ["cot", "amplify"])).splitlines()
    assert r"Arm & \shortstack[r]{commonsense\_ \\ qa {[}1]} & x \\" in lines


def test_a_name_that_pdflatex_cannot_write_is_said() -> None:
    note = "% names of other scripts and signs: LuaLaTeX"
    assert note in as_latex(studied(["情感"], ["cot", "amplify"]))
    assert note not in as_latex(studied(["Gefühl – “café”"], ["cot", "amplify"]))


PDFLATEX = shutil.which("pdflatex")


@pytest.mark.skipif(PDFLATEX is None, reason="there is no pdflatex on this machine")
@pytest.mark.parametrize("tasks", [2, 9])
def test_latex_makes_a_page_of_it_that_nothing_juts_out_of(tmp_path: Path, tasks: int) -> None:
    names = [f"\\input{{{number}}} ^^5c % [1cm] “café” – a_b" for number in range(tasks)]
    arms = ["* [2cm]", "amplify (selector=h-mcs; explainer=captum/contrastive-gradient)", "c", "d"]
    table = as_latex(studied(names, arms))
    packages = r"\usepackage{booktabs,graphicx}"
    (tmp_path / "paper.tex").write_text(
        rf"\documentclass{{article}}{packages}\begin{{document}}{table}\end{{document}}",
        encoding="utf-8",
    )
    command = [str(PDFLATEX), "-no-shell-escape", "-interaction=nonstopmode", "paper.tex"]
    process = start([*command[:1], "-halt-on-error", *command[1:]], cwd=tmp_path)
    printed, _ = process.communicate()
    assert process.returncode == 0, printed
    assert "Overfull" not in printed


def test_names_do_nothing_in_a_table() -> None:
    assert latex_text(r"\input{x} 5% a_b #1 $y$ ~^&<>|") == (
        r"\textbackslash{}input\{x\} 5\% a\_b \#1 \$y\$ \textasciitilde{}\textasciicircum{}\&"
        r"\textless{}\textgreater{}\textbar{}"
    )
    assert latex_text("a--b ``q'' ?`") == "a-{}-b `{}`q'{}' ?{}`"
    text = as_latex(record("\\input{/etc/passwd}\x1b[31m", "a\nb % \\end{tabular}"))
    assert r"\input" not in text.replace(r"\textbackslash{}input", "")
    assert text.count(r"\end{tabular}") == 1
    assert "\x1b" not in text
    assert r"\shortstack[r]{a b \% \\ \textbackslash{}end\{tabular\}}" in text
