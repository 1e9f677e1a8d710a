"""Ways to draw a scene: whose art, and what is done to every colour or outline of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, mix, oklab
from pingxing.engine.backends.scene.inks import (
    blue_and_white,
    carved,
    cut,
    far_cut,
    far_porcelain,
    far_riso,
    far_wash,
    low_key,
    riso,
)
from pingxing.engine.backends.scene.overlay import (
    blueprint_grid,
    bokashi,
    cut_frame,
    grain,
    porcelain_rim,
    vignette,
    wood_grain,
)
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.svg import Sheet
from pingxing.engine.backends.scene.wash import ranges, rice_paper

Change = Callable[[str], str]
LOWEST = 0.3  # lightness below which a filled shape is itself a line: eyes, mouths, tyres


def remembered(change: Change | None) -> Change | None:
    """The same change, worked out once for each colour: a picture has thousands of paints and some hundred colours."""
    return None if change is None else lru_cache(maxsize=4096)(change)


@dataclass(frozen=True, slots=True)
class Line:
    """Outlines around every shape; widths in parts of the picture's shorter side."""

    colour: str
    width: float
    far: float  # width around shapes of the setting
    halo: float = 0.0  # width of the light around the line, where it glows
    wires: bool = False  # the setting's own lines (grass, ropes) take the line's colour too
    own: Change | None = None  # the line's colour from the shape's, where `colour` is empty; else it shines
    base: str = "#9fe8ff"  # of things whose shapes have no single colour
    far_base: str = "#5f7fd8"


@dataclass(frozen=True, slots=True)
class Style:
    id: str
    sets: tuple[str, ...]  # art to look in, first choice first
    colour: Change | None = None  # what becomes of every colour of the picture
    border: float = 0.0  # white die-cut border, in parts of the art's height
    time: str = ""  # an hour the style brings with it
    far: Change | None = None  # what becomes of the setting's colours, where it differs
    line: Line | None = None
    board: tuple[str, str, str] | None = None  # ground, letters and edge of what carries words
    over: Callable[[Sheet, float, float], None] | None = None  # what lies over the finished picture
    under: Callable[[Sheet, float, float], None] | None = None  # what lies over a landscape, under the things
    behind: Callable[[View], None] | None = None  # what the style adds to a landscape, behind the land
    cells: int = 0  # along the shorter side, where the picture is made of square cells


def _pastel(colour: str) -> str:
    lab = oklab(colour)
    return hexed(lch(0.42 + lab[0] * 0.57, chroma(lab) * 0.62, hue(lab)))


def _ink(colour: str) -> str:
    """Diluted ink on warm paper: lightness stays, hue becomes a light wash, red keeps the strength of a seal."""
    lab = oklab(colour)
    red = chroma(lab) > 0.13 and abs(hue(lab) - 0.5) < 0.35
    grey = hexed((min(1.0, 0.04 + 0.98 * lab[0] ** 1.25), 0.0, 0.0))
    paper = mix(grey, "#f7efdf", 0.14)
    return mix(paper, colour, 0.75 if red else 0.42)


def _blank(colour: str) -> str:
    """A page to colour in: white, a breath of shading, and the darkest shapes as lines."""
    lightness = oklab(colour)[0]
    return "#2b2a2c" if lightness < LOWEST else mix("#efeeea", "#ffffff", min(1.0, max(0.0, (lightness - 0.45) * 2)))


def _far_blank(colour: str) -> str:
    return mix("#f3f2ee", "#ffffff", min(1.0, oklab(colour)[0]))


def _neon(colour: str) -> str:
    lab = oklab(colour)
    return hexed(lch(0.16 + 0.15 * lab[0], min(0.12, chroma(lab) * 0.75), hue(lab)))


def _far_neon(colour: str) -> str:
    lab = oklab(colour)
    return hexed(lch(0.12 + 0.12 * lab[0], 0.075, 4.9 + 0.9 * (lab[0] - 0.5)))


def _blueprint(colour: str) -> str:
    lightness = oklab(colour)[0]
    return "#dcebff" if lightness < LOWEST else mix("#2a5fae", "#1c4a94", lightness)


def _far_blueprint(colour: str) -> str:
    return mix("#1d4a92", "#173f82", oklab(colour)[0])


def _pen(colour: str) -> str:
    """A coloured pencil for the shape's edge: its hue, dark enough to read on white."""
    lab = oklab(colour)
    return hexed(lch(0.3 + 0.24 * lab[0], min(0.16, chroma(lab) * 1.15), hue(lab)))


def _page(colour: str) -> str:
    """Nothing but lines: only the darkest shapes (eyes, mouths) are filled, by the pen."""
    return _pen(colour) if oklab(colour)[0] < LOWEST else "#fffefb"


def _far_page(colour: str) -> str:
    return "#fffefb"


def _vivid(colour: str) -> str:
    """A little more chroma, and lightness in steps, as in a machine of few colours."""
    lab = oklab(colour)
    return hexed(lch(round(lab[0] * 14) / 14, chroma(lab) * 1.12, hue(lab)))


_NOTO = ("noto", "twemoji", "flat")
_FLAT = ("flat", "twemoji", "noto")

STYLES = {
    style.id: replace(style, colour=remembered(style.colour), far=remembered(style.far))
    for style in (
        Style("classic", _NOTO),
        Style("flat", _FLAT),
        Style("3d", ("3d", "flat", "noto", "twemoji")),
        Style("cartoon", ("twemoji", "flat", "noto")),
        Style("sticker", _FLAT, border=0.035),
        Style("pastel", _NOTO, colour=_pastel),
        Style("ink", ("noto", "flat", "twemoji"), colour=_ink, far=far_wash, over=rice_paper, behind=ranges,
              line=Line("#2e2a27", 0.003, 0.0), board=("#f4ecda", "#37332f", "#b8402f")),
        Style("moonlit", _NOTO, time="night"),
        Style("outline", _FLAT, colour=_blank, far=_far_blank, line=Line("#2b2a2c", 0.0048, 0.0026, wires=True),
              board=("#ffffff", "#2b2a2c", "#2b2a2c")),
        Style("neon", _FLAT, colour=_neon, far=_far_neon,
              line=Line("", 0.0062, 0.0026, 0.026, wires=True, far_base="#7d8dff"),
              board=("#140f2a", "#ffb3e6", "#6fe3ff")),
        Style("papercut", _FLAT, colour=cut, far=far_cut, line=Line("#fdf3df", 0.0046, 0.001), over=cut_frame,
              board=("#c4231f", "#fdf3df", "#fdf3df")),
        Style("porcelain", _FLAT, colour=blue_and_white, far=far_porcelain,
              line=Line("#16357f", 0.003, 0.001), over=porcelain_rim,
              board=("#f7fafd", "#16357f", "#1f4aa3")),
        Style("riso", _FLAT, colour=riso, far=far_riso, over=grain,
              board=("#f8f1e4", "#3b2f63", "#ff5a78")),
        Style("blueprint", _FLAT, colour=_blueprint, far=_far_blueprint,
              line=Line("#e6f0ff", 0.0042, 0.0022, wires=True), over=blueprint_grid,
              board=("#173f82", "#e6f0ff", "#e6f0ff")),
        Style("woodblock", _FLAT, colour=carved, line=Line("#2c2622", 0.0034, 0.0012),
              over=wood_grain, under=bokashi,
              board=("#f3e8cf", "#33302e", "#c9482f")),
        Style("pixel", _FLAT, colour=_vivid, cells=96),
        Style("lineart", _FLAT, colour=_page, far=_far_page,
              line=Line("", 0.0044, 0.0018, wires=True, own=_pen, base="#3b4252", far_base="#7d8796"),
              board=("#fffefb", "#2c3f66", "#2c3f66")),
        Style("lowkey", _NOTO, colour=low_key, time="night", over=vignette,
              board=("#2a1c14", "#ffdca6", "#8a5a34")),
    )
}  # fmt: skip
DEFAULT = "classic"
