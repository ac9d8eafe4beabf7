"""A finished prompt as a module of Python for DSPy, and as a task for Inspect."""

from __future__ import annotations

from amplify.run.prompt.exports.formats import require_written
from amplify.run.prompt.exports.python import as_module
from amplify.run.prompt.finished import FinishedPrompt

DSPY = '''

import dspy


class Adapter(dspy.Adapter):
    """Sends the messages of this prompt, and reads replies by its own reader."""

    def format(self, signature, demos, inputs):
        return messages(inputs["text"])

    def parse(self, signature, completion):
        return {"label": read(completion)}


class Labeller(dspy.Module):
    """`program(text=...).label` is the label of a text; None where the reply states none.

    The language model is that of `dspy.configure(lm=...)`.
    """

    def __init__(self):
        super().__init__()
        # OpenAI takes four stop strings.
        settings = {"temperature": 0, "max_tokens": MAX_TOKENS, "stop": STOP[:4] or None}
        self.predict = dspy.Predict("text -> label: str | None", **settings)

    def forward(self, text):
        with dspy.context(adapter=Adapter()):
            return self.predict(text=text)


program = Labeller()
'''

INSPECT = '''

from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, csv_dataset, json_dataset
from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import CORRECT, INCORRECT, Score, accuracy, scorer, stderr
from inspect_ai.solver import solver

ROLES = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}


@solver
def prompted():
    """Asks by the messages of this prompt."""

    async def solve(state, generate):
        asked = messages(state.input_text)
        state.messages = [ROLES[turn["role"]](content=turn["content"]) for turn in asked]
        return await generate(state)

    return solve


@scorer(metrics=[accuracy(), stderr()])
def label_read():
    """Reads replies by the reader of this prompt."""

    async def score(state, target):
        reply = state.output.completion
        label = read(reply)
        value = CORRECT if label == target.text else INCORRECT
        return Score(value=value, answer=label, explanation=reply)

    return score


@task
def labelling(data="items.csv"):
    """Labels the file, which has the columns `text` and `label`: CSV, or JSON lines."""
    load = json_dataset if data.endswith((".json", ".jsonl")) else csv_dataset
    # OpenAI takes four stop strings.
    config = GenerateConfig(temperature=0, max_tokens=MAX_TOKENS, stop_seqs=STOP[:4] or None)
    return Task(
        dataset=load(data, FieldSpec(input="text", target="label")),
        solver=prompted(),
        scorer=label_read(),
        config=config,
    )
'''


def for_dspy(finished: FinishedPrompt) -> str:
    """The source of a module with `program`, a `dspy.Module`."""
    require_written(finished, "dspy")
    return as_module(finished) + DSPY


def for_inspect(finished: FinishedPrompt) -> str:
    """The source of an Inspect task: `inspect eval FILE -T data=items.csv --model MODEL`."""
    require_written(finished, "inspect")
    return as_module(finished) + INSPECT
