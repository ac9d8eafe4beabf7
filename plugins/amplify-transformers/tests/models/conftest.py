"""GGUF files of the small random models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

LAYER = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}

WriteGguf = Callable[..., Path]


@pytest.fixture
def write_gguf() -> WriteGguf:
    """`write_gguf(folder, path, lacking, metadata)`: the Llama in `folder` as a GGUF file.

    `lacking` is a tensor that is left out; `metadata` stands in place of the model's own, None
    for none.
    """
    pytest.importorskip("gguf", reason="gguf is not installed")

    def write(
        folder: str, path: Path, lacking: str = "", metadata: dict[str, Any] | None = None
    ) -> Path:
        from gguf import GGUFWriter

        config = json.loads((Path(folder) / "config.json").read_text())
        written = {**_metadata(Path(folder), config), **(metadata or {})}
        writer = GGUFWriter(path, written.pop("general.architecture", "llama"))
        for key, value in written.items():
            _add(writer, key, value)
        for name, tensor in _tensors(Path(folder), config).items():
            if name != lacking:
                writer.add_tensor(name, tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path

    return write


def _metadata(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = {**tokenizer["model"]["vocab"]}
    special = {token["content"] for token in tokenizer["added_tokens"]}
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    return {
        "llama.block_count": config["num_hidden_layers"],
        "llama.context_length": config["max_position_embeddings"],
        "llama.embedding_length": config["hidden_size"],
        "llama.feed_forward_length": config["intermediate_size"],
        "llama.attention.head_count": config["num_attention_heads"],
        "llama.attention.head_count_kv": config["num_key_value_heads"],
        "llama.attention.layer_norm_rms_epsilon": float(config["rms_norm_eps"]),
        "llama.rope.freq_base": 10000.0,
        "llama.vocab_size": config["vocab_size"],
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3 if token in special else 1 for token in tokens],
        "tokenizer.ggml.merges": [" ".join(merge) for merge in tokenizer["model"]["merges"]],
        "tokenizer.ggml.eos_token_id": vocabulary["</s>"],
        "tokenizer.ggml.add_bos_token": False,
    }


def _add(writer: Any, key: str, value: Any) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    elif value is not None:
        writer.add_array(key, value)


def _tensors(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """The model's tensors by their names in a GGUF file, whose queries and keys are in pairs."""
    from safetensors.numpy import load_file

    heads = {"q": config["num_attention_heads"], "k": config["num_key_value_heads"]}
    tensors = {}
    for name, tensor in load_file(folder / "model.safetensors").items():
        for kind, count in heads.items():
            if f"{kind}_proj" in name:
                rows = len(tensor) // count // 2
                pairs = tensor.reshape(count, 2, rows, -1).swapaxes(1, 2)
                tensor = pairs.reshape(tensor.shape).copy()
        tensors[_name(name.removesuffix(".weight")) + ".weight"] = tensor
    return tensors


def _name(name: str) -> str:
    if name.startswith("model.layers."):
        _, _, layer, rest = name.split(".", 3)
        return f"blk.{layer}.{LAYER[rest]}"
    return {
        "model.embed_tokens": "token_embd",
        "model.norm": "output_norm",
        "lm_head": "output",
    }[name]
