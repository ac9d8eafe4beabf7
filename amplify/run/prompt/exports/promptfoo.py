"""A finished prompt as the configuration file of promptfoo."""

from __future__ import annotations

import json
import re

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
const negation = new RegExp(
  "\\b(?:no|non|not|nor|never|neither|cannot|without|unclear|unsure)\\b|n['\\u2019]t\\b");
const whole = labels.find((label) => label === String(output).trim());
const forms = labels.map(plain);
const single = (form) => form && forms.filter((each) => each === form).length === 1;
const known = (form) => (single(form) ? labels[forms.indexOf(form)] : undefined);
const stated = ['answer is', ':'].map((mark) => {
  const parts = text.split(mark);
  const form = known(plain(parts.pop()));
  const clause = parts.join(mark).split(/[,.;:!?\n]/).pop();
  return negation.test(clause) ? undefined : form;
}).find((label) => label !== undefined);
const escaped = (form) => form.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/[{}]/g, '\\$&');
const names = forms.filter(single).sort((a, b) => b.length - a.length).map(escaped).join('|');
const edge = '[\\p{L}\\p{N}_-]';
const word = new RegExp(`(?<!${edge})(?:${names})(?!${edge})`, 'gu');
const named = names ? [...new Set(text.match(word) ?? [])] : [];
const denied = named.length === 1 && negation.test(text.replace(word, ''));
const worded = named.length === 1 && !denied ? known(named[0]) : null;
const label = labels.length ? whole ?? known(text) ?? stated ?? worded ?? null : text;
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
    values = {
        "LABELS": _script(list(finished.labels)),
        "STOP": _script([text for text in answer.stop if text]),
    }
    reader = re.sub(r"\b(?:LABELS|STOP)\b", lambda name: values[name[0]], READER)
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
