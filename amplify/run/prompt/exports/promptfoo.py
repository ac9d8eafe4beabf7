"""A finished prompt as the configuration file of promptfoo."""

from __future__ import annotations

import json

from amplify.run.prompt.exports.formats import require_written
from amplify.run.prompt.exports.services import MOST_STOPS, model_of
from amplify.run.prompt.exports.yaml import as_yaml
from amplify.run.prompt.finished import FinishedPrompt
from amplify.run.prompt.layout import Turn

HEAD = """\
# A prompt that labels a text, written by `amplify export`: promptfoo eval -c FILE
# The file of tests has the columns `input` and `label`.
"""

READER = r"""
const labels = LABELS;
const around = /^[.,;:!?*_`\\"'()[\]]+|[.,;:!?*_`\\"'()[\]]+$/g;
const plain = (text) => text.trim().replace(around, '').trim().toLowerCase();
let text = String(output);
for (const stop of STOP) text = text.split(stop)[0];
text = plain(text);
const forms = [text, plain(text.split('answer is').pop()), plain(text.split(':').pop())];
const known = (form) => labels.find((label) => plain(label) === form);
const stated = forms.map(known).find((label) => label !== undefined);
const named = labels.filter((label) => text.includes(plain(label)));
const label = labels.length ? stated ?? (named.length === 1 ? named[0] : null) : text;
const wanted = String(context.vars.label);
const pass = labels.length ? label === wanted : label === plain(wanted);
return { pass, score: Number(pass), reason: `read as ${label}` };
"""
"""The reader of the Python module, in JavaScript; promptfoo looks for `{{` in it."""

SERVICES = {"openai": "openai:chat", "anthropic": "anthropic:messages"}


def as_config(finished: FinishedPrompt) -> str:
    """The configuration: the prompt, the LLM, and an assertion that reads the reply's label."""
    require_written(finished, "promptfoo")
    answer = finished.answer
    service = finished.llm.use.rpartition("/")[2]
    service = service if service in SERVICES else "openai"
    settings = {"temperature": 0, "max_tokens": answer.max_tokens}
    stops = [text for text in answer.stop if text.strip() or service == "openai"][:MOST_STOPS]
    turns = [{"role": turn.role, "content": _content(turn)} for turn in finished.layout.turns]
    reader = READER.replace("LABELS", _script(list(finished.labels)))
    reader = reader.replace("STOP", _script([text for text in answer.stop if text]))
    config = {
        "description": _escaped(f"{finished.name} of {finished.provenance.task}"),
        "prompts": [
            {"label": _escaped(finished.name), "raw": json.dumps(turns, ensure_ascii=False)}
        ],
        "providers": [
            {
                "id": f"{SERVICES[service]}:{model_of(finished, service)}",
                "config": settings | ({"stop": stops} if stops else {}),
            }
        ],
        "defaultTest": {"assert": [{"type": "javascript", "value": reader}]},
        "tests": "file://items.csv",
    }
    return HEAD + as_yaml(config)


def _content(turn: Turn) -> str:
    return "".join(_escaped(part) if isinstance(part, str) else "{{input}}" for part in turn.parts)


def _escaped(text: str) -> str:
    """The text as promptfoo's templates repeat it."""
    return text.replace("{", '{{ "{" }}')


def _script(value: object) -> str:
    """The value as JavaScript in ASCII, without what templates look for."""
    return json.dumps(value).replace("{", "\\u007b").replace("}", "\\u007d")
