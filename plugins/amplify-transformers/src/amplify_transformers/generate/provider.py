"""The local LLM: greedy replies of a causal language model on this machine."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from threading import Lock
from typing import Any

import torch
import transformers

from amplify import (
    Completion,
    Context,
    Failure,
    Message,
    PlanError,
    Prompt,
    ProviderError,
    Request,
    Usage,
)
from amplify_transformers.generate.decoding import PrefixSharing
from amplify_transformers.generate.greedy import EndTokens, PartialReply, generate
from amplify_transformers.generate.label_ranking import RankingRow, rank
from amplify_transformers.generate.memory_batches import MIB, BatchLimits, RowMemory, batches
from amplify_transformers.generate.prefix_store import PrefixStore
from amplify_transformers.generate.prompt_encoder import LabelledPrompt, PromptEncoder
from amplify_transformers.generate.self_check import choose
from amplify_transformers.models import architecture, device, files, loading
from amplify_transformers.models.files import digest
from amplify_transformers.models.prefix_cache import LEAST, Prefix, common, compute
from amplify_transformers.options import LocalOptions

PROBES = ("a", "7")
"""Two ways on from a shared block: its own tokens are those that both leave as they are."""

UNSHARED = "came from whole prompts: the self-check found that this model's cache cannot be shared"


class LocalProvider:
    """An LLM provider (`Provider`). Configuration and tokenizer are read at once, weights at need.

    Prompts with a shared block have it run through the model once; its cache is kept for later
    calls. Where logits differ with and without it, nothing is shared, and the replies say so.
    """

    def __init__(self, options: LocalOptions, context: Context) -> None:
        self._options = options
        self._device = device.choose(options.device, context, options.threads)
        self._folder = files.find(options.model, context)
        self._config = loading.read_config(self._folder)
        if architecture.shape(self._config) != "causal":
            raise PlanError(f"{options.model} is no causal language model: it cannot write replies")
        self._tokenizer = loading.read_tokenizer(self._folder)
        self._encoder = PromptEncoder(
            self._tokenizer, options.chat, self._name, options.control_tokens
        )
        self._shelf = PrefixStore(options.memory * MIB // 4)
        self._lock = Lock()
        self._ways: dict[bool, PrefixSharing] = {}

    @cached_property
    def identity(self) -> dict[str, Any]:
        """The model's name, a digest of its files, and the precision that it runs in."""
        return {
            "provider": "transformers/local",
            "model": self._name,
            "files": digest(self._folder),
            "dtype": str(self._dtype).removeprefix("torch."),
            "chat": self._encoder.chat,
            **({"control_tokens": True} if self._options.control_tokens else {}),
        }

    @property
    def limit(self) -> int | None:
        """The model's context length."""
        return architecture.context_length(self._config)

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` as a prompt, those of the chat template included."""
        return len(self._encoder.encode([Prompt("", text)])[0])

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Tokens of a conversation by the chat template; PlanError where there is none."""
        return len(self._encoder.encode([Prompt.chat((), messages)])[0])

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield `(index, outcome)` as replies end; prompts of similar length run together.

        `seconds` of a reply is its share of the time that its steps took.
        """
        with self._lock:
            prompts = self._encoder.encode([request.prompt for request in requests])
            groups: dict[tuple[str, bool], list[int]] = defaultdict(list)
            labels: dict[int, LabelledPrompt] = {}
            for index, request in enumerate(requests):
                if request.labels:
                    labels[index] = self._labels(request, prompts[index])
                problem = self._problem(prompts[index], request, labels.get(index))
                if problem:
                    yield index, problem
                else:
                    groups[request.prompt.shared, bool(request.labels)].append(index)
            for (_, ranks), members in groups.items():
                asked = {i: list(labels[i].stem) if ranks else prompts[i] for i in members}
                way, prefix, note = self._share(requests[members[0]].prompt, list(asked.values()))
                cached = len(prefix.ids) if prefix else 0
                needs = {
                    i: self._need(len(ids) - cached, requests[i], labels.get(i))
                    for i, ids in asked.items()
                }
                for batch in batches(needs, self._bounds(way, prefix, ranks)):
                    if ranks:
                        some = [labels[index] for index in batch]
                        yield from self._rank(batch, requests, some, way, prefix, note)
                    else:
                        yield from self._answer(batch, requests, prompts, way, prefix, note)

    def _answer(
        self,
        batch: list[int],
        requests: Sequence[Request],
        prompts: Sequence[list[int]],
        way: PrefixSharing,
        prefix: Prefix | None,
        note: str,
    ) -> Iterator[tuple[int, Completion]]:
        replies = [
            PartialReply(requests[index].max_tokens, tuple(filter(None, requests[index].stop)))
            for index in batch
        ]
        asked = [prompts[index] for index in batch]
        cached = len(prefix.ids) if prefix else 0
        with self._fitting(len(batch)):
            for row in generate(
                self._model, self._tokenizer, self._ends, way, prefix, asked, replies
            ):
                reply = replies[row]
                usage = Usage(len(asked[row]), len(reply.ids), cached)
                told = self._note(requests[batch[row]], note)
                yield (
                    batch[row],
                    Completion(
                        reply.text, self._name, reply.ended, usage, reply.seconds, note=told
                    ),
                )

    def _rank(
        self,
        batch: list[int],
        requests: Sequence[Request],
        labels: Sequence[LabelledPrompt],
        way: PrefixSharing,
        prefix: Prefix | None,
        note: str,
    ) -> Iterator[tuple[int, Completion]]:
        began = time.perf_counter()
        cached = len(prefix.ids) if prefix else 0
        questions = [RankingRow(some.stem[cached:], some.tails) for some in labels]
        with self._fitting(len(batch)):
            found = rank(self._model, way, prefix, questions)
        seconds = (time.perf_counter() - began) / len(batch)
        for index, some, scores in zip(batch, labels, found, strict=True):
            ranked = tuple(zip(requests[index].labels, scores, strict=True))
            best = max(ranked, key=lambda pair: pair[1])[0]
            usage = Usage(some.tokens, 0, cached)
            told = self._note(requests[index], note)
            yield (
                index,
                Completion(
                    best, self._name, usage=usage, seconds=seconds, note=told, logprobs=ranked
                ),
            )

    def _note(self, request: Request, note: str) -> str:
        """The note on a reply: that on its batch, and what its own prompt spells."""
        return "; ".join(filter(None, (note, self._encoder.note(request.prompt))))

    @contextmanager
    def _fitting(self, count: int) -> Iterator[None]:
        """Turns a lack of memory into an error that says what can be done."""
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise ProviderError(
                f"{self._name}: {count} prompts do not fit in memory side by side",
                hint=f"set llm.memory below {self._options.memory} or llm.batch_size below {count}",
            ) from error

    def _bounds(self, way: PrefixSharing, prefix: Prefix | None, ranks: bool) -> BatchLimits:
        held = prefix.size if prefix else 0
        each = 0 if way is PrefixSharing.CASCADE else held
        alone = way in (PrefixSharing.ALONE, PrefixSharing.WHOLE)
        room = self._options.memory * MIB - held
        # A pass over the prompts of many rows leaves a processor's caches, and ranking is one pass.
        fewer = ranks and self._device.type == "cpu"
        rows = self._options.batch_size or (16 if fewer else 64)
        return BatchLimits(way, rows, room, each, 0 if alone else self._token_size)

    def _need(self, tokens: int, request: Request, labels: LabelledPrompt | None) -> RowMemory:
        if labels is None:
            return RowMemory(tokens, request.max_tokens)
        # Logits and their logarithms at the end of the prompt and behind a label's tokens.
        places = 1 + sum(len(tail) - 1 for tail in labels.tails)
        return RowMemory(tokens, places, 8 * places * len(self._tokenizer))

    def _share(
        self, asked: Prompt, prompts: Sequence[list[int]]
    ) -> tuple[PrefixSharing, Prefix | None, str]:
        """How prompts run together, their prefix (from an earlier call if it is kept), a note.

        `asked` is one of them: all have its shared block.
        """
        shared = asked.shared
        if not shared or self._ways.get(True) is PrefixSharing.WHOLE:
            return self._plainly(prompts[0], bool(shared))
        probes = self._encoder.encode([asked.asking(question) for question in PROBES])
        ids = common([*prompts, *probes])
        if len(ids) < LEAST:
            return self._plainly(prompts[0], False)
        prefix = self._shelf.find(ids)
        if prefix is None:
            if True not in self._ways:
                way, prefix = choose(self._model, ids, prompts[0][len(ids) :])
                self._ways[True] = way
                if way is PrefixSharing.WHOLE:
                    return self._plainly(prompts[0], True)
            prefix = prefix or compute(self._model, ids)
            self._shelf.put(prefix)
        return self._ways[True], prefix, ""

    def _plainly(self, prompt: Sequence[int], noted: bool) -> tuple[PrefixSharing, None, str]:
        """How whole prompts run side by side; what can be shared can do that too."""
        if False not in self._ways:
            known = self._ways.get(True) is PrefixSharing.CASCADE
            self._ways[False] = (
                PrefixSharing.CASCADE if known else choose(self._model, (), prompt)[0]
            )
        return self._ways[False], None, UNSHARED if noted else ""

    def _labels(self, request: Request, prompt: list[int]) -> LabelledPrompt:
        prompts = [request.prompt] * len(request.labels)
        return LabelledPrompt.of(prompt, self._encoder.encode(prompts, request.labels))

    def _problem(
        self, prompt: list[int], request: Request, labels: LabelledPrompt | None
    ) -> Failure | None:
        if not prompt or (labels and not labels.stem):
            return Failure("context", "the prompt is empty")
        if labels and labels.alike:
            names = " and ".join(repr(request.labels[place]) for place in labels.alike)
            return Failure("labels", f"{names} cannot be told apart in {self._name}'s tokens")
        reply = labels.longest if labels else request.max_tokens
        if self.limit is not None and len(prompt) + reply > self.limit:
            return Failure(
                "context",
                f"the prompt has {len(prompt)} tokens and the reply may have {reply}:"
                f" more than the {self.limit} of {self._name}",
            )
        return None

    @property
    def _name(self) -> str:
        """The hub id; of a local folder, its last part."""
        return (
            self._options.model
            if files.is_hub_id(self._options.model, self._folder)
            else (self._folder.name)
        )

    @cached_property
    def _dtype(self) -> torch.dtype:
        wanted = self._options.dtype
        if wanted != "auto":
            return torch.float32 if wanted == "float32" else torch.bfloat16
        stored = getattr(self._config, "dtype", None)
        if self._device.type == "cpu" or not isinstance(stored, torch.dtype):
            return torch.float32
        return stored

    @cached_property
    def _model(self) -> Any:
        model, missing = loading.read_model(
            transformers.AutoModelForCausalLM, self._folder, self._dtype
        )
        if missing:
            raise PlanError(
                f"{self._name} has no trained language-model head: {sorted(missing)[0]} is missing"
            )
        return model.to(self._device).requires_grad_(False)

    @cached_property
    def _ends(self) -> EndTokens:
        return EndTokens.of(self._model, self._tokenizer)

    @cached_property
    def _token_size(self) -> int:
        """The bytes that a token takes in the model's cache, as measured."""
        text = "A measure of the cache: 1, 2, 3, 4, 5, 6, 7, 8, 9"
        ids = self._encoder.encode([Prompt("", text)])[0]
        return -(-compute(self._model, ids).size // len(ids))
