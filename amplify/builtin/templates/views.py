"""Templates that show what the proxy makes of each input, test items included.

An arm with one of them runs the proxy at test time. What is shown of a test item is the proxy's own
view of it: nothing in it depends on the item's true label.
"""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Context, Demonstration, Example, ProxyView
from amplify.builtin.templates.layout import join
from amplify.builtin.templates.options import ProxyCluesOptions, SuperIclOptions
from amplify.builtin.templates.qa import AnswerOnly


class Viewing(AnswerOnly):
    """`Q: input`, a line on the proxy's view, `A: label`; in a chat the line ends the turn."""

    def line(self, view: ProxyView) -> str:
        """The line that stands below the input; empty where there is nothing to say."""
        raise NotImplementedError  # every such template has its own

    def shared(self, instruction: str, demonstrations: Sequence[Demonstration]) -> str:
        """The instruction and each demonstration with the proxy's view and its true label."""
        parts = (self._demonstrated(d) + self.reply(d) for d in demonstrations)
        return join(instruction, parts)

    def _demonstrated(self, shown: Demonstration) -> str:
        view = shown.view
        return self.viewed_item_part(shown.example, view) if view else self.item_part(shown.example)

    def viewed_item_part(self, example: Example, view: ProxyView) -> str:
        """The item and the proxy's view of it, up to where its label would stand."""
        line = self.line(view)
        if not line:
            return self.item_part(example)
        return f"{example.text}\n{line}" if self.chat else f"Q: {example.text}\n{line}\nA:"


class SuperIcl(Viewing):
    """The proxy's label and its probability below each input (Xu et al. 2023, arXiv 2305.08848)."""

    def __init__(self, options: SuperIclOptions, context: Context) -> None:
        super().__init__(options, context)
        self.name = options.name

    def line(self, view: ProxyView) -> str:
        """The proxy's label, and its probability with two decimals."""
        return f"{self.name} Prediction: {view.label} (Confidence: {view.probability:.2f})"


class ProxyClues(Viewing):
    """The words that speak for the proxy's label below each input; the label itself is not told."""

    def __init__(self, options: ProxyCluesOptions, context: Context) -> None:
        super().__init__(options, context)
        self.name = options.name

    def line(self, view: ProxyView) -> str:
        """The key words, the highest score first; empty where none speaks for the proxy's label."""
        return f"{self.name}: {', '.join(word.text for word in view.words)}" if view.words else ""
