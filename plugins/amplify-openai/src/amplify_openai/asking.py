"""How a label is asked for by OpenAI's protocol: the body of such a call, and what refuses it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from amplify import Failure
from amplify.kit.label_calls import LabelCall, plain_continuations
from amplify_openai.bodies import body
from amplify_openai.failures import Refused
from amplify_openai.options import OpenAIOptions
from amplify_openai.servers import Kind

LIKELIEST = 20
"""The likeliest tokens that are asked for in the place of each token: the most that the API has."""

FIELDS = frozenset({"response_format", "structured_outputs", "guided_choice", "grammar"})
"""Fields that hold a reply to the labels."""

REFUSES = re.compile(
    r"response[ _]?format|text\.format|json[ _]?schema|\bschemas?\b|structured[ _]output|guided"
    r"|grammar",
    re.IGNORECASE,
)
"""What a server speaks of that does not take one of these fields."""

FAILS_AT = re.compile(
    r"response[ _]?format|text\.format|json[ _]?schema|structured[ _]output|guided_\w+|grammar",
    re.IGNORECASE,
)
"""The same in a server's own error, which may speak of the schema of its database, too."""

ADVICE = "say -o llm.answer_by=call, without llm.batch"
"""How a label is asked for where a server takes none of these fields."""


def label_body(
    options: OpenAIOptions, kind: Kind, call: LabelCall, without: Collection[str] = ()
) -> dict[str, Any]:
    """The whole body of a call for a request with labels; fields in `without` are left out."""
    sent = body(options, kind, call.sent, without)
    if call.followed_by is not None:
        written, question = call.followed_by
        turns = "messages" if options.api == "chat" else "input"
        more = [{"role": "assistant", "content": written}, {"role": "user", "content": question}]
        sent[turns] = [*sent[turns], *more]
    if not call.asks_label:
        return sent
    if options.logprobs and "top_logprobs" not in without:
        sent.setdefault("top_logprobs", LIKELIEST)
    return sent | _held_to_labels(options, call)


def refuses(outcome: Failure | Refused, call: LabelCall) -> bool:
    """Whether a server does not take the way in which the call asks for a label."""
    if call.way == "call" or not call.asks_label:
        return False
    if isinstance(outcome, Refused):
        names = {name.partition(".")[0] for name in outcome.parameters}
        if names <= FIELDS | {"text"}:
            return True
        outcome = outcome.failure
    words = {"bad-request": REFUSES, "server": FAILS_AT}.get(outcome.kind)
    return words is not None and words.search(outcome.message) is not None


def _held_to_labels(options: OpenAIOptions, call: LabelCall) -> dict[str, Any]:
    """The fields that hold the reply to the labels."""
    labels = [*plain_continuations(call.request.labels)]
    if call.way == "schema":
        named = {"name": "answer", "schema": call.schema(), "strict": True}
        if options.api == "chat":
            return {"response_format": {"type": "json_schema", "json_schema": named}}
        given = options.extra.get("text")
        style = given if isinstance(given, dict) else {}
        return {"text": {**style, "format": {"type": "json_schema", **named}}}
    if call.way == "choice":
        return {"structured_outputs": {"choice": labels}}
    if call.way == "guided-choice":
        return {"guided_choice": labels}
    if call.way == "grammar":
        return {"grammar": f"root ::= {' | '.join(map(_literal, labels))}"}
    return {}


def _literal(label: str) -> str:
    """A text in a grammar of llama.cpp."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(sign, sign) for sign in label) + '"'
