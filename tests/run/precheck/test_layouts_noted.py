"""What `plan` notes where prompts of some arms alone are laid out by a plugin's template."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.in_process import printed
from known.site import Site

DECLARED = """
    from amplify import TemplateComponent, hookimpl

    @hookimpl
    def amplify_templates():
        yield TemplateComponent(
            name="chat", factory="amplify.builtin.templates.qa:AnswerOnly", summary="x",
            options="amplify.builtin.templates.options:PromptOptions",
        )
"""
PLAN = """
[run]
focus = "searched"
[task]
use = "csv"
path = "data.csv"
instruction = "low or high?"
[split]
train = 0
pool = 20
test = 40
[llm]
use = "none"
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
template = "{template}"
[[arms]]
name = "searched"
selector = "random"
shots = 4
template = "elsewhere/chat"
"""


@pytest.mark.parametrize("template", ["answer-only", "elsewhere/chat"])
def test_a_layout_of_a_plugin_is_noted_unless_all_arms_have_it(
    site: Site, tmp_path: Path, template: str
) -> None:
    site.add("amplify-elsewhere", DECLARED)
    rows = [f"item {i} is {('low', 'high')[i % 2]},{('low', 'high')[i % 2]}" for i in range(100)]
    (tmp_path / "data.csv").write_text("\n".join(["text,label", *rows]) + "\n")
    (tmp_path / "plan.toml").write_text(PLAN.format(template=template))
    told = " ".join(printed("plan", str(tmp_path / "plan.toml")).split())
    note = (
        "elsewhere/chat lays out the prompts of searched, and amplify's own templates those of"
        " other arms: what one gains may come from its layout"
    )
    assert (note in told) == (template == "answer-only")
