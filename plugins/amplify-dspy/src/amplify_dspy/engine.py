"""The run's LLM as DSPy's: an engine whose every call goes through the run's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import dspy
from dspy.lm15 import Message as Message15
from dspy.lm15 import Response
from dspy.lm15 import Usage as Usage15
from dspy.utils.callback import BaseCallback

from amplify import Completion, Example, Message
from amplify_dspy.layout import messages_of
from amplify_dspy.options import CompileOptions
from amplify_dspy.signature import HEADER, LABEL, REASONING, STOP, TEXT, chat_adapter
from amplify_dspy.spending import Call, Spending

PROPOSAL_TOKENS = 1024
"""The most tokens of a reply that is no answer to an example: an instruction, a summary."""


class RunEngine:
    """Answers DSPy's requests by the run's LLM.

    `examples` are those that labels are asked for, by their texts. `ranked` are the task's labels
    where the LLM ranks labels; None where it writes its replies.
    """

    def __init__(
        self,
        spending: Spending,
        options: CompileOptions,
        examples: Mapping[str, Example],
        ranked: tuple[str, ...] | None,
    ) -> None:
        self.spending = spending
        self._options = options
        self._examples = examples
        self._ranked = ranked
        self._text: str | None = None
        self._repeat = 0

    @contextmanager
    def answering(self, text: str) -> Iterator[None]:
        """The requests within ask for the label of the example with this text."""
        before, self._text = self._text, text
        try:
            yield
        finally:
            self._text = before

    @contextmanager
    def repeating(self, repeat: int) -> Iterator[None]:
        """The requests within are this repeat of theirs, for which the LLM samples anew."""
        before, self._repeat = self._repeat, repeat
        try:
            yield
        finally:
            self._repeat = before

    def prefetch(self, prompts: Sequence[Sequence[Message]], texts: Sequence[str]) -> None:
        """Ask for the labels of these examples together; `prompts` has the messages of each."""
        calls = [self._call(prompt, text) for prompt, text in zip(prompts, texts, strict=True)]
        self.spending.prefetch(calls, [self._examples[text].id for text in texts])

    def complete(self, request: Any) -> Response:
        """One reply, as DSPy's engines give it."""
        system = [{"role": "system", "content": _text(request.system)}] if request.system else []
        turns = [{"role": m.role, "content": m.text or ""} for m in request.messages]
        call = self._call(messages_of([*system, *turns]), self._text)
        item = "" if self._text is None else self._examples[self._text].id
        completion = self.spending.reply(call, item)
        usage = Usage15(input_tokens=completion.usage.input, output_tokens=completion.usage.output)
        text = f"{HEADER}\n{completion.text}\n\n{STOP}" if call.labels else completion.text
        return Response(None, completion.model, Message15.assistant(text), _end(completion), usage)

    def _call(self, messages: Sequence[Message], text: str | None) -> Call:
        chat = self._options.layout == "chat"
        if text is None:
            return Call(tuple(messages), PROPOSAL_TOKENS, repeat=self._repeat, chat=chat)
        labels = () if self._ranked is None else self._examples[text].labels(self._ranked)
        statement = f"{HEADER}\n"
        return Call(
            tuple(messages),
            self._options.max_tokens,
            (STOP,),
            labels,
            (statement if chat else f" {statement}") if labels else "",
            self._repeat,
            chat,
        )


class RunLM(dspy.LM):  # type: ignore[misc]  # DSPy has no types
    """The LM of a program that is compiled in a run; nothing of it is cached by DSPy."""

    def __init__(self, engine: RunEngine) -> None:
        super().__init__("amplify", engine=engine, cache=False, num_retries=0)
        self.run_engine = engine

    def __call__(self, prompt: Any = None, *, messages: Any = None, **kwargs: Any) -> Any:
        """As DSPy's; a rollout is a repeat of the call."""
        rollout = {**self.kwargs, **kwargs}.get("rollout_id") or 0
        with self.run_engine.repeating(rollout):
            return super().__call__(prompt, messages=messages, **kwargs)


class TaskAdapter(dspy.ChatAdapter):  # type: ignore[misc]  # DSPy has no types
    """DSPy's ChatAdapter, which tells the engine when a label is asked for.

    A label that it cannot read is wrong; what an optimiser asks itself may be asked as JSON again,
    as DSPy does.
    """

    def __init__(self, engine: RunEngine) -> None:
        super().__init__(use_json_adapter_fallback=True)
        self.run_engine = engine
        self._asking = chat_adapter()

    def __call__(
        self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Mapping[str, Any]
    ) -> Any:
        """As DSPy's."""
        if not asks_label(signature):
            return super().__call__(lm, lm_kwargs, signature, demos, inputs)
        with self.run_engine.answering(inputs[TEXT]):
            return self._asking(lm, lm_kwargs, signature, demos, inputs)


class Prefetch(BaseCallback):  # type: ignore[misc]  # DSPy has no types
    """Asks for all examples of an evaluation at once, ahead of DSPy, which asks one by one."""

    def __init__(self, engine: RunEngine) -> None:
        self._engine = engine

    def on_evaluate_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Ask what the program is about to ask."""
        devset = instance.devset if inputs.get("devset") is None else inputs["devset"]
        program = inputs["program"].predictors()[0]
        adapter = dspy.settings.adapter
        texts = [example[TEXT] for example in devset]
        prompts = [adapter.format(program.signature, program.demos, {TEXT: t}) for t in texts]
        self._engine.prefetch([messages_of(prompt) for prompt in prompts], texts)


def asks_label(signature: Any) -> bool:
    """Whether the signature is the task's own, not that of an optimiser's question."""
    outputs = set(signature.output_fields) - {REASONING}
    return set(signature.input_fields) == {TEXT} and outputs == {LABEL}


def _text(system: Any) -> str:
    return system if isinstance(system, str) else "".join(part.text for part in system)


def _end(completion: Completion) -> str:
    return "length" if completion.stop == "length" else "stop"
