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
import re
import sys
import threading
import time
from itertools import pairwise
from typing import Any

import resvg_py
from PIL import Image

BROAD = 40_000.0  # area in units of the plane from which a gradient is worth strips
_UPRIGHT = re.compile(r'<linearGradient id="([^"]+)" x1="0" y1="0" x2="0" y2="1">(.*?)</linearGradient>')
_STOP = re.compile(r'<stop offset="([0-9.]+)" stop-color="(#[0-9a-f]{6}|#[0-9a-f]{3})"')
_WIDE = re.compile(  # across the whole frame; those of outlined styles say stroke="none" and stay as they are
    r'<rect x="(-2)" y="(-?[0-9.]+)" width="([0-9.]+)" height="([0-9.]+)" fill="url\(#([^)]+)\)"/>'
)


def striped(markup: str, rows_per_unit: float) -> str:
    """The markup with its large upright gradients as flat strips, which the renderer fills many times faster.

    Each strip is one step of the screen's 256 levels at most, so the pixels are those of the gradient; the document
    that people get keeps the gradient.
    """
    stops = {
        match.group(1): [(float(at), _bytes(colour)) for at, colour in _STOP.findall(match.group(2))]
        for match in _UPRIGHT.finditer(markup)
        if "stop-opacity" not in match.group(2)
    }

    def strips(match: re.Match[str]) -> str:
        x, y, width, height = (float(value) for value in match.group(1, 2, 3, 4))
        ramp = stops.get(match.group(5), [])
        if len(ramp) < 2 or width * height < BROAD:
            return match.group(0)
        levels = sum(max(abs(p - q) for p, q in zip(a[1], b[1], strict=True)) for a, b in pairwise(ramp))
        count = max(1, min(levels, int(height * rows_per_unit)))
        parts = []
        for n in range(count):
            top = y + height * n / count
            colour = _at(ramp, (n + 0.5) / count)
            tall = height / count + (0 if n == count - 1 else 1.5 / rows_per_unit)  # under the next: no seam shows
            parts.append(f'<rect x="{x}" y="{top:.4f}" width="{width}" height="{tall:.4f}" fill="{colour}"/>')
        return "".join(parts)

    return _WIDE.sub(strips, markup)


def _bytes(colour: str) -> tuple[int, int, int]:
    digits = colour[1:] if len(colour) == 7 else "".join(d * 2 for d in colour[1:])
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def _at(ramp: list[tuple[float, tuple[int, int, int]]], place: float) -> str:
    (low, first), (high, second) = ramp[0], ramp[-1]
    for a, b in pairwise(ramp):
        if place <= b[0]:
            (low, first), (high, second) = a, b
            break
    part = min(1.0, max(0.0, (place - low) / (high - low))) if high > low else 1.0
    return "#{:02x}{:02x}{:02x}".format(*(round(p + (q - p) * part) for p, q in zip(first, second, strict=True)))


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
        f'viewBox="{x} {y + (top - above) * unit} {w} {drawn * unit}">{striped(markup, 1 / unit)}</svg>'
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
