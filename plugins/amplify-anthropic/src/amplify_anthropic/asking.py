"""How a label is asked for by Anthropic's API: the body of such a call, and what refuses it."""

from __future__ import annotations

import re
from typing import Any

from amplify import Failure
from amplify.kit.label_calls import LabelCall
from amplify_anthropic.bodies import body
from amplify_anthropic.options import AnthropicOptions

TOOL = "state_answer"
"""The name of the tool by whose call the answer is given."""

REFUSES = re.compile(
    r"\btools?\b|tool_choice|thinking may not be enabled|output_(?:config|format)|json[ _]?schema"
    r"|\bschemas?\b|structured[ _]output",
    re.IGNORECASE,
)
"""What a service speaks of that does not take such a call."""

ADVICE = "say -o llm.answer_by=call, without llm.batch"
"""How a label is asked for where a service takes neither a tool nor a schema."""


def ways(options: AnthropicOptions) -> tuple[str, ...]:
    """The ways in which a label is asked for: what is refused is left for the next."""
    if options.answer_by != "auto":
        return (options.answer_by,)
    return ("schema", "call") if options.thinks else ("tool", "schema", "call")


def label_body(options: AnthropicOptions, call: LabelCall, stops: bool = True) -> dict[str, Any]:
    """The whole body of a call for a request with labels; `stops` as in `body`."""
    sent = body(options, call.sent, stops)
    if call.followed_by is not None:
        written, question = call.followed_by
        more = [{"role": "assistant", "content": written}, {"role": "user", "content": question}]
        sent["messages"] = [*sent["messages"], *more]
    if call.way == "tool":
        sent["tools"] = [*sent.get("tools", []), _tool(call)]
        forced = {"type": "tool", "name": TOOL, "disable_parallel_tool_use": True}
        sent["tool_choice"] = forced
    elif call.way == "schema":
        config = sent.get("output_config")
        given = config if isinstance(config, dict) else {}
        schema = {"type": "json_schema", "schema": call.schema()}
        sent["output_config"] = {**given, "format": schema}
    return sent


def refuses(failure: Failure, call: LabelCall) -> bool:
    """Whether the service does not take the way in which the call asks for a label."""
    named = REFUSES.search(failure.message) is not None
    return call.structured and named and failure.kind == "bad-request"


def _tool(call: LabelCall) -> dict[str, Any]:
    what = "the rationale, then the label" if call.writes else "the label"
    return {
        "name": TOOL,
        "description": f"Gives the answer: {what}.",
        "input_schema": call.schema(),
    }
