"""Fails unless the distributions of this repository are installed from wheels that are complete.

Those that are installed must be no checkout and hold every module and data file of the tree, no
other, and the licence; the core must be among them. Arguments name the versions of others that must
be there: `scikit-learn==1.7.2`.
"""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, distributions, version
from pathlib import Path

import amplify

ROOT = Path(__file__).resolve().parent.parent
LICENSE = (ROOT / "LICENSE").read_text(encoding="utf-8")


def in_tree(folder: Path) -> set[str]:
    """The files of a package in the tree, as paths within site-packages."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(folder.parent).as_posix() for path in paths}


def fault(package: Path, installed: Distribution) -> str:
    """What is wrong with the distribution that is installed for `package`; "" where nothing is."""
    files = {path.as_posix() for path in installed.files or () if path.suffix != ".pyc"}
    inside = {path for path in files if path.partition("/")[0] == package.name}
    if not inside:
        return "was installed from the checkout"
    if differing := in_tree(package) ^ inside:
        return f"has other files than {package}: {sorted(differing)}"
    texts = [path.read_text() for path in installed.files or () if path.name == "LICENSE"]
    return "" if LICENSE in texts else "lacks the licence"


def main() -> None:
    place = Path(amplify.__file__).resolve()
    if place.is_relative_to(ROOT) and "site-packages" not in place.parts:
        sys.exit(f"amplify was imported from the checkout: {place}")
    # Of two copies of a distribution, Python imports the first on the path.
    found = {one.name: one for one in reversed([*distributions()])}
    packages = {"amplify-icl": ROOT / "amplify"}
    for source in ROOT.glob("plugins/*-*"):
        packages[source.name] = source / "src" / source.name.replace("-", "_")
    if "amplify-icl" not in found:
        sys.exit("amplify-icl is not installed")
    for name in packages.keys() & found.keys():
        if problem := fault(packages[name], found[name]):
            sys.exit(f"{name} {problem}")
    for wanted in sys.argv[1:]:
        name, _, number = wanted.partition("==")
        if version(name) != number:
            sys.exit(f"{name} {version(name)} is installed, {wanted} was to be")


if __name__ == "__main__":
    main()
