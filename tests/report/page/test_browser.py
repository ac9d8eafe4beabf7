"""The page of a run in headless Chromium: nothing hostile acts, and the items can be filtered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from known.recorded_run import CLOSING, ITEMS

from .conftest import Page

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
)
FOLDED = """[...document.querySelectorAll("details:not(.item)")].filter((each) => {
  const [whole, head] = [each, each.firstElementChild].map((of) => of.clientHeight);
  return whole <= head + 5;
}).map((each) => each.textContent)"""
"""The parts of a page of which nothing but the summary is shown."""

CUT = """[...document.querySelectorAll("[name=show], [name=draw], [name=label]")].filter((each) => {
  const whole = each.cloneNode(true);
  whole.style.width = "max-content";
  each.after(whole);
  const width = whole.offsetWidth;
  whole.remove();
  return width > each.offsetWidth;
}).map((each) => each.name)"""
"""The filters that do not have room for each of their choices."""

WIDTHS, THEMES = (1200, 390), ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


class Shown:
    """A page that is open; `problems` are what the browser complained of."""

    def __init__(self, browser: Any, file: Path, width: int = 1200, theme: str = "light") -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme
        )
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(file.as_uri())

    def choose(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"[name={name}]").select_option(value)

    def count(self) -> int:
        return int(self.page.locator("#count").inner_text().split()[0])


@pytest.fixture
def shown(browser: Any, hostile: Page) -> Iterator[Shown]:
    page = Shown(browser, hostile.file)
    yield page
    page.context.close()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["hostile", "compared"])
def test_a_page_fits_has_its_theme_and_nothing_hostile_acts(
    browser: Any, request: pytest.FixtureRequest, kind: str, width: int, theme: str
) -> None:
    shown = Shown(browser, request.getfixturevalue(kind).file, width, theme)
    title = shown.page.title()
    shown.choose(show="")
    shown.page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    sync_api.expect(shown.page.locator(".item .body")).to_have_count(ITEMS)
    assert shown.page.evaluate("document.documentElement.scrollWidth") == width
    paper = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[theme]
    assert shown.page.title() == title
    assert "PWNED" not in title
    assert shown.page.evaluate("document.scripts.length") == 2
    assert shown.page.locator("body :is(img, b, iframe, object)").count() == 0
    assert shown.problems == []
    assert [url for url in shown.requests if not url.startswith(("file:", "data:"))] == []
    shown.context.close()


@pytest.mark.parametrize(("width", "visible"), [(1200, "on-wide"), (390, "on-narrow")])
def test_the_plot_is_the_one_for_the_width(
    browser: Any, hostile: Page, width: int, visible: str
) -> None:
    shown = Shown(browser, hostile.file, width)
    plots = [
        name for name in ("on-wide", "on-narrow") if shown.page.locator(f".{name}").is_visible()
    ]
    assert plots == [visible]
    shown.context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_choices_of_a_filter_are_not_cut_off(browser: Any, hostile: Page, width: int) -> None:
    shown = Shown(browser, hostile.file, width)
    assert shown.page.locator("[name=show]").is_visible()
    assert shown.page.evaluate(CUT) == []
    shown.context.close()


def test_on_a_phone_a_card_says_what_it_is_of(browser: Any, hostile: Page) -> None:
    shown = Shown(browser, hostile.file, width=390)
    heads = shown.page.evaluate(
        "[...document.querySelectorAll('#arms .cards tbody th')]"
        ".map((each) => getComputedStyle(each, '::before').content)"
    )
    assert heads
    assert set(heads) == {'"arm "', '"comparison "'}
    shown.context.close()


def test_hostile_texts_are_shown_as_they_are(shown: Shown) -> None:
    shown.choose(arm="answer-only", show="")
    shown.page.locator("[name=search]").fill("</script></pre>")
    assert shown.count() > 0
    shown.page.locator(".item > summary").first.click()
    assert CLOSING in shown.page.locator(".item pre").first.inner_text()


def test_null_bytes_and_escapes_show_as_escapes(shown: Shown) -> None:
    shown.choose(arm="answer-only", show="")
    for text in ("a\\x00b", "\\x1b[31mred", "\\u202egnorw"):
        shown.page.locator("[name=search]").fill(text)
        assert shown.count() > 0, text


def test_items_are_filtered_by_what_became_of_them(shown: Shown, hostile: Page) -> None:
    from amplify.run.store.stored_run import read_run

    run = read_run(hostile.run)
    by_arm: dict[str, dict[str, bool]] = {}
    for prediction in run.predictions:
        by_arm.setdefault(prediction.arm, {})[prediction.item] = prediction.correct
    ours, theirs = by_arm["answer-only"], by_arm["zero-shot"]
    shown.choose(arm="answer-only", base="zero-shot")
    expected = {
        "fixed": sum(ours[item] and not theirs[item] for item in ours),
        "broken": sum(theirs[item] and not ours[item] for item in ours),
        "right": sum(theirs[item] and ours[item] for item in ours),
        "wrong": sum(not theirs[item] and not ours[item] for item in ours),
    }
    for kind, count in expected.items():
        shown.choose(show=kind)
        assert shown.count() == count
    assert sum(expected.values()) == ITEMS


def test_an_open_item_has_prompt_and_reply_of_both_arms(shown: Shown) -> None:
    shown.choose(show="", arm="answer-only", base="zero-shot")
    shown.page.locator(".item > summary").first.click()
    heads = shown.page.locator(".item h4").all_inner_texts()
    expected = [
        "answer-only: reply",
        "answer-only: prompt",
        "zero-shot: reply",
        "zero-shot: prompt",
    ]
    assert heads == expected
    prompt = shown.page.locator(".item pre").nth(1).inner_text()
    assert prompt.startswith("[user]\nAnswer with one of: bad, good.\n\nQ: the ")
    assert prompt.count("\nQ: ") == 3  # two demonstrations and the item


@pytest.mark.parametrize("kind", ["hostile", "compared"])
def test_every_section_is_on_paper_and_fits(
    browser: Any, request: pytest.FixtureRequest, kind: str
) -> None:
    shown = Shown(browser, request.getfixturevalue(kind).file, width=680, theme="dark")
    shown.page.emulate_media(media="print", color_scheme="dark")
    heads = shown.page.locator("section > h2").all()
    assert heads
    assert all(head.is_visible() for head in heads)
    assert not shown.page.locator("nav").is_visible()
    shown.page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = false)")
    assert shown.page.evaluate(FOLDED) == []
    assert "of these" in shown.page.locator("#printed").inner_text()
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 680
    paper = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    shown.context.close()


def test_the_page_prints(shown: Shown, tmp_path: Path) -> None:
    pdf = shown.page.pdf(path=str(tmp_path / "page.pdf"))
    assert pdf.startswith(b"%PDF")
