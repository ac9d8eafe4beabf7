"""The lowest versions that are asked for are those that the lowest environment tests."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def asked() -> dict[str, dict[str, str]]:
    """For each requirement of a distribution: who asks for which lowest version."""
    found: dict[str, dict[str, str]] = {}
    for path in (ROOT / "setup.cfg", *sorted(ROOT.glob("plugins/*/setup.cfg"))):
        config = ConfigParser(interpolation=None)
        config.read(path, encoding="utf-8")
        for line in config["options"]["install_requires"].split():
            if match := re.fullmatch(r"([\w-]+)(?:\[[\w,]+\])?>=([\d.]+)", line):
                found.setdefault(match[1], {})[config["metadata"]["name"]] = match[2]
    return found


def test_all_distributions_ask_for_the_same_lowest_version() -> None:
    assert {name: by for name, by in asked().items() if len({*by.values()}) > 1} == {}


def test_the_lowest_environment_checks_the_versions_that_are_asked_for() -> None:
    text = (ROOT / "tox.ini").read_text(encoding="utf-8")
    checked = re.search(r"lowest: python \S+installed\.py (.+)", text)
    assert checked is not None
    pins = dict(pin.split("==") for pin in checked[1].split())
    assert {*pins} == {"shap", "lime", "scikit-learn"}
    assert {name: {*asked()[name].values()} for name in pins} == {n: {v} for n, v in pins.items()}
