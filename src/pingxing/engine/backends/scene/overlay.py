"""What a style lays over the finished picture: paper grain, a drafting grid, the rim of a plate, darkness.

`bokashi` alone lies under the things, over their setting.
"""

from __future__ import annotations

from random import Random

from pingxing.engine.backends.scene.svg import Point, Sheet, circle, num, oval, path, polygon, rect, rings


def grain(sheet: Sheet, width: float, height: float) -> None:
    """A halftone of paper-coloured dots, as the screen of a stencil printer leaves it."""
    name, step = sheet.name(), 7.0
    dots = circle(step / 4, step / 4, 1.0, "#f8f1e4") + circle(step * 0.75, step * 0.75, 1.0, "#f8f1e4")
    sheet.definitions.append(
        f'<pattern id="{name}" width="{num(step)}" height="{num(step)}" patternUnits="userSpaceOnUse">{dots}</pattern>'
    )
    sheet.layer("grain").append(rect(0, 0, width, height, f"url(#{name})", opacity=0.42))
    margin = 0.022 * min(width, height)
    frame = f"M0 0H{num(width)}V{num(height)}H0Z"
    frame += f"M{num(margin)} {num(margin)}V{num(height - margin)}H{num(width - margin)}V{num(margin)}Z"
    sheet.layer("grain").append(path(frame, "#f8f1e4", fill_rule="evenodd"))


def blueprint_grid(sheet: Sheet, width: float, height: float) -> None:
    parts, step = sheet.layer("grid"), min(width, height) / 40
    for every, thick, opacity in ((1, 0.7, 0.1), (5, 1.1, 0.2)):
        d = "".join(f"M{num(n * step * every)} 0V{num(height)}" for n in range(1, round(width / step / every) + 1))
        d += "".join(f"M0 {num(n * step * every)}H{num(width)}" for n in range(1, round(height / step / every) + 1))
        parts.append(path(d, stroke="#dfecff", stroke_width=thick, opacity=opacity))
    edge = 0.025 * min(width, height)
    parts.append(rect(edge, edge, width - 2 * edge, height - 2 * edge, "none", stroke="#e6f0ff", stroke_width=2.2))


def porcelain_rim(sheet: Sheet, width: float, height: float) -> None:
    """Two rings and a band of key fret, as around a plate."""
    parts, short = sheet.layer("rim"), min(width, height)
    band, blue = 0.045 * short, "#1f4aa3"
    frame = f"M0 0H{num(width)}V{num(height)}H0Z"
    frame += f"M{num(band)} {num(band)}V{num(height - band)}H{num(width - band)}V{num(band)}Z"
    parts.append(path(frame, "#f7fafd", fill_rule="evenodd"))
    for inset, thick in ((0.2 * band, 0.1), (1.0 * band, 0.14)):
        parts.append(
            rect(inset, inset, width - 2 * inset, height - 2 * inset, "none", stroke=blue, stroke_width=thick * band)
        )
    d, key = "", 0.5 * band
    for length, across in ((width, False), (height, True)):
        count = max(1, round((length - 2 * band) / (key * 1.5)))
        step = (length - 2 * band) / count
        for far in (0.34 * band, (height if not across else width) - 0.34 * band - key * 0.8):
            for n in range(count):
                a = band + n * step
                spots = [(0.1, 0.8), (0.1, 0.0), (0.9, 0.0), (0.9, 0.6), (0.4, 0.6), (0.4, 0.3)]
                line = [(a + u * step * 0.9, far + v * key) for u, v in spots]
                d += "M" + "L".join(f"{num(y)} {num(x)}" if across else f"{num(x)} {num(y)}" for x, y in line)
    parts.append(path(d, stroke=blue, stroke_width=0.07 * band))


def vignette(sheet: Sheet, width: float, height: float) -> None:
    """Lamplight in the middle, and darkness that closes in from the edges."""
    x, y, rx, ry = width / 2, height / 2, 0.68 * width, 0.68 * height
    parts, steps = sheet.layer("dark"), 48
    parts.append(rings(x, y, 0.3 * width, 0.3 * height, "#ffcf8a", [0.2 * (1 - n / 12) for n in range(12)]))
    fall = [max(0.0, (n + 0.5) / steps - 0.5) / 0.5 for n in range(steps)]
    parts.append(rings(x, y, rx, ry, "#040307", [0.5 * (3 - 2 * t) * t * t for t in fall]))
    d = f"M-2 -2H{num(width + 2)}V{num(height + 2)}H-2Z{oval(x, y, rx, ry)}"
    parts.append(path(d, "#040307", opacity=0.5, fill_rule="evenodd"))


def cut_frame(sheet: Sheet, width: float, height: float) -> None:
    """The border of a paper cut: a red band with petals cut out of it, crescents along its inner edge."""
    short = min(width, height)
    margin, band, red, paper = 0.012 * short, 0.03 * short, "#c4231f", "#fdf3df"
    inner = margin + band
    outside = f"M-2 -2H{num(width + 2)}V{num(height + 2)}H-2Z"
    hole = f"M{num(margin)} {num(margin)}V{num(height - margin)}H{num(width - margin)}V{num(margin)}Z"
    ring = f"M{num(margin)} {num(margin)}H{num(width - margin)}V{num(height - margin)}H{num(margin)}Z"
    ring += f"M{num(inner)} {num(inner)}V{num(height - inner)}H{num(width - inner)}V{num(inner)}Z"
    crescents, cuts = "", ""
    for length, across in ((width, False), (height, True)):
        count = max(3, round((length - 2 * inner) / (1.15 * band)))
        step = (length - 2 * inner) / count
        for near in (True, False):
            end = height if not across else width
            middle, edge = margin + 0.46 * band, inner
            for n in range(count):
                at, deep = inner + (n + 0.5) * step, 0.3 * band
                if n % 2:
                    side = 0.34 * step
                    diamond = ((at - side, middle), (at, middle - deep), (at + side, middle), (at, middle + deep))
                    cuts += polygon([_turned(p, end, near, across) for p in diamond])
                else:
                    cuts += oval(*_turned((at, middle), end, near, across), 0.2 * band, 0.2 * band)
                crescents += oval(*_turned((at, edge), end, near, across), 0.4 * step, 0.4 * step)
                cuts += oval(*_turned((at, edge + 0.12 * band), end, near, across), 0.16 * step, 0.16 * step)
    corners = ((margin, margin), (width - margin, margin), (margin, height - margin), (width - margin, height - margin))
    for x, y in corners:
        way, down = (1 if x < width / 2 else -1), (1 if y < height / 2 else -1)
        u0, v0 = x + way * band, y + down * band
        crescents += oval(u0, v0, 1.35 * band, 1.35 * band)
        for u, v in ((0.62, 0.0), (-0.62, 0.0), (0.0, 0.62), (0.0, -0.62)):
            cuts += oval(u0 + u * band, v0 + v * band, 0.3 * band, 0.3 * band)
    parts = sheet.layer("frame")
    parts.append(path(outside + hole, paper, fill_rule="evenodd"))
    parts.append(path(ring, red, fill_rule="evenodd") + path(crescents, red) + path(cuts, paper))


def _turned(point: Point, end: float, near: bool, across: bool) -> Point:
    """A place on the upper edge, on the edge that is meant."""
    x, y = point
    y = y if near else end - y
    return (y, x) if across else (x, y)


def wood_grain(sheet: Sheet, width: float, height: float) -> None:
    """The grain of the block in the ink, and the margin of the sheet with its thin key line."""
    short, chance, parts = min(width, height), Random("grain of the block"), sheet.layer("grain")
    lines, y = "", 0.0
    while y < height:
        y += chance.uniform(0.008, 0.022) * short
        bend = [chance.uniform(-0.006, 0.006) * short for _ in range(4)]
        thirds = [width * k / 3 for k in range(4)]
        lines += f"M{num(thirds[0])} {num(y + bend[0])}C{num(thirds[1])} {num(y + bend[1])} "
        lines += f"{num(thirds[2])} {num(y + bend[2])} {num(thirds[3])} {num(y + bend[3])}"
    parts.append(path(lines, stroke="#f3e8cf", stroke_width=0.0016 * short, opacity=0.34))
    margin = 0.026 * short
    frame = f"M-2 -2H{num(width + 2)}V{num(height + 2)}H-2Z"
    frame += f"M{num(margin)} {num(margin)}V{num(height - margin)}H{num(width - margin)}V{num(margin)}Z"
    parts.append(path(frame, "#f3e8cf", fill_rule="evenodd"))
    inner = (margin, margin, width - 2 * margin, height - 2 * margin)
    parts.append(rect(*inner, "none", stroke="#33302e", stroke_width=0.0034 * short))


def bokashi(sheet: Sheet, width: float, height: float) -> None:
    """The printer's gradation: wet indigo wiped along the upper edge of the block, running out downwards."""
    deep, steps = 0.2 * height, 40
    strips = [
        rect(-2, n * deep / steps, width + 4, deep / steps, "#22406f", opacity=0.86 * (1 - (n + 0.5) / steps) ** 1.6)
        for n in range(steps)
    ]
    sheet.layer("bokashi").append(f'<g shape-rendering="crispEdges">{"".join(strips)}</g>')
