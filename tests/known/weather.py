"""A task of generated sentences for whole runs by the command line."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from conftest import Site

COLD = ["ice", "snow", "frost", "sleet", "hail", "blizzard", "freeze", "chill"]
WARM = ["sun", "heat", "desert", "beach", "summer", "sand", "palm", "glow"]
REST = (
    *("the", "a", "one", "day", "we", "saw", "it", "and", "they"),
    *("went", "over", "some", "hills", "near", "town", "by", "noon", "again"),
)


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


def amplify(
    site: Site, place: Path, *arguments: str, **env: str
) -> subprocess.CompletedProcess[str]:
    return site.amplify(*arguments, KNOWN_LOG=str(place / "log"), **env)


def log(place: Path) -> list[str]:
    path = place / "log"
    return path.read_text().split("\n")[:-1] if path.exists() else []
