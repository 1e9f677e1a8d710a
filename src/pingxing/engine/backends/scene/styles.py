"""Ways to draw a scene: whose art, and what is done to every colour or outline of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pingxing.engine.backends.scene.colour import chroma, hexed, hue, lch, mix, oklab


@dataclass(frozen=True, slots=True)
class Style:
    id: str
    sets: tuple[str, ...]  # art to look in, first choice first
    colour: Callable[[str], str] | None = None  # what becomes of every colour of the picture
    border: float = 0.0  # white die-cut border, in parts of the art's height
    time: str = ""  # an hour the style brings with it


def _pastel(colour: str) -> str:
    lab = oklab(colour)
    return hexed(lch(0.42 + lab[0] * 0.57, chroma(lab) * 0.62, hue(lab)))


def _ink(colour: str) -> str:
    """Diluted ink on warm paper: lightness stays, hue becomes a light wash, red keeps the strength of a seal."""
    lab = oklab(colour)
    red = chroma(lab) > 0.13 and abs(hue(lab) - 0.5) < 0.35
    grey = hexed((min(1.0, 0.12 + lab[0] * 0.9), 0.0, 0.0))
    paper = mix(grey, "#f7efdf", 0.22)
    return mix(paper, colour, 0.75 if red else 0.34)


_FLAT = ("flat", "twemoji", "noto")

STYLES = {
    style.id: style
    for style in (
        Style("classic", ("noto", "twemoji", "flat")),
        Style("flat", _FLAT),
        Style("3d", ("3d", "flat", "noto", "twemoji")),
        Style("cartoon", ("twemoji", "flat", "noto")),
        Style("sticker", _FLAT, border=0.035),
        Style("pastel", ("noto", "twemoji", "flat"), colour=_pastel),
        Style("ink", ("noto", "flat", "twemoji"), colour=_ink),
        Style("moonlit", ("noto", "twemoji", "flat"), time="night"),
    )
}
DEFAULT = "classic"
