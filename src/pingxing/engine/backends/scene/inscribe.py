"""Where inscriptions go: on a placard that stands in the picture, else on boards hung from its upper edge."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pingxing.engine.backends.scene.art import Icon
from pingxing.engine.backends.scene.colour import repaint
from pingxing.engine.backends.scene.letters import banner, outlines, set_lines
from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.sky import View
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.svg import rect
from pingxing.types import SceneText

PLACARD = "1FAA7"
FACES = {"noto": (0.0, 0.08, 0.965, 0.69), "flat": (0.0, 0.11, 1.0, 0.61), "3d": (0.0, 0.12, 1.0, 0.62),
         "twemoji": (0.0, 0.06, 1.0, 0.58)}  # fmt: skip  # of the placard's board, in parts of its box
FITTING = 16.0  # ems: longer words would be too small there
SERIF = ("ink", "woodblock", "papercut", "porcelain")
Box = tuple[float, float, float, float]


def placard(plan: Plan) -> int | None:
    """The wish that carries the first inscription: one placard, standing, and words short enough for it."""
    if not plan.texts or sum(1.0 if c > "\u2e80" else 0.55 for c in plan.texts[0]) > FITTING:
        return None
    held = {link.object for link in plan.links if link.relation == "holding"}
    for number, wish in enumerate(plan.wishes):
        if wish.concept == PLACARD and wish.count == 1 and number not in held:
            return number
    return None


def hung(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The inscriptions that need boards of their own, and what these are made of."""
    boards = plan.boards or ("card",) * len(plan.texts)
    every = tuple(zip(plan.texts, boards, strict=True))
    return every if placard(plan) is None else every[1:]


def on_placard(string: str, icon: Icon, box: Box, style: Style) -> tuple[str, Box]:
    """Markup that writes on the placard drawn in `box` (x, y, w, h), and the box of the lettering."""
    x0, y0, x1, y1 = FACES[icon.set]
    x, y, wide, tall = box[0] + x0 * box[2], box[1] + y0 * box[3], (x1 - x0) * box[2], (y1 - y0) * box[3]
    ground, ink, edge = style.board or ("#fffaf0", "#33302c", "#c9b48c")
    setting = set_lines(string, _face(style), 0.86 * wide, 0.82 * tall)
    inside = (x + (wide - setting.wide) / 2, y + (tall - setting.tall) / 2)
    plate = rect(x, y, wide, tall, ground, rx=0.05 * wide, stroke=edge, stroke_width=0.012 * wide)
    markup = _toned(plate + outlines(setting, *inside, ink), style)
    return f"<g><title>{escape(string)}</title>{markup}</g>", (*inside, setting.wide, setting.tall)


def hang(boards: Sequence[tuple[str, str]], view: View, style: Style, strip: float) -> list[SceneText]:
    """Boards with the inscriptions, each within `strip` of height, over everything else."""
    found = []
    for number, (string, board) in enumerate(boards):
        top = 0.02 * view.height + number * strip
        frame = (view.width, view.height)
        markup, box = banner(string, _face(style), frame, top, strip, board, style.board)
        view.sheet.layer("text").append(f"<g><title>{escape(string)}</title>{_toned(markup, style)}</g>")
        found.append(SceneText(string, view.part((box[0], box[1], box[2], box[3]))))
    return found


def _face(style: Style) -> str:
    return "serif" if style.id in SERIF else "sans"


def _toned(markup: str, style: Style) -> str:
    return repaint(markup, style.colour) if style.colour is not None and style.board is None else markup
