"""A model in a GGUF file: converted once to safetensors, in the cache folder."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.models.auto import modeling_auto

from amplify import AmplifyError, Context, PlanError
from amplify_transformers.models import loading
from amplify_transformers.models.gguf_file import (
    GgufFile,
    check_tokenizer,
    drop_added_tokens,
    read_gguf,
    require_libraries,
)
from amplify_transformers.models.made_once import SIZES, is_whole, made_once
from amplify_transformers.models.quiet import no_gguf_bar, quiet

FORMAT = 1
"""Rises when this module converts in another way: what was converted before is converted anew."""
CONVERTERS = ("transformers", "tokenizers", "gguf")
"""The libraries whose versions decide what a conversion gives."""


class GgufModel:
    """The files of a model in a GGUF file (`ModelFiles`).

    Configuration and tokenizer are converted when they are first asked for, the weights when these
    are: to plan a run, no weights are needed. Both stay in the cache folder, by the file's digest
    and the versions of the libraries that convert.
    """

    def __init__(self, path: Path, name: str, context: Context) -> None:
        require_libraries(name)
        self.name = name
        self._path = path
        self._show = context.show
        try:
            with path.open("rb") as file:
                self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise PlanError(f"{path} cannot be read: {error.strerror}") from error
        versions = [f"{library} {version(library)}" for library in CONVERTERS]
        made_with = hashlib.sha256(f"{FORMAT} {versions}".encode()).hexdigest()
        self._folder = context.cache / "models" / f"{self.digest}-{made_with[:8]}"

    @property
    def digest(self) -> str:
        """The first 16 hex digits of the file's SHA-256."""
        return self.sha256[:16]

    @property
    def settings(self) -> Path:
        """The folder of the configuration and the tokenizer."""
        return made_once(self._folder / "settings", self._convert_settings)

    @property
    def weights(self) -> Path:
        """The folder of the whole model."""
        return made_once(self._folder / "weights", self._convert_weights)

    @property
    def preparation(self) -> str:
        """What is converted before the weights are used for the first time; "" where nothing is."""
        if is_whole(self._folder / "weights"):
            return ""
        return (
            f"{self.name} is converted before its first answer, once for all runs: about"
            f" {max(1, self._file.float32_bytes // 10**6):,} MB in the cache folder"
        )

    @cached_property
    def _file(self) -> GgufFile:
        return read_gguf(self._path)

    def _convert_settings(self, folder: Path) -> None:
        metadata = self._file.metadata
        with self._conversion("the tokenizer") as source:
            config = transformers.AutoConfig.from_pretrained(**source, trust_remote_code=False)
            causal = modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(config.model_type)
            if causal is None:
                raise PlanError(
                    f"{self.name} is no causal language model ({config.model_type}): only those"
                    " are taken from a GGUF file"
                )
            config.architectures = [causal]
            config.save_pretrained(folder)
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                **source, trust_remote_code=False
            )
            tokenizer.save_pretrained(folder)
            drop_added_tokens(folder / "tokenizer.json", len(metadata["tokenizer.ggml.tokens"]))
        check_tokenizer(loading.read_tokenizer(folder), metadata, self.name)

    def _convert_weights(self, folder: Path) -> None:
        settings = self.settings
        config = loading.read_config(settings)
        with self._conversion("the weights") as source, torch.random.fork_rng(devices=[]):
            kind: Any = transformers.AutoModelForCausalLM
            model, info = kind.from_pretrained(
                **source,
                config=config,
                dtype=torch.float32,
                quantization_config=transformers.GgufConfig(dequantize=True),
                trust_remote_code=False,
                output_loading_info=True,
            )
            self._check_weights(model, info)
            _forget_quantization(model)
            for file in settings.iterdir():
                if file.name != SIZES:
                    shutil.copyfile(file, folder / file.name)
            model.save_pretrained(folder)

    def _check_weights(self, model: Any, info: dict[str, Any]) -> None:
        lacking = sorted(map(str, (*info["missing_keys"], *info["mismatched_keys"])))
        if lacking:
            raise PlanError(
                f"the weights of {self.name} are not complete: {lacking[0]} and"
                f" {len(lacking) - 1} more are missing"
            )
        broken = [name for name, tensor in model.named_parameters() if not tensor.isfinite().all()]
        if broken:
            raise PlanError(
                f"the weights of {self.name} are damaged: {broken[0]} holds what is no number",
                hint="copy or fetch the file again",
            )

    @contextmanager
    def _conversion(self, what: str) -> Iterator[dict[str, str]]:
        """What tells transformers where the file is; PlanError where the conversion fails.

        The file is linked into an empty folder: tokenizer files that lie beside it are not its own.
        """
        with (
            self._show(f"convert {what} of {self.name}, once", 1) as advance,
            tempfile.TemporaryDirectory(prefix="amplify-gguf-") as place,
        ):
            link = Path(place) / "model.gguf"
            link.symlink_to(self._path.absolute())
            try:
                with quiet(), no_gguf_bar():
                    yield {"pretrained_model_name_or_path": place, "gguf_file": link.name}
            except AmplifyError:
                raise
            except Exception as error:  # a damaged or unknown file ends in any error of the readers
                if getattr(error, "errno", None):  # of the disk, which the cache folder reports
                    raise
                reason = str(error).partition("\n")[0].replace(str(link), self.name)
                raise PlanError(
                    f"{what} of {self.name} cannot be converted: {reason or type(error).__name__}",
                    where=str(self._path),
                    hint="the file may be damaged, or of a kind that transformers does not read",
                ) from error
            advance()


def _forget_quantization(model: Any) -> None:
    """Lets the model be saved: its weights are float32 now, which transformers does not note."""
    model.hf_quantizer = None
    model.is_quantized = False
    for config in {id(c): c for c in (model.config, model.config.get_text_config())}.values():
        if hasattr(config, "quantization_config"):
            del config.quantization_config
