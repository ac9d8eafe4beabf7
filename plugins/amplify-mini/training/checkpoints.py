"""Save and find checkpoints; a half-written one is never seen."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import GenerationConfig, LlamaForCausalLM

from training.vocabulary import build_tokenizer


def save(folder: Path, model: LlamaForCausalLM, state: dict[str, Any]) -> None:
    """Write the trainable weights, the optimisers' state and the progress, then rename."""
    target = folder / f"step-{state['step']:07d}"
    part = folder / f".part-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    weights = {n: p.detach().cpu().contiguous() for n, p in model.named_parameters()
               if p.requires_grad}  # fmt: skip
    save_file(weights, part / "weights.safetensors")
    torch.save(state["optimisers"], part / "optimisers.pt")
    (part / "progress.json").write_text(
        json.dumps({k: v for k, v in state.items() if k != "optimisers"})
    )
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
    for old in sorted(folder.glob("step-*"))[:-4]:
        shutil.rmtree(old, ignore_errors=True)


def load_newest(folder: Path, model: LlamaForCausalLM) -> dict[str, Any] | None:
    """Load the newest checkpoint into the model; give its state, or None where there is none."""
    checkpoints = sorted(folder.glob("step-*"))
    if not checkpoints:
        return None
    weights = load_file(checkpoints[-1] / "weights.safetensors")
    model.load_state_dict(weights, strict=False)
    state: dict[str, Any] = json.loads((checkpoints[-1] / "progress.json").read_text())
    state["optimisers"] = torch.load(
        checkpoints[-1] / "optimisers.pt", weights_only=True, map_location="cpu"
    )
    return state


def load_weights(folder: Path, model: LlamaForCausalLM) -> None:
    """Load the weights of an exported model of the same architecture."""
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict({k: v.float() for k, v in weights.items()}, strict=False)


def export(model: LlamaForCausalLM, folder: Path) -> None:
    """Write the model as transformers reads it, in bfloat16, with its tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    half = LlamaForCausalLM(model.config).to(torch.bfloat16)
    half.load_state_dict({k: v.to(torch.bfloat16) for k, v in model.state_dict().items()})
    half.generation_config = GenerationConfig(
        bos_token_id=1, eos_token_id=[2, 4], pad_token_id=0, do_sample=False, max_new_tokens=100
    )
    half.save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
