"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import SelectorComponent, TemplateComponent, hookimpl


@hookimpl
def amplify_selectors() -> Iterator[SelectorComponent]:
    """An optimiser of DSPy each."""
    yield SelectorComponent(
        name="random-search",
        factory="amplify_dspy.random_search:RandomSearch",
        options="amplify_dspy.options:RandomSearchOptions",
        needs=("llm",),
        summary="the demonstrations that DSPy's BootstrapFewShotWithRandomSearch finds best",
    )
    yield SelectorComponent(
        name="mipro-v2",
        factory="amplify_dspy.mipro:Mipro",
        options="amplify_dspy.options:MiproOptions",
        needs=("llm",),
        summary="the instruction and the demonstrations that DSPy's MIPROv2 finds best",
    )
    yield SelectorComponent(
        name="gepa",
        factory="amplify_dspy.reflective:Gepa",
        options="amplify_dspy.options:CompileOptions",
        needs=("llm",),
        summary="the instruction that DSPy's GEPA writes; no demonstrations",
    )


@hookimpl
def amplify_templates() -> Iterator[TemplateComponent]:
    """DSPy's layout of a prompt."""
    yield TemplateComponent(
        name="chat",
        factory="amplify_dspy.layout:ChatLayout",
        options="amplify_dspy.options:LayoutOptions",
        summary="the prompt as DSPy's ChatAdapter lays it out",
        reasons=True,
    )
