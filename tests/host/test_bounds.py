"""The quick comparisons of names and of plain bounds are those of `packaging`."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from amplify.host.bounds import COMPARE, fits_bounds, out_of_bounds
from amplify.host.discover import InstalledPlugin, normalise

release = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(
    lambda parts: ".".join(map(str, parts))
)
bound = st.tuples(st.sampled_from(sorted(COMPARE)), st.sampled_from(["", " "]), release)


@given(st.lists(bound.map("".join), min_size=1, max_size=3), release)
def test_plain_bounds_are_those_of_packaging(bounds: list[str], version: str) -> None:
    text = ", ".join(bounds)
    assert fits_bounds(text, version) == SpecifierSet(text).contains(version, prereleases=True)


@given(st.text("aB9-_.", max_size=8))
def test_names_are_compared_as_packaging_compares_them(name: str) -> None:
    assert normalise(name) == canonicalize_name(name)


@pytest.mark.parametrize(
    ("bounds", "version"),
    [
        ("~=0.1", "0.1.0"),
        ("==0.1.*", "0.1.0"),
        (">=0.1; extra == 'x'", "0.1.0"),
        ("(>=0.1)", "0.1.0"),
        ("[test]>=0.1", "0.1.0"),
        (">=0.1rc1", "0.1.0"),
        (">=0.1", "0.2.dev1"),
        ("", "0.1"),
    ],
)
def test_anything_else_is_left_to_packaging(bounds: str, version: str) -> None:
    assert fits_bounds(bounds, version) is None


@pytest.mark.parametrize(
    ("version", "fits"),
    [("0.1.5", True), ("0.2.dev1", True), ("0.1.0rc1", False), ("0.3", False), ("0.3.0a1", False)],
)
def test_a_development_version_of_the_core_is_compared_too(version: str, fits: bool) -> None:
    entry = EntryPoint("x", "x", "amplify")
    found = InstalledPlugin(
        "amplify-x", "x", "1", "", entry, requires=("amplify-icl>=0.1,<=0.2.5",)
    )
    said = out_of_bounds(found, version)
    assert (said == "") == fits
    assert fits or version in said
