"""The template `dspy/chat`: prompts as DSPy's ChatAdapter lays them out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from amplify import Context, Demonstration, Example, Message, Template
from amplify_dspy.options import LayoutOptions
from amplify_dspy.signature import HEADER, LABEL, REASONING, STOP, TEXT, task_signature, written
from amplify_dspy.spending import closing_message


class ChatLayout(Template):
    """The system message, each demonstration and the item, as the compiled program would ask.

    The instruction is that of the signature. A demonstration has its reasoning where the signature
    has the field; one without it is shown as an incomplete example, ahead of the others.
    """

    prefix = HEADER
    stop = (STOP,)
    system = True

    def __init__(self, options: LayoutOptions, context: Context) -> None:
        self.chat = options.layout == "chat"
        self.max_tokens = options.max_tokens
        self.reasoning = options.reasoning
        self.rationale_ahead = options.reasoning
        self.statement = f"{HEADER}\n"
        self._labels = context.labels

    def rationales(self, demonstrations: Sequence[Demonstration]) -> list[str]:
        """What the LLM wrote when the program was compiled."""
        return [shown.rationale for shown in demonstrations]

    def opening(
        self, instruction: str | None, demonstrations: Sequence[Demonstration]
    ) -> list[Message]:
        """The system message and a pair of messages for each demonstration."""
        messages = self._written(instruction or "", demonstrations, "")[:-1]
        return messages if instruction is not None else messages[1:]

    def last_turn(self, example: Example) -> str:
        """The item, and which fields the reply is to have."""
        return self._written("", (), example.text)[-1].content

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The messages ahead of the item as one text."""
        # An item's own demonstrations come with an empty instruction, behind the shared ones.
        heading = None if demonstrations and not instruction else instruction
        contents = [message.content for message in self.opening(heading, demonstrations)]
        return "".join(f"{content}\n\n" for content in contents)

    def item_part(self, example: Example) -> str:
        """The item as the last part of a text."""
        return closing_message(self.last_turn(example))

    def continuation(self, label: str) -> str:
        """The label, which stands on a line of its own."""
        return label

    def _written(
        self, instruction: str, demonstrations: Sequence[Demonstration], text: str
    ) -> list[Message]:
        signature = task_signature(self._labels, instruction, self.reasoning)
        demos = [self._demo(shown) for shown in demonstrations]
        return messages_of(written(signature, demos, text))

    def _demo(self, shown: Demonstration) -> dict[str, Any]:
        demo = {TEXT: shown.example.text, LABEL: shown.example.label}
        reasoned = self.reasoning and shown.rationale
        return {**demo, REASONING: shown.rationale} if reasoned else demo


def messages_of(written_messages: Sequence[dict[str, Any]]) -> list[Message]:
    """DSPy's messages as records of amplify's."""
    return [Message(m["role"], _text(m["content"])) for m in written_messages]


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    """The content as one text: DSPy takes a text apart that holds marks of its own."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] if "text" in part else json.dumps(part) for part in content)
