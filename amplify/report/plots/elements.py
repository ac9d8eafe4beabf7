"""The elements and colours that all SVG plots are made of."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from amplify.contract.guard.visible import visible

WIDTH, NARROW = 760, 350
"""A picture's width in pixels, and that of one for a phone."""

PAPER, INK, PALE, MARK, BAND = "#ffffff", "#1f2328", "#d8dee4", "#0a66c2", "#b6d7f5"

DARK = """@media screen and (prefers-color-scheme: dark) {
  .paper { fill: #0d1117 }
  text { fill: #e6edf3 }
  .tick { stroke: #30363d }
  .out { stroke: #6e7781 }
  .stayed { stroke: #6cb6ff }
  .interval { fill: #1d4670 }
  .mean { stroke: #e6edf3 }
  .draw { fill: #6cb6ff; stroke: #0d1117 }
  .best { fill: #0d1117; stroke: #6cb6ff }
}"""
"""The colours in dark mode. Those of light mode are attributes, which every viewer knows."""


def picture(height: int, title: str, width: int = WIDTH) -> Element:
    """An empty picture of this size, whose `title` is read to those who do not see it."""
    size = {"viewBox": f"0 0 {width} {height}", "width": str(width), "height": str(height)}
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "role": "img"})
    add(root, "title", title)
    add(root, "style", DARK)
    add(root, "rect", width=str(width), height=str(height), fill=PAPER, **{"class": "paper"})
    return root


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """Add an element to `parent`, and return it."""
    element = SubElement(parent, tag, attributes)
    if text:
        element.text = text if tag == "style" else visible(text)
    return element


def add_text(
    parent: Element, x: float, y: float, text: str, anchor: str = "start", weight: str = "400"
) -> Element:
    """Add a line of text, and return it; `anchor` says which end of it is at `x`."""
    font = {"font-family": "system-ui, sans-serif", "font-size": "13", "font-weight": weight}
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    return add(parent, "text", text, fill=INK, **font, **place)


def text_of(root: Element) -> str:
    """The picture as the text of an SVG file."""
    indent(root)
    return tostring(root, encoding="unicode") + "\n"
