"""A task of generated sentences for whole runs by the command line."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

from known.plugin import DECLARATIONS, LIVE
from known.site import Site
from known.waiting import HUNG, wait_until

WEATHER = """
[task]
use = "csv"
path = "weather.csv"
[split]
train = 60
pool = 40
test = 40
[llm]
use = "voter"
[proxy]
use = "counts"
"""
"""A plan of the task, with the LLM and the proxy of the tests' plugin, and no arms yet."""

COLD = ["ice", "snow", "frost", "sleet", "hail", "blizzard", "freeze", "chill"]
WARM = ["sun", "heat", "desert", "beach", "summer", "sand", "palm", "glow"]
REST = (
    *("the", "a", "one", "day", "we", "saw", "it", "and", "they"),
    *("went", "over", "some", "hills", "near", "town", "by", "noon", "again"),
)


TWO_ARMS = """[[arms]]
name = "answer-only"
selector = "random"
shots = 4
[[arms]]
name = "amplify"
selector = "h-mcs"
explainer = "log-odds"
template = "key-words"
shots = 4
"""
"""The baseline, and the arm that is judged; further keys of it may follow."""

PLAN = f"""
{WEATHER}
[run]
seed = 1
[[arms]]
name = "zero-shot"
{TWO_ARMS}keywords = 3
[[arms]]
name = "amplify-random-words"
like = "amplify"
explainer = "builtin/random"
mask = []
"""
"""A plan of four arms over it."""


def weather(count: int = 140) -> str:
    """Sentences in which two words tell the label, among ten that do not."""
    draw = random.Random(5)
    rows = ["text,label"]
    for index in range(count):
        label, telling = (("cold", COLD), ("warm", WARM))[index % 2]
        words = [*draw.sample(telling, 2), *draw.choices(REST, k=10)]
        if draw.random() < 0.2:
            words[0] = draw.choice(WARM if label == "cold" else COLD)
        draw.shuffle(words)
        rows.append(f"{' '.join(words)} {index},{label}")
    return "\n".join(rows) + "\n"


def lay(site: Site, folder: Path, **plans: str) -> Path:
    """The folder with these plan files and their data; the plugin of the tests is installed."""
    site.add("amplify-known", DECLARATIONS, live=LIVE)
    for name, text in plans.items():
        (folder / f"{name}.toml").write_text(text)
    (folder / "weather.csv").write_text(weather())
    return folder


def record(place: Path, out: str = "out") -> dict[str, Any]:
    """What a run or a study has recorded."""
    found: dict[str, Any] = json.loads((place / out / "record.json").read_text())
    return found


def rows(place: Path, out: str, name: str) -> list[dict[str, Any]]:
    """The rows of a file of a run."""
    return [json.loads(line) for line in (place / out / name).read_text().split("\n") if line]


def amplify(
    site: Site, place: Path, *arguments: str, **env: str
) -> subprocess.CompletedProcess[str]:
    return site.amplify(*arguments, KNOWN_LOG=str(place / "log"), **env)


def start(site: Site, place: Path, *arguments: str, **env: str) -> subprocess.Popen[str]:
    """A command that is running and writes to `out`."""
    out = str(place / "out")
    return site.start(*arguments, "--out", out, KNOWN_LOG=str(place / "log"), **env)


def killed(site: Site, place: Path, *arguments: str, calls: int, pause: str) -> None:
    """A command that is killed after so many further calls, each of which takes `pause` seconds."""
    enough = len(log(place)) + calls
    process = start(site, place, *arguments, KNOWN_PAUSE=pause)
    wait_until(lambda: len(log(place)) >= enough, process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def log(place: Path) -> list[str]:
    path = place / "log"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def run(
    site: Site, place: Path, out: str, *more: str, **env: str
) -> subprocess.CompletedProcess[str]:
    """A run of the folder's plan, or, with `--resume`, of what `out` holds."""
    plan = [str(place / "plan.toml")] if "--resume" not in more else []
    return amplify(site, place, "run", *plan, "--out", str(place / out), *more, **env)


def survey_calls(site: Site, place: Path, out: str) -> list[dict[str, Any]]:
    """Make a run; the rows of its journal, those of the survey too."""
    run(site, place, out)
    return rows(place, out, "calls.jsonl")


def measured_ids(place: Path, out: str) -> set[str]:
    """The ids of the items that a run was measured on."""
    return {p["item"] for p in rows(place, out, "predictions.jsonl")}


def examples(place: Path) -> list[dict[str, str]]:
    """The rows of the data file, with the ids that they get."""
    lines = (place / "weather.csv").read_text().strip().split("\n")[1:]
    return [
        {
            "id": f"weather-{index:04d}",
            "text": line.partition(",")[0],
            "label": line.partition(",")[2],
        }
        for index, line in enumerate(lines)
    ]


def interrupted(site: Site, place: Path, *arguments: str) -> tuple[int, str]:
    """The exit code and the errors of a command that is interrupted after ten calls."""
    process = start(site, place, *arguments, KNOWN_PAUSE="0.05")
    wait_until(lambda: len(log(place)) >= 10, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=HUNG)
    return process.returncode, errors
