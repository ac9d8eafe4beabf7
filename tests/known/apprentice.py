"""An LLM that knows a word's label only where a demonstration with this word shows it."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

from amplify.host.load import Host
from amplify.loop.prompt.arm import PreparedArm
from amplify.run.execute import execute
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.result import FinishedRun
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire
from known.server import Seen

TELLING = {"splendid": "good", "superb": "good", "dreadful": "bad", "dismal": "bad"}
REST = ("house", "lamp", "river", "music", "garden", "letter", "chair", "green")
WISE = "Mind the one telling word."
"""The instruction by which the LLM knows every label; it proposes no other."""

LABEL = "[[ ## label ## ]]"


def write_task(folder: Path, items: int = 40) -> None:
    """Reviews with one telling word each, as `reviews.csv`."""
    draw, words = random.Random(3), list(TELLING)
    rows = []
    for number in range(items):
        word = words[number % 4]
        rest = [f"{draw.choice(REST)}{draw.randrange(999)}" for _ in range(8)]
        rows.append(f"{' '.join([*rest[:4], word, *rest[4:]])},{TELLING[word]}")
    (folder / "reviews.csv").write_text("\n".join(["text,label", *rows, ""]))


def word_of(text: str) -> str:
    """The telling word of a text."""
    return next(word for word in TELLING if word in text)


def opinion(messages: list[dict[str, str]]) -> str:
    """The label of the last message, by the demonstrations before it or by the right instruction.

    Without either it is "good".
    """
    *shown, asked = [m for m in messages if m["role"] != "system"]
    if WISE in messages[0]["content"]:
        return TELLING[word_of(asked["content"])]
    taught = {}
    for question, reply in zip(shown[::2], shown[1::2], strict=True):
        said = re.search(r"\[\[ ## label ## \]\]\n(\w+)", reply["content"])
        assert said is not None
        taught[word_of(question["content"])] = said[1]
    return taught.get(word_of(asked["content"]), "good")


def answer(seen: Seen) -> str:
    """The reply in the form that DSPy asks for; every text that it asks for is the instruction."""
    if f"`{LABEL}`" in seen.prompt:
        return f"{LABEL}\n{opinion(seen.json['messages'])}\n\n[[ ## completed ## ]]"
    if "JSON object" in seen.prompt:
        names = re.findall(r"`(\w+)`", seen.prompt.rpartition("JSON object")[2])
        return json.dumps(dict.fromkeys(names, WISE))
    fields = re.findall(r"`(\[\[ ## \w+ ## \]\])`", seen.prompt)
    return "\n\n".join(f"{field}\n{WISE}" for field in fields)


PLAN = """
[task]
use = "csv"
path = "reviews.csv"
instruction = "Answer with one of: bad, good."
[split]
train = 0
pool = 20
test = 20
[llm]
use = "openai"
model = "known-1"
[calls]
cache = false
[[arms]]
name = "zero-shot"
template = {{ use = "dspy/chat"{layout} }}
shots = 0
[[arms]]
name = "compiled"
selector = {{ use = "dspy/{optimiser}"{layout}{options} }}
template = {{ use = "dspy/chat"{layout} }}
shots = 4
"""


def write_plan(folder: Path, optimiser: str, options: str = "", layout: str = "") -> None:
    """A plan with an arm that the optimiser compiles; `options` are the selector's alone.

    `layout` are the options of the layout, which selector and template share. All begin with ",".
    """
    text = PLAN.format(optimiser=optimiser, options=options, layout=layout)
    (folder / "plan.toml").write_text(text)


def run(folder: Path, resume: bool = False, out: str = "out", **given: Any) -> FinishedRun:
    """A run of the plan in this process; `given` are options of the command line."""
    plan = read_plan(folder / "plan.toml", Overrides(**given))
    return execute(wire(plan, Host.load()), RunFolder(folder / out), resume)


def arm_of(result: FinishedRun, name: str = "compiled") -> PreparedArm:
    """The prepared arm of this name."""
    return next(arm for arm in result.prepared if arm.name == name)


def score_of(result: FinishedRun, name: str = "compiled") -> float:
    """The share of the test items that the arm answers right."""
    return next(score.accuracy for score in result.scores if score.name == name)
