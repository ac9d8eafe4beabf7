"""The formats that a finished prompt is exported to, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.contract.suggest import did_you_mean
from amplify.run.prompt.finished import FinishedPrompt

Export = Callable[[FinishedPrompt], str]


@dataclass(frozen=True)
class Format:
    """A format: the function that writes it, as a dotted path, and what it is."""

    function: str
    summary: str

    def export(self, finished: FinishedPrompt) -> str:
        """The prompt in this format; PlanError where the format cannot say what it asks."""
        module, _, name = self.function.partition(":")
        write: Export = getattr(import_module(f"amplify.run.prompt.exports.{module}"), name)
        return write(finished)


FORMATS = {
    "prompt": Format("plain:as_file", "the whole prompt, for amplify.load and amplify predict"),
    "text": Format("plain:as_text", "one text, with {{input}} where the input stands"),
    "messages": Format("plain:as_messages", "a JSON list of chat messages, with {{input}}"),
    "openai": Format("services:for_openai", "the JSON body of a chat completion"),
    "anthropic": Format("services:for_anthropic", "the JSON body of a message"),
    "python": Format("python:as_module", "a Python module that needs no library"),
    "jinja": Format("jinja:as_template", "a Jinja2 template of the conversation"),
    "dspy": Format("frameworks:for_dspy", "a Python module with a DSPy program"),
    "promptfoo": Format("promptfoo:as_config", "a promptfooconfig.yaml"),
    "inspect": Format("frameworks:for_inspect", "a Python module with an Inspect task"),
    "lm-eval": Format("lm_eval:as_task", "a task file of lm-evaluation-harness"),
}


def export(finished: FinishedPrompt, to: str) -> str:
    """The prompt in the format of this name; PlanError where there is none."""
    if to not in FORMATS:
        known = ", ".join(FORMATS)
        raise PlanError(f"no format {to!r}{did_you_mean(to, FORMATS)}", hint=f"formats: {known}")
    if to == "prompt":
        return FORMATS[to].export(finished)
    from amplify.run.prompt.exports.sent import as_sent

    return FORMATS[to].export(as_sent(finished))


def require_one_layout(finished: FinishedPrompt, to: str) -> None:
    """PlanError where the prompt is no single text around the input."""
    if finished.choice is not None:
        raise PlanError(
            f"it chooses other demonstrations for each input: {to} holds one choice",
            where=f"arm {finished.arm!r}",
            hint="export it as a prompt (--to=prompt), which amplify.load reads",
        )
    if len(finished.layouts) > 1:
        raise PlanError(
            "it asks each input several times, with its demonstrations in another order each time:"
            f" {to} holds one order",
            where=f"arm {finished.arm!r}",
            hint="export it as a prompt (--to=prompt), which amplify.load reads",
        )


def require_one_reply(finished: FinishedPrompt, to: str) -> None:
    """PlanError where a label takes more than one plain call."""
    require_one_layout(finished, to)
    if finished.answer.mode == "complete":
        raise PlanError(
            "it has a rationale written and then the labels ranked: these are two calls, and"
            f" {to} holds one",
            where=f"arm {finished.arm!r}",
            hint="export it as a prompt (--to=prompt), which amplify.load reads",
        )


def require_written(finished: FinishedPrompt, to: str) -> None:
    """PlanError where the answer is not read from one written reply."""
    require_one_reply(finished, to)
    if finished.answer.mode == "rank":
        raise PlanError(
            f"it has its labels ranked, and {to} has a reply written",
            where=f"arm {finished.arm!r}",
            hint='export it as a prompt (--to=prompt), or name an arm that says answer = "write"',
        )


def to_fill_in(finished: FinishedPrompt, to: str) -> list[str]:
    """What the user has to put in the place of a word in the export."""
    from amplify.run.prompt.exports.services import NO_MODEL, model_of

    services = {
        "openai": ["openai"],
        "anthropic": ["anthropic"],
        "promptfoo": ["openai", "anthropic"],
    }
    models = [model_of(finished, service) for service in services.get(to, [])]
    if not models or any(model != NO_MODEL for model in models):
        return []
    return [
        f"the prompt was measured with {finished.llm.use}, which is no model of this service: put"
        f" the name of one in the place of {NO_MODEL}"
    ]


def left_out(finished: FinishedPrompt, to: str) -> list[str]:
    """What the prompt does beside its one call, which another format does not say."""
    answer = finished.answer
    if to == "prompt":
        return []
    lines = []
    if answer.repeats > 1:
        lines.append(f"each input is asked once, not {counted(answer.repeats, 'time')}")
    if answer.unread == "ask":
        lines.append("a reply that cannot be read is not followed by a second call")
    if answer.calibrate != "none":
        lines.append("probabilities are not calibrated")
    if answer.abstain is not None:
        lines.append("it never abstains")
    held = {"model", "system", *(["temperature"] if to == "openai" else [])}
    if options := [name for name in finished.llm.options if name not in held]:
        lines.append(f"options of the LLM: {', '.join(options)}")
    return lines
