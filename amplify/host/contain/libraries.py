"""The settings of numpy and torch: random numbers, precision, threads.

Each library is watched once the run has loaded it; nothing here loads one.
"""

from __future__ import annotations

import sys
from typing import Any

from amplify.host.contain.watched import Watched


def _numpy() -> Any:
    module, chance = sys.modules.get("numpy"), sys.modules.get("numpy.random")
    if module is None or chance is None:
        return None
    name, keys, *rest = chance.get_state()
    return name, keys.tobytes(), *rest, sorted(module.geterr().items())


def _numpy_again(before: Any) -> None:
    module = sys.modules["numpy"]
    name, keys, *rest, errors = before
    module.random.set_state((name, module.frombuffer(keys, dtype="uint32"), *rest))
    module.seterr(**dict(errors))


def _torch() -> Any:
    module = sys.modules.get("torch")
    if module is None:
        return None
    return (
        module.get_rng_state().numpy().tobytes(),
        module.get_default_dtype(),
        module.is_grad_enabled(),
        module.get_num_threads(),
        module.are_deterministic_algorithms_enabled(),
    )


def _torch_again(before: Any) -> None:
    module = sys.modules["torch"]
    state, dtype, gradients, threads, deterministic = before
    module.set_rng_state(module.frombuffer(bytearray(state), dtype=module.uint8))
    module.set_default_dtype(dtype)
    module.set_grad_enabled(gradients)
    module.set_num_threads(threads)
    module.use_deterministic_algorithms(deterministic)


def _same(before: Any, after: Any) -> bool:
    """Whether nothing changed; nothing is known of a library that the plugin itself has loaded."""
    return before is None or bool(before == after)


def library_watched() -> list[Watched]:
    """What is watched of numpy and torch, where they are loaded."""
    return [
        Watched("numpy's settings", _numpy, _numpy_again, _same),
        Watched("torch's settings", _torch, _torch_again, _same),
    ]
