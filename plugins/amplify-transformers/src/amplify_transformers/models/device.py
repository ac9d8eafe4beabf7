"""The device that a model runs on."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from amplify import Context, OptionError

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux says how much of its processors a container may use."""


def choose(wanted: str, context: Context, threads: int | None = None) -> torch.device:
    """The device of the option, else of the run, else the best there is; sets torch's threads.

    Unless they are given, threads are torch's own number (one a core), but no more than a container
    is granted: threads that wait for each other within a quota are far slower than fewer.

    Raises OptionError for a device that this machine or this torch lacks.
    """
    if threads is None and (granted() or math.inf) < torch.get_num_threads():
        threads = granted()
    if threads is not None:
        torch.set_num_threads(threads)
    name = wanted if wanted != "auto" else context.device
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # one that only describes tensors has no value to give
    except (RuntimeError, AssertionError, ImportError) as error:
        raise OptionError(
            f"device {name!r} cannot be used: {str(error).splitlines()[0]}",
            hint="auto, cpu, cuda, cuda:1 and mps are known",
        ) from error
    return device


def granted(quota: Path = QUOTA) -> int | None:
    """How many processors the container may use, rounded up; None where nothing limits it."""
    try:
        most, period = quota.read_text().split()
        return max(1, math.ceil(int(most) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        return None
