from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from amplify_mini import MODEL_DIR, plugin
from amplify_mini.dispatches import Dispatches
from amplify_mini.options import DispatchesOptions, LocalOptions
from amplify_mini.task import generate
from amplify_mini.words import KEYS, LABELS, is_held_out, task_words
from known.declarations import imported_by_declaring

from amplify import Completion, Context, PlanError, Prompt, Request


def test_the_weights_are_plain_safetensors_of_at_most_20_mb() -> None:
    assert sum(file.stat().st_size for file in MODEL_DIR.iterdir()) <= 20e6
    names = {file.name for file in MODEL_DIR.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not any(name.endswith((".bin", ".pt", ".pkl")) for name in names)


@pytest.mark.parametrize("length", ["short", "medium", "long"])
def test_the_task_is_seeded_balanced_and_told_by_its_own_words(length: str) -> None:
    made = generate(200, 3, length)
    assert made == generate(200, 3, length)
    assert made != generate(200, 4, length)
    assert len({text for text, _ in made}) == 200
    assert [label for _, label in made].count(LABELS[0]) == 100
    for text, label in made:
        assert "{" not in text
        words = set(text.lower().replace(",", " ").replace(".", " ").split())
        other = next(one for one in LABELS if one != label)
        assert len(words & set(KEYS[label])) == 2
        assert not words & set(KEYS[other])


def test_the_tasks_words_are_held_out_of_training() -> None:
    assert set(LABELS) <= task_words()
    assert all(is_held_out(word) for words in KEYS.values() for word in words)


def test_the_generator_is_the_same_on_every_python() -> None:
    assert generate(1, 0)[0][0].startswith("A librarian complained this wednesday")


def test_bad_options_are_refused() -> None:
    with pytest.raises(PlanError, match="items is 2 or more"):
        Dispatches(DispatchesOptions(items=1), Context())
    with pytest.raises(ValueError, match="length is one of"):
        generate(1, 0, "huge")


def test_declaring_imports_nothing_heavy() -> None:
    assert imported_by_declaring(plugin, "torch", "transformers", "numpy") == []


def prompts(count: int) -> list[Prompt]:
    """Items of the task behind eight demonstrations with rationales."""
    items = generate(8 + count, 11)

    def block(text: str, label: str) -> str:
        keys = [w for w in KEYS[label] if w in text]
        told = ", and ".join(keys[:2])
        return (
            f"Q: {text}\nA: The key words: {told} are important clues to predict {label} as the"
            f" correct answer. The answer is {label}."
        )

    shared = "Answer with one of: heron, maple.\n\n"
    shared += "".join(block(*item) + "\n\n" for item in items[:8])
    return [Prompt(shared, f"Q: {text}\nA:") for text, _ in items[8:]]


def test_the_embedded_model_reads_rationales_and_ends_its_reply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from amplify_mini.local import local

    provider = local(LocalOptions(threads=1), Context())
    assert provider.limit == 2048
    asked = [Request(p, "a", str(i), 60, ("\n\n", "\nQ:")) for i, p in enumerate(prompts(24))]
    replies = dict(provider.complete(asked))
    texts = [replies[i].text.lower() for i in range(len(asked))]  # type: ignore[union-attr]  # all are completions
    assert sum("the answer is" in text for text in texts) >= 0.9 * len(texts)
    assert all(replies[i].stop == "end" for i in range(len(asked)) if "answer is" in texts[i])  # type: ignore[union-attr]  # as above


def completions_of(provider: Any, requests: list[Request]) -> dict[int, Completion]:
    """The completions by their requests' places; none has failed."""
    outcomes = dict(provider.complete(requests))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values())
    return outcomes


def test_the_label_behind_a_rationale_costs_one_token_that_is_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cue was written already, and of it all but the last token has gone through the model."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from amplify_mini.local import local
    from torch.nn import Embedding
    from torch.nn.modules.module import register_module_forward_hook

    tokens = []

    def count(module: object, arguments: tuple[torch.Tensor], output: object) -> None:
        if isinstance(module, Embedding):
            tokens.append(arguments[0].numel())

    provider = local(LocalOptions(threads=1), Context())
    stop, cue, labels = ("\n\n", "the answer is"), " the answer is", (" heron", " maple")
    written = [Request(p, "a", str(i), 60, stop) for i, p in enumerate(prompts(8))]
    asked = [replace(request, labels=labels, cue=cue, writes_first=True) for request in written]
    dict(provider.complete(written))  # the self-check, and the shared block
    hook = register_module_forward_hook(count)
    replies = completions_of(provider, written)
    writing, tokens = sum(tokens), []
    completions = completions_of(provider, asked)
    completing, tokens = sum(tokens), []
    hook.remove()
    assert completing - writing == len(asked)
    behind = [
        replace(
            request,
            prompt=replace(p := request.prompt, item_part=p.item_part + replies[i].text.rstrip()),
            writes_first=False,
        )
        for i, request in enumerate(asked)
    ]
    ranked = completions_of(provider, behind)
    for i, completion in completions.items():
        assert completion.text == replies[i].text
        assert completion.label == ranked[i].text
        scores = [score for _, score in ranked[i].logprobs]
        assert [score for _, score in completion.logprobs] == pytest.approx(scores, abs=1e-4)


def test_the_embedded_model_explains_itself_in_a_whole_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[task]\nuse = "mini/dispatches"\nitems = 60\nlength = "short"\n'
        "[split]\ntrain = 10\npool = 30\ntest = 20\n"
        '[llm]\nuse = "mini/local"\nthreads = 1\n'
    )
    command = [sys.executable, "-c", "from amplify.cli.main import main; main()", "run", str(plan)]
    command += ["--arms", "zero-shot,self-amplify", "--shots", "4", "--json"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    # The proxy is the LLM: nothing was fitted, and its words are its own answer's.
    assert [proxy["name"] for proxy in record["proxies"]] == ["mini/verbalizer"]
    told = (tmp_path / "out" / "demonstrations.jsonl").read_text()
    shots = [json.loads(line) for line in told.split("\n") if line]
    assert len(shots) == 4
    assert all(shot["words"] and "important clues" in shot["rationale"] for shot in shots)
    assert record["arms"][1]["faithfulness"]["measured"] == 4


def test_an_llm_that_cannot_be_its_own_proxy_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from amplify.cli.main import main; main()", "run"]
    command += ["--llm", "none", "--arms", "self-amplify", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot explain itself" in done.stderr
