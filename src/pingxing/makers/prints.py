"""Prints: one wish on goods, ready for a printer: shirts, mugs, posters, cards, covers of books.

PNG at the goods' own density, and where something is cut a PDF beside it that says where: of vectors, or of what an
engine painted, at its true size and mirrored into the bleed. What is not cut but drawn has its vectors beside it, at
their true size and clear where it goes on cloth, for who prints from them. A picture of the finished thing, and a proof
in a press's colours, where they are asked for. How many dots to the inch a painter really painted is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from pingxing.desk import Desk
from pingxing.engine.cutting import scale
from pingxing.engine.inks import duller
from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.i18n import say
from pingxing.makers.batch import Failed, make
from pingxing.makers.facts import Facts
from pingxing.makers.folder import Pack, open_pack
from pingxing.makers.formats import DPI_LEAST, Platform
from pingxing.makers.formats.goods import MM_PER_INCH, Face
from pingxing.makers.ideas import Paints, directed, language_of, meant, paints_of
from pingxing.makers.judging import Finding, judge
from pingxing.makers.pieces import File, OnFile, Set, put
from pingxing.makers.ties import Ties
from pingxing.nails import PIXELS_PER_INCH
from pingxing.sheets import MAX_AUTHOR, MAX_TITLE, ON_CLOTH, Sheet, SheetView
from pingxing.types import MAX_SIDE, Actor, Format, Model, Request

SHOWN = 1_400  # pixels of a mock-up's longer side
PROOF = 1_600  # and of a proof's
_LEAST_DETAIL = DPI_LEAST  # dots to the inch that were painted: below, an enlarged picture looks soft in print
PrintRole = Literal["print", "paper", "vector", "mockup", "proof"]


@dataclass(frozen=True, slots=True)
class Order:
    """`goods` are products of `formats`. `title` and `author` are set exactly, where something has a front. `marks`
    adds crop marks outside the bleed. `dpi` is the density of pixels; 0: the best that the goods' printer takes.

    `file` is the name of the one print where only one is made; without it files are called after their goods.
    """

    wish: str
    goods: tuple[Platform, ...]
    model: str = ""
    style: str = ""
    seed: int = 0
    file: str = ""
    title: str = ""
    author: str = ""
    marks: bool = False
    dpi: int = 0
    pdf: bool = True
    mockup: bool = False
    proof: bool = False


@dataclass(frozen=True, slots=True)
class _Key:
    good: Platform
    name: str
    role: PrintRole
    request: Request


def plan(order: Order, *, drawn: bool = True, paints: Paints = False) -> tuple[tuple[_Key, Request], ...]:
    """Every picture with its wish. `drawn`: whether faces are laid out here, with all that is set on them; `paints`:
    whether the engine has to be told in words what is wanted, and its picture to be enlarged.

    Raises InvalidRequest for what is no product, a density that no printer should be sent (< 150 dpi) or that no file
    here can have, a title where nothing has a front or where the engine cannot set it.
    """
    meant(order.wish)
    if order.dpi and order.dpi < DPI_LEAST:
        raise InvalidRequest("density", member="dpi", value=order.dpi, least=DPI_LEAST)
    for member, words, most in (("title", order.title, MAX_TITLE), ("author", order.author, MAX_AUTHOR)):
        if len(words) > most:
            raise InvalidRequest("too_long", member=member, limit=most)
    try:
        return tuple(_wishes(order, drawn, paints))
    except ValidationError as error:
        first = error.errors()[0]
        member = str(first["loc"][0]) if first["loc"] else "sheet"
        raise InvalidRequest("sheet", member=member, value=str(first["input"])[:40]) from error


def make_prints(
    house: House, desk: Desk, actor: Actor, order: Order, out: Path, on_file: OnFile, ties: Ties | None = None
) -> Set:
    """`out/<product>.png`, and `.pdf`, `.svg`, `-mockup.png`, `-proof.png` where there are such. What was made stays
    when something later fails or is interrupted.

    Raises InvalidRequest, what stopped or failed a picture (Refused and others), StorageFailed.
    """
    card = house.registry.backend(order.model or house.registry.default).model
    laid = card.cuts_out and house.registry.mounting() is not None
    wishes = plan(order, drawn=card.describes_scene or laid, paints=paints_of(card))
    house.complete(wishes[0][1])  # what the engine cannot do is said before anything starts
    files: list[File] = []
    findings: list[tuple[str, Finding]] = []
    for answer in make(house, desk, actor, wishes, ties):
        if isinstance(answer, Failed):
            raise answer.error
        path, good = out / answer.key.name, answer.key.good
        files.append(put(path, answer.key.role, answer.receipt.id, answer.data))
        on_file(len(files), len(wishes), files[-1])
        if answer.key.role in ("print", "paper"):
            pack = open_pack(path, good)
            findings += [(good.name, one) for one in (*judge(pack, good), *_duller(pack))]
        if answer.key.role == "print" and card.cuts_out:
            findings += [(good.name, one) for one in _soft(path.name, good, answer.key.request, card)]
    return Set(tuple(files), tuple(findings))


def _duller(pack: Pack) -> Iterator[Finding]:
    """Advice: colours that a press cannot print as bright as a screen shows them. Of a PDF its PNG has told."""
    for piece in pack.pieces:
        if isinstance(piece.facts, Facts):
            for one in duller(piece.facts.first):
                told = f"{one.before} → {one.after} ({one.share:.0%})"
                yield Finding(piece.name, f"duller_{one.family}", told, must=False)


def _soft(name: str, good: Platform, asked: Request, card: Model) -> Iterator[Finding]:
    """Advice: fewer dots to the inch were painted than a print should have; the file has them all the same."""
    painted = (asked.dpi or 0) / scale(asked, card)
    if painted < _LEAST_DETAIL:
        yield Finding(name, "painted_small", f"{painted:.0f} DPI", f"≥ {_LEAST_DETAIL} DPI", must=False)


def _wishes(order: Order, drawn: bool, paints: Paints) -> Iterator[tuple[_Key, Request]]:
    for good in order.goods:
        if good.inches is None or good.good is None or good.dpi is None:
            raise InvalidRequest("no_surface", member="surface", surface=good.name)
    if (order.title.strip() or order.author.strip()) and not (drawn and any(map(_has_front, order.goods))):
        raise InvalidRequest("no_front", member="title", surface=", ".join(good.name for good in order.goods))
    for good in order.goods:
        yield from _files(order, good, drawn, paints)


def _files(order: Order, good: Platform, drawn: bool, paints: Paints) -> Iterator[tuple[_Key, Request]]:
    shape = next(iter(good.roles.values())).shape(moves=False)
    sheet = _sheet(order, good) if drawn else None
    kind, clear = Format(next(kind for kind in shape.kinds if kind in set(Format))), shape.ground == "clear"
    names = _names(order, good, kind)
    size, dpi = _pixels(order, good)
    asked: dict[str, Any] = {"prompt": order.wish, "model": order.model, "style": order.style, "seed": order.seed}
    if paints:
        asked |= _painted(order, good, paints)
    printed = Request(
        **asked, width=size[0], height=size[1], transparent=clear, format=kind, dpi=dpi,
        sheet=sheet if good.face else None,  # crop marks are for paper: shops cut PNG by its size
    )  # fmt: skip
    yield _Key(good, names["print"], "print", printed), printed
    if sheet is None:
        return
    if order.pdf and good.face and "pdf" in shape.kinds:
        marked = sheet.model_copy(update={"marks": order.marks})
        wide, high = (round(side / MM_PER_INCH * PIXELS_PER_INCH) for side in marked.page)
        paper = Request(**asked, width=wide, height=high, format=Format.PDF, sheet=marked)
        yield _Key(good, names["paper"], "paper", paper), paper
    elif order.pdf and not paints:
        yield from _vectors(good, names, asked, sheet, clear)
    if order.mockup:
        view = sheet.model_copy(update={"view": "mockup"})
        shown = Request(**asked, width=SHOWN, height=SHOWN, transparent=False, sheet=view)
        yield _Key(good, names["mockup"], "mockup", shown), shown
    if order.proof:
        view = sheet.model_copy(update={"view": "proof"})
        proof = Request(**asked, width=PROOF, height=view.proof(PROOF), sheet=view)
        yield _Key(good, names["proof"], "proof", proof), proof


def _vectors(
    good: Platform, names: dict[str, str], asked: dict[str, Any], sheet: Sheet, clear: bool
) -> Iterator[tuple[_Key, Request]]:
    """Of what is drawn and not cut, at its true size: a PDF in millimetres, an SVG in CSS's 96 pixels an inch."""
    for kind in good.vector:
        wide, high = (round(side / MM_PER_INCH * PIXELS_PER_INCH) for side in sheet.page)
        on = sheet if kind == "pdf" or good.face else None
        shape = Request(**asked, width=wide, height=high, transparent=clear, format=Format(kind), sheet=on)
        yield _Key(good, names[kind], "vector", shape), shape


def _painted(order: Order, good: Platform, paints: Paints) -> dict[str, Any]:
    """What a painter is told: words for a thing that stands alone, or for a picture that fills its face."""
    way = "alone" if good.good in ON_CLOTH else "full"
    not_ = say(language_of(order.wish), "makers.stickers.painted.not") if way == "alone" and paints != "simple" else ""
    told = directed(f"makers.print.painted.{way}", order.wish, paints)
    return {"prompt": told, "negative": not_, "enlarge": True}


def _sheet(order: Order, good: Platform) -> Sheet:
    """Of goods that are not cut, the face is what their inches are: mock-ups and proofs show that."""
    view: SheetView = "print"
    assert good.inches is not None  # noqa: S101 - asked by the caller
    assert good.good is not None  # noqa: S101 - likewise
    face = good.face
    if face is None:
        wide, high = (side * MM_PER_INCH for side in good.inches)
        return Face(good=good.good, size=(wide, high)).sheet(view=view)
    if not _has_front(good):
        return face.sheet(view=view)
    return face.sheet(view=view, title=order.title.strip(), author=order.author.strip())


def _has_front(good: Platform) -> bool:
    """Whether a title is set on it: posters, cards and covers; shirts and mugs take the wish's own words."""
    return good.face is not None and good.face.bleed > 0


def _names(order: Order, good: Platform, kind: Format) -> dict[str, str]:
    """By role, and of vectors by kind."""
    usual = f"{good.name}.{'jpg' if kind is Format.JPEG else kind.value}"
    first = order.file if order.file and len(order.goods) == 1 else usual
    stem = first.rpartition(".")[0] or first
    if first.lower().endswith((".pdf", ".svg")):  # somebody asked for the paper, or the vectors, by their name
        first = f"{stem}.{usual.rpartition('.')[2]}"
    shown = {"mockup": f"{stem}-mockup.png", "proof": f"{stem}-proof.png"}
    return {"print": first, "paper": f"{stem}.pdf", "pdf": f"{stem}.pdf", "svg": f"{stem}.svg"} | shown


def _pixels(order: Order, good: Platform) -> tuple[tuple[int, int], int]:
    """Size of the pixel file, and its density. Raises InvalidRequest for more than a file here can have."""
    assert good.inches is not None  # noqa: S101 - asked by the caller
    assert good.dpi is not None  # noqa: S101 - likewise
    shape = next(iter(good.roles.values())).shape(moves=False)
    if shape.sizes and not order.dpi:
        return shape.sizes[0], round(shape.sizes[0][0] / good.inches[0])
    dpi = order.dpi or good.dpi[1]
    width, height = (round(side * dpi) for side in good.inches)
    if max(width, height) > MAX_SIDE:
        raise InvalidRequest("print_size", member="dpi", value=dpi, most=int(MAX_SIDE / max(good.inches)))
    return (width, height), dpi
