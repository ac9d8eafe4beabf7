"""The page on the architecture names the folders and files that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "amplify"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def drawn() -> set[Path]:
    """The folders of the page's picture of the package, by their indentation."""
    (picture,) = re.findall(r"```\namplify/\n(.*?)```", TEXT, flags=re.DOTALL)
    folders: set[Path] = set()
    path: list[str] = []
    for line in picture.splitlines():
        match = re.match(r"( *)(\w+)/ ", line)
        if match is None or not match[1]:
            break
        path = [*path[: len(match[1]) // 2 - 1], match[2]]
        folders.add(PACKAGE.joinpath(*path))
    return folders


def test_the_picture_has_every_folder_of_the_package_and_no_other() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE}
    assert drawn() == folders


@pytest.mark.parametrize("name", sorted(set(re.findall(r"(?:\w+/)+\w+\.pyi?\b", TEXT))))
def test_every_file_that_the_page_names_is_there(name: str) -> None:
    assert (PACKAGE / name).exists() or (ROOT / name).exists()


@pytest.mark.parametrize(
    ("name", "qualified"), sorted(set(re.findall(r"`((?:\w+/)+\w+\.py):([\w.]+)`", TEXT)))
)
def test_every_function_that_the_page_names_is_there(name: str, qualified: str) -> None:
    source = (PACKAGE / name).read_text(encoding="utf-8")
    for part in qualified.split("."):
        assert re.search(rf"^\s*(?:async def|def|class) {part}\b", source, re.MULTILINE)
