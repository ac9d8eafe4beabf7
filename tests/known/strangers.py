"""Plugins that no plan names: each breaks something, or reaches for what is not its own.

`BREAKS` cannot be loaded or are odd, `REACHES` change what the whole process shares, `WATCHES`
observe a run. Each comes with the words that a listing tells of it.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from known.site import Site

HOOK = "from amplify import SelectorComponent as S, hookimpl\n"
ONE = "@hookimpl\ndef amplify_selectors():\n    yield S(name='one', factory='m:A', summary='')\n"

BREAKS: dict[str, tuple[str, str, str]] = {
    "raises": ("1 / 0", "failed", "fails: ZeroDivisionError: division by zero"),
    "quits": ("import sys; sys.exit(0)", "failed", "calls sys.exit(0)"),
    "leaves": ("raise GeneratorExit('gone')", "failed", "fails: GeneratorExit: gone"),
    "mumbles": (
        "class E(Exception):\n    def __str__(self): raise E\nraise E",
        "failed",
        "fails: E",
    ),
    "mutters": (
        "class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E",
        "failed",
        "import of amplify_mutters_plugin fails: E",
    ),
    "interrupts": ("raise KeyboardInterrupt", "failed", "_plugin fails: KeyboardInterrupt"),
    "hook-interrupts": (
        f"{HOOK}@hookimpl\ndef amplify_selectors(): raise KeyboardInterrupt",
        "failed",
        "amplify_selectors fails: KeyboardInterrupt",
    ),
    "misspells": (
        f"{HOOK}@hookimpl\ndef amplify_selector(): return []",
        "failed",
        "there is no hook amplify_selector; did you mean amplify_selectors?",
    ),
    "wraps": (
        f"{HOOK}@hookimpl(wrapper=True)\ndef amplify_selectors(): return (yield)",
        "failed",
        "is a wrapper",
    ),
    "repeats": (
        f"{HOOK}@hookimpl\ndef amplify_selectors():\n"
        "    while True: yield S(name='one', factory='m:A', summary='')",
        "failed",
        "yields more than 1000 components",
    ),
    "doubles": (
        f"{HOOK}@hookimpl\ndef amplify_selectors():\n"
        "    yield S(name='one', factory='m:A', summary='')\n"
        "    yield S(name='one', factory='m:B', summary='')",
        "failed",
        "two components are named 'one': m:A and m:B",
    ),
    "shouts": (
        f"{HOOK}@hookimpl\ndef amplify_selectors(): yield S(name='O', factory='m:A', summary='')",
        "failed",
        "component name 'O' is not",
    ),
    "hook-leaves": (
        f"{HOOK}class Gone(BaseException): pass\n@hookimpl\ndef amplify_selectors(): raise Gone",
        "failed",
        "amplify_selectors fails: Gone",
    ),
    "forgets": ("def amplify_selectors(): return []", "loaded", "is not marked @hookimpl"),
    "prints": ("print('hello')\n", "loaded", "prints at import: 'hello'"),
    "closes": ("import sys; sys.stdout.close(); sys.stderr.close()", "loaded", "declares nothing"),
    "dawdles": ("import time; time.sleep(1.1)", "loaded", "its import takes "),
}
"""By name: the source, the state, and words of the problem."""

SAME_NAMES = """
    from amplify import (
        ExecutorComponent, ExplainerComponent, ProviderComponent, ProxyComponent,
        SelectorComponent, TaskComponent, TemplateComponent, hookimpl,
    )
    F = "nowhere:Nothing"

    @hookimpl
    def amplify_tasks():
        for name in ("csv", "jsonl", "bbh", "dispatches"):
            yield TaskComponent(name=name, factory=F, summary="")

    @hookimpl
    def amplify_proxies():
        for name in ("counts", "classifier", "linear"):
            yield ProxyComponent(name=name, factory=F, summary="")

    @hookimpl
    def amplify_selectors():
        for name in ("h-mcs", "random", "errors", "l-mcs"):
            yield SelectorComponent(name=name, factory=F, summary="")

    @hookimpl
    def amplify_explainers():
        for name in ("random", "midpoint", "log-odds"):
            yield ExplainerComponent(name=name, factory=F, summary="")

    @hookimpl
    def amplify_templates():
        for name in ("answer-only", "key-words", "chain-of-thought"):
            yield TemplateComponent(name=name, factory=F, summary="")

    @hookimpl
    def amplify_providers():
        for name in ("voter", "local", "replay", "none"):
            yield ProviderComponent(name=name, factory=F, summary="")

    @hookimpl
    def amplify_executors():
        yield ExecutorComponent(name="serial", factory=F, summary="")
"""

EQUALS = """
    from amplify import hookimpl

    class Everything:
        __hash__ = None

        def __eq__(self, other):
            return True

        @hookimpl
        def amplify_selectors(self):
            return []

    plugin = Everything()
"""

REACHES = {
    "sends": (
        "import os\nos.environ |= {'OPENAI_BASE_URL': 'http://127.0.0.1:9', 'KNOWN_REFUSES': 'the'}"
        "\nos.environ.pop('KNOWN_LOG', None)",
        "changes the environment (KNOWN_",
    ),
    "environs": ("import os\nos.environ = {}", "changes the environment"),
    "deafens": (
        "import signal\nfor name in ('SIGINT', 'SIGTERM'):\n"
        "    signal.signal(getattr(signal, name), signal.SIG_IGN)",
        "changes signal handlers (SIGINT, SIGTERM)",
    ),
    "masks": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.5)",
        "changes blocked signals, an alarm",
    ),
    "moves": ("import os\nos.chdir('/')\nos.umask(0o777)", "changes the working folder, the umask"),
    "warns": (
        "import pluggy, warnings\npluggy.PluginManager.unregister = None\n"
        "warnings.simplefilter('error')\nwarnings.warn_explicit = print",
        "warnings.warn_explicit, pluggy._manager.PluginManager.unregister, warnings filters",
    ),
    "paths": (
        "import sys\nsys.path.insert(0, '/nowhere')\nsys.argv[:] = ['x']\nsys.path = []\n"
        "class Finder:\n    @staticmethod\n    def find_spec(*_): raise OSError('no')\n"
        "sys.meta_path.insert(0, Finder)",
        "sys.path",
    ),
    "speaks": (
        "import locale, os\nos.environ['TZ'] = 'Asia/Tokyo'\nimport time; time.tzset()\n"
        "locale.setlocale(locale.LC_ALL, 'C')\nimport socket\nsocket.setdefaulttimeout(0.001)",
        "the environment (TZ)",
    ),
    "lingers": (
        "import threading\nthreading.Thread(target=threading.Event().wait, name='spy').start()",
        "leaves a thread (spy) running",
    ),
    "bare-threads": (
        "import _thread\nlock, runs = _thread.allocate_lock(), _thread.allocate_lock()\n"
        "def go():\n    runs.release()\n    lock.acquire()\n"
        "lock.acquire()\nruns.acquire()\n_thread.start_new_thread(go, ())\nruns.acquire()",
        "leaves a thread running",
    ),
    "forks": ("import os\nos.fork()", "leaves a process running"),
    "spawns": (
        "import subprocess as s\ns.Popen(['sleep', '9'], stdin=-3, stdout=-3, stderr=-3)",
        "leaves a process running",
    ),
    "patches": (
        "import builtins, json, pathlib\nimport amplify.contract.data as data\n"
        "pathlib.Path.write_text = json.JSONEncoder.encode = None\n"
        "json.dumps = builtins.open = builtins.sorted = lambda *a, **k: 1 / 0\n"
        "data.Example.labels = data.Example = None",
        "changes builtins.sorted, builtins.open, ",
    ),
    "plants": (
        "import sys, types\nsys.modules['tabulate'] = types.ModuleType('tabulate')\n"
        "import amplify.loop.answer.parse as parse\ndef nothing(*a, **k): return None\n"
        "for name in dir(parse):\n    if callable(getattr(parse, name)) and name[0] != '_':\n"
        "        setattr(parse, name, nothing)\nsys.modules['json'] = types.ModuleType('json')",
        "module json",
    ),
    "hooks": (
        "import sys\nsys.excepthook = sys.displayhook = sys.settrace(lambda *a: None)",
        "sys.displayhook, sys.excepthook",
    ),
    "limits": (
        "import sys, gc, decimal\nsys.setrecursionlimit(99)\ngc.disable()\n"
        "decimal.getcontext().prec = 1\nimport threading\nthreading.settrace(print)",
        "changes the recursion limit, the tracer or profiler, decimal numbers, interpreter limits",
    ),
    "client": (
        "import csv, sys\nimport amplify\ndef send(*a): raise OSError('sent to another')\n"
        "amplify.Completion = amplify.Example = amplify.Scores = send\n"
        "csv.reader = csv.DictReader = send",
        "changes",
    ),
    "logs": (
        "import logging, random\nlogging.basicConfig(level=0)\nlogging.disable()\nrandom.seed(1)",
        "logging",
    ),
    "swaps": (
        "import os, sys\nnothing = os.open(os.devnull, os.O_RDWR)\n"
        "for number in (0, 1, 2): os.dup2(nothing, number)",
        "changes standard streams",
    ),
    "relabels": (
        "import amplify\n"
        "amplify.Example.label = property(lambda self: 'cold', lambda self, value: None)",
        "changes amplify.contract.data.Example.label; put back",
    ),
    "describes": (
        "import amplify\namplify.Event.kind = 'x'\namplify.Prediction.__dataclass_fields__ = {}\n"
        "amplify.Example.__getattribute__ = lambda self, name: None",
        "amplify.contract.data.Prediction.__dataclass_fields__",
    ),
    "shadows": (
        "import amplify.contract.data as data\ndata.sorted = data.len = data.isinstance = None",
        "amplify.contract.data.len",
    ),
    "composes": (
        "import unicodedata, hashlib\nunicodedata.normalize = lambda form, text: 'same'\n"
        "hashlib.sha256 = hashlib.md5",
        "unicodedata.normalize",
    ),
    "separates": (
        "import json, enum\njson.JSONEncoder.key_separator = '=>'\nenum.Enum.__str__ = None",
        "json.encoder.JSONEncoder.key_separator",
    ),
    "turns": (
        "import json\nclass M(type(json)):\n    def __getattribute__(self, name): raise OSError\n"
        "json.__class__ = M\ndel json",
        "changes the class of json",
    ),
    "ports": (
        "import math, os, string\nos.name, os.sep, math.pi, string.digits = 'nt', '|', 3, 'x'",
        "os.name, os.sep",
    ),
    "encodes": ("import codecs\ndef no(name): return None\ncodecs.register(no)", "codecs"),
    "ends": (
        "import atexit, os\ndef end(): os._exit(9)\natexit.register(end)",
        "registers functions for the end of the process",
    ),
}
"""By name: the source, and words of what is told of it."""

WATCHES = {
    "edits": "event.data.clear() if event.kind == 'started' else spoil(event.data)",
    "keeps": "kept.append(event.data); [spoil(data) for data in kept]",
    "fails": "raise RuntimeError('observer')",
    "exits": "raise SystemExit(0)",
    "stops": "raise KeyboardInterrupt",
    "shuts": "import os, sys; [os.close(n) for n in (1, 2, 0)]; sys.stderr = open(os.devnull, 'w')",
    "folds": "import unicodedata; unicodedata.normalize = lambda form, text: 'same'",
    "babbles": "print('babble'); import os; os.write(1, b'babble')",
    "walks": "import json, os; os.chdir('/'); os.environ.pop('KNOWN_LOG', 0); json.dumps = 0",
}
"""By name: what the observer does with an `event`."""

OBSERVER = """
    from amplify import hookimpl
    kept = []

    def spoil(value):
        if isinstance(value, dict):
            for inner in list(value.values()):
                spoil(inner)
            value.update({{key: 0 for key, held in value.items() if isinstance(held, float)}})
            value["spoilt"] = True
        elif isinstance(value, list):
            value.append("spoilt")

    @hookimpl
    def amplify_event(event):
        {does}
"""


def settle(site: Site) -> dict[str, str]:
    """Install them all; by name, words that the listing tells of each."""
    told = {}
    for name, (source, _, words) in BREAKS.items():
        site.add(f"amplify-{name}", source)
        told[f"amplify-{name}"] = words
    for name, (source, words) in REACHES.items():
        site.add(f"amplify-{name}", source)
        told[f"amplify-{name}"] = words
    for name, does in WATCHES.items():
        site.add(f"amplify-{name}", OBSERVER.format(does=does))
    site.add("amplify-same-names", SAME_NAMES)
    site.add("amplify-equals", EQUALS, value="amplify_equals_plugin:plugin")
    site.add("amplify-aaa", value="amplify.builtin.plugin")
    site.add("amplify-later", requires=["amplify-icl>=99"])
    site.add("amplify-twin", textwrap.dedent(HOOK) + ONE)
    site.add("twin", textwrap.dedent(HOOK) + ONE)
    site.add("builtin", requires=["openai"])
    site.add("amplify-torn")
    (torn,) = site.path.glob("amplify_torn-*")
    (torn / "METADATA").write_bytes(b"Name: torn \xff\n")
    return told | {
        "amplify-aaa": "amplify.builtin.plugin is already another distribution's plugin",
        "amplify-later": "needs amplify-icl >=99",
        "amplify-twin": "both shorten to 'twin'",
        "twin": "both shorten to 'twin'",
    }
