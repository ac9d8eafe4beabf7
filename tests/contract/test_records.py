"""The public records can be looked at by libraries that read their types at run time."""

from __future__ import annotations

import dataclasses
import typing

import pytest

import amplify

RECORDS = [
    kind
    for name in amplify.__all__
    if dataclasses.is_dataclass(kind := getattr(amplify, name)) and isinstance(kind, type)
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: str(record.__name__))
def test_the_types_of_a_records_fields_are_known_at_run_time(record: type) -> None:
    hints = typing.get_type_hints(record)
    assert {field.name for field in dataclasses.fields(record)} <= hints.keys()
