"""The device that a model runs on."""

from __future__ import annotations

import torch

from amplify import Context, OptionError


def choose(wanted: str, context: Context, threads: int | None = None) -> torch.device:
    """The device of the option, else of the run, else the best there is; sets torch's threads.

    Raises OptionError for a device that this machine or this torch lacks.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    name = wanted if wanted != "auto" else context.device
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise OptionError(
            f"device {name!r} cannot be used: {str(error).splitlines()[0]}",
            hint="auto, cpu, cuda, cuda:1 and mps are known",
        ) from error
    return device
