"""The model, its starting weights, and a forward pass that also tells heads where to look.

The saved model is a plain `LlamaForCausalLM`. Only training runs its layers by hand, to read the
attention of a few heads at a few positions.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from training.vocabulary import build_vectors, entries

WIDTH, LAYERS, HEADS, HEAD, INNER, THETA = 256, 4, 4, 128, 384, 1e7
GROUPS: dict[str, tuple[int, tuple[int, ...]]] = {
    "G": (1, (0, 1)), "R": (1, (0, 1)), "M": (1, (2,)), "K": (2, (0,)), "C": (2, (1,)),
    "C2": (2, (1,)), "W": (2, (2,)), "S": (2, (2,)), "F": (3, (0,)),
}  # fmt: skip
"""Which layer and heads each kind of supervision acts on."""
MATCHING = ((1, 2), (2, 0), (2, 2), (3, 0), (3, 2))
PREVIOUS = ((0, 3), (1, 3))
RECENT = ((0, 2), (1, 0), (1, 1))
ROWS = 192
"""Rows of a block of attention on a CPU."""


def config() -> LlamaConfig:
    """Describe the architecture."""
    return LlamaConfig(
        vocab_size=len(entries()), hidden_size=WIDTH, intermediate_size=INNER,
        num_hidden_layers=LAYERS, num_attention_heads=HEADS, num_key_value_heads=HEADS,
        head_dim=HEAD, attention_bias=True, max_position_embeddings=2048,
        rope_parameters={"rope_type": "default", "rope_theta": THETA},
        tie_word_embeddings=True, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip


@torch.no_grad()
def build_model(seed: int) -> LlamaForCausalLM:
    """Make the untrained model: copying and same-word matching are there from the start."""
    torch.manual_seed(seed)
    model = LlamaForCausalLM(config())
    model.model.embed_tokens.weight.copy_(build_vectors(WIDTH))
    model.model.embed_tokens.weight.requires_grad_(False)
    model.model.norm.weight.fill_(0.25)
    for layer in model.model.layers:
        attention = layer.self_attn
        for part in (attention.q_proj, attention.k_proj):
            part.weight.normal_(0, 0.045)
        value = torch.cat([torch.nn.init.orthogonal_(torch.empty(WIDTH, WIDTH)) for _ in range(2)])
        attention.v_proj.weight.copy_(value)
        attention.o_proj.weight.copy_(0.25 * value.T)
        for part in (attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj):
            part.bias.zero_()
        layer.mlp.down_proj.weight.mul_(0.5)
    for index, head in MATCHING:
        attention = model.model.layers[index].self_attn
        rows = slice(head * HEAD, (head + 1) * HEAD)
        noise = 0.01 * torch.randn(HEAD, WIDTH)
        attention.k_proj.weight[rows] = attention.q_proj.weight[rows] + noise
    for index, head in PREVIOUS:
        _point_back(model.model.layers[index].self_attn, head, 1.0, range(6), 6.0)
    for index, head in RECENT:
        _point_back(model.model.layers[index].self_attn, head, 4.0, range(4, 10), 2.5)
    return model


def _point_back(attention: Any, head: int, offset: float, pairs: range, size: float) -> None:
    """Set biases such that a head looks about `offset` tokens back, whatever the words."""
    for pair in pairs:
        angle = -offset * THETA ** (-2 * pair / HEAD)
        base = head * HEAD + pair
        attention.k_proj.bias[base] = size
        attention.q_proj.bias[base] = size * math.cos(angle)
        attention.q_proj.bias[base + HEAD // 2] = size * math.sin(angle)


def hidden_states(
    model: LlamaForCausalLM, ids: torch.Tensor, groups: dict[str, tuple[torch.Tensor, torch.Tensor]]
) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Run the model; give the last hidden states and the log attention mass of the asked rows.

    `groups` holds, by kind, rows `[batch, n]` (-1 pads) and sets `[batch, n, length]`.
    """
    body = model.model
    x = body.embed_tokens(ids)
    batch, length = ids.shape
    positions = torch.arange(length, device=ids.device)[None]
    rotation = body.rotary_emb(x, positions)
    masses: dict[str, torch.Tensor] = {}
    for index, layer in enumerate(body.layers):
        a = layer.self_attn
        h = layer.input_layernorm(x)
        q, k, v = (
            part(h).view(batch, length, HEADS, HEAD).transpose(1, 2)
            for part in (a.q_proj, a.k_proj, a.v_proj)
        )
        q, k = apply_rotary_pos_emb(q, k, rotation[0].to(q.dtype), rotation[1].to(q.dtype))
        for kind, (rows, sets) in groups.items():
            at, heads = GROUPS[kind]
            if at == index and rows.shape[1]:
                masses[kind] = torch.stack([_mass(q[:, n], k[:, n], rows, sets) for n in heads])
        out = causal_attention(q, k, v)
        x = x + a.o_proj(out.transpose(1, 2).reshape(batch, length, HEADS * HEAD))
        x = x + layer.mlp(layer.post_attention_layernorm(x))
    return body.norm(x), masses


def causal_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Causal attention, `[batch, heads, length, width]`.

    On a CPU torch's own kernel is slower in bfloat16 than matrix products over blocks of rows.
    """
    if q.is_cuda:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    length = q.shape[2]
    q = q * q.shape[-1] ** -0.5
    parts = []
    for first in range(0, length, ROWS):
        last = min(length, first + ROWS)
        scores = q[:, :, first:last] @ k[:, :, :last].transpose(-1, -2)
        ahead = torch.full((last - first, last), float("-inf"), dtype=q.dtype).triu(1 + first)
        parts.append((scores + ahead).softmax(-1) @ v[:, :, :last])
    return torch.cat(parts, 2)


def _mass(q: torch.Tensor, k: torch.Tensor, rows: torch.Tensor, sets: torch.Tensor) -> torch.Tensor:
    """Log of the attention that rows give to their sets: `[batch, n]`."""
    chosen = q.gather(1, rows.clamp_min(0)[..., None].expand(-1, -1, q.shape[-1]))
    scores = (chosen @ k.transpose(1, 2)).float() / math.sqrt(HEAD)
    later = torch.arange(k.shape[1], device=k.device)[None, None] > rows[..., None].clamp_min(0)
    whole = scores.masked_fill(later, -1e9).logsumexp(-1)
    part = scores.masked_fill(~sets, -1e9).logsumexp(-1)
    return part - whole
