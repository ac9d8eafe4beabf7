"""A whole run by recorded replies: three arms, one of them with key words, and hostile texts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from known.commands import MAIN, run

ITEMS = 20
"""How many test items there are."""

SCRIPT = "<script>document.title='PWNED'</script>"
IMAGE = "<img src=x onerror=\"document.title='PWNED'\">"
CLOSING = "</script></pre></details><script>document.title='PWNED'</script>"
ESCAPES = "\x1b[31mred\x1b]8;;http://evil.example\x07link\x1b]8;;\x07"
TURNED = "\u202egnorw\u2066"
NULL = "a\x00b"
LONG = "x" * 1_000_000

REPLIES = {0: SCRIPT, 1: IMAGE, 2: CLOSING, 3: ESCAPES, 4: TURNED, 5: NULL, 6: LONG}
"""Hostile replies of the second arm, by the number of the item."""

PLAN = """
[task]
use = "csv"
path = "reviews.csv"
instruction = "Answer with one of: bad, good."
[split]
train = 0
pool = 12
test = "all"
seed = 0
[run]
seed = {seed}
{more}
[survey]
errors = "none"
[llm]
use = "replay"
match = "item"
bind = {{ zero-shot = "zero.json", answer-only = "few.json", "{name}" = "words.json" }}
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "{name}"
selector = "random"
explainer = "tf-idf"
template = "key-words"
shots = 2
"""


def record_run(
    folder: Path,
    out: str = "out",
    *,
    name: str = "amplify",
    more: str = "",
    wrong: int = 9,
    seed: int = 0,
    rest: str = "here",
) -> Path:
    """Make a run in the folder, and return its own.

    The other arguments are as of `write_recording`.
    """
    write_recording(folder, name=name, more=more, wrong=wrong, seed=seed, rest=rest)
    plan, place = str(folder / "plan.toml"), str(folder / out)
    cache = str(folder / "cache")
    done = run([*MAIN, "run", plan, "--out", place], folder, XDG_CACHE_HOME=cache)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / out


def write_recording(
    folder: Path,
    *,
    name: str = "amplify",
    more: str = "",
    wrong: int = 9,
    seed: int = 0,
    rest: str = "here",
) -> None:
    """Write the plan, the data and the recorded replies of a run into the folder.

    `name` is that of the arm with key words, which gets the last `wrong` of the examples wrong;
    `seed` is that of the demonstrations, `more` are further lines of `[run]`. The texts end with
    the word `rest`, but for some, which are hostile.
    """
    texts = [f"the {kind} chair number {n} {extra}" for n, kind, extra in _rows(rest)]
    labels = ["good" if n % 2 else "bad" for n in range(len(texts))]
    with (folder / "reviews.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *zip(texts, labels, strict=True)])
    for transcript in ("zero", "few", "words"):
        outputs = [
            {
                "input": f"Q: {text}\nA:",
                "prediction": _reply(transcript, n, label, wrong),
                "target": "",
            }
            for n, (text, label) in enumerate(zip(texts, labels, strict=True))
        ]
        (folder / f"{transcript}.json").write_text(json.dumps({"outputs": outputs}))
    (folder / "plan.toml").write_text(PLAN.format(name=name, more=more, seed=seed))


def _rows(rest: str) -> list[tuple[int, str, str]]:
    hostile = {3: SCRIPT, 7: IMAGE, 11: "\u202eevil", 15: "<b>bold</b>", 19: "{{ 7 * 7 }}"}
    kinds = ("fine", "broken", "splendid", "dreadful")
    return [(n, kinds[n % 4], hostile.get(n, rest)) for n in range(ITEMS + 12)]


def _reply(transcript: str, number: int, label: str, wrong: int) -> str:
    other = "good" if label == "bad" else "bad"
    if transcript == "few":
        return f"{other if number % 3 else label} {REPLIES.get(number % 10, '')}"
    if transcript == "words":
        return other if number >= ITEMS + 12 - wrong else label
    return label if number % 2 else other
