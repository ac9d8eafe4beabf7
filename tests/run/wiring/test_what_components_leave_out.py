"""A component defines what its role cannot do without; the role's base class has the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from known.frail import PLAN, lay, run

if TYPE_CHECKING:
    from known.site import Site

ONE_METHOD = """
    from amplify import AsyncProvider, SyncProvider, Template as BaseTemplate

    class Llm(SyncProvider):
        def complete(self, requests):
            for index, request in enumerate(requests):
                yield index, Completion("cold", "fixed")

    class Service(AsyncProvider):
        async def answer(self, request):
            return Reply(Completion("cold", "fixed"))

    class Template(BaseTemplate):
        def __init__(self, options, context):
            pass

        def shared(self, instruction, demonstrations):
            return instruction + "".join(self.item_part(d.example) for d in demonstrations)

        def item_part(self, example):
            return f" Q: {example.text} A:"

    class Selector(Component):
        def select(self, candidates, shots):
            return Selection(tuple(Shot(c.example, candidate=c) for c in candidates[:shots]))

    Proxy.labels = ("cold", "warm")
    del Proxy.fit
"""
"""Components of one method, or of two."""

OLD = """
    class Service:
        limit = 4096
        warms = False
        identity = {"provider": "old"}

        def __init__(self, options, context):
            pass

        def count_tokens(self, text):
            return None

        async def answer(self, request):
            return Reply(Completion("cold", "fixed"))

        async def close(self):
            pass

    class Template:
        stop, max_tokens = (), 20

        def __init__(self, options, context):
            pass

        def rationales(self, demonstrations):
            return ["" for _ in demonstrations]

        def shared(self, instruction, demonstrations):
            return instruction + "".join(self.own(d.example) for d in demonstrations)

        def own(self, example):
            return f" Q: {example.text} A: {example.label}"
"""
"""A provider and a template that inherit nothing, with the members that there were before."""


def accuracies(folder: Path) -> dict[str, float]:
    record = json.loads((folder / "out" / "record.json").read_text())
    return {arm["name"]: arm["accuracy"] for arm in record["arms"]}


@pytest.mark.parametrize("llm", ["frail-llm", "frail-service"])
def test_a_provider_of_one_method_answers_a_run(site: Site, tmp_path: Path, llm: str) -> None:
    """So do a template of two, a proxy that is not fitted, and a selector without queries."""
    run(lay(site, tmp_path, ONE_METHOD, PLAN.replace("frail-llm", llm)))
    assert accuracies(tmp_path) == {"plain": 0.5, "shown": 0.5}


def test_components_that_inherit_nothing_work_too(site: Site, tmp_path: Path) -> None:
    run(lay(site, tmp_path, OLD, PLAN.replace("frail-llm", "frail-service")))
    assert accuracies(tmp_path) == {"plain": 0.5, "shown": 0.5}
    prompts = (tmp_path / "out" / "prompts.jsonl").read_text().splitlines()
    asked = [json.loads(line)["messages"][-1]["content"].partition(" Q: ")[2] for line in prompts]
    assert asked
    assert all(prompt.endswith(" A: ") for prompt in asked)
