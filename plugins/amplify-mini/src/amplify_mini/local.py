"""The shipped weights as an LLM and as a proxy, run like those of any other folder."""

from __future__ import annotations

from amplify_transformers import options as transformers_options
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.verbalizer.proxy import Verbalizer

from amplify import Context
from amplify_mini import MODEL_DIR
from amplify_mini.options import LocalOptions, VerbalizerOptions


def local(options: LocalOptions, context: Context) -> LocalProvider:
    """The local provider of amplify-transformers, pointed to the plugin's own folder."""
    chosen = transformers_options.LocalOptions(
        model=str(MODEL_DIR),
        device=options.device,
        dtype=options.dtype,
        loops="keep",  # it was trained to end its replies
        batch_size=options.batch_size,
        threads=options.threads,
    )
    return LocalProvider(chosen, context)


def verbalizer(options: VerbalizerOptions, context: Context) -> Verbalizer:
    """The untuned proxy of amplify-transformers, pointed to the plugin's own folder."""
    chosen = transformers_options.VerbalizerOptions(
        model=str(MODEL_DIR),
        prompt=options.prompt,
        device=options.device,
        threads=options.threads,
    )
    return Verbalizer(chosen, context)
