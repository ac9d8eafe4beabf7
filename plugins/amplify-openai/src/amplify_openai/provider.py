"""The provider: one attempt at one call, in the engine's loop, or a batch of them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import aiohttp
import httpx2
import openai

from amplify import (
    BatchStatus,
    Completion,
    Context,
    Failure,
    FoundBatch,
    Limits,
    MostTokens,
    Reply,
    Request,
)
from amplify.kit.extra_requests import may_ask_again
from amplify.kit.http_failures import BadReply, unusable_reply
from amplify.kit.label_asker import CallOutcome, LabelAsker
from amplify.kit.label_calls import LabelCall
from amplify.kit.label_replies import LabelReply
from amplify.kit.service import (
    ServiceProvider,
    headers_of,
    trusted_certificates,
    unsendable,
)
from amplify_openai import asking, batches, bounds, failures, lost, replies, servers
from amplify_openai.asking import label_body, refuses
from amplify_openai.bodies import PATHS, body
from amplify_openai.client import open_client
from amplify_openai.failures import Refused
from amplify_openai.left_out import LeftOut
from amplify_openai.options import OpenAIOptions
from amplify_openai.tokenizer import read_tokenizer_file

MOST_COUNTED = 256
"""Texts whose tokens are remembered: as many as calls may be in flight."""

SAMPLING = ("system", "temperature", "seed", "reasoning_effort", "extra")


class OpenAIProvider(ServiceProvider):
    """OpenAI's API, or a server that speaks it, asked call by call or in batches."""

    name = "openai"
    errors = (BadReply, openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)
    unknown = openai.NotFoundError

    def __init__(self, options: OpenAIOptions, context: Context) -> None:
        self._options = options
        self.limit = options.context
        self._server = servers.choose_server(options)
        self.key = self._server.key
        self._path = PATHS[options.api]
        # Whole, so that the SDK need not put it together for each call, which takes it long.
        self._address = self._server.base_url + self._path
        self._tokenizer: Any = (
            read_tokenizer_file(options.tokenizer, context) if options.tokenizer else None
        )
        # The same prompts are counted for a rate limit, for a cap and for the model's context.
        self._counted = lru_cache(MOST_COUNTED)(self._count)
        self._left_out = LeftOut(options)
        chosen = options.answer_by
        ways = self._server.kind.ways if chosen == "auto" else (chosen,)
        self._way = ways[0]
        self._asker = LabelAsker(ways, self._send_label_call)
        self._certificates = trusted_certificates(
            options.ca_file,
            self._server.base_url,
            servers.is_hosted(self._server.base_url),
            "OpenAI",
            context,
        )
        self.batch = options.batch
        self.warms = self._server.kind.shares

    @property
    def identity(self) -> dict[str, Any]:
        """The server, the model and all that shapes a reply; never a key."""
        options = self._options
        settings = {name: getattr(options, name) for name in SAMPLING}
        return {
            "provider": "openai/openai",
            "base_url": self._server.base_url,
            "model": options.model,
            "api": options.api,
            **{name: value for name, value in settings.items() if value not in (None, {})},
            **({"reasoning_tokens": options.reasoning_tokens} if options.reasoning_tokens else {}),
            **({"logprobs": True} if options.logprobs else {}),
            **({"answer_by": self._way} if self._way != servers.OTHER.ways[0] else {}),
        }

    def count_tokens(self, text: str) -> int | None:
        """Tokens of `text` by the tokenizer of the options, without a chat template's own."""
        return None if self._tokenizer is None else self._counted(text)

    def most_tokens(self, request: Request) -> MostTokens:
        """The bound of the very body that is sent: system message, reasoning and all."""
        if request.labels:
            return self._asker.most_tokens(
                request, lambda call: self._most_tokens(self._label_body(call)), self.batch
            )
        return self._most_tokens(self._body(request))

    async def answer(self, request: Request) -> Reply:
        """One attempt. A field that the model refuses is left out, from then on, and noted."""
        began = time.perf_counter()
        if request.labels:
            reply = await self._asker.answer(request)
            seconds = time.perf_counter() - began
            return replace(reply, outcome=self._finished(reply.outcome, seconds))
        outcome, limits, _ = await self._exchange(lambda: self._body(request))
        if isinstance(outcome, Refused):
            outcome = self._left_out.advised(outcome)
        seconds = time.perf_counter() - began
        return Reply(self._finished(outcome, seconds, request.stop), limits)

    def failure_of(self, error: BaseException) -> Failure:
        """The failure that an exception of a call stands for."""
        return failures.as_failure(failures.of_error(error))

    async def submit(self, requests: Mapping[str, Request]) -> str:
        """The id of a batch of these calls: of the one that is running, if they are its own."""
        bodies = {
            key: self._label_body(self._asker.batch_call(request))
            if request.labels
            else self._body(request)
            for key, request in requests.items()
        }
        return await self.batch_step(batches.submit(self._client, self._path, bodies))

    async def latest(self) -> None:
        """Not needed: a batch says itself which calls it holds."""

    async def find(self, names: Sequence[str], after: str | None) -> FoundBatch:
        """The batch of the calls with these names."""
        return await self.batch_step(lost.find(self._client, names))

    async def status(self, batch: str) -> BatchStatus:
        """How far the batch is."""
        return await self.batch_step(batches.status(self._client, batch))

    async def fetch(self, batch: str) -> AsyncIterator[tuple[str, Completion | Failure]]:
        """The outcomes of a batch, by the keys that it was submitted with."""
        files, most = await self.batch_step(batches.results(self._client, batch))
        keys: set[str] = set()
        cut, whole = False, True
        for lines in files:
            for line in filter(bytes.strip, lines.splitlines()):
                keyed = batches.outcome(
                    line, self._options.api, self._options.logprobs, self._left_out.refusable
                )
                whole = keyed is not None  # of the last line: a file may be cut off
                if keyed is None:
                    continue
                key, outcome = keyed
                keys.add(key)
                if isinstance(outcome, Refused):
                    # Another batch is without the field, but only this process knows.
                    again = self._left_out.leave_out(outcome, dict.fromkeys(outcome.parameters))
                    outcome = replace(self._left_out.advised(outcome), retry=again)
                yield key, self._finished(outcome, 0.0)
            cut = cut or not whole
        if not keys or (cut and not 0 < most <= len(keys)):
            failure = unusable_reply(f"its results are not whole: {len(keys)} of them")
            raise self.batch_error(failure)

    def of_batch(self, request: Request, completion: Completion) -> Completion:
        """The completion of a batch's outcome, its label read where one was asked for."""
        if request.labels:
            return self._asker.of_batch(request, completion)
        return completion.until(request.stop)

    def _body(self, request: Request) -> dict[str, Any]:
        return body(self._options, self._server.kind, request, self._left_out.names)

    def _label_body(self, call: LabelCall) -> dict[str, Any]:
        return label_body(self._options, self._server.kind, call, self._left_out.names)

    def _most_tokens(self, sent: dict[str, Any]) -> MostTokens:
        bound = self._server.kind.most_tokens
        return bounds.most_tokens(sent, self._options.context, self.count_tokens, bound)

    async def _send_label_call(self, call: LabelCall) -> CallOutcome:
        """What one call for a request with labels came to."""
        outcome, limits, content = await self._exchange(lambda: self._label_body(call))
        if isinstance(outcome, Completion):
            scored = self._options.logprobs and call.asks_label
            tokens = replies.likely_tokens(self._options.api, content) if scored else None
            return CallOutcome(LabelReply(outcome, tokens), limits)
        refused = refuses(outcome, call)
        failure = self._left_out.advised(outcome) if isinstance(outcome, Refused) else outcome
        if refused and asking.ADVICE not in failure.message:
            failure = replace(failure, message=f"{failure.message}; {asking.ADVICE}")
        return CallOutcome(failure, limits, refused)

    async def _exchange(
        self, make: Callable[[], dict[str, Any]]
    ) -> tuple[Completion | Failure | Refused, Limits | None, bytes]:
        """What the body that `make` makes comes to, made anew where a field was left out."""
        while True:
            sent = make()
            outcome, limits, content = await self._post(sent)
            if not isinstance(outcome, Refused) or not self._left_out.leave_out(outcome, sent):
                return outcome, limits, content
            if not may_ask_again():
                return replace(self._left_out.advised(outcome), retry=True), limits, content

    async def _post(
        self, sent: dict[str, Any]
    ) -> tuple[Completion | Failure | Refused, Limits | None, bytes]:
        try:
            response = await self._client.post(self._address, cast_to=httpx2.Response, body=sent)
            content, headers = response.content, response.headers
        except UnicodeEncodeError as error:
            return unsendable(error), None, b""
        except self.errors as error:
            bad = failures.of_error(error, self._left_out.refusable & sent.keys())
            return bad, failures.limits(headers_of(error)), b""
        return (
            replies.read(self._options.api, content, self._options.logprobs),
            failures.limits(headers),
            content,
        )

    def _count(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)

    def _finished(
        self, outcome: Completion | Failure, seconds: float, stop: Sequence[str] = ()
    ) -> Completion | Failure:
        return self.finished(outcome, self._options.model, seconds, stop, self._left_out.notes)

    @cached_property
    def _client(self) -> openai.AsyncOpenAI:
        return open_client(self._server, self._certificates)
