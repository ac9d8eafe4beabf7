"""Declarations become live components; what fails is told by plugin, component and cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplify import Context, DataError, OptionError, PluginError
from amplify.host import Host, Registered, build, options_of, resolve
from amplify.host.factory import described

if TYPE_CHECKING:
    from known.site import Site

LIVE = """
    class Opening:
        def __init__(self, options, context):
            self.width, self.seed = options.width, context.seed
"""


def opening(site: Site, live: str = LIVE, **metadata: tuple[str, ...]) -> Registered:
    """The explainer of a plugin whose factory lives in a module with source `live`."""
    site.add("amplify-opening", live=live, **metadata)  # type: ignore[arg-type]  # tuples only
    return Host.load().registry.find("explainer", "opening/opening")


def test_a_factory_gets_typed_options_and_the_context(site: Site) -> None:
    found = opening(site)
    assert resolve(found).__qualname__ == "Opening"
    made = build(found, {"width": "3"}, Context(seed=7))
    assert (made.width, made.seed) == (3, 7)
    assert build(found, {}, Context()).width == 5


def test_a_factory_may_be_a_callable_and_take_no_options(site: Site) -> None:
    site.add(
        "amplify-plain",
        """
        from amplify import ExplainerComponent, hookimpl
        @hookimpl
        def amplify_explainers():
            yield ExplainerComponent(name="plain", factory=lambda o, c: (o, c.seed), summary="")
        """,
    )
    found = Host.load().registry.find("explainer", "plain")
    assert build(found, {}, Context(seed=2)) == (None, 2)
    with pytest.raises(OptionError, match="plain/plain takes no options; got width"):
        build(found, {"width": 3}, Context())


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ("amplify_plain_plugin:Missing", "has no attribute 'Missing'"),
        ("no_such_module:Options", "No module named 'no_such_module'"),
        ("amplify_plain_plugin:hookimpl", "is no dataclass"),
        ("amplify_plain_plugin:Loose", "must be a frozen dataclass"),
    ],
)
def test_options_by_their_path_are_imported_at_need(site: Site, options: str, cause: str) -> None:
    site.add(
        "amplify-plain",
        f"""
        from dataclasses import dataclass
        from amplify import ExplainerComponent, hookimpl, option

        @dataclass
        class Loose:
            width: int = 3

        @dataclass(frozen=True)
        class Options:
            width: int = option(3, help="how many letters")

        @hookimpl
        def amplify_explainers():
            yield ExplainerComponent(name="right", factory=lambda o, c: o.width, summary="",
                                     options="amplify_plain_plugin:Options")
            yield ExplainerComponent(name="wrong", factory=lambda o, c: o, summary="",
                                     options="{options}")
        """,
    )
    registry = Host.load().registry
    right = registry.find("explainer", "right")
    assert build(right, {"width": "4"}, Context()) == 4
    assert [info.name for info in described(right)] == ["width"]
    for read in (lambda found: options_of(found, {}), described):
        with pytest.raises(PluginError, match=cause) as caught:
            read(registry.find("explainer", "wrong"))
        assert "explainer plain/wrong: its options cannot be read" in str(caught.value)


def test_options_are_checked_before_anything_is_imported(site: Site) -> None:
    found = opening(site, live="raise RuntimeError('imported')")
    assert options_of(found, {"width": 4}).width == 4
    with pytest.raises(OptionError, match=r"\[explainer\]: unknown option 'widht'.*'width'"):
        build(found, {"widht": 3}, Context(), where="[explainer]")
    with pytest.raises(OptionError, match="explainer opening/opening: option 'width': Expected"):
        build(found, {"width": "wide"}, Context())


@pytest.mark.parametrize(
    ("live", "cause"),
    [
        ("1 / 0", "cannot import 'amplify_opening_plugin_live:Opening': ZeroDivisionError"),
        ("import sys; sys.exit(4)", "SystemExit: 4"),
        ("Other = 1", "has no attribute 'Opening'"),
        ("Opening = 1", "is not callable"),
        ("def Opening(o, c): raise OSError('disk full')", "cannot be built: OSError: disk full"),
        ("def Opening(o): ...", "cannot be built: TypeError"),
    ],
)
def test_a_factory_that_fails_is_told_by_component(site: Site, live: str, cause: str) -> None:
    with pytest.raises(PluginError) as caught:
        build(opening(site, live=live), {}, Context())
    assert str(caught.value).startswith("explainer opening/opening: ")
    assert cause in str(caught.value)


def test_an_error_for_the_user_passes_as_it_is(site: Site) -> None:
    live = "from amplify import DataError\ndef Opening(o, c): raise DataError('no such file')"
    with pytest.raises(DataError, match=r"^no such file$"):
        build(opening(site, live=live), {}, Context())


@pytest.mark.parametrize(
    ("requires", "line"),
    [
        (("no-such-package>=2",), 'Install it: pip install "no-such-package>=2"'),
        (
            ("click", "no.such_package; extra == 'full'"),
            'Install it: pip install "amplify-opening[full]"',
        ),
        (("click",), ""),
    ],
)
@pytest.mark.parametrize(
    "live",
    ["import no_such_package.part", "def Opening(o, c): import no_such_package.part"],
    ids=["import", "call"],
)
def test_a_missing_package_comes_with_its_install_line(
    site: Site, requires: tuple[str, ...], line: str, live: str
) -> None:
    found = opening(site, live=live, requires=requires, extras=("full",))
    with pytest.raises(PluginError) as caught:
        build(found, {}, Context())
    assert "plugin amplify-opening: no module named 'no_such_package'" in str(caught.value)
    assert caught.value.hint == line


def test_options_that_cannot_be_read_are_the_plugins_error(site: Site) -> None:
    site.add(
        "amplify-hazy",
        """
        from __future__ import annotations
        from dataclasses import dataclass
        from amplify import ExplainerComponent, hookimpl
        @dataclass(frozen=True)
        class Options:
            width: Unheard = None
        @hookimpl
        def amplify_explainers():
            yield ExplainerComponent(name="hazy", factory="m:A", summary="", options=Options)
        """,
    )
    found = Host.load().registry.find("explainer", "hazy")
    with pytest.raises(PluginError, match=r"options cannot be read: NameError: .*Unheard"):
        described(found)
    with pytest.raises(PluginError, match="Unheard"):
        build(found, {}, Context())
