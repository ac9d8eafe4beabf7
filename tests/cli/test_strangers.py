"""Plugins that a plan does not name change nothing, whatever they are, and each is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.site import Site
from known.strangers import BREAKS, REACHES, WATCHES, settle
from known.weather import WEATHER, amplify, lay

PLAN = WEATHER.replace('"csv"', '"builtin/csv"').replace('"voter"', '"known/voter"')
PLAN = PLAN.replace('"counts"', '"known/counts"')

ARMS = "zero-shot,answer-only,amplify,amplify-no-rationale,amplify-random-words"
RUN = ("--arms", ARMS, "--explainer", "known/log-odds")


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, plan=PLAN)


def test_each_is_named_in_the_listing_with_what_is_wrong(site: Site) -> None:
    told = settle(site)
    done = site.amplify("list-plugins", "--json", "--block", "sends")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    plugins = {one["name"]: one for one in found["plugins"]}
    wrong = {
        name: plugins[name]["problems"]
        for name, words in told.items()
        if words not in "\n".join(plugins[name]["problems"])
    }
    assert wrong == {"amplify-sends": ["by --block or AMPLIFY_BLOCK"]}
    states = {name: plugins[f"amplify-{name}"]["state"] for name in BREAKS}
    assert states == {name: state for name, (_, state, _) in BREAKS.items()}
    assert {plugins[f"amplify-{name}"]["state"] for name in {*REACHES, *WATCHES} - {"sends"}} == {
        "loaded"
    }
    assert plugins["amplify-equals"]["state"] == plugins["amplify-same-names"]["state"] == "loaded"
    (torn,) = found["problems"]
    assert "amplify_torn-1.0.dist-info cannot be read" in torn
    assert len(plugins) > 50


def test_the_table_has_them_too_a_line_each(site: Site) -> None:
    told = settle(site)
    done = site.amplify("list-plugins", COLUMNS="100")
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    for name, words in told.items():
        assert [one for one in lines if one.startswith(f"{name}: ") and words in one], name


def test_a_run_among_them_is_the_run_without_them(site: Site, place: Path) -> None:
    """The record byte for byte, what `--json` prints, and the exit code."""
    alone = amplify(site, place, "run", str(place / "plan.toml"), *RUN, "--out",
                    str(place / "alone"), "--json")  # fmt: skip
    assert alone.returncode == 0, alone.stderr
    settle(site)
    among = amplify(site, place, "run", str(place / "plan.toml"), *RUN, "--out",
                    str(place / "among"), "--json")  # fmt: skip
    assert (among.returncode, among.stdout) == (0, alone.stdout), among.stderr
    for name in ("record.json", "predictions.jsonl", "prompts.jsonl", "demonstrations.jsonl"):
        assert (place / "among" / name).read_bytes() == (place / "alone" / name).read_bytes()
    for words in (
        *("amplify-fails fails on", "amplify-exits fails on", "amplify-walks changes"),
        *("amplify-stops fails on", "amplify-shuts changes", "amplify-folds changes unicodedata"),
    ):
        assert words in among.stderr
