"""A plugin that does not come back is named, and Ctrl-C ends the command whatever it does."""

from __future__ import annotations

import signal
import subprocess
from typing import IO, TYPE_CHECKING

import pytest
from known.waiting import HUNG

if TYPE_CHECKING:
    from known.site import Site

HANGS = """
    import os, sys, time
    from amplify import hookimpl

    def sleep():
        os.write(2, b"it hangs\\n")
        time.sleep(9999)

    def hang():
        {hangs}

    {where}
"""
AT_IMPORT = "hang()"
IN_A_HOOK = "@hookimpl\n    def amplify_tasks():\n        hang()\n        return []"
IN_AN_OBSERVER = "@hookimpl\n    def amplify_event(event):\n        hang()"


def interrupt(process: subprocess.Popen[str], first: str = "it hangs\n", times: int = 1) -> str:
    """Interrupt a command each time that it hangs; the last that it says."""
    errors: IO[str] | None = process.stderr
    assert errors is not None
    try:
        for _ in range(times):
            while (line := errors.readline()) != first:
                assert line, "it ended before"
            process.send_signal(signal.SIGINT)
        out, rest = process.communicate(timeout=HUNG)
    finally:
        process.kill()
    assert out == ""
    return rest.lstrip("\n")


NAMED = "amplify: interrupted in plugin amplify-waits; to leave it out: --block waits\n"


@pytest.mark.parametrize("where", [AT_IMPORT, IN_A_HOOK])
def test_an_interrupt_names_the_plugin_that_was_waited_for(site: Site, where: str) -> None:
    site.add("amplify-waits", HANGS.format(hangs="sleep()", where=where))
    process = site.start("list-plugins")
    assert interrupt(process) == NAMED
    assert process.returncode == 130


SWALLOWS = "try:\n            sleep()\n        except KeyboardInterrupt:\n            pass"
FAILS = SWALLOWS.replace("pass", "raise ValueError")
INSISTS = """
        while True:
            try:
                sleep()
            except KeyboardInterrupt:
                continue
"""


@pytest.mark.parametrize(("hangs", "times"), [(SWALLOWS, 1), (FAILS, 1), (INSISTS, 2)])
def test_a_plugin_that_swallows_an_interrupt_is_interrupted(
    site: Site, hangs: str, times: int
) -> None:
    site.add("amplify-waits", HANGS.format(hangs=hangs, where=AT_IMPORT))
    process = site.start("list-plugins")
    assert interrupt(process, times=times) == NAMED
    assert process.returncode == 130


def test_a_plugin_that_turned_interrupts_off_is_no_reason_to_go_on(site: Site) -> None:
    site.add("amplify-deafens", "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)")
    site.add("amplify-waits", HANGS.format(hangs="sleep()", where=AT_IMPORT))
    process = site.start("list-plugins")
    assert interrupt(process) == NAMED


LATE = (
    "amplify: the {} of plugin amplify-waits has not come back for 10 seconds;"
    " to leave it out: --block waits\n"
)


@pytest.mark.slow
@pytest.mark.parametrize(("where", "stage"), [(AT_IMPORT, "import"), (IN_A_HOOK, "declaration")])
def test_a_plugin_that_does_not_come_back_is_named_after_a_while(
    site: Site, where: str, stage: str
) -> None:
    site.add("amplify-waits", HANGS.format(hangs="sleep()", where=where))
    process = site.start("list-plugins")
    assert interrupt(process, first=LATE.format(stage)) == NAMED
    assert process.returncode == 130


@pytest.mark.parametrize(
    ("arguments", "code"), [(("list-plugins",), 0), (("show", "zzz"), 2), (("run", "x.toml"), 2)]
)
def test_threads_of_a_plugin_keep_no_command_from_ending(
    site: Site, arguments: tuple[str, ...], code: int
) -> None:
    source = "import threading\nfor _ in range(3): threading.Thread(target={}).start()"
    site.add("amplify-lingers", source.format("threading.Event().wait"))
    assert site.amplify(*arguments).returncode == code
