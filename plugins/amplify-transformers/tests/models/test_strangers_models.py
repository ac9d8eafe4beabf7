"""A model from a stranger: what is in its folder is read, never run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, OptionError, PlanError, Prompt, Request


def provider(folder: str, device: str = "cpu") -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, device=device), Context())


def answer(folder: str) -> str:
    """The reply to one prompt."""
    asked = Request(Prompt("the house walked\n\n" * 9, "rain?\nA:"), "arm", "1", 12)
    ((_, reply),) = provider(folder).complete([asked])
    assert isinstance(reply, Completion)
    return reply.text


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors"])
def test_only_safetensors_are_read(make: Callable[..., str], tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(make("llama", "causal"), tmp_path / "pickled"))
    (copy / "model.safetensors").unlink()
    torch.save({"a": torch.zeros(1)}, copy / name)  # a pickle, whatever it is called
    with pytest.raises(PlanError, match=r"safetensors|cannot be loaded"):
        answer(str(copy))


@pytest.mark.parametrize("kind", ["llama", "a-kind-of-its-own"])
def test_code_that_comes_with_a_model_is_not_run(
    make: Callable[..., str], tmp_path: Path, kind: str
) -> None:
    plain = make("llama", "causal")
    copy = Path(shutil.copytree(plain, tmp_path / "coded"))
    ran = tmp_path / "ran"
    (copy / "coded.py").write_text(f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n")
    for name, keys in (
        ("config.json", ("AutoConfig", "AutoModelForCausalLM")),
        ("tokenizer_config.json", ("AutoTokenizer",)),
    ):
        told = json.loads((copy / name).read_text())
        told["auto_map"] = {key: f"coded.{key}" for key in keys}
        if name == "config.json":
            told["model_type"] = kind
        (copy / name).write_text(json.dumps(told))
    if kind == "llama":  # transformers has a class of its own for it
        assert answer(str(copy)) == answer(plain)
    else:
        with pytest.raises(PlanError, match="configuration"):
            provider(str(copy))
    assert not ran.exists()


def test_a_device_that_is_not_there_is_refused(make: Callable[..., str]) -> None:
    with pytest.raises(OptionError, match="cannot be used"):
        provider(make("llama", "causal"), device="cuda:99")
