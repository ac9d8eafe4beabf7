"""A study of two tasks, two LLMs and two seeds, and the command that runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from known.site import Site
from known.weather import TWO_ARMS, amplify, lay, weather

STUDY = (
    """
[study]
title = "Selection, on two tasks"
seeds = [1, 2]
[proxy]
use = "counts"
[[tasks]]
name = "weather"
task = { use = "csv", path = "weather.csv" }
split = { train = 60, pool = 40, test = 40 }
[[tasks]]
name = "more"
task = { use = "csv", path = "more.csv" }
split = { train = 50, pool = 30, test = 30 }
[[llms]]
name = "first"
llm = { use = "voter", name = "voter-1" }
[[llms]]
name = "second"
llm = { use = "voter", name = "voter-2" }
[[arms]]
name = "zero-shot"
"""
    + TWO_ARMS
    + """keywords = 3
[[arms]]
name = "amplify-random-words"
like = "amplify"
explainer = "builtin/random"
mask = []
control_of = "amplify"
tests = "the key words"
[[vary]]
arm = "amplify"
selector = ["random", "l-mcs", "h-mcs"]
[[figures]]
task = "weather"
tag = "M"
note = "other items"
[figures.accuracy]
"GPT-0" = { amplify = 80.5 }
"""
)


def study(
    site: Site, place: Path, *more: str, out: str = "out", **env: str
) -> subprocess.CompletedProcess[str]:
    file = [] if "--resume" in more else [str(place / "study.toml")]
    return amplify(site, place, "study", *file, "--out", str(place / out), *more, **env)


def lines(path: Path) -> list[str]:
    return path.read_text().split("\n")[:-1]


def lay_study(site: Site, folder: Path) -> Path:
    """The folder with a study and its data; the plugin of the tests is installed."""
    (folder / "more.csv").write_text(weather(110))
    return lay(site, folder, study=STUDY)
