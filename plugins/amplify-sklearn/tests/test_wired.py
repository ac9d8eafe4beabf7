"""A plan that gives the coefficients another proxy is refused before anything is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from known.waiting import HUNG

PLAN = """
[task]
use = "csv"
path = "items.csv"
[llm]
use = "none"
[proxy]
use = "sklearn/linear"
[[arms]]
name = "words"
selector = "random"
explainer = "EXPLAINER"
template = "key-words"
shots = 4
"""


def amplify(
    folder: Path, explainer: str, *arguments: str, told: tuple[str, ...] = ("run", "--out", "out")
) -> subprocess.CompletedProcess[str]:
    rows = [f"{w} river {i},{'good' if w == 'splendid' else 'bad'}" for i in range(15)
            for w in ("splendid", "gloomy")]  # fmt: skip
    (folder / "items.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    (folder / "plan.toml").write_text(PLAN.replace("EXPLAINER", explainer), encoding="utf-8")
    command = "from amplify.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, told[0], "plan.toml", *told[1:], *arguments],
        cwd=folder, capture_output=True, text=True, check=False, timeout=HUNG,
    )  # fmt: skip


def test_a_run_takes_its_key_words_from_the_coefficients(tmp_path: Path) -> None:
    done = amplify(tmp_path, "sklearn/coefficients")
    assert done.returncode == 0, done.stderr
    shown = (tmp_path / "out" / "demonstrations.jsonl").read_text(encoding="utf-8")
    assert shown.count('"splendid"') + shown.count('"gloomy"') == 4


def test_gradients_are_not_on_offer(tmp_path: Path) -> None:
    """The other way round is the same check: an explainer that needs what the proxy lacks."""
    import pytest

    pytest.importorskip("amplify_captum.plugin", reason="amplify-captum is not there")
    done = amplify(tmp_path, "captum/gradient")
    assert done.returncode == 2
    assert "sklearn/linear offers predict, linear" in done.stderr


def test_a_proxy_that_has_nothing_to_learn_from_is_refused_by_the_plan_too(tmp_path: Path) -> None:
    none = ("-o", "split.train=0")
    for told in (("plan",), ("run", "--out", "out")):
        done = amplify(tmp_path, "sklearn/coefficients", *none, told=told)
        assert done.returncode == 2
        assert done.stderr == (
            "amplify: arm 'words': there is no training item to fit the proxy on\n"
            "  see [split] train\n"
        )
    assert not (tmp_path / "out").exists()
