"""Plugins are found, loaded, and isolated where they are broken."""

from __future__ import annotations

import importlib.metadata
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amplify import __version__
from amplify.contract.errors import PlanError, PluginError
from amplify.host import Host, PluginInfo

if TYPE_CHECKING:
    from known.site import Site

DECLARE = "from amplify import ExplainerComponent as E, SelectorComponent as S, hookimpl\n"


def load(name: str, block: tuple[str, ...] = ()) -> PluginInfo:
    """The plugin of that name, out of everything that is installed here."""
    host = Host.load(block=block)
    assert host.registry.all("task"), "the built-in plugin must load whatever the others do"
    (info,) = [plugin for plugin in host.plugins if plugin.name == name]
    if info.state != "loaded":
        assert not info.components
        assert not [found for found in host.registry.components if found.distribution == name]
    return info


def refused(site: Site, source: str) -> str:
    """Why a plugin with this source is not loaded."""
    site.add("amplify-bad", DECLARE + source)
    info = load("amplify-bad")
    assert info.state == "failed"
    (problem,) = info.problems
    return problem


def test_a_sound_plugin_is_loaded(site: Site) -> None:
    site.add("Amplify_Opening", summary="opens", requires=["amplify-icl>=0.0.1,<99", "click"])
    assert load("amplify-opening") == PluginInfo(
        name="amplify-opening",
        short="opening",
        version="1.0",
        state="loaded",
        summary="opens",
        components={"explainer": ("opening",)},
    )


def test_a_plugin_of_another_name_keeps_it_whole(site: Site) -> None:
    site.add("openings.of-texts")
    assert load("openings-of-texts").short == "openings-of-texts"
    found = Host.load().registry.find("explainer", "openings-of-texts/opening")
    assert (found.plugin, found.distribution) == ("openings-of-texts", "openings-of-texts")


def test_the_core_declares_its_components_as_a_plugin() -> None:
    builtin = Host.load(plugins=False).plugins[0]
    assert (builtin.name, builtin.state, builtin.version) == ("builtin", "loaded", __version__)
    assert Host.load(block=["builtin"], plugins=False).registry.components == ()


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("1 / 0", "import of amplify_bad_plugin fails: ZeroDivisionError: division by zero"),
        ("import no_such_module_at_all", "No module named 'no_such_module_at_all'"),
        ("def broken(:", "SyntaxError"),
        ("import sys; sys.exit('bye')", "import of amplify_bad_plugin calls sys.exit('bye')"),
        (
            "@hookimpl\ndef amplify_explainer(): return []",
            "there is no hook amplify_explainer; did you mean amplify_explainers?",
        ),
        ("@hookimpl\ndef entirely_other(): return []", "hooks: amplify_tasks"),
        ("@hookimpl\ndef amplify_tasks(manager): return []", "manager"),
        ("@hookimpl(wrapper=True)\ndef amplify_tasks(): return (yield)", "is a wrapper"),
        ("@hookimpl\ndef amplify_tasks(): return None", "amplify_tasks returns None"),
        ("@hookimpl\ndef amplify_tasks(): return 'bbh'", "returns str, not an iterable"),
        ("@hookimpl\ndef amplify_tasks(): return 5", "returns int, not an iterable"),
        ("@hookimpl\ndef amplify_tasks(): raise OSError('disk')", "OSError: disk"),
        (
            "@hookimpl\ndef amplify_selectors():\n"
            "    yield S(name='a', factory='m:A', summary='')\n    raise KeyError('late')",
            "amplify_selectors fails: KeyError: 'late'",
        ),
        (
            "@hookimpl\ndef amplify_selectors():\n"
            "    while True: yield S(name='a', factory='m:A', summary='')",
            "yields more than 1000 components",
        ),
        (
            "@hookimpl\ndef amplify_selectors(): yield E(name='a', factory='m:A', summary='')",
            "not a SelectorComponent",
        ),
        ("@hookimpl\ndef amplify_selectors(): yield {'name': 'a'}", "yielded {'name': 'a'}"),
        (
            "@hookimpl\ndef amplify_selectors():\n"
            "    yield S(name='a', factory='m:A', summary='')\n"
            "    yield S(name='a', factory='m:B', summary='')",
            "two components are named 'a': m:A and m:B",
        ),
    ],
)
def test_a_broken_plugin_is_isolated_with_its_cause(site: Site, source: str, cause: str) -> None:
    assert cause in refused(site, source)


@pytest.mark.parametrize(
    ("declaration", "cause"),
    [
        ("name='Bad_Name', factory='m:A', summary=''", "component name 'Bad_Name'"),
        ("name='a/b', factory='m:A', summary=''", "component name 'a/b'"),
        ("name=3, factory='m:A', summary=''", "component name 3"),
        ("name='a', factory='m.A', summary=''", "factory 'm.A'"),
        ("name='a', factory=None, summary=''", "factory None"),
        ("name='a', factory='m:A', summary=None", "summary None"),
        ("name='a', factory='m:A', summary='', options=dict", "options <class 'dict'>"),
        ("name='a', factory='m:A', summary='', options=Loose", "Loose must be a frozen dataclass"),
        ("name='a', factory='m:A', summary='', options=Loose()", "options Loose()"),
        ("name='a', factory='m:A', summary='', env='KEY'", "env 'KEY'"),
        ("name='a', factory='m:A', summary='', needs=('gpu',)", "needs 'gpu' is none of"),
    ],
)
def test_a_wrong_record_is_named_field_by_field(site: Site, declaration: str, cause: str) -> None:
    loose = "from dataclasses import dataclass\n@dataclass\nclass Loose: pass\n"
    hook = f"@hookimpl\ndef amplify_explainers(): yield E({declaration})"
    assert cause in refused(site, loose + hook)


def test_a_template_that_shows_an_unknown_view_is_refused(site: Site) -> None:
    template = "TemplateComponent(name='a', factory='m:A', summary='', views='logits')"
    hook = f"@hookimpl\ndef amplify_templates(): yield {template}"
    hook = f"from amplify import TemplateComponent\n{hook}"
    assert "views 'logits' is none of none, label, words" in refused(site, hook)


def test_nothing_of_a_plugin_is_recorded_when_its_last_hook_fails(site: Site) -> None:
    good = "@hookimpl\ndef amplify_selectors(): yield S(name='a', factory='m:A', summary='')\n"
    assert "zzz" in refused(site, good + "@hookimpl\ndef amplify_explainers(): yield 'zzz'")
    with pytest.raises(PluginError, match="plugin amplify-bad is failed: amplify_explainers"):
        Host.load().registry.find("selector", "bad/a")


def test_an_interrupt_during_an_import_is_not_swallowed(site: Site) -> None:
    site.add("amplify-stop", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    with pytest.raises(KeyboardInterrupt, match="in plugin amplify-stop"):
        Host.load()


def test_an_interrupt_that_somebody_else_handles_is_not_taken_for_a_plugins(site: Site) -> None:
    """A program that loads the host may have a handler of its own."""
    site.add("amplify-stop", "import os, signal\nos.kill(os.getpid(), signal.SIGINT)")

    def handle(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, handle)
    try:
        with pytest.raises(KeyboardInterrupt):
            Host.load()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_function_without_the_marker_is_noticed(site: Site) -> None:
    site.add("amplify-forgot", "def amplify_explainers(): return []")
    info = load("amplify-forgot")
    assert info.state == "loaded"
    assert info.problems == (
        "function amplify_explainers is not marked @hookimpl: it is never called",
        "declares nothing: no function of it is marked @hookimpl",
    )


def test_output_at_import_is_kept_and_noted(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    source = "import sys\nprint('hello')\nprint('you', file=sys.stderr)\n"
    site.add("amplify-loud", DECLARE + source + "@hookimpl\ndef amplify_tasks(): return []")
    info = load("amplify-loud")
    assert (info.state, info.problems) == (
        "loaded",
        ("prints at import: 'hello' (lines in all: 2)",),
    )
    assert capsys.readouterr() == ("", "")


TRACE = "from pathlib import Path\nPath(__file__).with_suffix('.trace').touch()\n"


@pytest.mark.parametrize("name", ["amplify-traced", "traced", "Amplify.Traced"])
def test_a_blocked_plugin_is_never_imported(site: Site, name: str) -> None:
    module = site.add("amplify-traced", TRACE)
    trace = site.path / f"{module}.trace"
    info = load("amplify-traced", block=(name,))
    assert (info.state, info.problems) == ("blocked", ("by --block or AMPLIFY_BLOCK",))
    assert not trace.exists()
    assert load("amplify-traced").state == "loaded"
    assert trace.exists()


def test_no_plugins_imports_none_and_says_so(site: Site) -> None:
    module = site.add("amplify-traced", TRACE)
    host = Host.load(plugins=False)
    assert {plugin.name for plugin in host.plugins if plugin.state == "loaded"} == {"builtin"}
    assert not (site.path / f"{module}.trace").exists()
    with pytest.raises(PluginError, match="amplify-traced is blocked: by --no-plugins"):
        host.registry.find("proxy", "traced/linear")


def test_what_a_failing_import_prints_is_kept_beside_its_cause(site: Site) -> None:
    site.add("amplify-sorry", "print('install the driver first')\nraise ImportError('driver')")
    assert load("amplify-sorry").problems == (
        "import of amplify_sorry_plugin fails: ImportError: driver",
        "prints at import: 'install the driver first'",
    )


def test_a_blocked_name_that_matches_nothing_is_reported(site: Site) -> None:
    site.add("amplify-opening")
    assert Host.load(block=["openin"]).problems == (
        "--block openin: no such plugin is installed; did you mean 'opening'?",
    )


@pytest.mark.parametrize(
    ("requirement", "state"),
    [
        ("amplify-icl", "loaded"),
        (f"amplify-icl == {__version__}", "loaded"),
        ("Amplify_ICL (>=99)", "incompatible"),
        ("amplify-icl>=99; python_version < '3'", "loaded"),
        ("amplify-icl>=99; extra == 'new'", "loaded"),
        ("amplify-icl[test]<0.0.1; python_version >= '3'", "incompatible"),
        ("amplify-icl is new", "incompatible"),
    ],
)
def test_a_plugin_out_of_bounds_is_not_imported(site: Site, requirement: str, state: str) -> None:
    module = site.add("amplify-bound", TRACE, requires=["click>=99", requirement])
    info = load("amplify-bound")
    assert info.state == state
    assert (site.path / f"{module}.trace").exists() == (state == "loaded")
    if state == "incompatible":
        assert "needs amplify-icl" in info.problems[0] or "cannot be read" in info.problems[0]
        with pytest.raises(PluginError, match="plugin amplify-bound is incompatible"):
            Host.load().registry.find("proxy", "bound/anything")


def test_two_plugins_that_shorten_alike_are_both_refused_until_one_is_blocked(site: Site) -> None:
    site.add("amplify-twin")
    site.add("twin")
    for name in ("amplify-twin", "twin"):
        info = load(name)
        assert info.state == "failed"
        assert info.problems == ("amplify-twin and twin both shorten to 'twin'; block one of them",)
    assert load("amplify-twin", block=("twin",)).state == "loaded"
    assert load("twin", block=("amplify-twin",)).state == "loaded"
    with pytest.raises(PluginError, match="both shorten"):
        Host.load().registry.find("explainer", "twin/opening")


def test_no_distribution_passes_for_the_built_in_plugin(site: Site) -> None:
    site.add("amplify-builtin")
    site.add("builtin")
    host = Host.load()
    states = {(plugin.name, plugin.state) for plugin in host.plugins if plugin.short == "builtin"}
    assert states == {
        ("builtin", "loaded"),
        ("builtin", "failed"),
        ("amplify-builtin", "failed"),
    }
    assert {found.plugin for found in host.registry.all("task")} >= {"builtin"}
    with pytest.raises(PlanError):
        host.registry.find("explainer", "builtin/opening")


def test_of_two_copies_the_first_on_the_path_counts(site: Site, tmp_path: Path) -> None:
    site.add("amplify-copied", version="2.0")
    other = type(site)(tmp_path / "other")
    other.path.mkdir()
    other.add("amplify-copied", version="1.0")
    sys.path.append(str(other.path))
    try:
        assert load("amplify-copied").version == "2.0"
    finally:
        sys.path.remove(str(other.path))


def test_a_second_entry_point_is_refused(site: Site) -> None:
    site.add("amplify-double", value="amplify_double_plugin\nmore = amplify_double_plugin")
    info = load("amplify-double")
    assert info.state == "failed"
    assert "declares 2 entry points (amplify-double, more)" in info.problems[0]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("entry_points.txt", b"[amplify]\nx = \xff\xfe\n"),
        ("METADATA", b"Name: torn \xff\xfe\n"),
        ("METADATA", b"Version: 1.0\n\n"),
        ("METADATA", None),
    ],
)
def test_damaged_metadata_stops_nothing(site: Site, file: str, content: bytes | None) -> None:
    site.add("amplify-opening")
    site.add("amplify-torn")
    (torn,) = site.path.glob("amplify_torn-*")
    if content is None:
        (torn / file).unlink()
    else:
        (torn / file).write_bytes(content)
    host = Host.load()
    assert [p.state for p in host.plugins if p.name == "amplify-opening"] == ["loaded"]
    (problem,) = host.problems
    assert "amplify_torn-1.0.dist-info cannot be read" in problem


def test_metadata_may_lack_a_summary(site: Site) -> None:
    site.add("amplify-opening", summary="")
    assert load("amplify-opening").summary == ""


def test_given_entry_points_stand_in_for_the_scan(site: Site) -> None:
    site.add("amplify-opening")
    site.add("amplify-other")
    entries = importlib.metadata.distribution("amplify-opening").entry_points
    names = [plugin.name for plugin in Host.load(entry_points=entries).plugins]
    assert names == ["builtin", "amplify-opening"]
