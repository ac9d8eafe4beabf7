"""What a provider of somebody's own raises is told once, in a line, and without keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from known.site import Site
from known.weather import PLAN, amplify, lay

KEY = "sk-live-0123456789-never-to-be-seen"

PLUGIN = """
    from amplify import ProviderComponent, hookimpl

    @hookimpl
    def amplify_providers():
        yield ProviderComponent(name="odd", factory="{module}_live:Odd", summary="fails")

    @hookimpl
    def amplify_event(event):
        import os
        if os.environ.get("ODD") == "observer" and event.kind == "started":
            raise RuntimeError("bad key " + os.environ["OTHER_API_KEY"])
"""

LIVE = """
    import asyncio, os, threading
    from amplify import Completion, Failure, Reply

    KEY = os.environ["OTHER_API_KEY"]
    HOW = os.environ["ODD"]

    async def fail():
        raise RuntimeError("bad key " + KEY)

    class Odd:
        limit, warms = None, False
        identity = {"provider": "odd/odd", "model": "m"}

        def __init__(self, options, context):
            self.calls, self.both = 0, None

        def count_tokens(self, text):
            return 1

        async def close(self):
            pass

        async def answer(self, request):
            self.calls += 1
            if self.calls == 1:
                return Reply(Completion("cold", "m"))
            if HOW == "raise":
                # All that are in flight fail in the same turn of the loop.
                self.both = self.both or asyncio.get_running_loop().create_future()
                if self.calls == 4:
                    self.both.set_result(None)
                await self.both
                await fail()
            if HOW == "stray":
                stray = asyncio.create_task(fail())
                await asyncio.wait([stray])
                del stray
            if HOW == "thread":
                worker = threading.Thread(target=asyncio.run, args=(fail(),), name="worker")
                worker.start()
                worker.join()
            if HOW == "no-reply":
                return "x" * 60 + KEY
            if HOW == "refused":
                return Reply(Failure("auth", "x" * 9 + KEY))
            return Reply(Completion("cold", "m"))
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    """A folder with a plan and its data; the plugin that fails is installed."""
    site.add("amplify-odd", PLUGIN, live=LIVE)
    head, _, _ = PLAN.partition("[[arms]]")
    plan = head.replace('"voter"', '"odd"') + '[[arms]]\nname = "zero-shot"\n'
    study = f'[study]\nname = "s"\nseeds = [0]\n{plan}'.replace("[llm]", "[[llms]]\nname = 'odd'\n"
            "[llms.llm]").replace("[task]", "[[tasks]]\nname = 't'\n[tasks.task]")  # fmt: skip
    return lay(site, tmp_path, plan=plan, study=study)


def held(place: Path, key: str) -> list[Path]:
    """The files of the run that hold eight letters of the key in a row."""
    parts = [key[at : at + 8].encode() for at in range(len(key) - 7)]
    files = [path for path in (place / "out").rglob("*") if path.is_file()]
    assert files
    return [path for path in files if any(part in path.read_bytes() for part in parts)]


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        ("raise", 3, "RuntimeError: bad key [OTHER_API_KEY]"),
        ("no-reply", 3, "xxx"),
        ("stray", 0, "bad key [OTHER_API_KEY]"),
        ("thread", 0, "thread worker failed: RuntimeError: bad key [OTHER_API_KEY]"),
        ("refused", 1, "xxx[OTHER_API_KEY]"),
        ("observer", 0, "bad key [OTHER_API_KEY]"),
    ],
)
def test_no_error_shows_a_key(site: Site, place: Path, how: str, code: int, told: str) -> None:
    line = ("run", str(place / "plan.toml"), "--out", str(place / "out"), "-j", "3", "--no-cache")
    done = amplify(site, place, *line, OTHER_API_KEY=KEY, ODD=how)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert KEY[:12] not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "never retrieved\nfuture" not in done.stderr
    assert not held(place, KEY)
    if how == "raise":
        assert done.stderr.count("bad key") == 1


def test_a_file_that_a_plugin_left_open_is_no_error(site: Site) -> None:
    site.add("amplify-leaves-open", "import os\nopen(os.devnull)")
    done = site.amplify("list-plugins", PYTHONWARNINGS="error::ResourceWarning")
    assert (done.returncode, done.stderr) == (0, "")
