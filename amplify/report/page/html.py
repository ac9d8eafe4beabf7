"""Renders a page: templates with every foreign text escaped, and one script of our own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from amplify.contract.guard.visible import visible_lines

FILES = Path(__file__).parent / "files"


def render_page(template: str, data: Mapping[str, Any] | None = None, **values: Any) -> str:
    """A page as the text of an HTML file that needs no other file.

    `template` is one of ours, `data` what the page's script reads (None: the page has no items),
    `values` are the variables of the template: texts in them are escaped, and characters that
    would act show as their escapes. The browser runs no script but ours, whose hash the page holds.
    """
    script = (FILES / "page.js").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            css=Markup((FILES / "page.css").read_text(encoding="utf-8")),
            script=None if data is None else Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            data=None if data is None else script_json(data),
        )
    )


def fragment(template: str, **values: Any) -> str:
    """A part of a page, without style or script; `template` and `values` as of `render_page`."""
    return _environment().get_template(template).render(**values)


def script_json(data: Mapping[str, Any]) -> Markup:
    """Data as JSON that can stand in a script element: no tag can begin or end in it."""
    text = msgspec.json.encode(data).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def svg(picture: str) -> Markup:
    """A plot of ours, which `xml.etree` escaped, as a part of a page."""
    return Markup(picture)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FILES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _inert(value: Any) -> Any:
    """A value as it is shown: what is no markup of ours with its odd characters as escapes."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible_lines(value)
    return value
