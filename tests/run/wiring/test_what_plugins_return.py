"""What a plugin returns is checked where it comes in: one fault of each kind, in each role."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.frail import PLAN, lay, run
from known.site import Site

from amplify import PluginError

LIVE = "amplify_frail_plugin_live.py:"

TASK = [
    ("Task.load = lambda self: None", "what load returns is None, no Dataset"),
    ("Task.load = lambda self: replace(OLD(self), examples=7)", "the examples is 7, no list"),
    ("Task.load = lambda self: changed(self, label=None)", "its label is None, no text"),
    ("Task.load = lambda self: changed(self, text=b'ice')", "its text is b'ice', no text"),
    ("Task.load = lambda self: changed(self, text='\\ud800')", "half a surrogate pair"),
    ("Task.load = lambda self: changed(self, id=3)", "an example's id is 3, no text"),
    ("Task.load = lambda self: changed(self, id='day-1')", "two examples have this id"),
    ("Task.load = lambda self: changed(self, options=(Option('a', 2, 999),))", "2 to 999"),
    ("Task.load = lambda self: changed(self, options=((1, 2),))", "an option is (1, 2), no Option"),
    ("Task.load = lambda self: changed(self, question=(5, 2))", "its question is characters 5 to"),
    ("Task.load = lambda self: replace(OLD(self), labels=('a', 'b'))", "no example has a label"),
    ("Task.load = lambda self: replace(OLD(self), labels='cold')", "the labels is 'cold', no list"),
    ("Task.load = lambda self: replace(OLD(self), labels=('cold', 'cold'))", "stands twice"),
    ("Task.load = lambda self: replace(OLD(self), source={'a': {1}})", "cannot be written as JSON"),
    ("Task.load = lambda self: replace(OLD(self), notes='many')", "the notes is 'many', no list"),
]
"""Faults of a task source: the line that makes it, and what is told."""

PROXY = [
    ("Proxy.predict = lambda self, examples: None", "what predict returns is None, no list"),
    ("Proxy.predict = lambda self, examples: OLD(self, examples)[1:]", "9 scores for 10 examples"),
    ("Proxy.predict = lambda self, examples: scored(self, (1.0, 0.0), (0.9, 0.9))", "sum to 1.8"),
    ("Proxy.predict = lambda self, examples: scored(self, (1.0, 0.0), (3.0, -2.0))", "0 and 1"),
    ("Proxy.predict = lambda self, examples: scored(self, (0.0, 1.0), (0.9, 0.1))", "rank 'warm'"),
    ("Proxy.predict = lambda self, examples: scored(self, (1.0,), (0.9, 0.1))", "2 labels, but 1"),
    (
        "Proxy.predict = lambda self, examples: scored(self, (math.nan, 0.0), (0.9, 0.1))",
        "a logit is nan, no finite number",
    ),
    ("Proxy.predict = lambda self, examples: scored(self, ('1', '0'), (0.9, 0.1))", "no number"),
    (
        "Proxy.predict = lambda self, examples: named(self, ('cold', 'hot'))",
        "scores the label 'hot', which is not open to it",
    ),
    ("Proxy.predict = lambda self, examples: named(self, ('cold', 'cold'))", "one score for each"),
    ("Proxy.predict = lambda self, examples: named(self, (1, 2))", "labels is 1, no text"),
    ("Proxy.fit = lambda self, train, labels: exit(0)", "calls sys.exit(0)"),
    ("Proxy.part = lambda self, e: None", "a member of what parts returns is None, no Parts"),
    ("Proxy.part = lambda self, e: replace(OLD(self, e), words=((0, 999),))", "0 to 999"),
    ("Proxy.part = lambda self, e: replace(OLD(self, e), shares=())", "but shares of 0"),
    ("Proxy.part = lambda self, e: replace(OLD(self, e), rest=(0.0,))", "a row of 1 shares"),
]

SELECTOR = [
    ("Selector.select = lambda self, c, n, q: None", "what select returns is None, no Selection"),
    ("Selector.select = lambda self, c, n, q: [Shot(c[0].example)]", "no Selection"),
    ("Selector.select = lambda self, c, n, q: Selection(3)", "the shots is 3, no list"),
    ("Selector.select = lambda self, c, n, q: Selection((c[0],))", "no Shot"),
    ("Selector.select = lambda self, c, n, q: OLD(self, c, n + 1, q)", "chose 3 shots, and was"),
    ("Selector.select = lambda self, c, n, q: OLD(self, c[:1] * 2, n, q)", "chose it twice"),
    ("Selector.select = lambda self, c, n, q: shot(c, label='warm')", "changed its label from"),
    ("Selector.select = lambda self, c, n, q: shot(c, text='ice')", "changed its text"),
    ("Selector.select = lambda self, c, n, q: shot(c, id='mine')", "none of the candidates"),
    ("Selector.select = lambda self, c, n, q: shot(c, id=None)", "an example's id is None"),
    (
        "Selector.select = lambda self, c, n, q: replace(OLD(self, c, n, q), instruction=5)",
        "the instruction is 5, no text",
    ),
    (
        "Selector.select = lambda self, c, n, q: replace(OLD(self, c, n, q), notes='few')",
        "the notes is 'few', no list",
    ),
    ("Selector.select = lambda self, c, n, q: OLD(self, relabelled(c), n, q)", "changed its label"),
    ("Selector.select = lambda self, c, n, q: Selection(Short(map(asshot, c)))", "chose 3 shots"),
    (
        "Selector.select = lambda self, c, n, q: Selection((Shot(c[0].example, rationale=1),))",
        "the rationale is 1, no text",
    ),
]

EACH = [
    ("Each.select = lambda self, c, n, q: Selection((), by_item=3)", "by_item is 3, no Mapping"),
    ("Each.select = lambda self, c, n, q: Selection((), by_item={})", "chose nothing for day-"),
    ("Each.select = lambda self, c, n, q: own(self, c, n, q, 'day-999')", "which is no test item"),
    ("Each.select = lambda self, c, n, q: OLD(self, c, n + 1, q)", "chose 3 shots, and was"),
]

EXPLAINER = [
    ("Explainer.explain = lambda self, p, c: None", "what explain returns is None, no list"),
    ("Explainer.explain = lambda self, p, c: OLD(self, p, c)[1:]", "1 explanations for 2 claims"),
    ("Explainer.explain = lambda self, p, c: OLD(self, p, c)[::-1]", "keep the order"),
    ("Explainer.explain = lambda self, p, c: told(self, p, c, target='x')", "keep the order"),
    ("Explainer.explain = lambda self, p, c: told(self, p, c, spans=3)", "the spans is 3, no list"),
    ("Explainer.explain = lambda self, p, c: span(self, p, c, 0, 999, 1.0)", "0 to 999 of day-"),
    ("Explainer.explain = lambda self, p, c: span(self, p, c, 0, 2, 'x')", "no number"),
    ("Explainer.explain = lambda self, p, c: span(self, p, c, 0.5, 2, 1.0)", "no whole number"),
    ("Explainer.explain = lambda self, p, c: told(self, p, c, text=4)", "the chain is 4, no text"),
    ("Explainer.explain = lambda self, p, c: told(self, p, c, unscored=-1)", "0 or more"),
    ("Explainer.explain = lambda self, p, c: told(self, p, c, gap='wide')", "the gap is 'wide'"),
    ("Explainer.explain = lambda self, p, c: p.parts(5)", "TypeError"),
    ("Explainer.explain = lambda self, p, c: OLD(self, p, reworded(c))", "changed its text"),
]

TEMPLATE = [
    ("Template.rationales = lambda self, ds: None", "what rationales returns is None, no list"),
    ("Template.rationales = lambda self, ds: 'ab'", "what rationales returns is 'ab', no list"),
    ("Template.rationales = lambda self, ds: ['a']", "1 rationale for 2 demonstrations"),
    ("Template.rationales = lambda self, ds: [1, 2]", "a rationale is 1, no text"),
    ("Template.shared = lambda self, i, ds: None", "what shared returns is None, no text"),
    ("Template.item_part = lambda self, e: b'Q'", "what item_part returns is b'Q', no text"),
    ("Template.item_part = lambda self, e: '\\ud800'", "half a surrogate pair"),
    ("Template.item_part = lambda self, e: 1 / 0", "ZeroDivisionError"),
    ("Template.stop = 'end'", "stop is 'end', no list"),
    ("Template.stop = (1,)", "a member of stop is 1, no text"),
    ("Template.max_tokens = 2.5", "max_tokens is 2.5, no whole number"),
    ("Template.max_tokens = True", "max_tokens is True, no whole number"),
    ("Template.item_part = None", "has no method 'item_part'"),
    ("Template.chat, Template.system = 'yes', True", "chat is 'yes', neither true nor false"),
    ("Template.prefix, Template.answer_first = 3, False", "prefix is 3, no text"),
    (
        "Template.chat = Template.system = True; Template.reply = lambda self, d: None",
        "what reply returns is None, no text",
    ),
]

LLM = [
    ("Llm.reply = lambda self, r: Completion(None, 'm')", "a completion's text is None, no text"),
    ("Llm.reply = lambda self, r: Completion('cold', 5)", "a completion's model is 5, no text"),
    ("Llm.reply = lambda self, r: Completion('cold', 'm', stop=2)", "stop is 2, no text"),
    ("Llm.reply = lambda self, r: Completion('cold', 'm', seconds='1')", "seconds is '1', no num"),
    ("Llm.reply = lambda self, r: Completion('cold', 'm', logprobs=(1,))", "no list"),
    ("Llm.reply = lambda self, r: Failure(7, 'no')", "a failure's kind is 7, no text"),
    ("Llm.reply = lambda self, r: Failure('server', None)", "a failure's message is None, no text"),
    ("Llm.reply = lambda self, r: Completion('cold', 'm', usage=Usage('many'))", "token counts"),
    ("Llm.reply = lambda self, r: Completion('cold', 'm', usage=3)", "usage is 3, not made of"),
    ("Llm.reply = lambda self, r: None", "not one outcome for each request"),
    ("Llm.complete = lambda self, rs: None", "TypeError"),
    ("Llm.complete = lambda self, rs: iter([(99, self.reply(rs[0]))])", "for request 99"),
    ("Llm.complete = lambda self, rs: iter([(0, self.reply(rs[0]))] * 2)", "for request 0"),
    ("Llm.complete = lambda self, rs: iter([(None, self.reply(rs[0]))])", "no whole number"),
    ("Llm.complete = lambda self, rs: iter([5])", "what complete yields is 5, no list"),
    ("Llm.identity = None", "the identity is None, no Mapping"),
    ("Llm.identity = {'provider': {1}}", "the identity cannot be written as JSON"),
    ("Llm.identity = {'provider': 'frail', 'by_arm': 3}", "the identity's by_arm is 3, no list"),
    ("Llm.identity = {'provider': 4}", "the identity's provider is 4, no text"),
    ("Llm.identity = property(lambda self: 1 / 0)", "ZeroDivisionError"),
    (
        "Llm.identity = property(lambda self: {'provider': 'frail', 'now': random.random()})",
        "its identity has changed: now",
    ),
    ("Llm.complete = lambda self, rs: wrong(Mute('gone'))", "Mute"),
    ("Llm.complete = lambda self, rs: wrong(Stopping('gone'))", "Stopping"),
    ("Llm.complete = lambda self, rs: wrong(Posing('gone'))", "Posing: gone"),
    ("Llm.limit = 'long'", "the limit is 'long', no whole number"),
    ("Llm.limit = 0", "the limit is 0, and has to be 1 or more"),
    ("Llm.limit, Llm.count_tokens = 9, lambda self, text: -1", "a count of tokens is -1"),
    ("Llm.limit, Llm.count_tokens = 9, lambda self, text: 'few'", "no whole number"),
]

SERVICE = [
    ("async def answer(self, r): return None", "gave None: not one Reply"),
    ("async def answer(self, r): return Reply(None)", "an outcome is None, no Failure"),
    ("async def answer(self, r): return Reply(Completion(b'cold', 'm'))", "text is b'cold'"),
    ("async def answer(self, r): return Reply(self.reply(r), limits=4)", "the limits is 4"),
    ("async def answer(self, r): return Reply(self.reply(r), Limits('1'))", "requests_left is '1'"),
    ("async def answer(self, r): raise asyncio.CancelledError", "CancelledError"),
    ("async def answer(self, r): raise KeyboardInterrupt", "KeyboardInterrupt"),
    ("async def answer(self, r): exit(0)", "calls sys.exit(0)"),
    ("def answer(self, r): return Reply(self.reply(r))", "TypeError"),
    (
        "async def answer(self, r): asyncio.current_task().cancel(); await sleep(0)",
        "cancels a task",
    ),
    ("async def answer(self, r): cancel_all(); await sleep(9)", "cancels a task of amplify's"),
    ("async def answer(self, r): get_loop().stop(); await sleep(9)", "stops amplify's event loop"),
    ("async def answer(self, r): get_loop().call_soon(exit, 0); await sleep(9)", "sys.exit(0)"),
    ("async def answer(self, r): create_task(quits()); await sleep(9)", "calls sys.exit(0)"),
    ("async def close(self): current_task().cancel(); await sleep(0)", "cancels a task"),
]

EXECUTOR = [
    ("Executor.open = lambda self: None", "has no method 'submit'"),
    ("Pool.map = lambda self, job, jobs: []", "gave 0 results for 1 jobs"),
    ("Pool.map = lambda self, job, jobs: [('a', 'b')]", "no fitted proxy and its scores"),
    ("Pool.map = lambda self, job, jobs: [(job(jobs[0])[0], [])]", "0 scores for 10 examples"),
]

HELPERS = """
    def changed(self, **how):
        found = OLD(self)
        return replace(found, examples=(replace(found.examples[0], **how), *found.examples[1:]))

    def scored(self, logits, chances):
        return [Scores(self.labels, logits, chances)] * 10

    def named(self, labels):
        return [Scores(labels, (1.0, 0.0), (0.9, 0.1))] * 10

    def shot(candidates, **how):
        first = next(c.example for c in candidates if c.example.label == "cold")
        return Selection((Shot(replace(first, **how)),))

    def own(self, candidates, shots, queries, name):
        found = OLD(self, candidates, shots, queries)
        return replace(found, by_item={**found.by_item, name: ()})

    def relabelled(candidates):
        for candidate in candidates:
            object.__setattr__(candidate.example, "label", "warm")
        return candidates

    def reworded(claims):
        for claim in claims:
            object.__setattr__(claim.example, "text", "ice " + claim.example.text)
        return claims

    def asshot(candidate):
        return Shot(candidate.example)

    class Short(tuple):
        def __len__(self):
            return 1

    class Mute(PlanError):
        def __str__(self):
            return 1

    class Stopping(Exception):
        def __str__(self):
            raise KeyboardInterrupt

    class Posing(PlanError):
        message = property(lambda self: 5, lambda self, value: None)

        def __init__(self, *words):
            Exception.__init__(self, *words)

        def __str__(self):
            return self.args[0]

    def wrong(error):
        raise error

    from asyncio import create_task, current_task, get_running_loop as get_loop, sleep

    def cancel_all():
        for task in asyncio.all_tasks():
            task.cancel()

    async def quits():
        exit(0)

    def told(self, proxy, claims, **how):
        return [replace(found, **how) for found in OLD(self, proxy, claims)]

    def span(self, proxy, claims, start, end, score):
        return told(self, proxy, claims, spans=(Span(start, end, score),))
"""


def broken(role: str, fault: str) -> str:
    """The plugin's code from `HELPERS` on: what stood where the fault is, is `OLD`."""
    if role == "service":
        return f"{HELPERS}\n    class Service(Service):\n        {fault}\n"
    place = fault.partition(" = ")[0].partition(",")[0]
    old = f"OLD = {place}" if place.count(".") == 1 and "(" not in place else "OLD = None"
    return (
        f"{HELPERS}\n    try:\n        {old}\n    except AttributeError:\n        pass\n    {fault}"
    )


def plan_for(role: str) -> str:
    """The plan, with the component that breaks."""
    if role == "service":
        return PLAN.replace("frail-llm", "frail-service")
    if role == "each":
        return PLAN.replace("frail-selector", "frail-each").replace(
            'explainer = "frail-explainer"\n', ""
        )
    return PLAN


ROLES = {
    "task": TASK,
    "proxy": PROXY,
    "selector": SELECTOR,
    "each": EACH,
    "explainer": EXPLAINER,
    "template": TEMPLATE,
    "llm": LLM,
    "service": SERVICE,
    "executor": EXECUTOR,
}
NAMES = {"each": "selector", "service": "llm"}
FAULTS = [
    pytest.param(role, *fault, id=f"{role}-{number}")
    for role, faults in ROLES.items()
    for number, fault in enumerate(faults)
]


def test_a_sound_plugin_of_every_role_runs(site: Site, tmp_path: Path) -> None:
    done = run(lay(site, tmp_path))
    assert [score.items for score in done.scores] == [10, 10]
    assert [note for note in done.record["notes"] if "arm" not in note] == []


@pytest.mark.parametrize(("role", "fault", "words"), FAULTS)
def test_a_fault_is_told_with_the_plugin_and_its_line(
    site: Site, tmp_path: Path, role: str, fault: str, words: str
) -> None:
    path = lay(site, tmp_path, broken(role, fault), plan_for(role))
    with pytest.raises(PluginError) as caught:
        run(path)
    told = str(caught.value)
    assert words in told
    assert caught.value.exit_code == 3
    kind = NAMES.get(role, role)
    assert told.startswith(f"{kind} frail/frail-{role} of plugin amplify-frail 1.0")
    assert caught.value.origin is not None
    assert caught.value.origin.plugin == "amplify-frail"
    if kind in ("selector", "explainer", "template"):
        assert "arm 'shown'" in told or "arm 'plain'" in told
