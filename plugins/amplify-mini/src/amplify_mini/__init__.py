"""A small causal language model that learns a classification task from its prompt."""

from __future__ import annotations

from pathlib import Path

MODEL_DIR: Path = Path(__file__).resolve().parent / "amplify-mini-5m"
"""The folder with the model's files, in the format of transformers."""

__all__ = ["MODEL_DIR"]
