"""A finished prompt as the JSON body of a call to OpenAI's or Anthropic's API."""

from __future__ import annotations

import json
from typing import Any

from amplify.run.prompt.exports.formats import require_one_reply
from amplify.run.prompt.exports.marks import mark_of, marked_messages
from amplify.run.prompt.finished import FinishedPrompt

MOST_STOPS = 4
"""Stop strings that OpenAI's API takes."""

NO_MODEL = "MODEL"
"""What stands in place of the model where the prompt was measured with none of the service's."""


def for_openai(finished: FinishedPrompt) -> str:
    """The body of a chat completion: `client.chat.completions.create(**body)`.

    Where the prompt has its labels ranked, the reply is held to a JSON object whose `label` is one
    of them.
    """
    require_one_reply(finished, "openai")
    answer = finished.answer
    messages = marked_messages(finished.layout, mark_of(finished.layout))
    body: dict[str, Any] = {
        "model": model_of(finished, "openai"),
        "messages": _system_first(messages),
        "max_completion_tokens": _most(finished),
        **_temperature(finished),
    }
    if stops := [text for text in answer.stop if text][:MOST_STOPS]:
        body["stop"] = stops
    if answer.mode == "rank":
        named = {"name": "answer", "schema": answer_schema(finished), "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": named}
    return _json(body)


def for_anthropic(finished: FinishedPrompt) -> str:
    """The body of a message: `client.messages.create(**body)`.

    Where the prompt has its labels ranked, the reply is a call of a tool whose `label` is one of
    them.
    """
    require_one_reply(finished, "anthropic")
    answer = finished.answer
    messages = marked_messages(finished.layout, mark_of(finished.layout))
    system = "\n\n".join(m["content"] for m in messages if m["role"] == "system")
    body: dict[str, Any] = {
        "model": model_of(finished, "anthropic"),
        "max_tokens": _most(finished),
        **({"system": system} if system else {}),
        "messages": [message for message in messages if message["role"] != "system"],
    }
    # The API refuses stop sequences of white space.
    if stops := [text for text in answer.stop if text.strip()]:
        body["stop_sequences"] = stops
    if answer.mode == "rank":
        body["tools"] = [
            {
                "name": "answer",
                "description": "Give the label of the input.",
                "input_schema": answer_schema(finished),
            }
        ]
        body["tool_choice"] = {"type": "tool", "name": "answer"}
    return _json(body)


def answer_schema(finished: FinishedPrompt) -> dict[str, Any]:
    """The JSON schema of an object that holds one of the labels."""
    return {
        "type": "object",
        "properties": {"label": {"type": "string", "enum": list(finished.labels)}},
        "required": ["label"],
        "additionalProperties": False,
    }


def _most(finished: FinishedPrompt) -> int:
    """The most tokens of a reply, with room for the object around a label that is asked for."""
    longest = max(map(len, finished.labels), default=0)
    answer = finished.answer
    return answer.max_tokens if answer.mode == "write" else answer.max_tokens + 32 + longest


def _temperature(finished: FinishedPrompt) -> dict[str, Any]:
    """The temperature that the prompt was measured with, else 0; none for the model's own."""
    measured = finished.llm.options if model_of(finished, "openai") != NO_MODEL else {}
    temperature = measured.get("temperature", 0)
    return {} if temperature is None else {"temperature": temperature}


def model_of(finished: FinishedPrompt, service: str) -> str:
    """The model that the prompt was measured with, where it is one of the service's."""
    llm = finished.llm
    model = llm.options.get("model")
    mine = llm.use.rpartition("/")[2] == service and isinstance(model, str)
    return str(model) if mine else NO_MODEL


def _system_first(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(messages, key=lambda message: message["role"] != "system")


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"
