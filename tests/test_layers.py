"""Imports point down only, and nothing heavy is imported at a module's top."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from known.heavy import HEAVY

import amplify

PACKAGE = Path(amplify.__file__).parent
PLUGINS = Path(__file__).parent.parent / "plugins"

BELOW = {
    "contract": set(),
    "kit": {"contract"},
    "loop": {"contract", "kit"},
    "host": {"contract"},
    "run": {"contract", "kit", "loop", "host"},
    "report": {"contract", "loop", "host", "run"},
    "api": {"contract", "loop", "host", "run", "report"},
    "cli": {"contract", "loop", "host", "run", "report"},
    "builtin": set(),
}
"""The rooms that each room may import, besides itself and the names of `amplify`."""


def modules(root: Path) -> dict[str, Path]:
    """Every module under `root`, by its dotted name."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


OURS = modules(PACKAGE)
ROOMLESS = {"amplify.version"}


def imports(tree: ast.AST, top_only: bool = False) -> Iterator[str]:
    """The dotted names that a module imports; with `top_only`, those that importing it imports."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        elif top_only and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (name for other in node.orelse for name in imports(other, True))
        else:
            yield from imports(node, top_only)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def rooms(path: Path) -> set[str]:
    """The rooms of amplify that a module imports from."""
    names = [name.split(".") for name in imports(parsed(path)) if name.startswith("amplify.")]
    return {name[1] for name in names if name[1] in BELOW}


def roots(path: Path, top_only: bool = False) -> set[str]:
    return {name.partition(".")[0] for name in imports(parsed(path), top_only)}


def test_the_rooms_are_those_of_the_plan() -> None:
    assert {name.split(".")[1] for name in OURS if name.count(".") == 2} <= set(BELOW)
    assert {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} <= set(
        BELOW
    )


@pytest.mark.parametrize("name", [name for name in OURS if "." in name and name not in ROOMLESS])
def test_imports_point_down(name: str) -> None:
    room = name.split(".")[1]
    assert rooms(OURS[name]) <= BELOW[room] | {room}


@pytest.mark.parametrize("name", OURS)
def test_host_and_loop_meet_in_wiring_alone(name: str) -> None:
    if name.startswith("amplify.run.") and not name.startswith("amplify.run.wiring."):
        assert not {"host", "loop"} <= rooms(OURS[name])


@pytest.mark.parametrize("name", OURS)
def test_only_report_imports_rich_and_only_host_pluggy(name: str) -> None:
    found = roots(OURS[name])
    assert "rich" not in found or name.startswith("amplify.report")
    assert (
        "pluggy" not in found
        or name.startswith("amplify.host.")
        or name == "amplify.contract.hookspecs"
    )


def test_the_core_imports_no_library_of_an_optional_plugin() -> None:
    importing = [name for name, path in OURS.items() if roots(path) & {"dspy", "gepa", "optuna"}]
    assert importing == []


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("amplify.builtin")])
def test_the_built_in_plugin_imports_what_any_plugin_may(name: str) -> None:
    ours = [f for f in imports(parsed(OURS[name])) if f.partition(".")[0] == "amplify"]
    public = {f"amplify.{public}" for public in amplify.__all__}
    assert [f for f in ours if f not in public and not f.startswith("amplify.builtin")] == []


@pytest.mark.parametrize("name", OURS)
def test_nothing_heavy_is_imported_at_the_top(name: str) -> None:
    assert not roots(OURS[name], top_only=True) & HEAVY


SOURCES = [path for path in sorted(PLUGINS.glob("amplify-*/src/*")) if path.is_dir()]
PACKAGES = [path for path in SOURCES if (path / "plugin.py").exists()]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_plugin_declares_itself_with_light_imports_alone(package: Path) -> None:
    found = modules(package)
    seen: set[str] = set()
    waiting = [f"{package.name}.plugin"]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        top = set(imports(parsed(found[name]), top_only=True))
        assert not {one.partition(".")[0] for one in top} & HEAVY, name
        parts = [one.split(".") for one in (*top, name)]
        prefixes = {".".join(part[:size]) for part in parts for size in range(1, len(part) + 1)}
        waiting += prefixes & set(found)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_plugin_imports_the_public_names_and_the_kit_alone(package: Path) -> None:
    public = {"amplify", *(f"amplify.{public}" for public in amplify.__all__)}
    for path in sorted(package.rglob("*.py")):
        ours = {f for f in imports(parsed(path)) if f.partition(".")[0] == "amplify"}
        assert {name for name in ours - public if not name.startswith("amplify.kit.")} == set()


def test_the_scan_sees_what_it_must(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import numpy as np\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import torch\n"
        "try:\n    from scipy import stats\nexcept ImportError:\n    pass\n"
        "class A:\n    import shap\n    def f(self):\n        import captum.attr\n"
        "def g():\n    from amplify.host import Host\n"
    )
    assert roots(path, top_only=True) == {"numpy", "typing", "scipy", "shap"}
    assert roots(path) >= {"torch", "captum", "amplify"}
    assert rooms(path) == {"host"}
