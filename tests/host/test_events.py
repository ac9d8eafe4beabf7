"""Observers are told of a run, one at a time; none can stop it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from amplify import Event
from amplify.host import Host

if TYPE_CHECKING:
    from known.site import Site

OBSERVER = """
    from amplify import hookimpl
    seen = []

    @hookimpl
    def amplify_event(event):
        seen.append((event.kind, dict(event.data)))
        print("saw", event.kind)
"""


def test_an_observer_that_raises_stops_no_other(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    first = site.add("amplify-first", OBSERVER)
    site.add("amplify-raises", OBSERVER + "\n        1 / 0")
    site.add("amplify-quits", OBSERVER + "\n        raise SystemExit(3)")
    last = site.add("amplify-zlast", OBSERVER)
    host = Host.load()
    assert host.emit(Event("started", {"arms": 2})) == (
        "observer of amplify-quits fails on 'started': SystemExit: 3",
        "observer of amplify-raises fails on 'started': ZeroDivisionError: division by zero",
    )
    host.emit(Event("finished"))
    for module in (first, last):
        assert sys.modules[module].seen == [("started", {"arms": 2}), ("finished", {})]
    out, err = capsys.readouterr()
    assert (out, err.count("saw started")) == ("", 4)


def test_an_observer_of_a_blocked_plugin_is_not_told(site: Site) -> None:
    module = site.add("amplify-first", OBSERVER)
    assert Host.load(block=["first"]).emit(Event("started")) == ()
    assert module not in sys.modules


def test_an_observer_of_a_failed_plugin_is_not_told(site: Site) -> None:
    broken = (
        OBSERVER
        + """
    @hookimpl
    def amplify_tasks():
        raise OSError("disk")
    """
    )
    module = site.add("amplify-first", broken)
    assert Host.load().emit(Event("started")) == ()
    assert sys.modules[module].seen == []


def test_each_observer_has_an_event_of_its_own(site: Site) -> None:
    source = """
        from amplify import hookimpl
        seen = []

        @hookimpl
        def amplify_event(event):
            event.data["record"]["arms"].append("spoilt")
            event.data["plan"] = None
            seen.append(event)
    """
    modules = [site.add(name, source) for name in ("amplify-first", "amplify-second")]
    record = {"arms": ["zero-shot"]}
    event = Event("finished", {"record": record, "plan": {}})
    assert Host.load().emit(event) == ()
    assert record == {"arms": ["zero-shot"]}
    assert event.data == {"record": record, "plan": {}}
    for module in modules:
        (heard,) = sys.modules[module].seen
        assert heard.data == {"record": {"arms": ["zero-shot", "spoilt"]}, "plan": None}


def test_what_an_observer_changes_is_put_back_and_told(site: Site) -> None:
    before = os.getcwd()
    source = OBSERVER + "\n        import os; os.chdir('/'); os.environ['SEEN'] = 'yes'"
    site.add("amplify-first", source)
    (told,) = Host.load().emit(Event("started"))
    assert told == (
        "observer of amplify-first changes the environment (SEEN), the working folder; put back"
    )
    assert (os.getcwd(), os.environ.get("SEEN")) == (before, None)
