"""A model that states labels as it is held to: by a schema, a choice, a grammar or a tool."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import log
from typing import Any

from known import anthropic_words, openai_words
from known.scripted import Answer
from known.server import Seen

RATIONALE = 'The "wet" grass,\nso it rains.'
CHOSEN = "bad"


@dataclass
class Labelling:
    """Answers as a service that `honours` some fields, refuses others, and passes the rest over.

    `prose` is what it writes where nothing holds it; `label` what it states where something does.
    `scores` are the probabilities of first tokens, in the place of the label's first one.
    """

    honours: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    prose: str = "It rains."
    label: str = CHOSEN
    scores: tuple[tuple[str, float], ...] = ()
    refusal: Callable[[str], Any] = lambda field: openai_words.error(
        f"Unsupported parameter: '{field}'", None, field
    )

    def openai(self, seen: Seen) -> Answer:
        """A chat completion or a response."""
        asked = seen.json
        for field in self.refuses:
            if field in asked:
                return Answer(400, self.refusal(field))
        text = self._text(asked)
        if "input" in asked:
            part = {"type": "output_text", "text": text, "annotations": []}
            if "message.output_text.logprobs" in asked.get("include", ()):
                part["logprobs"] = self._tokens(text)
            return Answer(body=openai_words.response(part))
        more = {"logprobs": {"content": self._tokens(text)}} if asked.get("logprobs") else {}
        return Answer(body=openai_words.chat(text, **more))

    def anthropic(self, seen: Seen) -> Answer:
        """A message."""
        asked = seen.json
        for field in self.refuses:
            if field in asked:
                told = f"{field}: Thinking may not be enabled when tool_choice forces tool use."
                return Answer(400, anthropic_words.problem(told))
        if "tool_choice" in asked and "tool_choice" in self.honours:
            tool = next(t for t in asked["tools"] if t["name"] == asked["tool_choice"]["name"])
            given = json.loads(self._by(tool["input_schema"]))
            call = {"type": "tool_use", "id": "toolu_1", "name": tool["name"], "input": given}
            return Answer(body=anthropic_words.message(None, "tool_use", content=[call]))
        form = asked.get("output_config", {}).get("format")
        if form and "output_config" in self.honours:
            return Answer(body=anthropic_words.message(self._by(form["schema"])))
        return Answer(body=anthropic_words.message(self._free(asked["messages"])))

    def _text(self, asked: Any) -> str:
        held = {field: asked[field] for field in self.honours if field in asked}
        if "response_format" in held:
            return self._by(held["response_format"]["json_schema"]["schema"])
        if "text" in held:
            return self._by(held["text"]["format"]["schema"])
        choices = held.get("guided_choice") or held.get("structured_outputs", {}).get("choice")
        if "grammar" in held:
            choices = re.findall(r'"((?:[^"\\]|\\.)*)"', held["grammar"])
        if choices:
            assert self.label in choices
            return self.label
        return self._free(asked.get("messages", asked.get("input")))

    def _free(self, turns: list[Any]) -> str:
        asks = "(one of: " in str(turns[-1]["content"])
        return f"{self.label.capitalize()}." if asks else self.prose

    def _by(self, schema: dict[str, Any]) -> str:
        """The object, its properties in the order of the schema."""
        known = {"rationale": RATIONALE, "label": self.label}
        assert self.label in schema["properties"]["label"]["enum"]
        return json.dumps({name: known[name] for name in schema["properties"]})

    def _tokens(self, text: str) -> list[dict[str, Any]]:
        """The text in tokens: the last statement of the label is one."""
        before, _, after = text.rpartition(self.label)
        tops = [{"token": token, "logprob": log(share)} for token, share in self.scores]
        own = dict(self.scores).get(self.label, 0.5)
        stated = {"token": self.label, "logprob": log(own), "top_logprobs": tops}
        around = [{"token": part, "logprob": -0.1, "top_logprobs": []} for part in (before, after)]
        return [part for part in (around[0], stated, around[1]) if part["token"]]
