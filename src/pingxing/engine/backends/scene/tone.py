"""A style's colours and outlines put on markup: on a setting once it is painted, on each thing once it is lit."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, oklab, repaint, rgb

if TYPE_CHECKING:
    from pingxing.engine.backends.scene.styles import Line, Style
    from pingxing.engine.backends.scene.svg import Sheet

_IDLE = re.compile(
    r'<feFlood flood-opacity="0" result="BackgroundImageFix"/>'
    r'<feBlend in="SourceGraphic" in2="BackgroundImageFix" result="shape"/>'
)
_FILTER = re.compile(r'<filter\b[^>]*\bid="([^"]+)"[^>]*>(.*?)</filter>', re.S)
_BLUR = re.compile(r'\bstdDeviation="([0-9.]+)')
_HARD = re.compile(r'<feColorMatrix in="SourceAlpha" result="hardAlpha" values="[0 ]+127 0"/><feOffset')
_N = r"(-?[0-9.]+)"
_RIM = re.compile(
    r'(<fe(?:GaussianBlur|Offset)\b[^>]*?)/><feComposite in2="SourceAlpha" k2="-1" k3="1" operator="arithmetic"/>'
    rf'<feColorMatrix values="0 0 0 0 {_N} 0 0 0 0 {_N} 0 0 0 0 {_N} 0 0 0 {_N} 0"/><feBlend (in2="[^"]+")'
)
FINE = 0.13  # of a blur, in units of art 32 wide
UNIT = 1000.0  # the shorter side of the frame
_SHAPE = re.compile(r"<(path|rect|circle|ellipse|polygon)\b[^>]*>")
_FILL = re.compile(r'\bfill="(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})"')
_STROKE = re.compile(r'\bstroke="(#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3})"')
_NAMED = re.compile(r'\bid="([^"]+)"')
_USED = re.compile(r'\bfill="url\(#([^)]+)\)"')
_BROAD = re.compile(r'\bstroke-width="([0-9.]+)"')
_VEIL = re.compile(r'opacity="([0-9.]+)"')
SOLID = 0.7  # opacity from which a shape is a thing (a cloud) and no haze
EDGE = 0.02  # of a limb, both sides together, in parts of the art's height
BROAD = 200.0  # a setting's line thicker than 0.03 of this is a thing of its own: a stem, the deck of a bridge
_KEPT = "kept-"  # stands for "#" in paints that are the style's already


def shining(colour: str) -> str:
    """A tube of gas in the colour's hue; grey shines pale blue."""
    lab = oklab(colour)
    if chroma(lab) < 0.04:
        return "#dff4ff" if lab[0] > 0.6 else "#7fb4ff"
    return hexed(lch(0.8, 0.17, hue(lab)))


def tone(markup: str, colour: Callable[[str], str] | None, line: Line | None, tall: float = 0.0) -> str:
    """The markup in the style's colours; with `line`, every line in the line's, every shape open to an outline.

    `tall` is the height of a thing's art, by which a stroke is told from a limb drawn as one: that gets an edge.
    """
    if line is None:
        return repaint(markup, colour) if colour is not None else markup
    own = line.own or shining

    def outlined(match: re.Match[str]) -> str:
        tag = match.group(0)
        fill, stroke = _FILL.search(tag), _STROKE.search(tag)
        broad = _BROAD.search(tag)
        if stroke is not None and broad is not None and float(broad.group(1)) > 0.03 * tall > 0:
            edge = tag.replace(broad.group(0), f'stroke-width="{float(broad.group(1)) + EDGE * tall:.3f}"')
            ink = _kept(line.colour or own(stroke.group(1)))
            edge = edge.replace(stroke.group(0), f'stroke="{ink}"')
            return (edge if tag.endswith("/>") else edge[:-1] + "/>") + tag
        if stroke is not None:
            return tag.replace(stroke.group(0), f'stroke="{_kept(line.colour or own(stroke.group(1)))}"')
        if fill is not None and not line.colour and "stroke=" not in tag:
            end = "/>" if tag.endswith("/>") else ">"
            return f'{tag[: -len(end)]} stroke="{_kept(own(fill.group(1)))}"{end}'
        return tag

    markup = _SHAPE.sub(outlined, markup)
    if colour is not None:
        markup = repaint(markup, colour)
    return markup.replace(_KEPT, "#")


@lru_cache(maxsize=256)
def lean(markup: str) -> str:
    """The art without filter steps that nobody sees: idle ones, and blurs narrower than a pixel at usual sizes."""
    if "<filter" not in markup:
        return markup
    markup = _IDLE.sub("", markup).replace('in2="shape"', 'in2="SourceGraphic"')
    for match in list(_FILTER.finditer(markup)):
        widths = [float(width) for width in _BLUR.findall(match.group(2))]
        if widths and max(widths) < FINE:
            markup = markup.replace(match.group(0), "").replace(f' filter="url(#{match.group(1)})"', "")
    markup = _HARD.sub('<feOffset in="SourceAlpha"', markup).replace('in2="hardAlpha"', 'in2="SourceAlpha"')
    return _RIM.sub(_rim, markup)


def _rim(match: re.Match[str]) -> str:
    """A shadow inside a shape by plain compositing, which the renderer does in integers, and in a colour that can be
    repainted; the art says it with arithmetic and a colour matrix."""
    red, green, blue, opacity = (float(value) for value in match.group(2, 3, 4, 5))
    colour = "#{:02x}{:02x}{:02x}".format(*(round(255 * value) for value in (red, green, blue)))
    return (
        f'{match.group(1)} result="soft"/><feFlood flood-color="{colour}" flood-opacity="{opacity:g}"/>'
        f'<feComposite in2="soft" operator="out"/><feComposite operator="atop" {match.group(6)}'
    )


def toned(markup: str, style: Style) -> str:
    """A small sign in the style's colours, with lines as thin as the setting's."""
    return tone(markup, style.colour, None)


def edged(markup: str, style: Style) -> str:
    """What belongs to a thing in the style's colours, with outlines as thick as the things'."""
    line = style.line
    if line is None:
        return toned(markup, style)
    outline = f'stroke="{line.colour or line.base}" stroke-width="{line.width * UNIT:.2f}"'
    return f'<g {outline} stroke-linejoin="round">{tone(markup, style.colour, line)}</g>'


def _kept(ink: str) -> str:
    return _KEPT + "{:02x}{:02x}{:02x}".format(*rgb(ink))


def _bare(markup: str, faint: frozenset[str]) -> str:
    """Light and haze have no outline: nothing translucent gets one, nor what fills the frame."""

    def close(match: re.Match[str]) -> str:
        tag, used = match.group(0), _USED.search(match.group(0))
        if 'stroke="' in tag or not (_faint(tag) or 'x="-2"' in tag or (used is not None and used.group(1) in faint)):
            return tag
        return tag.replace(f"<{match.group(1)}", f'<{match.group(1)} stroke="none"', 1)

    return _SHAPE.sub(close, markup)


def _faint(tag: str) -> bool:
    found = _VEIL.search(tag)
    return found is not None and float(found.group(1)) < SOLID


def set_tone(sheet: Sheet, style: Style) -> None:
    """Put a style on everything painted so far: the setting, before things stand in it."""
    colour, line = style.far or style.colour, style.line
    if colour is None and line is None:
        return
    if line is not None:
        faint = frozenset(m[1] for d in sheet.definitions if "stop-opacity" in d for m in _NAMED.finditer(d))
        for _, parts in sheet.layers:
            parts[:] = [_bare(part, faint) for part in parts]
    sheet.definitions[:] = [tone(d, colour, None) for d in sheet.definitions]
    for number, (name, parts) in enumerate(sheet.layers):
        wires = line if line is not None and line.wires else None
        toned = "".join(tone(part, colour, wires, BROAD) for part in parts)
        if line is not None:
            outline = f'stroke="{line.colour or line.far_base}" stroke-width="{line.far * UNIT:.2f}"'
            toned = f'<g {outline} stroke-linejoin="round">{toned}</g>'
        sheet.layers[number] = (name, [toned])
