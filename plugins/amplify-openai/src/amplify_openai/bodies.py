"""From a request to the JSON body of a call, for each of the two APIs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from amplify import Request
from amplify_openai.options import OpenAIOptions
from amplify_openai.servers import Kind

PATHS = {"chat": "/chat/completions", "responses": "/responses"}

MOST_STOPS = 4
"""Stop strings that the API takes; a reply is cut at the others here."""

LEAST_OUTPUT = 16
"""The smallest bound that the responses API takes."""

DROPPABLE = frozenset(
    {"temperature", "seed", "stop", "logprobs", "top_logprobs", "include", "prompt_cache_key"}
)
"""Fields that are left out once a model has refused them: the call has a meaning without them."""

OTHER_NAME = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
"""The two names of a reply's bound: a server that refuses one takes the other."""

MARK = {"mode": "explicit"}


def body(
    options: OpenAIOptions, kind: Kind, request: Request, without: Collection[str] = ()
) -> dict[str, Any]:
    """The whole body of the call; fields in `without` are left out."""
    if options.api == "chat":
        made = _chat(options, kind, request, without)
    else:
        made = _response(options, request)
    if kind.cache_key and request.prompt.shared:
        # Calls with the same shared block go to the machine that has it.
        digest = hashlib.sha256(request.prompt.shared.encode()).hexdigest()
        made["prompt_cache_key"] = f"amplify-{digest[:24]}"
    made |= options.extra
    return {name: value for name, value in made.items() if name not in without}


def _chat(
    options: OpenAIOptions, kind: Kind, request: Request, without: Collection[str]
) -> dict[str, Any]:
    messages = [{"role": "system", "content": options.system}] if options.system else []
    content = _parts(options, request, "text") if options.cache_breakpoint else request.prompt.text
    most = OTHER_NAME[kind.most_tokens] if kind.most_tokens in without else kind.most_tokens
    made: dict[str, Any] = {
        "model": options.model,
        "messages": [*messages, {"role": "user", "content": content}],
        most: request.max_tokens + options.reasoning_tokens,
    }
    if options.temperature is not None:
        made["temperature"] = options.temperature
    if options.seed is not None:
        made["seed"] = options.seed
    if options.reasoning_effort is not None:
        made["reasoning_effort"] = options.reasoning_effort
    stops = [text for text in request.stop if text]
    if stops and options.send_stop:
        made["stop"] = stops[:MOST_STOPS]
    if options.logprobs:
        made["logprobs"] = True
    return made


def _response(options: OpenAIOptions, request: Request) -> dict[str, Any]:
    content = (
        _parts(options, request, "input_text") if options.cache_breakpoint else request.prompt.text
    )
    made: dict[str, Any] = {
        "model": options.model,
        "input": [{"role": "user", "content": content}],
        "max_output_tokens": max(LEAST_OUTPUT, request.max_tokens + options.reasoning_tokens),
        "store": False,
        "stream": False,  # some servers stream unless they are told not to
    }
    if options.system:
        made["instructions"] = options.system
    if options.temperature is not None:
        made["temperature"] = options.temperature
    if options.reasoning_effort is not None:
        made["reasoning"] = {"effort": options.reasoning_effort}
    if options.logprobs:
        made["include"] = ["message.output_text.logprobs"]
    return made


def _parts(options: OpenAIOptions, request: Request, kind: str) -> list[dict[str, Any]]:
    """Shared block and own part as two parts of the message, the end of the first marked."""
    shared, own = request.prompt.shared, request.prompt.own
    if not shared:
        return [{"type": kind, "text": own}]
    marked = {"type": kind, "text": shared, "prompt_cache_breakpoint": MARK}
    return [marked, {"type": kind, "text": own}]
