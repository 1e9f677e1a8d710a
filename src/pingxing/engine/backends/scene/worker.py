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

STRIP_PIXELS = 6_000_000  # drawn at once; larger pictures are drawn strip by strip to bound memory
MARGIN = 96  # rows drawn beyond a strip and cut away, so that blurs at its edge are right


def draw(markup: str, view: list[float], width: int, height: int, out: BinaryIO) -> None:
    import resvg_py
    from PIL import Image

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
        png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
        with Image.open(io.BytesIO(png)) as picture:
            strip = picture.convert("RGB")
        if above or below:
            strip = strip.crop((0, above, width, above + count))
        out.write(strip.tobytes())


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
