"""The local LLM: greedy replies and label rankings of a causal language model on this machine."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

from amplify import (
    Completion,
    Context,
    Failure,
    Message,
    Prompt,
    Request,
    Usage,
)
from amplify_transformers.generate.batch_needs import BatchNeeds
from amplify_transformers.generate.causal_model import CausalModel
from amplify_transformers.generate.greedy import generate_greedily
from amplify_transformers.generate.label_ranking import RankingRow, rank_labels
from amplify_transformers.generate.labelled_prompt import LabelledPrompt
from amplify_transformers.generate.memory_batches import MIB, memory_batches
from amplify_transformers.generate.partial_reply import PartialReply
from amplify_transformers.generate.prefix_sharing import PrefixSharer, Sharing
from amplify_transformers.generate.prompt_encoder import PromptEncoder
from amplify_transformers.generate.written_ranking import WrittenRanking
from amplify_transformers.options import LocalOptions

CUT = "repeat themselves, and were cut there"

UNRANKED = "have no label: labels were not told apart behind them, or did not fit behind them"


class LocalProvider:
    """An LLM provider (`Provider`).

    Prompts with a shared block have it run through the model once; its cache is kept for later
    calls. Where logits differ with and without it, nothing is shared, and the replies say so.
    """

    def __init__(self, options: LocalOptions, context: Context) -> None:
        self._options = options
        self._model = CausalModel(options, context)
        self._encoder = PromptEncoder(
            self._model.tokenizer, options.chat, self._model.name, options.control_tokens
        )
        self._sharer = PrefixSharer(self._encoder, options.memory * MIB // 4)
        self._needs = BatchNeeds(self._model, self._encoder, options)
        self._cuts_loops = options.loops == "cut"
        self._lock = Lock()

    @cached_property
    def identity(self) -> dict[str, Any]:
        """The model's name, a digest of its files, and the precision that it runs in.

        What replies came from before an option was there is not named: they are still the same.
        """
        return {
            "provider": "transformers/local",
            "model": self._model.name,
            "files": self._model.files.digest,
            "dtype": str(self._model.dtype).removeprefix("torch."),
            "chat": self._encoder.chat,
            **({"control_tokens": True} if self._options.control_tokens else {}),
            **({"loops": "cut"} if self._cuts_loops else {}),
        }

    @property
    def limit(self) -> int | None:
        """The model's context length."""
        return self._model.context_length

    @property
    def preparation(self) -> str:
        """What is converted before the first answer."""
        return self._model.files.preparation

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` as a prompt, those of the chat template included."""
        return len(self._encoder.encode([Prompt("", text)])[0])

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Tokens of a conversation by the chat template; PlanError where there is none."""
        return len(self._encoder.encode([Prompt.chat((), messages)])[0])

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Completion | Failure]]:
        """Yield `(index, outcome)` as replies end.

        Prompts of similar length run together, of those that share a block and a reply's limit.

        `seconds` of a reply is its share of the time that its steps took.
        """
        with self._lock:
            prompts = self._encoder.encode([request.prompt for request in requests])
            labelled = {
                index: self._with_labels(request, prompts[index])
                for index, request in enumerate(requests)
                if request.labels
            }
            # All rows of a batch take steps until its last reply ends: beside replies that may be
            # longer than its own, a long prompt could run out of positions.
            groups: dict[tuple[str, str, int], list[int]] = defaultdict(list)
            for index, request in enumerate(requests):
                failure = self._refusal(prompts[index], request, labelled.get(index))
                if failure:
                    yield index, failure
                else:
                    most = 0 if request.answer == "rank" else request.max_tokens
                    groups[request.prompt.shared, request.answer, most].append(index)
            for (_, answer, _), members in groups.items():
                ranks = answer == "rank"
                rows = {i: list(labelled[i].stem) if ranks else prompts[i] for i in members}
                prompt = requests[members[0]].prompt
                sharing = self._sharer.share(self._model.network, prompt, list(rows.values()))
                needs = {
                    i: self._needs.row(len(ids) - sharing.cached, requests[i], labelled.get(i))
                    for i, ids in rows.items()
                }
                for batch in memory_batches(needs, self._needs.limits(sharing, ranks)):
                    batch_requests = [requests[index] for index in batch]
                    with self._needs.memory_errors(len(batch)):
                        if ranks:
                            batch_labels = [labelled[index] for index in batch]
                            completions = self._rank(batch_requests, batch_labels, sharing)
                        else:
                            batch_prompts = [prompts[index] for index in batch]
                            completions = self._write(batch_requests, batch_prompts, sharing)
                        for index, completion in completions:
                            yield batch[index], completion

    def _write(
        self, requests: Sequence[Request], prompts: Sequence[list[int]], sharing: Sharing
    ) -> Iterator[tuple[int, Completion]]:
        """Each request's index and its written reply, as the replies end.

        Where the label is asked for too, its labels are ranked behind what was written.
        """
        replies = [
            PartialReply(request.max_tokens, tuple(filter(None, request.stop)), self._cuts_loops)
            for request in requests
        ]
        model = self._model

        def labels_behind(index: int) -> LabelledPrompt | None:
            request, text = requests[index], replies[index].text
            labelled = self._with_labels(request, prompts[index], text)
            fits = self.limit is None or labelled.tokens + labelled.longest <= self.limit
            return labelled if fits and not labelled.indistinct else None

        ranking = WrittenRanking(model.network, sharing, prompts, replies, labels_behind)
        for index in generate_greedily(
            model.network,
            model.tokenizer,
            model.ends,
            sharing,
            prompts,
            replies,
            ranking if requests[0].labels else None,
        ):
            request, reply = requests[index], replies[index]
            logprobs = tuple(zip(request.labels, ranking.scores.get(index, ()), strict=False))
            notes = [
                self._note(request, sharing),
                CUT if reply.ended == "loop" else "",
                UNRANKED if request.labels and not logprobs else "",
            ]
            yield (
                index,
                Completion(
                    reply.text,
                    model.name,
                    reply.ended,
                    Usage(len(prompts[index]), len(reply.ids), sharing.cached),
                    reply.seconds,
                    note="; ".join(filter(None, notes)),
                    logprobs=logprobs,
                    label=_likeliest(logprobs) if logprobs else "",
                ),
            )

    def _rank(
        self, requests: Sequence[Request], labelled: Sequence[LabelledPrompt], sharing: Sharing
    ) -> Iterator[tuple[int, Completion]]:
        """Each request's index and its likeliest label, with the log-probabilities of all."""
        start = time.perf_counter()
        cached = sharing.cached
        rows = [RankingRow(cached, prompt.stem[cached:], prompt.endings) for prompt in labelled]
        scores = rank_labels(self._model.network, sharing, rows)
        seconds = (time.perf_counter() - start) / len(requests)
        for index, request in enumerate(requests):
            logprobs = tuple(zip(request.labels, scores[index], strict=True))
            yield (
                index,
                Completion(
                    _likeliest(logprobs),
                    self._model.name,
                    usage=Usage(labelled[index].tokens, 0, sharing.cached),
                    seconds=seconds,
                    note=self._note(request, sharing),
                    logprobs=logprobs,
                ),
            )

    def _note(self, request: Request, sharing: Sharing) -> str:
        """The note on a reply: that on its sharing, and that on what its prompt spells."""
        return "; ".join(filter(None, (sharing.note, self._encoder.note(request.prompt))))

    def _with_labels(self, request: Request, ids: list[int], written: str = "") -> LabelledPrompt:
        """The prompt of these `ids`, what was written behind it, and the cue, with the labels."""
        start = written.rstrip() + request.cue
        beginnings = [start, *(start + label for label in request.labels)]
        base, *with_labels = self._encoder.encode_behind(request.prompt, ids, beginnings)
        return LabelledPrompt.of(base, with_labels, len(base) - len(ids))

    def _refusal(
        self, prompt: list[int], request: Request, labelled: LabelledPrompt | None
    ) -> Failure | None:
        """Why the request cannot be answered; None where it can."""
        if not prompt or (labelled and not labelled.stem):
            return Failure("context", "the prompt is empty")
        if labelled and labelled.indistinct:
            names = " and ".join(repr(request.labels[index]) for index in labelled.indistinct)
            return Failure("labels", f"{names} cannot be told apart in {self._model.name}'s tokens")
        reply = labelled.cue + labelled.longest if labelled else 0
        if request.answer != "rank":
            reply += request.max_tokens
        if self.limit is not None and len(prompt) + reply > self.limit:
            return Failure(
                "context",
                f"the prompt has {len(prompt)} tokens and the reply may have {reply}:"
                f" more than the {self.limit} of {self._model.name}",
            )
        return None


def _likeliest(logprobs: tuple[tuple[str, float], ...]) -> str:
    return max(logprobs, key=lambda pair: pair[1])[0]
