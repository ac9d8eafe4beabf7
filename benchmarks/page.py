"""Measures the page of a large run: how long it takes to build, to open and to filter.

The run folder is made up: texts of 10 to 40 words, prompts with ten demonstrations, replies of one
word or of a paragraph. The page is opened in headless Chromium by Playwright, where both are there.

    python benchmarks/page.py [--items 10000] [--arms 6]
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from amplify.contract.data import Prediction
from amplify.loop.answer.score import score_arm
from amplify.loop.compare.compare import compare
from amplify.loop.compare.family import adjust
from amplify.report.page.folder_page import folder_page
from amplify.run.store.rows import prediction_row

LABELS = ("negative", "neutral", "positive")
GOALS = {"build": 10.0, "open": 2.0, "filter": 2.0}
"""The most seconds that each step may take."""

WORDS = [f"word{number}" for number in range(5000)]


def text(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.randint(10, 40)))


def predictions(arm: str, items: int, draw: random.Random) -> list[Prediction]:
    """What an arm answers: right in three of four cases, every fifth reply with a paragraph."""
    answers = []
    for number in range(items):
        label = LABELS[number % 3]
        answer = label if draw.random() < 0.75 else draw.choice(LABELS)
        reply = f"{text(draw)} so {answer}" if draw.random() < 0.2 else answer
        sure = ((answer, round(draw.random(), 4)),)
        answers.append(
            Prediction(
                arm,
                f"item-{number}",
                label,
                answer,
                "answered",
                answer == label,
                reply,
                how="stated",
                probabilities=sure,
            )
        )
    return answers


def write_run(folder: Path, items: int, arms: int) -> None:
    """Write the folder of a run."""
    draw = random.Random(3)
    texts = [text(draw) for _ in range(items)]
    names = ["answer-only", "amplify", *(f"arm-{number}" for number in range(arms - 2))]
    by_arm = {name: predictions(name, items, draw) for name in names}
    with (folder / "predictions.jsonl").open("w") as file:
        for rows in by_arm.values():
            file.writelines(json.dumps(prediction_row(row)) + "\n" for row in rows)
    with (folder / "prompts.jsonl").open("w") as file:
        for number, name in enumerate(names):
            pool = [f"Q: {text(draw)}\nA: {draw.choice(LABELS)}" for _ in range(200)]
            fixed = draw.sample(pool, 10)
            for place, question in enumerate(texts):
                # The last arm shows other demonstrations for each item.
                shown = draw.sample(pool, 10) if number == len(names) - 1 else fixed
                content = "\n\n".join(["Which sentiment?", *shown, f"Q: {question}\nA:"])
                row = {"arm": name, "draw": 0, "item": f"item-{place}"}
                messages = [{"role": "user", "content": content}]
                file.write(json.dumps({**row, "messages": messages}) + "\n")
    (folder / "demonstrations.jsonl").write_text("")
    (folder / "plan.toml").write_text("")
    (folder / "record.json").write_text(json.dumps(record(by_arm)))


def record(by_arm: dict[str, list[Prediction]]) -> dict[str, Any]:
    """The parts of a record that a page is made of."""
    draws = {name: {(0, 0): rows} for name, rows in by_arm.items()}
    ours = draws["amplify"]
    others = [name for name in by_arm if name != "amplify"]
    compared = [compare("amplify", name, ours, draws[name], resamples=100) for name in others]
    family = adjust("amplify against every other arm", [c for c in compared if c is not None])
    more = {"prompts": "0", "tokens": None, "faithfulness": None, "key_words": None}
    verdict = {"focus": "amplify", "baseline": "answer-only", "outcome": "no evidence"}
    return {
        "task": "sentiment",
        "provider": {"provider": "made up"},
        "seed": 0,
        "plan": "0",
        "versions": {},
        "data": {"splits": {"train": 0, "pool": 200, "test": 0, "folds": 0}},
        "arms": [asdict(score_arm(n, d)) | more for n, d in draws.items()],
        "comparisons": [asdict(comparison) for comparison in family],
        "prompts": None,
        "verdict": {**verdict, "sentences": ["Nothing is shown."], "demand": None},
        "label_errors": [],
        "notes": [],
        "stopped": None,
    }


def browsed(page: Path, chromium: str) -> dict[str, float]:
    """How long the page takes to open, and to filter by a word and by an outcome."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        tab = browser.new_page()
        measures = tab.context.new_cdp_session(tab)
        measures.send("Performance.enable")
        start = time.perf_counter()
        tab.goto(page.as_uri())
        tab.locator(".item").first.wait_for()
        opened = time.perf_counter() - start
        start = time.perf_counter()
        tab.locator("[name=show]").select_option("")
        tab.locator("[name=search]").fill("word77")
        tab.locator(".item").first.wait_for()
        filtered = time.perf_counter() - start
        print(tab.locator("#count").inner_text())
        metrics = measures.send("Performance.getMetrics")["metrics"]
        worked = next(each["value"] for each in metrics if each["name"] == "ProcessTime")
        print(f"open and filter: {worked:.2f} s of processor time in the page's process")
        browser.close()
    return {"open": opened, "filter": filtered}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000, help="test items (10000)")
    parser.add_argument("--arms", type=int, default=6, help="arms (6)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run(folder, arguments.items, arguments.arms)
        start, worked = time.perf_counter(), time.process_time()
        page = folder / "report.html"
        page.write_text(folder_page(folder), encoding="utf-8")
        seconds = {"build": time.perf_counter() - start}
        print(f"build: {time.process_time() - worked:.2f} s of one core")
        print(f"{page.stat().st_size / 1e6:.1f} MB, {arguments.items:,} items x {arguments.arms}")
        chromium = shutil.which("chromium")
        if chromium is None:
            print("no chromium: the page was not opened")
        else:
            seconds |= browsed(page, chromium)
    for step, taken in seconds.items():
        print(f"{step}: {taken:.2f} s (goal: below {GOALS[step]:.0f} s)")


if __name__ == "__main__":
    main()
