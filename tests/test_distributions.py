"""What the distributions of this repository say of themselves agrees with the tree."""

from __future__ import annotations

import re
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from test_layers import roots

from amplify import __version__

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = sorted(path for path in ROOT.glob("plugins/*-*") if path.is_dir())
FOLDERS = [ROOT, *PLUGINS]
IMPORTED_AS = {
    "amplify-icl": "amplify",
    "mlflow-skinny": "mlflow",
    "python-dotenv": "dotenv",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}
"""Distributions whose module is called otherwise than they are."""
AT_RUN_TIME = {"amplify-captum": {"sklearn"}}
"""What a distribution requires without importing it: Captum's LIME imports scikit-learn."""
APART = {"amplify-dspy", "amplify-mlflow", "amplify-wandb"}
"""Plugins that `all` leaves out: their libraries would come into every environment."""


def setup(folder: Path) -> ConfigParser:
    config = ConfigParser(interpolation=None)
    config.read(folder / "setup.cfg", encoding="utf-8")
    return config


def listed(text: str) -> list[Requirement]:
    return [Requirement(line) for line in text.splitlines() if line]


def extras(folder: Path) -> dict[str, list[Requirement]]:
    config = setup(folder)
    if not config.has_section("options.extras_require"):
        return {}
    return {name: listed(text) for name, text in config["options.extras_require"].items()}


def required(folder: Path) -> list[Requirement]:
    return listed(setup(folder)["options"]["install_requires"])


def sources(folder: Path) -> Path:
    """The package that the distribution in `folder` installs."""
    return ROOT / "amplify" if folder == ROOT else folder / "src" / folder.name.replace("-", "_")


def module(requirement: Requirement) -> str:
    """The module that a distribution is imported as."""
    return IMPORTED_AS.get(requirement.name, requirement.name.replace("-", "_"))


def imported(folder: Path) -> set[str]:
    """The modules of others that the distribution in `folder` imports, at its top or later."""
    found = {name for path in sources(folder).rglob("*.py") for name in roots(path)}
    return found - {*sys.stdlib_module_names, sources(folder).name}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_distribution_requires_what_it_imports_and_nothing_else(folder: Path) -> None:
    needed = {module(requirement) for requirement in required(folder)}
    groups = [group for name, group in extras(folder).items() if name != "test"]
    optional = {module(one) for group in groups for one in group}
    assert imported(folder) - needed <= optional
    assert needed - imported(folder) == AT_RUN_TIME.get(folder.name, set())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_distribution_has_the_version_and_the_licence_of_the_repository(folder: Path) -> None:
    config = setup(folder)["metadata"]
    assert config["version"] == f"attr: {sources(folder).name}.version.__version__"
    assert config["license_files"] == "LICENSE"
    for file, original in (("version.py", ROOT / "amplify"), ("LICENSE", ROOT)):
        path = (sources(folder) if file == "version.py" else folder) / file
        assert path.resolve() == original / file


def test_the_range_that_a_plugin_requires_is_the_minor_version_of_the_core() -> None:
    release = Version(__version__)
    wanted = f">={release.major}.{release.minor},<{release.major}.{release.minor + 1}"
    ours = {"amplify-icl", *(path.name for path in PLUGINS)}
    asked = [(path.name, one) for path in PLUGINS for one in required(path) if one.name in ours]
    assert {who for who, one in asked if one.name == "amplify-icl"} == {p.name for p in PLUGINS}
    right = Requirement(f"name{wanted}").specifier
    wrong = [f"{who} requires {one}" for who, one in asked if one.specifier != right]
    assert wrong == [], f"each is to say {wanted}"
    for page in ("docs/tutorial.md", "docs/reference/hooks.md"):
        assert f"amplify-icl{wanted}" in (ROOT / page).read_text(encoding="utf-8")


def test_each_plugin_has_an_extra_of_the_core_and_a_line_in_the_requirements() -> None:
    names = {path.name for path in PLUGINS}
    given = extras(ROOT)
    by_name = {f"amplify-{extra}": {one.name for one in given[extra]} for extra in given}
    assert {name: by_name.get(name) for name in names} == {name: {name} for name in names}
    (everything,) = given["all"]
    assert {f"amplify-{extra}" for extra in everything.extras} == names - APART
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert {*re.findall(r"^-e plugins/([\w-]+)", text, re.MULTILINE)} == names - APART


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_packages_are_found_and_not_listed(folder: Path) -> None:
    assert setup(folder)["options"]["packages"] == "find:"
    modules = {path.parent for path in sources(folder).rglob("*.py")}
    assert {str(path) for path in modules if not (path / "__init__.py").exists()} == set()
