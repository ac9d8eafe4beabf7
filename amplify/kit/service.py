"""What all providers have in common that reach a service through its SDK."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from ssl import SSLContext
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from amplify.contract.calls import Completion, Failure
from amplify.contract.context import Context
from amplify.contract.errors import BatchGone, PlanError, ProviderError
from amplify.contract.guard.secret import Secret
from amplify.contract.provider import AsyncProvider
from amplify.kit.exchange import exchange
from amplify.kit.http_failures import STUMBLES, BadReply, moved, unanswered
from amplify.kit.tls import certificates

T = TypeVar("T")

CERTIFICATE = "llm.ca_file or SSL_CERT_FILE"
"""Where a user names the certificate of a server."""


class BoundedClient:
    """A mixin of an SDK's HTTP client (`httpx` in kind), each of whose calls is one `exchange`.

    `broken` is what the client's library raises where a body cannot be decompressed; the path of a
    file, whose body may be longer, ends with `file`.
    """

    broken: ClassVar[type[Exception]]
    file: ClassVar[str]

    async def send(self, request: Any, *, stream: bool = False, **more: Any) -> Any:
        """The whole answer: nothing here is streamed, and no redirect to elsewhere followed."""
        parent: Any = super()
        more |= {"stream": True, "follow_redirects": False}
        is_file = request.method == "GET" and request.url.path.endswith(self.file)
        return await exchange(
            lambda onward: parent.send(onward, **more), request, self.broken, is_file
        )


class ServiceProvider(AsyncProvider):
    """Keeps the key out of messages, closes the SDK's client, and tells how a batch's step fails.

    A subclass makes its client as the cached property `_client`, in the loop that it belongs to.
    """

    name: ClassVar[str]
    """The provider's name, as errors show it."""

    errors: ClassVar[tuple[type[BaseException], ...]]
    """What a call may raise that the service, or the way to it, is to blame for."""

    unknown: ClassVar[type[BaseException]]
    """What the SDK raises where the service does not know what is asked for."""

    key: Secret | None = None

    def failure_of(self, error: BaseException) -> Failure:
        """The failure that an exception of a call stands for."""
        raise NotImplementedError  # the SDK's errors are the subclass's

    async def close(self) -> None:
        """Close the connections."""
        client = self.__dict__.pop("_client", None)
        if client is not None:
            await client.close()

    def scrubbed(self, failure: Failure) -> Failure:
        """The failure without the key, which a service may repeat."""
        key = self.key
        return replace(failure, message=key.scrub(failure.message)) if key else failure

    def finished(
        self,
        outcome: Completion | Failure,
        model: str,
        seconds: float,
        stop: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> Completion | Failure:
        """The outcome with what the reply does not say: its time, notes, and the `model` asked.

        The reply's own model comes first. It ends before the first of the `stop` strings.
        """
        if isinstance(outcome, Failure):
            return self.scrubbed(outcome)
        note = "; ".join(filter(None, (outcome.note, *notes))) if notes else outcome.note
        model = outcome.model or model
        return replace(outcome, model=model, seconds=seconds, note=note).until(stop)

    async def batch_step(self, step: Awaitable[T]) -> T:
        """What a step of a batch comes to; ProviderError, of plain text, where it fails."""
        expected: tuple[type[BaseException], ...] = (*self.errors, *STUMBLES)
        gone = False
        try:
            return await step
        except UnicodeEncodeError as error:
            failure = unsendable(error)
        except expected as error:
            failure = self.failure_of(error)
            gone = isinstance(error, self.unknown)
        # Raised out here, it does not carry the SDK's exception along as its context.
        raise self.batch_error(failure, gone)

    def batch_error(self, failure: Failure, gone: bool = False) -> ProviderError:
        """The error of a batch that cannot go on; `gone`: the service does not know it."""
        error = (BatchGone if gone else ProviderError)(
            self.scrubbed(failure).message,
            where=f"llm {self.name}, batch",
            hint="what was answered is kept: go on with --resume",
        )
        error.undone = failure.undone
        return error


def unsendable(error: UnicodeEncodeError) -> Failure:
    """The failure of a call whose prompt is no text that can be sent."""
    return Failure("bad-request", f"the prompt cannot be sent: {error.reason}")


def headers_of(error: Any) -> Mapping[str, str]:
    """The headers of the answer that an SDK's exception stands for; none where there was none."""
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    return headers


def failure_without_status(error: Any, setting: str) -> Failure | None:
    """The failure of a call that got no answer, or a redirect; None for another status of error.

    `error` is an SDK's exception, which has a `response` where there was an answer; `setting` is
    how a user names another address.
    """
    response = getattr(error, "response", None)
    if response is None:
        return unanswered(error, CERTIFICATE)
    if 300 <= response.status_code < 400 and "location" in response.headers:
        return moved(
            response.status_code, str(error.request.url), response.headers["location"], setting
        )
    return None


def trusted_certificates(
    ca_file: str | None, base_url: str, hosted: bool, owner: str, context: Context
) -> SSLContext | None:
    """The certificates by which the server is known; None where the usual ones are right.

    Raises PlanError for a file of certificates where the server is `hosted` by its `owner`.
    """
    if ca_file and hosted:
        raise PlanError(
            f"is for a server of your own: {owner}'s certificate is checked as usual",
            where="[llm] ca_file",
            hint="behind a proxy that opens TLS, set SSL_CERT_FILE in the shell",
        )
    file = context.find(ca_file) if ca_file else None
    secure = urlsplit(base_url).scheme == "https"
    return certificates(file, "[llm] ca_file") if secure else None


def named(name: object) -> str:
    """The id of what a service made; raises BadReply where it gave none."""
    if not isinstance(name, str) or not name:
        raise BadReply("it gives no id to what was made")
    return name


def check_batch_size(calls: int, size: int, most_calls: int, most_bytes: int, name: str) -> None:
    """Refuse a batch of more calls, or bytes, than the service takes; `name` is the provider's."""
    if calls > most_calls or size > most_bytes:
        raise ProviderError(
            f"{calls} calls of {size / 1e6:.0f} MB are more than a batch holds",
            where=f"llm {name}",
            hint="drop llm.batch, or ask for fewer items with --limit",
        )
