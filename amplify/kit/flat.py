"""Flat names for nested values: what trackers of experiments take as parameters and metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def flat_values(value: Any, name: str = "") -> dict[str, str]:
    """The values in a nested table as texts, by their path: {"llm.use": "openai"}.

    A list of tables that have names, such as the arms of a plan, is numbered by these. `name` is
    the path of the value itself.
    """
    if isinstance(value, Mapping):
        pairs = [(str(key), inner) for key, inner in value.items()]
    elif _is_named(value):
        pairs = [(str(inner["name"]), inner) for inner in value]
    else:
        return {name: str(value)}
    flat: dict[str, str] = {}
    for key, inner in pairs:
        flat |= flat_values(inner, f"{name}.{key}" if name else key)
    return flat


def _is_named(value: Any) -> bool:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return is_list and bool(value) and all(isinstance(v, Mapping) and "name" in v for v in value)


def record_figures(record: Mapping[str, Any]) -> dict[str, float]:
    """The figures of a run's record that are worth a curve: {"accuracy.amplify": 0.9}.

    Of each arm that was answered its accuracy with its interval, its calls that failed and its
    unparsed replies; of each comparison of the focus the difference and its adjusted p-value.
    """
    return dict(_figures(record))


def _figures(record: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for arm in record["arms"]:
        name = arm["name"]
        if arm["accuracy"] is not None:
            yield f"accuracy.{name}", arm["accuracy"]
            yield f"failed.{name}", arm["errors"]
            yield f"unparsed.{name}", arm["unparsed"]
        if arm["interval"] is not None:
            low, high = arm["interval"]
            yield f"accuracy_low.{name}", low
            yield f"accuracy_high.{name}", high
    for comparison in record["comparisons"]:
        if not comparison["baseline_draw"]:
            pair = f"{comparison['arm']}.over.{comparison['baseline']}"
            yield f"gain.{pair}", comparison["difference"]
            yield f"p.{pair}", comparison["adjusted"]
