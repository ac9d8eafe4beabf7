"""What a plugin does to the records that it got or gave changes nothing in the run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from known.frail import PLAN, lay, run
from known.site import Site

from amplify.contract.progress import silent
from amplify.host import Host
from amplify.run.execute import execute
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire

KEPT = """
    KEPT = []

    def change(record, **how):
        for name, value in how.items():
            object.__setattr__(record, name, value)
        return record

    def keep(records):
        KEPT.extend(records)
        return records

    class Said(str):
        def __len__(self):
            return 0

        def __eq__(self, other):
            return True

        def strip(self, *given):
            return "warm"

        __hash__ = str.__hash__

    def meddle(holder, name, before=None, after=None):
        old = getattr(holder, name)

        def met(self, *given):
            if before is not None:
                before(*given)
            made = old(self, *given)
            return made if after is None else after(made)

        setattr(holder, name, met)

    def late():
        for record in KEPT:
            change(getattr(record, "example", record), label="warm", text="sun")
"""

CHANGES = {
    "task": (
        "meddle(Task, 'load', after=lambda made: keep(made.examples) and made)\n"
        "    meddle(Llm, 'complete', lambda requests: late())"
    ),
    "scores": (
        "meddle(Proxy, 'predict', after=lambda made: keep(made))\n"
        "    meddle(Selector, 'select', lambda *given: [change(s, labels=()) for s in KEPT])"
    ),
    "job": (
        "meddle(Pool, 'map', lambda job, jobs: keep(jobs[0].part))\n"
        "    meddle(Selector, 'select', lambda *given: late())"
    ),
    "candidates": (
        "meddle(Selector, 'select', lambda given, *more: keep(given))\n"
        "    meddle(Explainer, 'explain', lambda *given: late())"
    ),
    "selection": (
        "meddle(Selector, 'select', after=lambda made: keep(made.shots) and made)\n"
        "    meddle(Explainer, 'explain', lambda *given: late())"
    ),
    "explanations": (
        "meddle(Explainer, 'explain', after=lambda made: keep(made))\n"
        "    meddle(Template, 'rationales', lambda shown: [change(span, score=1.0, start=0, end=1)"
        " for told in KEPT for span in told.spans])"
    ),
    "rationales": (
        "meddle(Template, 'rationales', lambda shown: keep(shown) and late())\n"
        "    meddle(Template, 'reply', lambda shown: late())"
    ),
    "words": (
        "meddle(Template, 'shared', lambda i, shown: [change(w, text='x') for d in shown"
        " for w in d.words])"
    ),
    "cleared": (
        "def complete(self, requests):\n"
        "        asked = [*requests]\n"
        "        requests.clear()\n"
        "        for index, request in enumerate(asked):\n"
        "            yield index, self.reply(request)\n"
        "    Llm.complete = complete"
    ),
    "requests": (
        "def complete(self, requests):\n"
        "        for index, request in enumerate(requests):\n"
        "            said = self.reply(request)\n"
        "            change(request.prompt, item_part='x', shared='y')\n"
        "            change(request, arm='x', item='y', stop=('o',))\n"
        "            yield index, said\n"
        "    Llm.complete = complete"
    ),
    "completions": (
        "def complete(self, requests):\n"
        "        for index, request in enumerate(requests):\n"
        "            said = self.reply(request)\n"
        "            yield index, said\n"
        "            change(said.usage, input=99)\n"
        "            change(said, text='warm')\n"
        "    Llm.complete = complete"
    ),
    "texts": (
        "meddle(Llm, 'reply', after=lambda said: change(said, text=Said(said.text),"
        " model=Said(said.model)))"
    ),
    "service": (
        "meddle(Llm, 'reply', lambda request: keep([request]),"
        " lambda said: keep([said]) and change(said, text=Said(said.text)))\n"
        "    meddle(Llm, 'count_tokens', lambda text: [change(one, arm='x') for one in KEPT"
        " if hasattr(one, 'arm')])"
    ),
}
"""What is changed, and how: lines behind the sound plugin's code."""

FILES = ("demonstrations.jsonl", "predictions.jsonl", "calls.jsonl")


def written(folder: Path) -> dict[str, list[object]]:
    """What a run wrote of its demonstrations, predictions and calls; calls come in any order."""
    found: dict[str, list[object]] = {}
    for name in FILES:
        lines = (folder / name).read_text().splitlines()
        rows = [json.loads(line) for line in lines]
        found[name] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    return found


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_to_a_record_changes_nothing(site: Site, tmp_path: Path, what: str) -> None:
    plan = PLAN.replace("frail-llm", "frail-service") if what == "service" else PLAN
    lines = CHANGES[what].replace("\n    ", "\n        ")
    path = lay(site, tmp_path, f"{KEPT}\n    def begin():\n        {lines}", plan)
    run(path)
    sound = written(tmp_path / "out")
    sys.modules["amplify_frail_plugin_live"].begin()
    wiring = wire(read_plan(path, Overrides()), Host.load(), silent)
    execute(wiring, RunFolder(tmp_path / "again"))
    assert written(tmp_path / "again") == sound
