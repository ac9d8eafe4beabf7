"""The errors as users see them: named as they are imported."""

from __future__ import annotations

import pickle
import traceback

import pytest

import amplify

NAMES = [name for name in amplify.__all__ if name.endswith("Error") or name == "BatchGone"]


@pytest.mark.parametrize("name", NAMES)
def test_a_traceback_names_what_can_be_imported(name: str) -> None:
    kind = getattr(amplify, name)
    error = kind("it fails", where="here", hint="do that")
    [line, *_] = traceback.format_exception_only(error)
    assert line.startswith(f"amplify.{name}: here: it fails")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # just pickled here
    assert (type(again), str(again)) == (kind, str(error))
