"""The local LLM: greedy replies of a causal language model on this machine."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import torch
import transformers

from amplify import Completion, Context, Failure, PlanError, Prompt, ProviderError, Request, Usage
from amplify_transformers import device, models
from amplify_transformers.greedy import Reply, generate, generate_plainly
from amplify_transformers.identity import digest
from amplify_transformers.options import LocalOptions
from amplify_transformers.prefix import LEAST, Prefix, agrees, common, compute

PROBES = ("a", "7")
"""Two ways on from a shared block: its own tokens are those that both leave as they are."""


class LocalProvider:
    """An LLM provider (`Provider`). Configuration and tokenizer are read at once, weights at need.

    Prompts with a shared block have it run through the model once; the cache of the last block is
    kept for the next call. Where cached and uncached logits differ, nothing is shared.
    """

    def __init__(self, options: LocalOptions, context: Context) -> None:
        self._options = options
        self._device = device.choose(options.device, context, options.threads)
        self._folder = models.find(options.model, context)
        self._config = models.read_config(self._folder)
        if models.shape(self._config) != "causal":
            raise PlanError(f"{options.model} is no causal language model: it cannot write replies")
        self._tokenizer = models.read_tokenizer(self._folder)
        self._lock = Lock()
        self._prefix: Prefix | None = None
        self._shares: bool | None = None

    @cached_property
    def identity(self) -> dict[str, Any]:
        """The model's name, a digest of its files, and the precision that it runs in."""
        return {
            "provider": "transformers/local",
            "model": self._name,
            "files": digest(self._folder),
            "dtype": str(self._dtype).removeprefix("torch."),
        }

    @property
    def limit(self) -> int | None:
        """The model's context length."""
        return models.context_length(self._config)

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` as a prompt, those of the chat template included."""
        return len(self._encode(text))

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield `(index, outcome)` batch by batch, prompts of similar length together.

        `seconds` of a reply is its share of its batch's time.
        """
        with self._lock:
            prompts = [self._encode(request.prompt.text) for request in requests]
            groups: dict[str, list[int]] = defaultdict(list)
            for index, request in enumerate(requests):
                problem = self._problem(prompts[index], request)
                if problem:
                    yield index, Failure("context", problem)
                else:
                    groups[request.prompt.shared].append(index)
            for shared, members in groups.items():
                prefix = self._share(shared, [prompts[index] for index in members])
                members.sort(key=lambda index: len(prompts[index]))
                size = self._options.batch_size
                for start in range(0, len(members), size):
                    batch = members[start : start + size]
                    yield from self._answer(batch, requests, prompts, prefix)

    def _answer(
        self,
        batch: list[int],
        requests: Sequence[Request],
        prompts: Sequence[list[int]],
        prefix: Prefix | None,
    ) -> Iterator[tuple[int, Completion]]:
        began = time.perf_counter()
        replies = [Reply(requests[index].max_tokens, requests[index].stop) for index in batch]
        asked = [prompts[index] for index in batch]
        try:
            if self._own_loop:
                generate(self._model, self._tokenizer, asked, replies, prefix)
            else:
                generate_plainly(self._model, self._tokenizer, asked, replies)
        except torch.OutOfMemoryError as error:
            raise ProviderError(
                f"{self._name}: {len(batch)} prompts of up to {max(map(len, asked))} tokens do not"
                " fit in memory",
                hint=f"set llm.batch_size below {self._options.batch_size}",
            ) from error
        seconds = (time.perf_counter() - began) / len(batch)
        for index, reply in zip(batch, replies, strict=True):
            cached = len(prefix.ids) if prefix else 0
            usage = Usage(len(prompts[index]), len(reply.ids), cached)
            yield index, Completion(reply.text, self._name, reply.ended, usage, seconds)

    def _share(self, shared: str, prompts: list[list[int]]) -> Prefix | None:
        """The prefix of a group of prompts, from the last call where it is the same."""
        if not shared or not self._own_loop or self._shares is False:
            return None
        kept = self._prefix
        if kept and all(
            len(p) > len(kept.ids) and tuple(p[: len(kept.ids)]) == kept.ids for p in prompts
        ):
            return kept
        probes = [self._encode(Prompt(shared, own).text) for own in PROBES]
        ids = common([*prompts, *probes])
        if len(ids) < LEAST:
            return None
        if self._shares is None:
            self._prefix = agrees(self._model, ids, prompts[0])
            self._shares = self._prefix is not None
        else:
            self._prefix = compute(self._model, ids)
        return self._prefix

    def _problem(self, prompt: list[int], request: Request) -> str:
        if not prompt:
            return "the prompt is empty"
        whole = len(prompt) + request.max_tokens
        if self.limit is not None and whole > self.limit:
            return (
                f"the prompt has {len(prompt)} tokens and the reply may have {request.max_tokens}:"
                f" more than the {self.limit} of {self._name}"
            )
        return ""

    def _encode(self, text: str) -> list[int]:
        """The prompt's token ids: as a chat where the tokenizer has a template, else as it is."""
        if self._tokenizer.chat_template:
            chat = [{"role": "user", "content": text}]
            text = self._tokenizer.apply_chat_template(
                chat, add_generation_prompt=True, tokenize=False
            )
            return list(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
        return list(self._tokenizer(text, verbose=False)["input_ids"])

    @property
    def _name(self) -> str:
        """The hub id; of a local folder, its last part."""
        return (
            self._options.model
            if models.is_hub_id(self._options.model, self._folder)
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
        model, missing = models.read_model(
            transformers.AutoModelForCausalLM, self._folder, self._dtype
        )
        if missing:
            raise PlanError(
                f"{self._name} has no trained language-model head: {sorted(missing)[0]} is missing"
            )
        return model.to(self._device).requires_grad_(False)

    @cached_property
    def _own_loop(self) -> bool:
        """Whether a cached step gives what the whole input gives: not so for recurrent models."""
        ids = self._encode("A test of the cache: 1, 2, 3, 4")
        return len(ids) > 1 and agrees(self._model, ids[:-1], ids) is not None
