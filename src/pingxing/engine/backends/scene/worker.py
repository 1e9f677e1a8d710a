"""A child process that turns SVG into pixels, because resvg holds the interpreter's lock while it draws.

Run as a script, never imported by the house: it loads resvg and Pillow only, so it starts in a tenth of
a second and stays small. Over stdin comes, again and again, one line of JSON

    {"markup": bytes that follow, "view": [x, y, w, h], "width": px, "height": px}

and the markup; over stdout goes a 9-byte head (status, length) and raw RGB rows, or an error message.
When the parent dies, however it dies, stdin ends and so does this.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from typing import BinaryIO

import resvg_py
from PIL import Image

STRIP_PIXELS = 6_000_000  # drawn at once; larger pictures are drawn strip by strip to bound memory
MARGIN = 96  # rows drawn beyond a strip and cut away, so that blurs at its edge are right


def draw(markup: str, view: list[float], width: int, height: int, out: BinaryIO) -> None:
    x, y, w, h = view
    rows = height if width * height <= STRIP_PIXELS * 3 else max(64, STRIP_PIXELS // width)
    unit = h / height
    for top in range(0, height, rows):
        count = min(rows, height - top)
        above, below = min(MARGIN, top), min(MARGIN, height - top - count)
        drawn = above + count + below
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{drawn}" preserveAspectRatio="none" '
            f'viewBox="{x} {y + (top - above) * unit} {w} {drawn * unit}">{markup}</svg>'
        )
        strip = render(svg, width, drawn)
        if above or below:
            strip = strip.crop((0, above, width, above + count))
        out.write(strip.tobytes())


def render(svg: str, width: int, height: int) -> Image.Image:
    """The document as RGB pixels.

    resvg 0.48 panics where a filter's two inputs round to sizes one pixel apart. That depends on the
    scale, so the same drawing is tried a little larger and brought down; the same for the same request.
    """
    for factor in (1.0, 1.013, 1.031, 1.057):
        size = (round(width * factor), round(height * factor))
        head = f'width="{width}" height="{height}"'
        larger = svg.replace(head, f'width="{size[0]}" height="{size[1]}"', 1)
        try:
            png = resvg_py.svg_to_bytes(svg_string=larger, skip_system_fonts=True)
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            continue
        with Image.open(io.BytesIO(png)) as picture:
            found = picture.convert("RGB")
        return found if found.size == (width, height) else found.resize((width, height), Image.Resampling.LANCZOS)
    raise ValueError("resvg cannot draw this at any size near the one asked for")


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main() -> None:
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    source, out = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        job = json.loads(line)
        markup = source.read(job["markup"]).decode()
        width, height = job["width"], job["height"]
        out.write(b"+" + (width * height * 3).to_bytes(8, "little"))
        try:
            draw(markup, job["view"], width, height, out)
        except Exception as error:  # noqa: BLE001 - told to the parent, which raises it there
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
            os._exit(1)
        out.flush()


if __name__ == "__main__":
    main()
