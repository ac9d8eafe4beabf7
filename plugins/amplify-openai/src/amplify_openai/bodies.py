"""From a request to the JSON body of a call, for each of the two APIs."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from amplify import Prompt, Request
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
        fields = _chat(options, kind, request, without)
    else:
        fields = _response(options, request)
    if kind.cache_key and request.prompt.shared:
        # Calls with the same shared block go to the machine that has it.
        digest = hashlib.sha256(request.prompt.shared.encode()).hexdigest()
        fields["prompt_cache_key"] = f"amplify-{digest[:24]}"
    fields |= options.extra
    return {name: value for name, value in fields.items() if name not in without}


def _chat(
    options: OpenAIOptions, kind: Kind, request: Request, without: Collection[str]
) -> dict[str, Any]:
    system, turns = _spoken(options, request.prompt, "text")
    messages = [{"role": "system", "content": system}] if system else []
    most = kind.most_tokens
    if most in without:
        most = OTHER_NAME.get(most, most)
    fields: dict[str, Any] = {
        "model": options.model,
        "messages": [*messages, *turns],
        most: request.max_tokens + options.reasoning_tokens,
    }
    if options.temperature is not None:
        fields["temperature"] = options.temperature
    if options.seed is not None:
        fields["seed"] = options.seed
    if options.reasoning_effort is not None:
        fields["reasoning_effort"] = options.reasoning_effort
    stops = [text for text in request.stop if text]
    if stops and options.send_stop:
        fields["stop"] = stops[:MOST_STOPS]
    if options.logprobs:
        fields["logprobs"] = True
    return fields


def _response(options: OpenAIOptions, request: Request) -> dict[str, Any]:
    system, turns = _spoken(options, request.prompt, "input_text")
    fields: dict[str, Any] = {
        "model": options.model,
        "input": turns,
        "max_output_tokens": max(LEAST_OUTPUT, request.max_tokens + options.reasoning_tokens),
        "store": False,
        "stream": False,  # some servers stream unless they are told not to
    }
    if system:
        fields["instructions"] = system
    if options.temperature is not None:
        fields["temperature"] = options.temperature
    if options.reasoning_effort is not None:
        fields["reasoning"] = {"effort": options.reasoning_effort}
    if options.logprobs:
        fields["include"] = ["message.output_text.logprobs"]
    return fields


def _spoken(options: OpenAIOptions, prompt: Prompt, kind: str) -> tuple[str, list[dict[str, Any]]]:
    """The system message, that of the options first, and the turns of user and assistant.

    With `cache_breakpoint` the end of the shared block is marked; in a conversation, that of the
    last shared turn of the user.
    """
    system = [options.system] if options.system else []
    turns: list[dict[str, Any]] = []
    shared = None
    for place, message in enumerate(prompt.messages):
        if message.role == "system":
            system.append(message.content)
            continue
        turns.append({"role": message.role, "content": message.content})
        if message.role == "user" and place < prompt.opening:
            shared = turns[-1]
    if options.cache_breakpoint and not prompt.turns:
        turns[0]["content"] = _parts(prompt, kind)
    elif options.cache_breakpoint and shared is not None:
        shared["content"] = [_marked(shared["content"], kind)]
    return "\n\n".join(system), turns


def _parts(prompt: Prompt, kind: str) -> list[dict[str, Any]]:
    """Shared block and own part as two parts of the message, the end of the first marked."""
    own = {"type": kind, "text": prompt.item_part}
    return [_marked(prompt.shared, kind), own] if prompt.shared else [own]


def _marked(text: str, kind: str) -> dict[str, Any]:
    return {"type": kind, "text": text, "prompt_cache_breakpoint": MARK}
