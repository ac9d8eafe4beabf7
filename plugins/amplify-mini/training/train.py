"""Train the embedded model: `python -m training.train --out DIR --minutes N`.

On a CPU it runs single-thread processes that average their gradients; with CUDA one process and
generator workers. It carries on from the newest checkpoint in DIR and stops at its time budget, or
after `--steps`, both counted over all its starts; the schedules follow the share of the time budget
that is spent.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import socket
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F

from training.batches import KINDS, EpisodeBatch, Stream
from training.checkpoints import export, load_newest, load_weights, save
from training.difficulty import CAP, FLOOR, DifficultyGate
from training.episode import MASS_WEIGHTS
from training.network import build_model, hidden_states


def learning_rate_share(share: float, steps: int) -> float:
    """Scale the learning rate: short warm-up, then decay to 3 % over the last 40 %."""
    return min(1.0, (steps + 1) / 30) * min(1.0, max(0.03, 0.03 + 0.97 * (1 - share) / 0.4))


def supervision(share: float) -> float:
    """Weigh the attention supervision: .5, falling to .2, off for the last 10 %."""
    return 0.5 * (1 - 0.6 * share / 0.9) if share < 0.9 else 0.0


def losses(
    model: Any, batch: EpisodeBatch, weight: float, stats: dict[str, list[float]]
) -> torch.Tensor:
    """Compute the loss of a batch; add sums and counts of what is worth watching to `stats`."""
    hidden, masses = hidden_states(model, batch.ids, batch.groups if weight else {})
    logits = model.lm_head(hidden[batch.target_batch, batch.target_place - 1]).float()
    truth = batch.ids[batch.target_batch, batch.target_place]
    each = F.cross_entropy(logits, truth, reduction="none")
    loss = (each * batch.target_weight).sum() / batch.target_weight.sum()
    hit = (logits.argmax(-1) == truth).float()
    rationale = batch.rationale[batch.target_batch]
    for kind in ("late", "key"):
        for mode, name in ((False, "ans"), (True, "rat")):
            chosen = (batch.target_kind == KINDS.index(kind)) & (rationale == mode)
            _note(stats, f"{name}_{kind}_acc", hit[chosen])
            _note(stats, f"{name}_{kind}_loss", each[chosen].detach())
    for kind, logs in masses.items():
        real = batch.groups[kind][0] >= 0
        picked = logs[:, real].clamp_min(-12.0)
        loss = loss - weight * MASS_WEIGHTS[kind] * picked.mean()
        for mode, name in ((False, "ans"), (True, "rat")):
            rows = real & (batch.rationale == mode)[:, None]
            _note(stats, f"{name}_{kind}", logs[:, rows].detach().exp())
    return loss


def _note(stats: dict[str, list[float]], name: str, values: torch.Tensor) -> None:
    if values.numel():
        stats.setdefault(name, [0.0, 0.0])
        stats[name][0] += float(values.sum())
        stats[name][1] += values.numel()


def optimisers(model: Any, speed: float) -> list[torch.optim.Optimizer]:
    """Muon for matrices, AdamW for biases and norms."""
    chosen = [p for p in model.parameters() if p.requires_grad]
    return [
        torch.optim.Muon(
            [p for p in chosen if p.ndim == 2], lr=speed, momentum=0.95, weight_decay=0.02,
            adjust_lr_fn="match_rms_adamw",
        ),
        torch.optim.AdamW([p for p in chosen if p.ndim < 2], lr=speed, weight_decay=0.0),
    ]  # fmt: skip


def train_process(rank: int, world: int, args: argparse.Namespace) -> None:
    """Train in one process of `world`."""
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    if not cuda:
        torch.set_num_threads(1)
        dist.init_process_group("gloo", rank=rank, world_size=world)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    model = build_model(args.seed)
    state = load_newest(out, model)
    if state is None and args.start:
        load_weights(Path(args.start), model)
    model.to(device)
    params = [p for p in model.parameters() if p.requires_grad]
    tools = optimisers(model, args.lr)
    gates = {
        "ans": DifficultyGate(0.66, 0.45, 0.70, level=args.level),
        "rat": DifficultyGate(0.72, 0.62, 0.78, level=args.level),
    }
    step, tokens, spent = 0, 0, 0.0
    if state:
        step, tokens, spent = state["step"], state["tokens"], state["spent"]
        for tool, kept in zip(tools, state["optimisers"], strict=True):
            tool.load_state_dict(kept)
        for name, gate in gates.items():
            gate.load(state["gates"][name])
    difficulty = torch.tensor([gates["ans"].level, gates["rat"].level, 0.58]).share_memory_()
    workers = args.workers if cuda else 0
    stream = Stream(args.seed * 7919 + rank * 101 + step, args.tokens, difficulty)
    loader = iter(torch.utils.data.DataLoader(stream, batch_size=None, num_workers=workers))
    window: dict[str, list[float]] = {}
    begin, first, last_tokens, last_time = time.monotonic(), step, tokens, time.monotonic()
    shared = torch.zeros(5)
    while True:
        now = time.monotonic()
        share = (spent + now - begin) / (60 * args.minutes)
        shared[:] = torch.tensor([share, *difficulty.tolist(), float(tokens)])
        if not cuda:
            dist.broadcast(shared, 0)
        share = float(shared[0])
        difficulty[:] = shared[1:4]
        if share >= 1 or step == args.steps:
            break
        batch: EpisodeBatch = next(loader).to(device)
        stats: dict[str, list[float]] = {}
        with torch.autocast(device.type, torch.bfloat16):
            loss = losses(model, batch, supervision(share), stats)
        loss.backward()
        count = torch.tensor([float(batch.tokens)])
        if not cuda:
            _average(params, world)
            dist.all_reduce(count)
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        for tool in tools:
            for group in tool.param_groups:
                group["lr"] = args.lr * learning_rate_share(share, step - first)
            tool.step()
            tool.zero_grad(set_to_none=True)
        step, tokens = step + 1, tokens + int(count)
        if rank:
            continue
        _watch(gates, difficulty, stats, window, float(loss.detach()))
        if step % args.log_every == 0:
            now = time.monotonic()
            line = {k: round(v[0] / v[1], 4) for k, v in window.items()}
            line |= {"step": step, "tokens": tokens, "spent": round(spent + now - begin, 1),
                     "speed": round((tokens - last_tokens) / (now - last_time)),
                     "level_ans": round(gates["ans"].level, 3),
                     "level_rat": round(gates["rat"].level, 3)}  # fmt: skip
            with (out / "curve.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")
            window, last_tokens, last_time = {}, tokens, now
        if tokens // args.save_every != (tokens - int(count)) // args.save_every:
            _keep(out, model, tools, gates, step, tokens, spent + time.monotonic() - begin)
    if rank == 0:
        _keep(out, model, tools, gates, step, tokens, spent + time.monotonic() - begin)
        export(model.cpu(), out / "model")
    if not cuda:
        dist.destroy_process_group()


def _average(params: list[torch.nn.Parameter], world: int) -> None:
    """Average the gradients over the processes, in one message."""
    grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in params]
    flat = torch.cat([g.flatten() for g in grads])
    dist.all_reduce(flat)
    flat /= world
    for p, piece in zip(params, flat.split([p.numel() for p in params]), strict=True):
        p.grad = piece.view_as(p)


def _watch(
    gates: dict[str, DifficultyGate], difficulty: torch.Tensor, stats: dict[str, list[float]],
    window: dict[str, list[float]], loss: float,
) -> None:  # fmt: skip
    """Feed the gates and the log; a loss that is no number ends the run."""
    if not math.isfinite(loss):
        raise RuntimeError("the loss is not finite")
    for name, gate in gates.items():
        for key, source in (("W", "W"), ("F", "F"), ("label", "late_acc")):
            total, count = stats.get(f"{name}_{source}", (0.0, 0.0))
            if count:
                gate.means[key].add(total / count, int(count))
        gate.step()
    share = 0.58 if gates["rat"].level < CAP - 0.01 else 0.5
    difficulty[:] = torch.tensor([gates["ans"].level, gates["rat"].level, share])
    for key, (total, count) in {**stats, "loss": [loss, 1.0]}.items():
        pair = window.setdefault(key, [0.0, 0.0])
        pair[0] += total
        pair[1] += count


def _keep(
    out: Path, model: Any, tools: list[torch.optim.Optimizer], gates: dict[str, DifficultyGate],
    step: int, tokens: int, spent: float,
) -> None:  # fmt: skip
    save(out, model, {
        "step": step, "tokens": tokens, "spent": spent,
        "gates": {name: gate.state() for name, gate in gates.items()},
        "optimisers": [tool.state_dict() for tool in tools],
    })  # fmt: skip


def main() -> None:
    """Read the options and start the processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, help="folder of checkpoints, curve and model")
    parser.add_argument("--minutes", type=float, required=True, help="time budget over all starts")
    parser.add_argument(
        "--steps", type=int, default=-1, help="steps over all starts (-1: any number)"
    )
    parser.add_argument("--start", help="a model folder to begin with, in place of no training")
    parser.add_argument("--level", type=float, default=FLOOR, help="difficulty to begin with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="CPU only")
    parser.add_argument("--workers", type=int, default=12, help="generators, CUDA only")
    parser.add_argument("--tokens", type=int, default=0, help="tokens of a batch (0: by device)")
    parser.add_argument("--save-every", type=int, default=2_000_000, help="tokens")
    parser.add_argument("--log-every", type=int, default=25, help="steps")
    args = parser.parse_args()
    cuda = torch.cuda.is_available()
    args.tokens = args.tokens or (64_000 if cuda else 3_000)
    if cuda:
        train_process(0, 1, args)
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    mp.spawn(train_process, (args.processes, args), nprocs=args.processes)


if __name__ == "__main__":
    main()
