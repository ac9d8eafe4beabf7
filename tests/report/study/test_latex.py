"""The LaTeX tables of a study: what they mark, and that names do nothing."""

from __future__ import annotations

from typing import Any

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
    assert r"\begin{tabular}{l*{1}{r}}" in lines
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


def test_names_do_nothing_in_a_table() -> None:
    assert latex_text(r"\input{x} 5% a_b #1 $y$ ~^&<>|") == (
        r"\textbackslash{}input\{x\} 5\% a\_b \#1 \$y\$ \textasciitilde{}\textasciicircum{}\&"
        r"\textless{}\textgreater{}\textbar{}"
    )
    text = as_latex(record("\\input{/etc/passwd}\x1b[31m", "a\nb % \\end{tabular}"))
    assert r"\input" not in text.replace(r"\textbackslash{}input", "")
    assert text.count(r"\end{tabular}") == 1
    assert "\x1b" not in text
    assert r"a b \% \textbackslash{}end\{tabular\}" in text
