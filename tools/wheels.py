"""Build every distribution of this repository as for publishing; install the core from its wheel.

    python tools/wheels.py FOLDER                         build into FOLDER
    python tools/wheels.py FOLDER 'amplify-icl[all]' ...  and install what is named after it

The words after FOLDER go to pip, which finds the wheels there. Each sdist is built from a copy of
what belongs to it, and each wheel from its sdist: so both are complete, nothing that an earlier
build left behind gets into them, and builds at the same time do not meet. With `--keep STORE` the
build is kept there, and the next one of the same files is a copy of it.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENTS = ("LICENSE", "README.md", "pyproject.toml", "setup.cfg", "amplify", "src")
"""What belongs to a distribution in its folder."""
PIP = (sys.executable, "-m", "pip", "install", "--quiet")


def contents(source: Path) -> Iterator[Path]:
    """The files of the distribution in `source`."""
    for path in map(source.joinpath, CONTENTS):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            made = "__pycache__" in file.parts or any(
                part.endswith(".egg-info") for part in file.parts
            )
            if file.is_file() and not made:
                yield file


def digest(sources: list[Path]) -> str:
    """Names the files of all distributions and what builds them: another name, another build."""
    said = hashlib.sha256(version("setuptools").encode() + version("build").encode())
    for file in (file for source in sources for file in contents(source)):
        said.update(
            f"{file.relative_to(ROOT)} {file.stat().st_size}\n".encode() + file.read_bytes()
        )
    return said.hexdigest()[:16]


def build(source: Path, folder: Path) -> None:
    """The sdist and the wheel of the distribution in `source`, by the setuptools installed here."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for file in contents(source):
            target = copy / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
        command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, copy)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{source} was not built:\n{done.stdout}{done.stderr}")


def build_all(sources: list[Path], folder: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda source: build(source, folder), sources))


def build_once(sources: list[Path], folder: Path, store: Path) -> None:
    """Copy the build of these sources from the `store`; where it has none, build and keep it."""
    kept = store / digest(sources)
    if not kept.is_dir():
        store.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=store))
        build_all(sources, making)
        try:
            making.rename(kept)
        except OSError:  # another process has kept its build meanwhile
            shutil.rmtree(making)
    shutil.copytree(kept, folder)


def install(folder: Path, wanted: list[str]) -> None:
    """What is `wanted`, the wheels of `folder` in place of an earlier build of the same version."""
    earlier = {distribution.name.replace("-", "_") for distribution in distributions()}
    subprocess.run([*PIP, "--find-links", folder, *wanted], check=True)
    wheels = [path for path in folder.glob("*.whl") if path.name.partition("-")[0] in earlier]
    if wheels:
        subprocess.run([*PIP, "--no-deps", "--force-reinstall", *wheels], check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, metavar="STORE")
    arguments, wanted = parser.parse_known_args()
    folder: Path = arguments.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    sources = [ROOT, *sorted(ROOT.glob("plugins/*-*"))]
    if arguments.keep:
        build_once(sources, folder, arguments.keep.resolve())
    else:
        build_all(sources, folder)
    if wanted:
        install(folder, wanted)


if __name__ == "__main__":
    main()
