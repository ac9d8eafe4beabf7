"""A finished prompt as a task of EleutherAI's lm-evaluation-harness."""

from __future__ import annotations

import json
import re
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.prompt.exports.formats import require_one_reply
from amplify.run.prompt.exports.jinja import escaped
from amplify.run.prompt.exports.yaml import as_yaml
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.layout import Turn

HEAD = """\
# A prompt that labels a text, written by `amplify export`.
# The file of items, items.jsonl in the folder of the command, has the keys `text` and `label`:
# lm_eval run --tasks FILE --model MODEL --apply_chat_template --fewshot_as_multiturn true
"""


def as_task(finished: FinishedPrompt) -> str:
    """The task file: the prompt, the file of items, and how a reply is read and scored."""
    require_one_reply(finished, "lm-eval")
    name = re.sub(r"\W+", "_", f"{finished.provenance.task}_{finished.name}").strip("_").lower()
    task: dict[str, Any] = {
        "task": f"amplify_{name}",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": "items.jsonl"}},
        "test_split": "test",
        **_turns(finished),
        "target_delimiter": "",
        "fewshot_delimiter": "",
        **(_ranked(finished) if finished.answer.mode == "rank" else _written(finished)),
        "metadata": {"version": 1},
    }
    return HEAD + as_yaml(task)


def _turns(finished: FinishedPrompt) -> dict[str, Any]:
    """The messages: what the harness calls a description, shots and a text."""
    system = [turn for turn in finished.layout.turns if turn.role == "system"]
    *shown, last = [turn for turn in finished.layout.turns if turn.role != "system"]
    roles = [turn.role for turn in (*shown, last)]
    if len(system) > 1 or roles != ["user", "assistant"] * (len(shown) // 2) + ["user"]:
        raise PlanError(
            "its messages do not alternate between user and assistant, which lm-eval asks for",
            where=f"arm {finished.arm!r}",
            hint="export it as a prompt (--to=prompt), which amplify.load reads",
        )
    cue = escaped(finished.answer.cue) if finished.answer.mode == "rank" else ""
    table: dict[str, Any] = {"doc_to_text": _content(last) + cue}
    if system:
        table["description"] = _content(system[0])
    if shown:
        pairs = zip(shown[::2], shown[1::2], strict=True)
        table["num_fewshot"] = len(shown) // 2
        table["fewshot_config"] = {
            "sampler": "first_n",
            "samples": [
                {"user": ask.content(""), "reply": tell.content("")} for ask, tell in pairs
            ],
            "doc_to_text": "{{ user }}",
            "doc_to_target": "{{ reply }}",
        }
    else:
        table["num_fewshot"] = 0
    return table


def _written(finished: FinishedPrompt) -> dict[str, Any]:
    """How a reply is written, and its label read: the last one that it names."""
    answer = finished.answer
    longest = sorted(finished.labels, key=len, reverse=True)
    label = rf"(?i)(?<!\w)({'|'.join(map(re.escape, longest))})(?!\w)"
    pattern = label if finished.labels else r"(?s)\A\s*(.*?)\s*\Z"
    reader = {"function": "regex", "regex_pattern": pattern, "group_select": -1}
    return {
        "output_type": "generate_until",
        "doc_to_target": "{{ label }}",
        "generation_kwargs": {
            "until": [text for text in answer.stop if text],
            "max_gen_toks": answer.max_tokens,
            "do_sample": False,
            "temperature": 0.0,
        },
        "filter_list": [{"name": "label", "filter": [reader, {"function": "take_first"}]}],
        "metric_list": [
            {
                "metric": "exact_match",
                "aggregation": "mean",
                "higher_is_better": True,
                "ignore_case": True,
            }
        ],
    }


def _ranked(finished: FinishedPrompt) -> dict[str, Any]:
    """How the labels are ranked: by the probability of their texts."""
    if finished.layout.form == "chat":
        raise PlanError(
            "its labels are ranked as the reply of a conversation, which lm-eval cannot",
            where=f"arm {finished.arm!r}",
            hint="export it as a prompt (--to=prompt), which amplify.load reads",
        )
    labels = (
        json.dumps(list(finished.answer.ranked)).replace("{", "\\u007b").replace("}", "\\u007d")
    )
    return {
        "output_type": "multiple_choice",
        "doc_to_choice": list(finished.answer.ranked.values()),
        "doc_to_target": f"{{{{ {labels}.index(label) }}}}",
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }


def _content(turn: Turn) -> str:
    parts = (escaped(part) if isinstance(part, str) else "{{ text }}" for part in turn.parts)
    return "".join(parts)
