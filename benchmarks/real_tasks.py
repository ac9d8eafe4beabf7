"""Writes AG News and TweetEval's irony as tables that a plan can read.

    python benchmarks/real_tasks.py FOLDER DATA

FOLDER gets `ag_news.csv` and `irony.csv` with the columns `text` and `label`; DATA holds the
published files, in `ag_news/` and `tweeteval/irony/`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

IRONY = ("literal", "ironic")


def ag_news(data: Path) -> Iterable[tuple[str, str]]:
    """Title and description as one text, the class by its name."""
    names = (data / "classes.txt").read_text(encoding="utf-8").split("\n")
    with (data / "test.csv").open(encoding="utf-8", newline="") as file:
        for number, title, description in csv.reader(file):
            text = f"{title}. {description}".replace("\\", " ")
            yield " ".join(text.split()), names[int(number) - 1].strip()


def irony(data: Path) -> Iterable[tuple[str, str]]:
    """The tweets of the train split."""
    texts = (data / "train_text.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    numbers = (data / "train_labels.txt").read_text(encoding="utf-8").split()
    for text, number in zip(texts, numbers, strict=True):
        yield text.strip(), IRONY[int(number)]


def main() -> None:
    folder, data = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (
        ("ag_news", ag_news(data / "ag_news")),
        ("irony", irony(data / "tweeteval" / "irony")),
    ):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])


if __name__ == "__main__":
    main()
