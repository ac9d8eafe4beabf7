"""The local LLM against transformers' `generate`, prompt by prompt; its identity and refusals."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Failure, PlanError, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
ITEMS = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]


def requests(items: list[str], shared: str = SHARED) -> list[Request]:
    return [Request(Prompt(shared, item), "arm", item, 12) for item in items]


def provider(folder: str, **options: object) -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword


def answers(local: LocalProvider, asked: list[Request]) -> list[Completion]:
    outcomes = dict(local.complete(asked))
    assert sorted(outcomes) == list(range(len(asked)))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index] for index in range(len(asked))]  # type: ignore[misc]  # asserted above


def generated(folder: str, text: str) -> list[int]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    mask = torch.ones_like(ids)
    out = model.generate(
        ids, attention_mask=mask, do_sample=False, max_new_tokens=12, pad_token_id=0
    )
    return out[0, ids.shape[1] :].tolist()  # type: ignore[no-any-return]  # transformers is untyped


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize("shared", [SHARED, ""])
def test_batches_and_shared_blocks_change_no_token(
    make: Callable[..., str], kind: str, shared: str
) -> None:
    folder = make(kind, "causal")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    wanted = {item: generated(folder, shared + item) for item in ITEMS}
    local = provider(folder, batch_size=2)
    for items in (ITEMS, ITEMS[:1], ITEMS[::-1]):  # later calls find the block cached
        for item, reply in zip(items, answers(local, requests(items, shared)), strict=True):
            assert reply.text == tokenizer.decode(wanted[item], skip_special_tokens=True)
            assert reply.stop == ("end" if wanted[item][-1] == 2 else "length")


@pytest.mark.parametrize("shared", [SHARED, ""])
def test_tokens_are_counted(make: Callable[..., str], shared: str) -> None:
    folder = make("llama", "causal")
    local = provider(folder)
    for item, reply in zip(ITEMS, answers(local, requests(ITEMS, shared)), strict=True):
        assert reply.usage.input == local.count_tokens(shared + item)
        assert reply.usage.output == len(generated(folder, shared + item))
        assert bool(reply.usage.cached) == bool(shared)


def copies(folder: str, into: Path) -> tuple[Path, Path]:
    return (
        Path(shutil.copytree(folder, into / "a" / "tiny")),
        Path(shutil.copytree(folder, into / "b" / "tiny")),
    )


def test_an_identity_does_not_depend_on_the_place(make: Callable[..., str], tmp_path: Path) -> None:
    here, there = copies(make("llama", "causal"), tmp_path)
    assert provider(str(here)).identity == provider(str(there)).identity
    assert str(tmp_path) not in json.dumps(provider(str(here)).identity)


def test_an_identity_follows_the_weights(make: Callable[..., str], tmp_path: Path) -> None:
    here, there = copies(make("llama", "causal"), tmp_path)
    weights = there / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    assert provider(str(here)).identity != provider(str(there)).identity


def test_an_identity_has_the_keys_that_journals_know(make: Callable[..., str]) -> None:
    identity = provider(make("llama", "causal")).identity
    assert list(identity) == ["provider", "model", "files", "dtype", "chat", "loops"]
    assert identity["provider"] == "transformers/local"


def test_a_prompt_beyond_the_context_is_a_failure(make: Callable[..., str]) -> None:
    local = provider(make("llama", "causal"))
    assert local.limit == 2048
    outcomes = dict(local.complete(requests(["rain " * 3000, "rain"])))
    assert isinstance(outcomes[0], Failure)
    assert outcomes[0].kind == "context"
    assert isinstance(outcomes[1], Completion)


def test_a_model_that_is_not_causal_is_refused(make: Callable[..., str]) -> None:
    with pytest.raises(PlanError, match="no causal language model"):
        provider(make("bert", "masked"))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="no model"):
        provider(str(tmp_path))


def test_a_model_that_is_neither_here_nor_fetched_is_refused() -> None:
    with pytest.raises(PlanError, match="neither a local folder nor"):
        provider("nobody/no-such-model-here")


def test_an_end_that_the_tokenizer_adds_is_no_part_of_a_prompt(
    make: Callable[..., str], tmp_path: Path
) -> None:
    from tokenizers import Tokenizer, processors

    plain = make("llama", "causal")
    copy = Path(shutil.copytree(plain, tmp_path / "ends"))
    tokenizer = Tokenizer.from_file(str(copy / "tokenizer.json"))
    adding = processors.TemplateProcessing("$A </s>", special_tokens=[("</s>", 2)])
    tokenizer.post_processor = adding
    tokenizer.save(str(copy / "tokenizer.json"))
    with_end, without = provider(str(copy)), provider(plain)
    assert with_end.count_tokens("rain") == without.count_tokens("rain")
    assert [reply.text for reply in answers(with_end, requests(ITEMS))] == [
        reply.text for reply in answers(without, requests(ITEMS))
    ]


IN_ANOTHER_PROCESS = """
import json, sys
from amplify import Context, Prompt, Request
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

local = LocalProvider(LocalOptions(model=sys.argv[1]), Context(device="cpu"))
((_, reply),) = local.complete([Request(Prompt("", "Is it rain?"), "arm", "1", 12)])
print(json.dumps([local.identity, reply.text]))
"""


def test_a_model_of_the_hub_is_found_offline_in_its_cache(
    make: Callable[..., str], tmp_path: Path
) -> None:
    folder = make("llama", "causal")
    cached = tmp_path / "models--some-body--tiny"
    revision = "0123456789abcdef0123456789abcdef01234567"
    shutil.copytree(folder, cached / "snapshots" / revision)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(revision)
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, "some-body/tiny"],
        env={**os.environ, "HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    identity, text = json.loads(done.stdout)
    local = provider(folder)
    assert identity == {**local.identity, "model": "some-body/tiny"}
    (reply,) = answers(local, requests(["Is it rain?"], shared=""))
    assert text == reply.text
