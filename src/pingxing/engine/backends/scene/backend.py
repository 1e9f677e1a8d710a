"""The embedded engine: a composer of openly licensed vector art, behind the house's five verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pingxing.engine.backends.scene import faces, meaning, painted
from pingxing.engine.backends.scene.art import Art, facts, shipped
from pingxing.engine.backends.scene.asked import style_asked
from pingxing.engine.backends.scene.bolts import displayed
from pingxing.engine.backends.scene.compose import Composition, Field, compose
from pingxing.engine.backends.scene.exact import in_inks, printable
from pingxing.engine.backends.scene.mockups import mounted
from pingxing.engine.backends.scene.mosaic import mosaic
from pingxing.engine.backends.scene.moving import posed, shown
from pingxing.engine.backends.scene.nails import nailed
from pingxing.engine.backends.scene.parse import parse
from pingxing.engine.backends.scene.printing import on_sheet
from pingxing.engine.backends.scene.proof import proofed
from pingxing.engine.backends.scene.props import Stock
from pingxing.engine.backends.scene.render import Drawing, RenderPool
from pingxing.engine.backends.scene.styles import DEFAULT, STYLES
from pingxing.engine.backends.scene.tile import tiled
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import lexicon
from pingxing.engine.base import NOTHING, Inputs
from pingxing.engine.moving import ROOM, STILL, Pose, emptied, lit, pose
from pingxing.errors import BackendFailed, InvalidRequest
from pingxing.sheets import ON_CLOTH
from pingxing.types import Format, Model, Motion, Picture, Repeat, Request, Scene, Sheet

PREVIEW_SIDE = 256  # pixels
LICENCE = "Apache-2.0 (engine); MIT, Apache-2.0, CC-BY-4.0 (art); Unicode-3.0 (names)"


@dataclass(slots=True, eq=False)
class SceneState:
    """One picture in the making; drawn in one step, or where it moves in one for each of its frames."""

    width: int
    height: int
    composition: Composition
    cells: float = 0.0  # along the shorter side, while the picture is still to be cut into them
    inks: tuple[str, ...] = ()
    motion: Motion | None = None
    margin: int = 0
    repeats: bool = False
    sheet: Sheet | None = None
    repeat: Repeat | None = None  # where the tile is shown on a thing
    shown: bool = False  # on the thing that it is printed on
    shape: object = field(default_factory=object)  # nobody shares a drawing: each has a process of its own
    step: int = 0
    steps: int = 1
    pixels: NDArray[np.uint8] | None = None
    frames: list[NDArray[np.uint8]] = field(default_factory=list)


class SceneBackend(Stock):
    """Understands a prompt, composes a scene and draws it. Same request, same bytes, on every machine."""

    def __init__(self, pool: RenderPool | None = None, art: Art | None = None) -> None:
        self._pool = pool or RenderPool()
        self._art = art or shipped()
        found = facts()
        lineage = "; ".join(f"{s['credit']} ({s['package']} {s['version']}, {s['licence']})" for s in found["sources"])
        self._model = Model(
            name="scene",
            family="scene",
            media=("image",),
            licence=LICENCE,
            lineage=lineage,
            sha256=found["sha256"],
            size_bytes=found["size_bytes"],
            formats=tuple(Format),
            styles=tuple(STYLES),
            describes_scene=True,
            trained=False,
            words_known=True,
        )

    @property
    def model(self) -> Model:
        return self._model

    draining = False

    @property
    def parallel(self) -> int:
        return self._pool.size

    def warm(self) -> None:
        """Load the words and start the drawing processes, so that the first request is as fast as the next."""
        lexicon()
        traits("1F408")
        for name in self._art.sets:
            self._art.find(name, "1F408")
        faces.warm()
        meaning.warm()
        self._pool.warm()

    def describe(self, request: Request) -> Scene:
        """The scene that would be drawn. Raises InvalidRequest as `prepare` does."""
        return self.prepare(request).composition.scene

    def prepare(self, request: Request, inputs: Inputs = NOTHING) -> SceneState:
        """Understand and compose. Raises InvalidRequest for an unknown style, what only samplers know, bad edits."""
        asked, prompt = style_asked(request.prompt)
        style = STYLES.get(request.style or asked or DEFAULT)
        if style is None:
            raise InvalidRequest("unknown_style", member="style", value=request.style)
        for member in ("steps", "guidance"):
            if getattr(request, member) is not None:
                raise InvalidRequest("not_supported", member=member, model="scene")
        for member in ("sampler", "init_image", "adapters"):
            if getattr(request, member):
                raise InvalidRequest("not_supported", member=member, model="scene")
        plan = parse(prompt, request.negative)
        if request.palette or request.transparent:
            bare = request.transparent or plan.transparent
            plan = replace(plan, exact=request.palette or plan.exact, transparent=bare)
        size = (request.width, request.height)
        chosen = printable(style) if plan.exact else style
        if request.nails is not None:
            composition = nailed(plan, request.nails, *size, request.dpi, request.seed or 0, chosen, self._art)
        elif request.sheet is not None:
            if request.sheet.view != "print" and request.sheet.good in ON_CLOTH:
                plan = replace(plan, transparent=True)
            composition = on_sheet(plan, request.sheet, request.seed or 0, chosen, self._art)
        elif request.repeat is not None:
            composition = tiled(plan, request.repeat, *_tile(request), request.seed or 0, chosen, self._art)
        else:
            page, inner = _calm(request)
            composition = compose(plan, *inner, request.seed or 0, chosen, self._art, request.edits, page)
            if plan.exact:
                composition = in_inks(composition, plan.exact)
        short = min(size)  # cells are whole pixels
        cells = short / max(1, round(short / style.cells)) if style.cells else 0.0
        moves = request.motion
        return SceneState(
            *size, composition, cells, plan.exact, moves, request.margin,
            repeats=request.repeat is not None and request.repeat.view == "tile",
            repeat=_on_things(request), sheet=request.sheet, steps=moves.frames if moves else 1,
        )  # fmt: skip

    # --- what another engine painted ---

    def mountable(self, request: Request) -> None:
        """As `Mounting.mountable`: composes it with a grey picture, and draws nothing."""
        if request.caption:
            painted.can_say(request.caption)
        if request.nails is not None or (request.sheet is not None and request.sheet.view == "print"):
            painted.laid(request, np.full((8, 8, 4), 128, np.uint8), self._art)

    def mount(self, request: Request, painting: Picture) -> Picture:
        """As `Mounting.mount`. Raises InvalidRequest as `mountable`, BackendFailed."""
        composition = painted.laid(request, painting.pixels, self._art)
        size = (request.width, request.height)
        state = SceneState(*size, composition, repeat=_on_things(request), sheet=request.sheet)
        self.step([state])
        return replace(self.finish(state), scene=None)

    def letters(self, words: str, width: int, height: int, like: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """As `Mounting.letters`. Raises BackendFailed."""
        (drawn,) = self._pool.draw([painted.lettered(words, width, height, painted.ink_for(like))])
        return drawn

    def _cut(self, state: SceneState) -> None:
        """Make cells of the picture where its style wants them, and put it on what it is shown on. Raises
        BackendFailed."""
        if state.cells:
            state.composition = mosaic(state.composition, state.cells, self._pool.draw, state.inks)
            state.cells = 0.0
        if state.repeat is not None and not state.shown:
            state.shown = True
            state.composition = displayed(state.composition, state.repeat, self._pool.draw)
        if state.sheet is not None and not state.shown:
            state.shown = True
            if state.sheet.view == "mockup":
                state.composition = mounted(state.composition, state.sheet, self._pool.draw)
            elif state.sheet.view == "proof":
                state.composition = proofed(state.composition, state.width, state.height, self._pool.draw)

    def step(self, states: Sequence[SceneState]) -> None:
        """Draw every state, side by side where there are processes. Raises BackendFailed."""
        waiting = [state for state in states if state.step < state.steps]
        for state in waiting:
            self._cut(state)
        drawings = [_drawing(state, state.width, state.height) for state in waiting]
        for state, pixels in zip(waiting, self._pool.draw(drawings), strict=True):
            drawn = emptied(pixels, state.margin)
            if state.step == 0:
                state.pixels = drawn
            if state.motion is not None:
                state.frames.append(lit(drawn, shown(state.composition, _pose(state))))
            state.step += 1

    def finish(self, state: SceneState) -> Picture:
        if state.pixels is None:
            raise BackendFailed("unfinished")
        # What is emptied at its edges, or moves, is pixels: there is no vector picture that is the same.
        svg = None if state.margin or state.frames else _document(state)
        scene, cut = state.composition.scene, state.sheet
        return Picture(
            state.width,
            state.height,
            state.pixels,
            svg,
            scene,
            tuple(state.frames),
            state.margin if cut is None else cut.keep(state.width, state.height),
            repeats=state.repeats,
            sheet=cut if cut is not None and cut.view == "print" else None,
        )

    def preview(self, state: SceneState) -> Picture | None:
        """The whole picture, small: a vector scene is complete as soon as it is composed."""
        self._cut(state)
        part = min(1.0, PREVIEW_SIDE / max(state.width, state.height))
        width, height = max(1, round(state.width * part)), max(1, round(state.height * part))
        (pixels,) = self._pool.draw([_drawing(state, width, height)])
        return Picture(width, height, pixels, None, state.composition.scene)

    def close(self) -> None:
        self._pool.close()


def _calm(request: Request) -> tuple[Field | None, tuple[int, int]]:
    """The page with its calm borders, and the size in pixels of the frame between them, in which things stand."""
    above, right, below, left = request.calm
    wide, high = 1 - left - right, 1 - above - below
    if wide == high == 1 or request.transparent:
        return None, (request.width, request.height)
    page = Field(1 / wide, 1 / high, left / wide, above / high)
    return page, (max(1, round(request.width * wide)), max(1, round(request.height * high)))


def _on_things(request: Request) -> Repeat | None:
    """The tile's wish, where it is to be shown on cloth or paper."""
    return request.repeat if request.repeat is not None and request.repeat.view != "tile" else None


def _tile(request: Request) -> tuple[int, int]:
    """Sides of a tile in any unit: of one that is shown on a thing, those that it has in print."""
    if (shown_on := _on_things(request)) is None:
        return request.width, request.height
    return round(10 * shown_on.width_mm), round(10 * shown_on.height_mm)


def _drawing(state: SceneState, width: int, height: int) -> Drawing:
    composition = state.composition
    markup, clear = composition.markup, composition.scene.transparent
    if state.motion is not None:
        markup = posed(composition, _pose(state))
    return Drawing(markup, _view(state, clear), width, height, clear)


def _pose(state: SceneState) -> Pose:
    """Of the frame that is drawn next; at the end, and of what stands still, of the first."""
    return STILL if state.motion is None else pose(state.motion.name, state.step % state.steps / state.steps)


def _view(state: SceneState, clear: bool) -> tuple[float, float, float, float]:
    """The plane, and around it what is to stay empty: a margin, and room for what jumps."""
    wide, high = state.composition.width, state.composition.height
    if not clear or state.repeats:
        return 0.0, 0.0, wide, high
    room = ROOM * min(state.width, state.height) if state.motion else 0.0
    # What a margin takes from every side in pixels, in parts of what is left of that side.
    across, down = (
        (state.margin + room) / max(1.0, side - 2 * (state.margin + room)) for side in (state.width, state.height)
    )
    part = max(across, down)
    return -part * wide, -part * high, wide * (1 + 2 * part), high * (1 + 2 * part)


def _document(state: SceneState) -> str:
    composition = state.composition
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{state.width}" height="{state.height}" '
        f'viewBox="0 0 {composition.width:.3f} {composition.height:.3f}" preserveAspectRatio="none">'
        f"{composition.markup}</svg>\n"
    )
