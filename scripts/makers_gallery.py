"""The gallery of makers: one good example of each, made by the product, for the guides and the start page.

`python scripts/makers_gallery.py` writes src/pingxing/web/static/makers/*.webp and docs/pictures/*.webp (the same
bytes). Everything is drawn by the scene engine from the makers' own wishes and put together on one card; the cards are
labelled, as all that leaves the product is. The same code gives the same bytes. `--only moving nails` writes those.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from pingxing import __version__
from pingxing.engine.backends.scene import SceneBackend
from pingxing.label import seal_moving
from pingxing.makers import formats, nails, patterns, prints, surfaces
from pingxing.makers.screens import zones_of
from pingxing.types import Mark, Motion, MotionName, Picture, Request
from samples import sealed

ROOT = Path(__file__).parent.parent
PLACES = (ROOT / "src/pingxing/web/static/makers", ROOT / "docs/pictures")
WIDE, HIGH = 720, 540  # of every card
MOST = 150_000  # bytes of one
PAPER, WARM, COOL, ROSE, SAND = "#f3eee2", "#f6e3cf", "#dfe9ec", "#f3dfe0", "#ece4d3"
SUBJECT = "a red panda"

Art = Image.Image


class Bench:
    """The engine, and how a wish becomes pixels."""

    def __init__(self) -> None:
        self.engine = SceneBackend()

    def picture(self, request: Request) -> Picture:
        state = self.engine.prepare(request.model_copy(update={"seed": request.seed or 0}))
        while state.step < state.steps:
            self.engine.step([state])
        return self.engine.finish(state)

    def art(self, request: Request, width: int, height: int) -> Art:
        """The same wish at another number of pixels."""
        asked = request.model_copy(update={"width": width, "height": height, "dpi": None})
        return Image.fromarray(self.picture(asked).pixels)

    def sticker(self, prompt: str, side: int, style: str = "sticker") -> Art:
        return self.art(Request(prompt=prompt, style=style, transparent=True, seed=7), side, side)


def card(colour: str) -> Art:
    return Image.new("RGBA", (WIDE, HIGH), colour)


def laid(ground: Art, art: Art, x: float, y: float, shadow: float = 0.0) -> None:
    """`art` with its upper left corner at (x, y), over a soft shadow of so many pixels."""
    place = (round(x), round(y))
    art = art.convert("RGBA")
    if shadow:
        cast = Image.new("RGBA", ground.size)
        cast.paste(
            Image.new("RGBA", art.size, "#1c1b1a"), (place[0], place[1] + round(shadow / 2)), art.getchannel("A")
        )
        alpha = cast.getchannel("A").filter(ImageFilter.GaussianBlur(shadow)).point(lambda value: value // 4)
        cast.putalpha(alpha)
        ground.alpha_composite(cast)
    layer = Image.new("RGBA", ground.size)
    layer.paste(art, place)
    ground.alpha_composite(layer)


def rounded(art: Art, corner: int) -> Art:
    mask = Image.new("L", (art.width * 2, art.height * 2))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), 2 * corner, fill=255)
    art = art.convert("RGBA")
    art.putalpha(mask.resize(art.size, Image.Resampling.LANCZOS))
    return art


# --- one of each ---------------------------------------------------------------------------------


def stickers(bench: Bench) -> Art:
    """Eight of a pack, as they lie on a table."""
    wishes = ("holding a flower", "holding a heart", "wearing sunglasses", "holding a bubble tea", "reading a book",
              "under an umbrella", "holding a balloon", "eating noodles")  # fmt: skip
    ground = card(WARM)
    for number, wish in enumerate(wishes):
        art = bench.sticker(f"{SUBJECT} {wish}", 168)
        laid(ground, art, 14 + 174 * (number % 4), 70 + 208 * (number // 4) + (14 if number % 2 else 0), 7)
    return ground


def wallpapers(bench: Bench) -> Art:
    """One wish by day and by night, on the screen that it was made for."""
    screen = formats.platform("iphone-16")
    order = surfaces.Order("a lighthouse by the sea with seagulls", (screen,), pair=True, seed=4)
    ground = card(COOL)
    for number, (_, request) in enumerate(surfaces.plan(order)):
        high = 470
        wide = round(high * request.width / request.height)
        phone = rounded(Image.new("RGBA", (wide + 16, high + 16), "#1c1b1a"), 34)
        laid(phone, rounded(bench.art(request, wide, high), 27), 8, 8)
        laid(ground, _system(phone, 8), 96 + 264 * number, 28, 12)
    return ground


def _system(phone: Art, rim: int) -> Art:
    """The island, the hour's place and the widgets, drawn where `zones.yaml` has them."""
    zones = zones_of("iphone-16")
    assert zones is not None
    fine = Image.new("RGBA", (phone.width * 3, phone.height * 3))
    pen = ImageDraw.Draw(fine)
    wide, high = phone.width - 2 * rim, phone.height - 2 * rim

    def box(x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
        return (3 * (rim + x * wide), 3 * (rim + y * high), 3 * (rim + (x + w) * wide), 3 * (rim + (y + h) * high))

    pen.rounded_rectangle(box(*zones.zones["camera"]), 30, fill="#000000")
    x, y, w, h = zones.zones["widgets"]
    for number in range(3):
        pen.rounded_rectangle(box(x + number * w / 3 + 0.01, y, w / 3 - 0.02, h), 24, fill=(255, 255, 255, 70))
    for left in (0.12, 0.74):
        pen.ellipse(box(left, 0.895, 0.14, 0.14 * wide / high), fill=(255, 255, 255, 70))
    pen.rounded_rectangle(box(0.33, 0.978, 0.34, 0.007), 9, fill=(255, 255, 255, 230))
    _digits(pen, box(*zones.zones["clock"]))
    return Image.alpha_composite(phone, fine.resize(phone.size, Image.Resampling.LANCZOS))


def _digits(pen: ImageDraw.ImageDraw, where: tuple[float, float, float, float]) -> None:
    """9:41 in strokes of our own, so that no font decides about the bytes."""
    left, top, right, bottom = where
    size = (bottom - top) * 0.62
    y, unit, thick = top + 0.3 * (bottom - top), size * 0.5, round(size * 0.15)
    runs = {
        "9": [(1, 0.62), (0.3, 0.95), (0, 0.5), (0.3, 0.02), (0.8, 0.05), (1, 0.4), (0.9, 1.2), (0.55, 2)],
        "4": [(0.75, 2), (0.75, 0), (0, 1.4), (1.05, 1.4)],
        "1": [(0.1, 0.45), (0.55, 0.05), (0.55, 2)],
    }
    x = (left + right) / 2 - 2.25 * unit
    for letter in "9:41":
        if letter == ":":
            for dot in (0.6, 1.5):
                _dot(pen, x, y + dot * unit, thick * 0.6)
            x += 0.45 * unit
            continue
        points = [(x + a * unit, y + b * unit) for a, b in runs[letter]]
        pen.line(points, fill="#ffffff", width=thick, joint="curve")
        for px, py in points:
            _dot(pen, px, py, thick / 2)
        x += 1.45 * unit if letter != "1" else 1.0 * unit


def _dot(pen: ImageDraw.ImageDraw, x: float, y: float, reach: float) -> None:
    pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill="#ffffff")


def _ground(art: Art) -> Art:
    """A card in the colour of the picture's corner."""
    corner = art.convert("RGB").crop((2, 2, 3, 3)).tobytes()
    return card(f"#{corner.hex()}")


def shirts(bench: Bench) -> Art:
    """The maker's own picture of the finished thing."""
    order = prints.Order("a cat wearing sunglasses", (formats.platform("t-shirt"),), seed=5, mockup=True)
    ((_, request),) = [(key, one) for key, one in prints.plan(order) if key.role == "mockup"]
    art = bench.art(request, *_inside(request.width, request.height, WIDE, HIGH)).convert("RGBA")
    ground = _ground(art)
    laid(ground, art, (WIDE - art.width) / 2, (HIGH - art.height) / 2)
    return ground


def _inside(width: int, height: int, wide: int, high: int) -> tuple[int, int]:
    part = min(wide / width, high / height)
    return round(width * part), round(height * part)


def cloth(bench: Bench) -> Art:
    """A length of cloth with folds, printed with the tile."""
    order = patterns.Order("lemons and leaves on a pale yellow background", layout="tossed", seed=3)
    request = next(one for _, one in patterns.plan(order, vector=False))
    tile = np.asarray(bench.art(request, 300, 300).convert("RGB"), np.float32)
    rows, columns = np.mgrid[:HIGH, :WIDE].astype(np.float32)
    wave = 5 * np.sin(columns / 62 + rows / 190) + 3 * np.sin(columns / 29 + 1.3)
    printed = tile[(rows + wave).astype(int) % 300, (columns + 0.6 * wave).astype(int) % 300]
    light = 0.93 + 0.1 * np.sin(columns / 62 + rows / 190 + 0.7) + 0.035 * np.sin(columns / 29 + 2.1)
    art = Image.fromarray((printed * light[..., None]).clip(0, 255).astype(np.uint8)).convert("RGBA")
    hem = Image.new("L", (WIDE, HIGH))
    edge = [(x, HIGH - 46 + 9 * math.sin(x / 62 + 3.2) + 4 * math.sin(x / 29)) for x in range(40, WIDE - 39, 4)]
    ImageDraw.Draw(hem).polygon([(40, 0), *edge, (WIDE - 40, 0)], fill=255)
    art.putalpha(hem.filter(ImageFilter.GaussianBlur(0.7)))
    ground = card(SAND)
    laid(ground, art, 0, 0, 10)
    return ground


def hand(bench: Bench) -> Art:
    order = nails.Order("cherry blossoms on pale pink", design="motifs", seed=6)
    request = next(one for key, one in nails.plan(order) if key.name == "hand-left.png")
    art = bench.art(request, 640, 640).convert("RGBA")
    ground = _ground(art)
    laid(ground, art, (WIDE - 640) / 2, HIGH - 600)
    return ground


def grid(bench: Bench) -> Art:
    """Fifteen cells of one table, as on a contact sheet."""
    colours, things = ("red", "yellow", "blue"), ("car", "umbrella", "balloon", "bicycle", "gift")
    ground = card(PAPER)
    side, gap = 128, 10
    left, top = (WIDE - 5 * side - 4 * gap) / 2, (HIGH - 3 * side - 2 * gap) / 2
    for row, colour in enumerate(colours):
        for column, thing in enumerate(things):
            request = Request(prompt=f"a {colour} {thing}", style="flat", width=256, height=256, seed=11)
            art = Image.fromarray(bench.picture(request).pixels).resize((side, side), Image.Resampling.LANCZOS)
            laid(ground, rounded(art, 9), left + column * (side + gap), top + row * (side + gap), 4)
    return ground


def moving(bench: Bench) -> bytes:
    """One sticker that moves: sealed in every frame."""
    name: MotionName = "bounce"
    motion = Motion(name=name, form="webp", frames=20, seconds=1.0, loops=5, bytes=MOST)  # still after 5 s (WCAG 2.2.2)
    request = Request(prompt=f"{SUBJECT} holding a coffee", style="sticker", width=300, height=300, transparent=True,
                      seed=7, motion=motion)  # fmt: skip
    picture = bench.picture(request)
    return seal_moving(picture, motion, _mark("moving"))


def _mark(name: str) -> Mark:
    return Mark("zh", "PINGXING-SAMPLE", f"sample-makers-{name}", "Pingxing", __version__, "scene",
                datetime(2026, 11, 22, tzinfo=UTC), trained=False)  # fmt: skip


CARDS: dict[str, Callable[[Bench], Art]] = {
    "stickers": stickers, "wallpapers": wallpapers, "prints": shirts, "patterns": cloth, "nails": hand, "grid": grid,
}  # fmt: skip


def main(told: Sequence[str] | None = None) -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", nargs="*", choices=(*CARDS, "moving"), help="write these; all where left out")
    given = asked.parse_args(told)
    bench = Bench()
    for place in PLACES:
        place.mkdir(parents=True, exist_ok=True)
    for name in given.only or (*CARDS, "moving"):
        if name == "moving":
            data = moving(bench)
        else:
            pixels = np.asarray(CARDS[name](bench).convert("RGB"), np.uint8).copy()
            data = sealed(Picture(WIDE, HIGH, pixels), f"makers-{name}", "zh")
        for place in PLACES:
            (place / f"{name}.webp").write_bytes(data)
        print(f"{name}: {len(data) / 1000:.0f} KB")
        if len(data) > MOST:
            return 1
    bench.engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
