"""A child process that turns SVG into pixels, because resvg holds the interpreter's lock while it draws.

Run as a script, never imported by the house: it loads resvg and Pillow only, so it starts in a tenth of
a second and stays small. Over stdin comes, again and again, one line of JSON

    {"markup": bytes that follow, "view": [x, y, w, h], "width": px, "height": px, "top": row, "rows": count,
     "alpha": whether the rows are to be RGBA}

and the markup; over stdout goes a 9-byte head (status, length) and the rows as raw RGB or RGBA (straight alpha).
When the parent dies, however it dies, stdin ends and so does this.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from typing import Any

import resvg_py
from PIL import Image


def draw(markup: str, job: dict[str, Any]) -> bytes:
    """Rows [top, top + rows) of the picture as raw RGB or RGBA."""
    (x, y, w, h), width, height = job["view"], job["width"], job["height"]
    top, rows = job["top"], job["rows"]
    # Blurs need what lies beyond the band; without them every row stands for itself.
    margin = max(96, height // 40) if "<filter" in markup else 0
    above, below = min(margin, top), min(margin, height - top - rows)
    drawn, unit = above + rows + below, h / height
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{drawn}" preserveAspectRatio="none" '
        f'viewBox="{x} {y + (top - above) * unit} {w} {drawn * unit}">{markup}</svg>'
    )
    band = render(svg, width, drawn, "RGBA" if job["alpha"] else "RGB")
    if above or below:
        band = band.crop((0, above, width, above + rows))
    return band.tobytes()


def render(svg: str, width: int, height: int, mode: str) -> Image.Image:
    """The document as pixels, in Pillow's mode "RGB" or "RGBA".

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
            found = picture.convert(mode)
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
        try:
            rows = draw(markup, job)
        except Exception as error:  # noqa: BLE001 - told to the parent, which ends this process and raises
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
            os._exit(1)
        try:
            out.write(b"+" + len(rows).to_bytes(8, "little"))
            out.write(rows)
            out.flush()
        except BrokenPipeError:  # the parent is gone; nobody is left to tell
            os._exit(0)


if __name__ == "__main__":
    main()
