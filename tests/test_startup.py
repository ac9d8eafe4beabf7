"""A listing stays light, whatever plugins are installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from known.heavy import HEAVY
from known.weather import PLAN, lay

import amplify

if TYPE_CHECKING:
    from known.site import Site

SLOW = HEAVY | {"jinja2"}

PROBE = """
import json, sys
from amplify.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def modules(site: Site, *arguments: str, **env: str) -> set[str]:
    """The modules in memory after a command line."""
    done = site.python([sys.executable, "-c", PROBE, *arguments], **env)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def loaded(site: Site, *arguments: str) -> set[str]:
    """The top-level modules in memory after a command line."""
    return {name.partition(".")[0] for name in modules(site, *arguments)}


@pytest.mark.parametrize(
    "arguments",
    [("list-plugins",), ("list-plugins", "--json"), ("show", "builtin/h-mcs"), ("--help",)],
    ids=" ".join,
)
def test_looking_around_loads_nothing_heavy(site: Site, arguments: tuple[str, ...]) -> None:
    assert loaded(site, *arguments) & SLOW == set()


def test_the_listing_is_of_plugins_that_load(site: Site) -> None:
    """Else a first-party plugin that fails to load would pass for a light one."""
    plugins = json.loads(site.amplify("list-plugins", "--json").stdout)["plugins"]
    assert {p["name"]: p["problems"] for p in plugins if p["state"] != "loaded"} == {}


def test_every_public_name_is_there_once_it_is_asked_for() -> None:
    assert {name for name in amplify.__all__ if not hasattr(amplify, name)} == set()
    assert set(amplify.__all__) <= set(dir(amplify))
    with pytest.raises(AttributeError, match="attribute Any_"):
        amplify.Any_  # noqa: B018  # the access is the test


def test_help_loads_neither_rich_nor_the_host(site: Site) -> None:
    assert loaded(site, "--help") & {"rich", "pluggy", "msgspec", "json"} <= {"json"}


def test_a_run_loads_nothing_that_takes_long_and_is_not_needed(site: Site, tmp_path: Path) -> None:
    place = lay(site, tmp_path, plan=PLAN)
    found = modules(site, "run", str(place / "plan.toml"), KNOWN_LOG=str(place / "log"))
    assert "scipy.special" in found
    assert found & {"scipy.stats", "scipy.optimize", "scipy.sparse"} == set()
    assert "amplify.loop.answer.grammar" not in found  # every reply is a label and no more


def test_the_probe_notices_a_heavy_plugin(site: Site) -> None:
    (site.path / "shap.py").write_text("")
    site.add("amplify-heavy", "import shap")
    assert loaded(site, "list-plugins") & SLOW == {"shap"}
