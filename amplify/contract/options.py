"""Typed options of a component, from text or TOML."""

from __future__ import annotations

import dataclasses
import importlib
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from amplify.contract.errors import OptionError
from amplify.contract.guard.brief import brief
from amplify.contract.suggest import did_you_mean

T = TypeVar("T")


def option(default: Any = dataclasses.MISSING, *, help: str, factory: Any = None) -> Any:
    """A dataclass field with a help text, shown by `amplify show`."""
    metadata = {"help": help}
    if factory is not None:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True, slots=True)
class OptionInfo:
    """One option, for listings. `default` is None and `required` true where it must be given."""

    name: str
    type: str
    default: Any
    required: bool
    help: str


def options_class(options: type | str | None) -> type | None:
    """The class of a component's options, imported where it is declared as a dotted path.

    Raises TypeError where it is no frozen dataclass, and whatever importing it raises.
    """
    if options is None:
        return None
    if isinstance(options, str):
        module, _, name = options.partition(":")
        options = typing.cast(type, getattr(importlib.import_module(module), name))
    if not isinstance(options, type) or not dataclasses.is_dataclass(options):
        raise TypeError(f"options {brief(options)} is no dataclass")
    if not getattr(options, "__dataclass_params__").frozen:  # noqa: B009  # untyped attribute
        raise TypeError(f"options {options.__name__} must be a frozen dataclass")
    return options


def describe(options: type | str | None) -> list[OptionInfo]:
    """The options of a component, in order of declaration."""
    options = options_class(options)
    if options is None:
        return []
    hints = typing.get_type_hints(options)
    infos = []
    for field in dataclasses.fields(options):
        required = (
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        )
        if field.default is not dataclasses.MISSING:
            default = field.default
        elif field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        else:
            default = None
        hint = hints[field.name]
        name = hint.__name__ if isinstance(hint, type) and not typing.get_args(hint) else str(hint)
        name = name.replace("typing.", "")
        infos.append(
            OptionInfo(field.name, name, default, required, field.metadata.get("help", ""))
        )
    return infos


def convert(options: type[T], values: Mapping[str, Any], where: str) -> T:
    """Build `options` from `values` (TOML values, or text from the command line).

    Raises OptionError naming the nearest option for an unknown key, the missing key, or the path
    of a value of the wrong type. `where` is what the user sees in front, e.g. `[proxy]`.
    """
    import msgspec  # a listing converts nothing

    names = [field.name for field in dataclasses.fields(options)]  # type: ignore[arg-type]  # any dataclass
    for key in values:
        if key not in names:
            known = ", ".join(names) or "none"
            raise OptionError(
                f"unknown option {key!r}{did_you_mean(key, names)}",
                where=where,
                hint=f"options: {known}",
            )
    try:
        return msgspec.convert(dict(values), options, strict=False)
    except msgspec.ValidationError as error:
        raise OptionError(
            _plain(str(error)), where=where, hint=_known(options, str(error))
        ) from None
    except (ValueError, TypeError, OverflowError) as error:
        raise OptionError(str(error), where=where) from None


def _known(options: type, message: str) -> str:
    """The values that the option of msgspec's message may have, where some are fixed."""
    name = message.partition(" - at ")[2].strip("`").removeprefix("$.").partition("[")[0]
    hint = typing.get_type_hints(options).get(name)
    kinds = (hint, *typing.get_args(hint))
    known = [v for k in kinds if typing.get_origin(k) is typing.Literal for v in typing.get_args(k)]
    if float in kinds or int in kinds:
        known.insert(0, "a number" if float in kinds else "a whole number")
    return f"one of: {', '.join(map(str, known))}" if len(known) > 1 else ""


def _plain(message: str) -> str:
    """msgspec's message with `$.a.b` turned into `option 'a.b'`."""
    text, _, path = message.partition(" - at ")
    path = path.strip("`").removeprefix("$").removeprefix(".")
    text = text.replace("Object missing required field", "missing option")
    return f"option {path!r}: {text}" if path else text
