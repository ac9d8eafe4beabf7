"""The device that a model runs on, and torch's number of threads."""

from __future__ import annotations

import math
from pathlib import Path

import torch

from amplify import Context, OptionError

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux says how much of its processors a container may use."""


def choose_device(
    name: str, context: Context, threads: int | None = None, quota: Path = QUOTA
) -> torch.device:
    """The device called `name`, for "auto" that of the run, else the best there is.

    Sets torch's `threads`. If None, they are torch's number (one a core), but no more than `quota`
    grants a container: threads that wait for each other within a quota are far slower than fewer.

    Raises OptionError for a device that this machine or this torch lacks.
    """
    if threads is None and (granted_processors(quota) or math.inf) < torch.get_num_threads():
        threads = granted_processors(quota)
    if threads is not None:
        torch.set_num_threads(threads)
    name = name if name != "auto" else context.device
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        # A device that only describes tensors, as "meta" does, has no value to give.
        torch.zeros(1, device=device).item()
    except (RuntimeError, AssertionError, ImportError) as error:
        raise OptionError(
            f"device {name!r} cannot be used: {str(error).splitlines()[0]}",
            hint="auto, cpu, cuda, cuda:1 and mps are known",
        ) from error
    return device


def granted_processors(quota: Path = QUOTA) -> int | None:
    """How many processors the container may use, rounded up; None where nothing limits it."""
    try:
        most, period = quota.read_text().split()
        return max(1, math.ceil(int(most) / int(period)))
    except (OSError, ValueError, ZeroDivisionError):
        return None
