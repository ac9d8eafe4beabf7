"""Declares the plugin's observer. Nothing heavy is imported here."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ObserverComponent, hookimpl


@hookimpl
def amplify_observers() -> Iterator[ObserverComponent]:
    yield ObserverComponent(
        name="wandb",
        factory="amplify_wandb.observer:WandbObserver",
        summary="a run of Weights & Biases: the plan as its config, the figures, the record",
        env=("WANDB_API_KEY", "WANDB_MODE", "WANDB_PROJECT", "WANDB_ENTITY", "WANDB_DIR"),
    )
