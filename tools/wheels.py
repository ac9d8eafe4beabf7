"""Build every distribution of this repository as for publishing; install the core from its wheel.

    python tools/wheels.py FOLDER                         build into FOLDER
    python tools/wheels.py FOLDER 'amplify-icl[all]' ...  and install what is named after it

The words after FOLDER go to pip, which finds the wheels there. Each sdist is built from a copy of
what belongs to it, and each wheel from its sdist: so both are complete, nothing that an earlier
build left behind gets into them, and builds at the same time do not meet.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTENTS = ("LICENSE", "README.md", "pyproject.toml", "setup.cfg", "amplify", "src")
"""What belongs to a distribution in its folder."""
PIP = (sys.executable, "-m", "pip", "install", "--quiet")


def build(source: Path, folder: Path) -> None:
    """The sdist and the wheel of the distribution in `source`, by the setuptools installed here."""
    with tempfile.TemporaryDirectory() as copy:
        for path in map(source.joinpath, CONTENTS):
            if path.is_dir():
                shutil.copytree(
                    path, Path(copy, path.name), ignore=shutil.ignore_patterns("*.egg-info")
                )
            elif path.exists():
                shutil.copy(path, copy)
        command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, copy)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{source} was not built:\n{done.stdout}{done.stderr}")


def install(folder: Path, wanted: list[str]) -> None:
    """What is `wanted`, the wheels of `folder` in place of an earlier build of the same version."""
    subprocess.run([*PIP, "--find-links", folder, *wanted], check=True)
    here = {one.name.replace("-", "_") for one in distributions()}
    wheels = [path for path in folder.glob("*.whl") if path.name.partition("-")[0] in here]
    subprocess.run([*PIP, "--no-deps", "--force-reinstall", *wheels], check=True)


def main() -> None:
    folder, wanted = Path(sys.argv[1]).resolve(), sys.argv[2:]
    shutil.rmtree(folder, ignore_errors=True)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda source: build(source, folder), (ROOT, *ROOT.glob("plugins/*-*"))))
    if wanted:
        install(folder, wanted)


if __name__ == "__main__":
    main()
