"""What a plugin changes for the whole process is put back before the next one's turn."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from known.site import Site
from known.strangers import REACHES

from amplify import Event
from amplify.host import Host

PROBE = """
import builtins, enum, gc, hashlib, json, locale, logging, os, random, signal, socket, sys, time
import unicodedata, warnings
from amplify.contract import data
from amplify.host import Host

code = {"builtins": vars(builtins), "json": vars(json), "data": vars(data), "os": vars(os)}

def state():
    umask = os.umask(0)
    os.umask(umask)
    return {
        "environment": sorted(os.environ.items()),
        "folder": os.getcwd(),
        "umask": umask,
        "handlers": [str(signal.getsignal(s)) for s in sorted(signal.valid_signals())],
        "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "alarm": signal.getitimer(signal.ITIMER_REAL),
        "streams": [(os.fstat(n).st_dev, os.fstat(n).st_ino) for n in range(3)],
        "time": time.strftime("%Z", time.localtime(0)),
        "locale": locale.setlocale(locale.LC_ALL),
        "path": sys.path,
        "argv": sys.argv,
        "finders": [str(finder) for finder in sys.meta_path],
        "hooks": [str(h) for h in (sys.excepthook, sys.displayhook, sys.gettrace(), sys.stdout)],
        "filters": [str(one) for one in warnings.filters],
        "logs": [logging.root.level, logging.root.manager.disable, len(logging.root.handlers)],
        "chance": hash(random.getstate()),
        "limits": [sys.getrecursionlimit(), gc.isenabled(), socket.getdefaulttimeout()],
        "code": {n: {k: id(v) for k, v in held.items() if callable(v)} for n, held in code.items()},
        "classes": {
            str(kind): {name: id(value) for name, value in vars(kind).items()}
            for kind in (data.Example, data.Event, data.Prediction, json.JSONEncoder, enum.Enum)
        },
        "functions": [id(unicodedata.normalize), id(hashlib.sha256), len(vars(data))],
        "constants": [os.name, os.sep],
        "modules": sys.modules["json"] is json and "tabulate" not in sys.modules,
    }

print(json.dumps(state()))
host = Host.load()
print(json.dumps(state()))
print(json.dumps({p.name: p.problems for p in host.plugins}), flush=True)
os._exit(0)
"""


def after(site: Site) -> tuple[dict[str, object], dict[str, list[str]]]:
    """What differs in the process once everything is loaded; and the problems by plugin."""
    done = site.python([sys.executable, "-c", PROBE], TZ="UTC", LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stderr
    before, now, told = map(json.loads, done.stdout.splitlines())
    # How long an import takes depends on what else the machine does.
    problems = {name: [p for p in some if " takes " not in p] for name, some in told.items()}
    return {key: now[key] for key in before if now[key] != before[key]}, problems


@pytest.mark.parametrize("name", REACHES)
def test_what_one_plugin_changes_is_put_back_and_named(site: Site, name: str) -> None:
    source, words = REACHES[name]
    site.add(f"amplify-{name}", source)
    changed, problems = after(site)
    assert changed == {}
    assert words in "\n".join(problems[f"amplify-{name}"])


def test_a_key_that_was_changed_is_named_and_not_shown(site: Site) -> None:
    site.add("amplify-key", "import os\nos.environ['OPENAI_API_KEY'] = 'sk-of-somebody'")
    _, problems = after(site)
    told = "\n".join(problems["amplify-key"])
    assert "changes the environment (OPENAI_API_KEY); put back" in told
    assert "somebody" not in told


QUIET = "from amplify import hookimpl\n@hookimpl\ndef amplify_tasks():\n    {}\n    return []\n"


@pytest.mark.parametrize(
    "source",
    [
        QUIET.format("pass"),
        "import email, decimal, fractions, html.parser, unittest.mock\n" + QUIET.format("pass"),
        "import logging\nlog = logging.getLogger(__name__)\n" + QUIET.format("log.debug('x')"),
        "import platform, tempfile, mimetypes, sysconfig, pkgutil, time, uuid\n"
        "tempfile.gettempdir(); mimetypes.guess_type('a.py'); platform.uname(); uuid.uuid4()\n"
        "sysconfig.get_config_vars(); pkgutil.resolve_name('os'); time.tzset()\n"
        "time.strptime('2020', '%Y')\n" + QUIET.format("pass"),
        "import atexit, weakref\nweakref.finalize(atexit, print)\n" + QUIET.format("pass"),
    ],
    ids=["nothing", "libraries", "a logger", "what modules fill in", "a finalizer"],
)
def test_what_harms_nobody_is_no_problem(site: Site, source: str) -> None:
    site.add("amplify-sound", source)
    changed, problems = after(site)
    assert (changed, problems["amplify-sound"]) == ({}, [])


def test_a_hook_is_contained_as_the_import_is(site: Site) -> None:
    site.add("amplify-late", QUIET.format("import os; os.chdir('/'); os.environ['LATE'] = '1'"))
    changed, problems = after(site)
    assert changed == {}
    assert problems["amplify-late"] == [
        "changes the environment (LATE), the working folder; put back"
    ]


def test_what_an_import_breaks_does_not_make_its_own_hooks_fail(site: Site) -> None:
    site.add(
        "amplify-breaks", "import builtins\nbuiltins.sorted = None\n" + QUIET.format("sorted('')")
    )
    host = Host.load()
    (info,) = [plugin for plugin in host.plugins if plugin.name == "amplify-breaks"]
    assert (info.state, info.problems) == ("loaded", ("changes builtins.sorted; put back",))


def test_no_plugin_answers_for_the_next_one(site: Site) -> None:
    """One that claims to be equal to all, or cannot be hashed, is in nobody's way."""
    claims = "from amplify import hookimpl\nclass P:\n    __hash__ = None\n"
    claims += "    def __eq__(self, other): return True\nplugin = P()"
    site.add("amplify-aa", claims, value="amplify_aa_plugin:plugin")
    site.add("amplify-bb", claims, value="amplify_bb_plugin:plugin")
    site.add("amplify-cc")
    host = Host.load()
    assert {p.state for p in host.plugins if p.short in ("aa", "bb", "cc")} == {"loaded"}
    assert host.registry.find("explainer", "cc/opening").plugin == "cc"
    assert host.emit(Event("started")) == ()


def test_a_name_that_answers_to_every_other_is_an_ordinary_one(site: Site) -> None:
    source = """
        from amplify import SelectorComponent, hookimpl

        class Any(str):
            def __eq__(self, other): return True
            def __hash__(self): return hash(str(self))

        class Changing(SelectorComponent):
            role = "task"

        @hookimpl
        def amplify_selectors():
            yield Changing(name=Any("mine"), factory="m:A", summary="")
    """
    site.add("amplify-any", source)
    registry = Host.load().registry
    assert registry.find("selector", "any/mine").role == "selector"
    assert [one.plugin for one in registry.matches("selector", "h-mcs")] == ["builtin"]


def test_no_other_distribution_takes_a_first_party_name_or_module(site: Site) -> None:
    site.add("amplify-mini")
    site.add("mini")
    site.add("amplify-aaa", value="amplify_mini_plugin")
    host = Host.load()
    states = {p.name: (p.state, p.problems) for p in host.plugins}
    assert states["amplify-mini"][0] == "loaded"
    assert "the name of amplify-mini" in states["mini"][1][0]
    assert "another distribution's plugin" in states["amplify-aaa"][1][0]


@pytest.mark.parametrize("marker", ["python_version ~= 'abc'", "'x' == 'y'"])
def test_a_marker_that_cannot_be_evaluated_stops_nothing(site: Site, marker: str) -> None:
    site.add("amplify-marked", requires=[f"amplify-icl>=99; {marker}"])
    (info,) = [plugin for plugin in Host.load().plugins if plugin.name == "amplify-marked"]
    assert (info.state, "cannot be read" in info.problems[0]) == ("incompatible", True)


def test_a_slow_import_is_named(site: Site) -> None:
    site.add("amplify-slow", "import time; time.sleep(1.05)\n" + QUIET.format("pass"))
    (info,) = [plugin for plugin in Host.load().plugins if plugin.name == "amplify-slow"]
    (told,) = info.problems
    assert told.startswith("its import takes ")


def test_a_copy_of_the_process_goes_no_further(site: Site, tmp_path: Path) -> None:
    """A fork at import would else run the command a second time."""
    site.add("amplify-forks", "import os\nos.fork()\n" + QUIET.format("pass"))
    done = site.amplify("list-plugins", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["problems"] == []


def test_a_library_that_a_plugin_loaded_first_and_changed_is_loaded_anew(site: Site) -> None:
    """A client of a service that sends elsewhere, say: the plugin that needs it gets its own."""
    (site.path / "tabulate.py").write_text("def tabulate():\n    return 'sound'\n")
    source = "import tabulate\ndef spoilt(): return 'spoilt'\ntabulate.tabulate = spoilt\n"
    site.add("amplify-spoils", source + QUIET.format("pass"))
    code = (
        "from amplify.host import Host; host = Host.load(); import tabulate;"
        " print(tabulate.tabulate(), [p.problems for p in host.plugins if p.short == 'spoils'])"
    )
    done = site.python([sys.executable, "-c", code])
    assert done.stdout == "sound [('changes module tabulate; put back',)]\n", done.stderr


def test_no_name_of_ours_is_another_one_for_the_next_plugin(site: Site) -> None:
    site.add("amplify-aa", "import amplify\namplify.ExplainerComponent = amplify.option = None\n")
    site.add("amplify-bb")
    code = (
        "from amplify.host import Host; host = Host.load();"
        " print(*[p.state for p in host.plugins if p.short == 'bb'])"
    )
    assert site.python([sys.executable, "-c", code]).stdout == "loaded\n"
