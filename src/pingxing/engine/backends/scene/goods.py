"""Templates of what lies or hangs flat: a shirt, a bag, a phone's case, a framed poster. The plane is 1400 square."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pingxing.engine.backends.scene.colour import mix
from pingxing.engine.backends.scene.svg import circle, ellipse, num, path, rect

if TYPE_CHECKING:
    from pingxing.engine.backends.scene.mockups import Bench

SIDE = 1_400.0
_SHADE = "#2b2521"


def shirt(bench: Bench) -> str:
    """Flat on a table, twenty-one inches across, with the print at its true size below the collar."""
    body = (
        "M508 196C560 236 840 236 892 196C960 214 1014 238 1060 270L1268 470C1278 484 1276 500 1264 512L1140 620"
        "C1128 630 1112 628 1102 616L1036 540C1028 700 1030 980 1040 1206C1040 1224 1028 1236 1010 1238"
        "C810 1254 590 1254 390 1238C372 1236 360 1224 360 1206C370 980 372 700 364 540L298 616"
        "C288 628 272 630 260 620L136 512C124 500 122 484 132 470L340 270C386 238 440 214 508 196Z"
    )
    collar = "M508 196C560 312 840 312 892 196C840 236 560 236 508 196Z"
    rib = "M508 196C556 330 844 330 892 196"
    inches = 676 / 21
    wide = bench.sheet.width_mm / 25.4 * inches
    x, y, w, h = bench.front
    high = wide * h / w
    most = 830.0
    if high > most:
        wide, high = wide * most / high, most
    cloth = bench.canvas.gradient([(0, "#ffffff"), (1, "#f3f0eb")])
    folds = (
        "M404 560C420 760 410 960 430 1180C452 1000 446 760 404 560Z",
        "M996 560C980 760 990 960 970 1180C948 1000 954 760 996 560Z",
        "M420 330C470 400 520 430 560 440C500 452 440 420 420 330Z",
        "M980 330C930 400 880 430 840 440C900 452 960 420 980 330Z",
        "M560 1236C600 1130 640 1080 700 1060C650 1120 620 1180 610 1240Z",
        "M850 1236C830 1150 790 1100 740 1080C800 1120 840 1180 860 1238Z",
    )
    seams = "M364 540C360 450 352 360 340 270M1036 540C1040 450 1048 360 1060 270"
    hems = "M372 1214C590 1230 810 1230 1028 1214M150 486L276 600M1250 486L1124 600"
    under = "translate(14 26)"
    parts = [
        path(body, _SHADE, opacity=0.10, transform="translate(26 44)"),
        path(body, _SHADE, opacity=0.12, transform=under),
        path(body, cloth),
        path(collar, "#ddd7ce"),
        path(rib, stroke="#e4dfd7", stroke_width=20),
        path(rib, stroke="#d3ccc2", stroke_width=2, transform="translate(0 10)"),
        bench.placed((x, y, w, h), 700 - wide / 2, 356, wide),
        *(path(fold, _SHADE, opacity=0.05) for fold in folds),
        path(seams, stroke="#d8d2c9", stroke_width=3),
        path(hems, stroke="#d8d2c9", stroke_width=2.5, stroke_dasharray="7 5"),
        path(body, stroke="#d9d3ca", stroke_width=2),
    ]
    return "".join(parts)


def tote(bench: Bench) -> str:
    """Of raw canvas, hanging by its handles."""
    left, top, wide, high = 330.0, 520.0, 740.0, 760.0
    body = (
        f"M{num(left + 6)} {num(top)}H{num(left + wide - 6)}L{num(left + wide)} {num(top + high - 26)}"
        f"q2 26 -26 26H{num(left + 26)}q-28 0 -26 -26Z"
    )
    far = "M500 528C496 300 560 150 700 150C840 150 904 300 900 528"
    near = "M470 560C466 330 540 190 700 190C860 190 934 330 930 560"
    x, y, w, h = bench.front
    size = 0.8 * wide
    cloth = bench.canvas.gradient([(0, "#f2ead9"), (1, "#e6dbc5")])
    folds = (
        f"M{num(left + 40)} {num(top + 80)}q40 300 10 640q-40 -300 -10 -640Z",
        f"M{num(left + wide - 50)} {num(top + 120)}q-44 260 0 600q36 -300 0 -600Z",
        f"M{num(left + 120)} {num(top + high)}q120 -90 260 -70q-120 10 -200 70Z",
    )
    parts = [
        path(body, _SHADE, opacity=0.16, transform="translate(18 30)"),
        path(far, stroke="#cfc2a8", stroke_width=40),
        path(body, cloth),
        bench.placed((x, y, w, h), left + (wide - size) / 2, top + 108, size),
        *(path(fold, _SHADE, opacity=0.06) for fold in folds),
        path(f"M{num(left + 6)} {num(top + 46)}H{num(left + wide - 6)}", stroke="#c9bb9f", stroke_width=2.5,
             stroke_dasharray="9 6"),
        path(near, stroke="#b8aa8e", stroke_width=46, opacity=0.35, transform="translate(8 12)"),
        path(near, stroke="#ebe1cd", stroke_width=44),
        path(near, stroke="#cdbfa3", stroke_width=1.5, transform="translate(0 1)", stroke_dasharray="8 6"),
        *(rect(at - 24, top + 6, 48, 74, "#ebe1cd", stroke="#cdbfa3", stroke_width=2) for at in (470, 930)),
        *(path(f"M{at - 16} {top + 14}l32 56m0 -56l-32 56", stroke="#c2b396", stroke_width=2) for at in (470, 930)),
        path(body, stroke="#d6c9af", stroke_width=2),
    ]  # fmt: skip
    return "".join(parts)


def case(bench: Bench) -> str:
    """A phone's back, a little turned: the case bears the picture's middle."""
    left, top, wide, high, round_ = 462.0, 180.0, 476.0, 1_000.0, 74.0
    outline = (
        f"M{num(left + round_)} {num(top)}h{num(wide - 2 * round_)}a{num(round_)} {num(round_)} 0 0 1 {num(round_)} "
        f"{num(round_)}v{num(high - 2 * round_)}a{num(round_)} {num(round_)} 0 0 1 {num(-round_)} {num(round_)}"
        f"h{num(2 * round_ - wide)}a{num(round_)} {num(round_)} 0 0 1 {num(-round_)} {num(-round_)}"
        f"v{num(2 * round_ - high)}a{num(round_)} {num(round_)} 0 0 1 {num(round_)} {num(-round_)}Z"
    )
    x, y, w, h = bench.front
    scale = max(wide / w, high / h)
    full = w * scale
    art = bench.placed((x, y, w, h), left + (wide - full) / 2, top + (high - h * scale) / 2, full, outline)
    edge = mix(bench.pale, "#4a4540", 0.6)
    shine = bench.canvas.gradient([(0, "#ffffff", 0.28), (0.3, "#ffffff", 0.0), (0.8, _SHADE, 0.0), (1, _SHADE, 0.2)],
                                  across=True)  # fmt: skip
    lenses = "".join(
        circle(cx, cy, 44, "#15171a") + circle(cx, cy, 32, "#2a2f36") + circle(cx, cy, 16, "#0c0e10")
        + circle(cx - 12, cy - 12, 8, "#8fa3b8", opacity=0.8)
        for cx, cy in ((552, 280), (552, 404), (664, 342))
    )  # fmt: skip
    island = rect(486, 206, 250, 272, "#23262b", rx=66) + rect(490, 210, 242, 264, "#30343a", rx=62)
    flash = circle(664, 250, 13, "#f4ecd4") + circle(664, 432, 6, "#15171a")
    keys = rect(left - 9, top + 210, 12, 60, edge, rx=5) + rect(left - 9, top + 300, 12, 104, edge, rx=5)
    keys += rect(left + wide - 3, top + 300, 12, 130, edge, rx=5)
    parts = [
        '<g transform="rotate(-9 700 680)">',
        *(path(outline, _SHADE, opacity=0.07, transform=f"translate({14 + 10 * n} {22 + 14 * n})") for n in range(3)),
        keys,
        path(outline, edge, stroke=edge, stroke_width=14),
        art,
        path(outline, shine),
        path(outline, stroke="#ffffff", stroke_width=3, opacity=0.35),
        island + lenses + flash,
        "</g>",
    ]
    return "".join(parts)


def poster(bench: Bench) -> str:
    """Framed in oak behind a mount, over a sideboard."""
    x, y, w, h = bench.front
    room_w, room_h = 600.0, 700.0
    scale = min(room_w / w, room_h / h)
    wide, high = w * scale, h * scale
    left, top = (SIDE - wide) / 2, 100 + (room_h - high) / 2 + 40
    mount, frame = 46.0, 24.0
    out = mount + frame
    wood = bench.canvas.gradient([(0, "#d1aa78"), (1, "#b98d58")])
    light = bench.canvas.gradient([(0, "#ffffff", 0.5), (1, "#ffffff", 0.0)])
    board_top = 1_140.0
    glass = f"M{num(left - mount)} {num(top - mount)}h{num(0.5 * wide)}L{num(left - mount)} {num(top + 0.6 * high)}Z"
    leaves = "".join(
        path(f"M1130 1016C{1130 + bend} {900 - lift} {1130 + 2 * bend} {880 - lift} {1130 + 2.4 * bend} {820 - lift}"
             f"C{1130 + 2.6 * bend} {900 - lift} {1130 + 1.4 * bend} {960 - lift / 2} 1130 1016Z", ink)
        for bend, lift, ink in ((-34, 0, "#7d9a78"), (-14, 60, "#8eab86"), (16, 72, "#75936f"), (36, 10, "#93b08b"))
    )  # fmt: skip
    vase = "M1094 1140C1078 1092 1092 1052 1114 1032V1010H1146V1032C1168 1052 1182 1092 1166 1140Z"
    books = (
        rect(250, 1106, 210, 34, "#a9553f", rx=4) + rect(262, 1074, 190, 32, "#e9dfcc", rx=4)
        + rect(256, 1044, 170, 30, "#5d7a86", rx=4)
    )  # fmt: skip
    parts = [
        rect(0, 0, SIDE, board_top, light),
        rect(left - out + 14, top - out + 26, wide + 2 * out, high + 2 * out, _SHADE, opacity=0.10, rx=6),
        rect(left - out + 6, top - out + 12, wide + 2 * out, high + 2 * out, _SHADE, opacity=0.16, rx=4),
        rect(left - out, top - out, wide + 2 * out, high + 2 * out, wood, rx=3),
        rect(left - mount, top - mount, wide + 2 * mount, high + 2 * mount, "#fbf9f4"),
        rect(left - mount, top - mount, wide + 2 * mount, 9, _SHADE, opacity=0.12),
        rect(left - mount, top - mount, 7, high + 2 * mount, _SHADE, opacity=0.08),
        bench.placed((x, y, w, h), left, top, wide),
        rect(left - 2, top - 2, wide + 4, high + 4, "none", stroke="#d9d3c8", stroke_width=2),
        path(glass, "#ffffff", opacity=0.07),
        rect(130, board_top, 1_140, 34, "#c79d68", rx=6),
        rect(130, board_top + 34, 1_140, 240, "#b88c57"),
        rect(150, board_top + 58, 540, 220, "#c2965f"), rect(710, board_top + 58, 540, 220, "#c2965f"),
        circle(650, board_top + 150, 9, "#8a6538"), circle(750, board_top + 150, 9, "#8a6538"),
        ellipse(1_130, board_top + 4, 84, 12, _SHADE, opacity=0.22), leaves, path(vase, "#e7e0d6"),
        path("M1146 1032C1168 1052 1182 1092 1166 1140H1140C1154 1092 1152 1060 1130 1032Z", _SHADE, opacity=0.1),
        ellipse(355, board_top + 4, 124, 10, _SHADE, opacity=0.2), books,
    ]  # fmt: skip
    return "".join(parts)
