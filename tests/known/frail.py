"""A plugin with a component of every role, each sound, which a test has break its contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from amplify.contract.progress import silent
from amplify.host import Host
from amplify.run.execute import execute
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan
from amplify.run.result import FinishedRun
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.wire import wire

if TYPE_CHECKING:
    from known.site import Site

DECLARATIONS = """
    from amplify import (
        ExecutorComponent, ExplainerComponent, ProviderComponent, ProxyComponent,
        SelectorComponent, TaskComponent, TemplateComponent, hookimpl,
    )

    def live(name):
        return {"name": "frail-" + name.lower(), "factory": "{module}_live:" + name, "summary": "x"}

    @hookimpl
    def amplify_tasks():
        yield TaskComponent(**live("Task"))

    @hookimpl
    def amplify_proxies():
        yield ProxyComponent(**live("Proxy"), offers=("predict", "linear"))

    @hookimpl
    def amplify_selectors():
        yield SelectorComponent(**live("Selector"), needs=("scores",))
        yield SelectorComponent(**live("Each"), per_item=True)
        yield SelectorComponent(**live("Asking"), needs=("llm", "train"))

    @hookimpl
    def amplify_explainers():
        yield ExplainerComponent(**live("Explainer"), needs=("predict", "linear"))

    @hookimpl
    def amplify_templates():
        yield TemplateComponent(**live("Template"), explains="optional")
        yield TemplateComponent(**live("Ranked"), ranks=True)

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(**live("Llm"), ranks=True)
        yield ProviderComponent(**live("Service"))

    @hookimpl
    def amplify_executors():
        yield ExecutorComponent(**live("Executor"))
"""

LIVE = """
    import asyncio, json, math, random
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import replace
    from amplify import (
        AmplifyError, Completion, DataError, Dataset, Example, Explanation, Failure, Limits,
        Option, Parts, PlanError, PluginError, Prompt, Reply, Request, Scores, Selection, Shot,
        Span, Usage,
        word_ranges,
    )

    COLD, WARM = "ice snow frost hail sleet".split(), "sun heat sand palm glow".split()
    REST = "the day we saw it and they went over hills near town by noon".split()

    class Component:
        def __init__(self, options, context):
            self.context = context

    class Task(Component):
        def load(self):
            draw, made = random.Random(7), []
            for number in range(60):
                label, telling = (("cold", COLD), ("warm", WARM))[number % 2]
                words = [*draw.sample(telling, 3), *draw.sample(REST, 9)]
                draw.shuffle(words)
                made.append(Example(f"day-{number}", " ".join(words), label))
            return Dataset("days", "Say cold or warm.", ("cold", "warm"), tuple(made))

    class Proxy(Component):
        def fit(self, train, labels):
            self.labels = labels

        def weigh(self, word):
            return (word in COLD) - (word in WARM)

        def predict(self, examples):
            return [self.score(example) for example in examples]

        def score(self, example):
            cold = sum(map(self.weigh, example.text.split()))
            logits = (float(cold), 0.0)
            total = sum(map(math.exp, logits))
            return Scores(self.labels, logits, tuple(math.exp(x) / total for x in logits))

        def parts(self, examples):
            return [self.part(example) for example in examples]

        def part(self, example):
            words = tuple(word_ranges(example.text))
            shares = tuple((float(self.weigh(example.text[a:b])), 0.0) for a, b in words)
            return Parts(self.labels, words, shares, (0.0, 0.0))

    class Selector(Component):
        def select(self, candidates, shots, queries):
            return Selection(tuple(Shot(c.example, candidate=c) for c in candidates[:shots]))

    class Each(Component):
        def select(self, candidates, shots, queries):
            chosen = tuple(Shot(c.example) for c in candidates[:shots])
            return Selection((), by_item={query.id: chosen for query in queries})

    class Asking(Component):
        def select(self, candidates, shots, queries):
            train, context = self.context.train[0], self.context
            prompts = [Prompt(train.text, " " + c.example.text) for c in candidates]
            asked = [Request(prompt, "asking", str(i), 5) for i, prompt in enumerate(prompts)]
            texts = [outcome.text for outcome in context.ask(asked)]
            said = f"{context.instruction} ({context.answer}, {', '.join(texts)})"
            return Selection((), said)

    class Explainer(Component):
        def explain(self, proxy, claims):
            parts = proxy.parts([claim.example for claim in claims])
            return [self.one(*pair) for pair in zip(claims, parts)]

        def one(self, claim, part):
            place = part.labels.index(claim.target)
            sign = 1 if place == 0 else -1
            scored = zip(part.words, part.shares)
            spans = tuple(Span(a, b, sign * row[0]) for (a, b), row in scored)
            return Explanation(claim.example, claim.target, spans, method="weights")

    class Template(Component):
        stop = ("\\n",)
        max_tokens = 5

        def rationales(self, demonstrations):
            return [", ".join(word.text for word in d.words) for d in demonstrations]

        def shared(self, instruction, demonstrations):
            shown = [self.item_part(d.example) + self.reply(d) for d in demonstrations]
            return "\\n\\n".join([instruction, *shown, ""])

        def item_part(self, example):
            return f"Q: {example.text}\\nA:"

        def reply(self, demonstration):
            return f" {demonstration.rationale} {demonstration.example.label}"

    class Talk(Template):
        chat, system = True, True

    class Ranked(Template):
        def continuation(self, label):
            return f" {label}"

    class Llm(Component):
        limit = None
        identity = {"provider": "frail", "model": "votes"}

        def count_tokens(self, text):
            return len(text.split())

        def complete(self, requests):
            for index, request in enumerate(requests):
                yield index, self.reply(request)

        def reply(self, request):
            asked = request.prompt.item_part.split()
            said = "cold" if sum(map(COLD.count, asked)) else "warm"
            return Completion(f" {said}" if request.labels else said, "votes", usage=Usage(9, 1))

    class Service(Llm):
        warms = False
        complete = None

        async def answer(self, request):
            await asyncio.sleep(0)
            return Reply(self.reply(request))

        async def close(self):
            pass

    class Pool(ThreadPoolExecutor):
        pass

    class Executor(Component):
        def open(self):
            return Pool(1)
"""

PLAN = """
[task]
use = "frail-task"
[split]
train = 20
pool = 10
test = 10
[llm]
use = "frail-llm"
[calls]
cache = false
backoff = 0.01
[proxy]
use = "frail-proxy"
[executor]
use = "frail-executor"
[[arms]]
name = "plain"
template = "frail-template"
[[arms]]
name = "shown"
selector = "frail-selector"
explainer = "frail-explainer"
template = "frail-template"
shots = 2
keywords = 3
"""


def lay(site: Site, folder: Path, fault: str = "", plan: str = PLAN) -> Path:
    """The plan's file in the folder; the plugin is installed, with the fault behind its code."""
    site.add("amplify-frail", DECLARATIONS, live=f"{LIVE}\n    {fault}\n")
    path = folder / "plan.toml"
    path.write_text(plan)
    return path


def run(path: Path) -> FinishedRun:
    """A run of the plan in this process."""
    plan = read_plan(path, Overrides())
    wiring = wire(plan, Host.load(), silent)
    return execute(wiring, RunFolder(path.parent / "out"))
