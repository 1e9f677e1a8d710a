"""Makers in the studio: a pack, a wallpaper pair or a print file from one idea, on pages that survive a reload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from pingxing import i18n
from pingxing.api.doors import AdmittingDep, app_of
from pingxing.api.invalid import invalid
from pingxing.api.makers import parcel, workshop_of
from pingxing.errors import InvalidRequest, NotFound, Overloaded, PingxingError
from pingxing.makers import formats
from pingxing.makers.formats import Platform
from pingxing.makers.formats.goods import COVER, cover_name, covers, shown
from pingxing.makers.judging import Finding, good
from pingxing.makers.nails import measures
from pingxing.makers.patterns import colourways
from pingxing.makers.screens import Zones, zones_of
from pingxing.makers.viewing import Piece, View
from pingxing.makers.wanted import MAX_WISH, Wanted, packs, products, read_wanted, screens
from pingxing.nails import NAIL_DESIGNS, NAIL_SHAPES, TONES
from pingxing.repeat import REPEAT_VIEWS, REPEATS
from pingxing.types import Actor, Language, Model
from pingxing.web.faults import fault_of
from pingxing.web.paper import page
from pingxing.web.visitor import ChangingDep, MemberDep, Visitor, VisitorDep

router = APIRouter(include_in_schema=False)

Kind = Literal["stickers", "wallpapers", "prints", "patterns", "nails"]
KINDS: tuple[Kind, ...] = ("stickers", "wallpapers", "prints", "patterns", "nails")
MATCHING = ("iphone-16", "ipad-11", "desktop-qhd")  # one of each, offered as a set
REPEAT_MM = (80, 120, 160, 240, 320)  # sides of one repeat that are offered
EXAMPLES = 3  # makers.example.<kind>.1 ... in the catalogues
COUNTS = (8, 16, 24)
_LONGEST = 100_000  # letters that a field takes: what is too long is said beside it, and not thrown away
FIELDS = {
    "wish": "wish", "subject": "wish", "prompt": "wish", "platforms": "place", "devices": "place", "products": "place",
    "platform": "place", "surface": "place", "colourways": "place", "count": "count", "moving": "count",
    "title": "title", "author": "author", "trim": "book", "pages": "book", "paper": "book", "width_mm": "size",
    "height_mm": "size", "size": "size", "tone": "size", "decals": "size", "model": "model", "style": "model",
}  # fmt: skip
_USUAL = {"stickers": "wechat", "wallpapers": "iphone-16", "prints": "t-shirt", "patterns": "", "nails": ""}
NAIL_DECALS = (0, 20, 40, 60, 80)
_SHOWN = frozenset(
    ("sticker", "wallpaper", "print", "paper", "vector", "mockup", "proof", "tile", "sheet", "decals", "tip", "hand")
)
_IN_CHAT = 4  # stickers shown in the conversation
Id = Annotated[str, Path(max_length=32)]


@dataclass(frozen=True, slots=True)
class Place:
    """A platform, screen or product as a form offers it: `wide` and `high` of its outline, in parts of 40."""

    platform: Platform
    wide: int
    high: int
    moves: bool
    stands: bool  # takes what stands still


def _places(kind: Kind) -> tuple[Place, ...]:
    if kind in ("patterns", "nails"):
        return ()
    found = {"stickers": packs, "wallpapers": screens, "prints": products}[kind]()
    return tuple(_place(platform) for platform in found)


def _place(platform: Platform) -> Place:
    role = next(iter(platform.roles.values()))
    shape = role.shape(moves=role.still is None)
    width, height = shape.sizes[0] if shape.sizes else shape.within or (1, 1)
    most = max(width, height)
    sides = (max(14, round(40 * width / most)), max(14, round(40 * height / most)))
    return Place(platform, *sides, role.moving is not None, role.still is not None)


@router.get("/makers")
def choose(
    request: Request,
    visitor: VisitorDep,
    actor: MemberDep,
    maker: Annotated[Kind, Query()] = "stickers",
    wish: Annotated[str, Query(max_length=MAX_WISH)] = "",
    place: Annotated[list[str] | None, Query(max_length=40)] = None,
    moving: Annotated[bool, Query()] = False,
) -> Response:
    return _form(request, visitor, actor, Given(maker, wish, tuple(place or (_USUAL[maker],)), moving=moving))


@dataclass(frozen=True, slots=True)
class Given:
    """What the form holds."""

    kind: Kind
    wish: str
    places: tuple[str, ...]
    count: str = ""
    moving: bool = False
    pair: bool = True
    layout: str = "half-drop"
    size: str = ""
    model: str = ""
    shape: str = "almond"
    design: str = "motifs"
    tone: str = "3"
    decals: str = "0"
    title: str = ""
    author: str = ""
    trim: str = "6x9"
    pages: str = "120"
    paper: str = "white"
    marks: bool = False
    proof: bool = False

    @property
    def cover(self) -> str:
        return cover_name(self.trim, _number(self.pages), self.paper)

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any]
        if self.kind == "patterns":  # the boxes are colourways here
            side = float(_number(self.size or "160"))
            sizes = {"width_mm": side, "height_mm": side}
            return {
                "kind": self.kind,
                "wish": self.wish.strip(),
                "layout": self.layout,
                "colourways": self.places,
                "mockup": True,
                "model": self.model,
            } | sizes
        if self.kind == "nails":
            tone = _number(self.tone)
            looks = {"size": self.size or "M", "shape": self.shape, "design": self.design, "tone": tone}
            looks |= {"decals": _number(self.decals), "model": self.model}
            return {"kind": self.kind, "wish": self.wish.strip()} | looks
        if self.kind == "prints":
            goods = tuple(self.cover if place == COVER else place for place in self.places)
            words = {"title": self.title.strip(), "author": self.author.strip()}
            told = {"kind": self.kind, "wish": self.wish.strip(), "products": goods, "mockup": True}
            told["model"] = self.model
            return told | words | {"marks": self.marks, "proof": self.proof}
        member = {"stickers": "platforms", "wallpapers": "devices"}[self.kind]
        told = {"kind": self.kind, "wish": self.wish.strip(), member: self.places, "model": self.model}
        if self.kind == "stickers":
            told |= {"moving": self.moving, "count": _number(self.count) if self.count.strip() else None}
        return told | ({"pair": self.pair} if self.kind == "wallpapers" else {})


def _number(text: str) -> int:
    """0 for what is none, which no maker takes; no more than 9,999, which none takes either."""
    text = text.strip()
    return min(9_999, int(text[:9])) if text.isascii() and text.isdecimal() else 0


def _form(
    request: Request, visitor: Visitor, actor: Actor, given: Given, trouble: PingxingError | None = None
) -> Response:
    """The form; with `trouble` what was wrong, and everything that was filled in."""
    status, fault = 200, None
    if trouble is not None:
        status, fault = trouble.status, fault_of(trouble, visitor.language, FIELDS, "makers")
    return page(
        "makers.html",
        request,
        visitor,
        status=status,
        given=given,
        fault=fault,
        kinds=KINDS,
        places=_places(given.kind),
        counts=COUNTS,
        examples=EXAMPLES,
        layouts=REPEATS,
        colourways=colourways(),
        sizes=REPEAT_MM,
        nails={
            "size": tuple(measures().sizes),
            "shape": NAIL_SHAPES,
            "design": NAIL_DESIGNS,
            "tones": TONES,
            "decals": NAIL_DECALS,
        },
        models=models_of(request),
        matching=MATCHING if given.kind == "wallpapers" else (),
        covers=covers(),
        trims={name: shown(name) for name in covers().trims},
        most=MAX_WISH,
        recent=workshop_of(request).views(actor, 8),
    )


def models_of(request: Request) -> tuple[Model, ...]:
    """What may make it, the default first; none where there is nothing to choose."""
    registry = app_of(request).registry
    found = [one for one in registry.models() if one.describes_scene or one.cuts_out]
    found.sort(key=lambda one: one.name != registry.default)
    return tuple(found) if len(found) > 1 else ()


@router.post("/makers")
async def order(
    request: Request,
    visitor: VisitorDep,
    actor: ChangingDep,
    admitting: AdmittingDep,
    maker: Annotated[Kind, Form()],
    wish: Annotated[str, Form(max_length=_LONGEST)] = "",
    place: Annotated[list[str] | None, Form(max_length=40)] = None,
    count: Annotated[str, Form(max_length=_LONGEST)] = "",
    moving: Annotated[bool, Form()] = False,
    pair: Annotated[bool, Form()] = False,
    layout: Annotated[str, Form(max_length=20)] = "half-drop",
    size: Annotated[str, Form(max_length=_LONGEST)] = "",
    shape: Annotated[str, Form(max_length=20)] = "almond",
    design: Annotated[str, Form(max_length=20)] = "motifs",
    tone: Annotated[str, Form(max_length=2)] = "3",
    decals: Annotated[str, Form(max_length=2)] = "0",
    title: Annotated[str, Form(max_length=_LONGEST)] = "",
    author: Annotated[str, Form(max_length=_LONGEST)] = "",
    trim: Annotated[str, Form(max_length=12)] = "6x9",
    pages: Annotated[str, Form(max_length=_LONGEST)] = "120",
    paper: Annotated[str, Form(max_length=12)] = "white",
    marks: Annotated[bool, Form()] = False,
    proof: Annotated[bool, Form()] = False,
    model: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """What was filled in, ordered; answers with the order's own page, or with the form and what is wrong in it."""
    given = Given(
        maker, wish, tuple(place or ()), count, moving, pair, layout, size, model, shape, design, tone, decals,
        title=title, author=author, trim=trim, pages=pages, paper=paper, marks=marks, proof=proof,
    )  # fmt: skip
    return await to_thread.run_sync(_ordered, request, visitor, actor, given, limiter=admitting)


def _ordered(request: Request, visitor: Visitor, actor: Actor, given: Given) -> Response:
    try:
        made = _order(request, actor, given.told)
    except (InvalidRequest, NotFound, Overloaded) as error:
        return _form(request, visitor, actor, given, error)
    return RedirectResponse(f"/makers/{made}", 303)


def _order(request: Request, actor: Actor, told: dict[str, Any]) -> str:
    try:
        wanted: Wanted = read_wanted(told)
    except ValidationError as error:
        raise invalid(list(error.errors())) from None
    return workshop_of(request).order(actor, wanted, once=True).id


@router.get("/makers/{order_id}")
def show(
    request: Request,
    visitor: VisitorDep,
    actor: MemberDep,
    order_id: Id,
    done: Annotated[int, Query(ge=-1, le=100_000)] = -1,
) -> Response:
    """The order as it stands; without scripts the page reloads itself until it has ended. `done` is how many files
    whoever asks has seen: where nothing is new, that is the answer."""
    view = workshop_of(request).view(actor, order_id)
    if view.wanted.kind == "grid":
        return RedirectResponse(f"/makers/{order_id}/grid", 303)
    partly = "hx-request" in request.headers
    if partly and view.order.state == "making" and done == view.order.done:
        return Response(status_code=204)
    facts = _facts(view, visitor.language)
    return page("parts/maker_order.html" if partly else "maker_order.html", request, visitor, **facts)


@router.post("/makers/{order_id}/cancel")
def cancel(request: Request, actor: ChangingDep, order_id: Id) -> Response:
    workshop_of(request).cancel(actor, order_id)
    return RedirectResponse(f"/makers/{order_id}", 303)


@router.get("/makers/{order_id}/zip")
def download(
    request: Request, actor: MemberDep, order_id: Id, folder: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    return parcel(workshop_of(request), actor, order_id, folder)


def _facts(view: View, language: Language) -> dict[str, Any]:
    kind = view.wanted.kind
    places = {place.platform.name: place for place in (() if kind == "grid" else _places(kind))}
    places |= {name: _place(formats.platform(name)) for name in view.wanted.places if name not in places}  # a cover's
    told = view.findings
    return {
        "view": view,
        "order": view.order,
        "kind": kind,
        "places": places,
        "titles": tuple(places[name].platform.names[language] for name in view.wanted.places),
        "shown": {folder: _main(view, folder) for folder in view.folders},
        "chat": {folder: _main(view, folder)[:_IN_CHAT] for folder in view.folders},
        "captions": {piece.receipt: _caption(piece, places, language) for piece in view.pieces},
        "musts": tuple((name, one) for name, one in told if one.must),
        "advice": _grouped(tuple((name, one) for name, one in told if not one.must)),
        "good": good([one for _, one in told]),
        "drawn": any(piece.role == "vector" for piece in view.pieces),
        "seamy": any(one.rule == "seam" for _, one in told),
        "zones": {piece.receipt: _zones(piece) for piece in view.pieces} if kind == "wallpapers" else {},
    }


def _main(view: View, folder: str) -> tuple[Piece, ...]:
    """What the folder is about: the stickers of a pack, or every picture."""
    inside = [piece for piece in view.pieces if piece.folder == folder]
    return tuple(piece for piece in inside if piece.role in _SHOWN)


def _caption(piece: Piece, places: dict[str, Place], language: Language) -> str:
    """What a picture is for, in words: its screen or product, by day or by night."""
    stem = piece.path.rpartition(".")[0]
    if piece.role in ("sheet", "decals", "tip", "hand"):
        hand, _, finger = stem.rpartition("/")[2].partition("-")
        if piece.role == "hand":
            hand, finger = finger, ""
        told = (f"makers.nails.{part}" for part in (hand, finger.partition("-")[2]) if part)
        return " ".join(i18n.say(language, key) for key in told)
    if piece.role == "tile" or (piece.role == "vector" and stem not in places):
        ink = i18n.say(language, f"makers.colourway.{stem.partition('-')[2] or 'own'}")
        return ink if piece.role == "tile" else f"{ink} · {i18n.say(language, 'makers.prints.vector')}"
    if piece.role == "vector":
        return f"{places[stem].platform.names[language]} · {i18n.say(language, 'makers.prints.vector')}"
    if piece.role == "mockup" and stem.endswith(REPEAT_VIEWS):
        tile, _, view = stem.rpartition("-")
        ink = i18n.say(language, f"makers.colourway.{tile.partition('-')[2] or 'own'}")
        return f"{ink} · {i18n.say(language, f'makers.{view}')}"
    if piece.role in ("mockup", "proof", "paper") and (name := stem.removesuffix(f"-{piece.role}")) in places:
        return f"{places[name].platform.names[language]} · {i18n.say(language, f'makers.prints.{piece.role}')}"
    for hour in ("day", "night"):
        if stem.endswith(f"-{hour}") and (name := stem.removesuffix(f"-{hour}")) in places:
            return f"{places[name].platform.names[language]} · {i18n.say(language, f'makers.{hour}')}"
    return places[stem].platform.names[language] if stem in places else piece.path


def _zones(piece: Piece) -> Zones | None:
    return zones_of(piece.path.rpartition(".")[0])


def _grouped(told: tuple[tuple[str, Finding], ...]) -> dict[tuple[str, str], list[str]]:
    """The same advice for many files is said once: (platform, rule) -> files."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, one in told:
        found.setdefault((name, one.rule), []).append(one.file)
    return found
