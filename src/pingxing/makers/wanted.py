"""What can be ordered of the makers, as values: checked when they come in, kept as JSON, made the same each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from pingxing.desk import Desk
from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.makers import formats, grid, nails, patterns, prints, stickers, surfaces
from pingxing.makers.formats import Platform
from pingxing.makers.grid_table import MAX_COLUMNS, Table, table_of
from pingxing.makers.pieces import OnFile, Set
from pingxing.makers.ties import Ties
from pingxing.nails import DECALS, TONES, Finger, NailDesign, NailLength, NailShape
from pingxing.repeat import MAX_ACROSS, RepeatName
from pingxing.sheets import MAX_AUTHOR, MAX_TITLE
from pingxing.types import MAX_SEED, MAX_SIDE, MIN_SIDE, Actor, Request

MAX_WISH = 400  # characters
MAX_PLACES = 6  # platforms, screens or products of one order

_Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
_Names = Annotated[tuple[_Name, ...], Field(min_length=1, max_length=MAX_PLACES, strict=False)]
_Cell = Annotated[str, Field(max_length=4_000)]
_Row = Annotated[tuple[_Cell, ...], Field(max_length=MAX_COLUMNS + 1, strict=False)]
_List = Annotated[str, Field(max_length=100_000)]
_Wish = Annotated[str, Field(min_length=1, max_length=MAX_WISH)]
Make = Callable[[House, Desk, Actor, Path, OnFile, Ties], Set]


class _Wanted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    model: Annotated[str, Field(max_length=100)] = ""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None  # drawn where it is left out


class StickersWanted(_Wanted):
    """One subject, many situations: `一只柴犬的日常,16张`. `count` is what the wish says, or the platforms' usual."""

    kind: Literal["stickers"] = "stickers"
    wish: _Wish
    platforms: _Names = ("wechat",)
    count: Annotated[int, Field(ge=1, le=120)] | None = None
    moving: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        return self.platforms


class WallpapersWanted(_Wanted):
    """One wish at the size of every screen; `pair`: each by day and by night."""

    kind: Literal["wallpapers"] = "wallpapers"
    wish: _Wish
    devices: _Names = ("iphone-16",)
    pair: bool = False
    style: Annotated[str, Field(max_length=40)] = ""

    @property
    def places(self) -> tuple[str, ...]:
        return self.devices


class PrintsWanted(_Wanted):
    """One wish at every product's own size, on a transparent ground where it is printed on cloth.

    `title` and `author` are set exactly on posters, cards and covers; a cover is called book-cover-6x9-120-white (trim
    in inches, pages, paper). PDF with bleed and boxes where something is cut (`marks`: with crop marks), `mockup`: a
    picture of the finished thing, `proof`: what a press makes of the colours. `dpi` 0 is the best the printer takes.
    """

    kind: Literal["prints"] = "prints"
    wish: _Wish
    products: _Names = ("t-shirt",)
    style: Annotated[str, Field(max_length=40)] = ""
    title: Annotated[str, Field(max_length=MAX_TITLE)] = ""
    author: Annotated[str, Field(max_length=MAX_AUTHOR)] = ""
    marks: bool = False
    dpi: Annotated[int, Field(ge=0, le=1_200)] = 0
    pdf: bool = True
    mockup: bool = False
    proof: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        return self.products


class PatternsWanted(_Wanted):
    """One seamless tile at its true size, in its own colours and in every colourway that is named; `mockup`: each on
    cloth and on a parcel as well."""

    kind: Literal["patterns"] = "patterns"
    wish: _Wish
    layout: RepeatName = "half-drop"
    across: Annotated[int, Field(ge=1, le=MAX_ACROSS)] = 3
    width_mm: Annotated[float, Field(strict=False, gt=0, le=2_000, allow_inf_nan=False)] = 160.0
    height_mm: Annotated[float, Field(strict=False, gt=0, le=2_000, allow_inf_nan=False)] = 160.0
    dpi: Annotated[int, Field(ge=1, le=1_200)] = formats.DPI_LEAST
    colourways: Annotated[tuple[_Name, ...], Field(max_length=MAX_PLACES, strict=False)] = ()
    mockup: bool = False
    style: Annotated[str, Field(max_length=40)] = ""

    @property
    def places(self) -> tuple[str, ...]:
        return ()


class NailsWanted(_Wanted):
    """A set of ten press-on nails: a sheet true to the millimetre, a picture of each, and both hands."""

    kind: Literal["nails"] = "nails"
    wish: _Wish
    size: Literal["XS", "S", "M", "L"] = "M"
    shape: NailShape = "almond"
    length: NailLength = "medium"
    design: NailDesign = "motifs"
    accents: Annotated[tuple[Finger, ...], Field(max_length=5, strict=False)] = ("ring",)
    tone: Annotated[int, Field(ge=1, le=TONES)] = 3
    paper: Literal["5x7", "a5"] = "5x7"
    decals: Annotated[int, Field(ge=0, le=DECALS[1])] = 0  # on a sheet of their own; 0: none, else at least 20
    decal_paper: Literal["3x5", "4x6", "5x7"] = "4x6"
    style: Annotated[str, Field(max_length=40)] = ""

    @property
    def places(self) -> tuple[str, ...]:
        return ()


class GridWanted(_Wanted):
    """Many pictures: `template` is a sentence with `{name}` blanks that the table's columns and the lists fill.

    `columns` and `rows` are the table, `lists` are "colour=red|blue" or "n=1..5"; `join` says whether they multiply
    with the rows or go along with them. `names` is a template for the files' names.
    """

    kind: Literal["grid"] = "grid"
    template: Annotated[str, Field(min_length=1, max_length=2_000)]
    columns: Annotated[tuple[_Cell, ...], Field(max_length=MAX_COLUMNS, strict=False)] = ()
    rows: Annotated[tuple[_Row, ...], Field(max_length=grid.MAX_CELLS, strict=False)] = ()
    lists: Annotated[tuple[_List, ...], Field(max_length=MAX_COLUMNS, strict=False)] = ()
    join: grid.Join = "product"
    variants: Annotated[int, Field(ge=1, le=grid.MAX_VARIANTS)] = 1
    names: Annotated[str, Field(max_length=200)] = ""
    width: Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)] = grid.SIDE
    height: Annotated[int, Field(ge=MIN_SIDE, le=MAX_SIDE)] = grid.SIDE
    style: Annotated[str, Field(max_length=40)] = ""

    @property
    def wish(self) -> str:
        return self.template

    @property
    def places(self) -> tuple[str, ...]:
        return ()

    @property
    def order(self) -> grid.Order:
        """Raises InvalidRequest for a table that is none."""
        table = table_of((self.columns, *self.rows)) if self.columns or self.rows else Table()
        return grid.Order(
            self.template,
            table,
            self.lists,
            self.join,
            self.variants,
            self.names,
            self.width,
            self.height,
            self.model,
            self.style,
            self.seed or 0,
        )


Wanted = StickersWanted | WallpapersWanted | PrintsWanted | PatternsWanted | NailsWanted | GridWanted
_ANY: TypeAdapter[Wanted] = TypeAdapter(Annotated[Wanted, Field(discriminator="kind")])


def read_wanted(told: dict[str, Any]) -> Wanted:
    """As `model_dump(mode="json")` wrote it. Raises pydantic's ValidationError."""
    return _ANY.validate_python(told)


def check(wanted: Wanted) -> int:
    """How many files there will be. Raises NotFound, InvalidRequest for what cannot be made."""
    if isinstance(wanted, StickersWanted):
        return stickers.files_of(_stickers(wanted))
    if isinstance(wanted, GridWanted):
        return len(grid.plan(wanted.order).cells)
    if isinstance(wanted, NailsWanted):
        return len(nails.plan(_nails(wanted)))
    if isinstance(wanted, PatternsWanted):
        return len(patterns.plan(_pattern(wanted), vector=True))
    if isinstance(wanted, PrintsWanted):
        return len(prints.plan(_prints(wanted)))
    return len(surfaces.plan(_surfaces(wanted)))


def first(wanted: Wanted) -> Request:
    """What an engine is asked about an order before it is taken: the wish alone, or of prints with words of their own
    the first that bears them, so that letters which no typeface has are told to whoever still has the form."""
    style = "" if isinstance(wanted, StickersWanted) else wanted.style
    if isinstance(wanted, PrintsWanted):
        bearing = (asked for _, asked in prints.plan(_prints(wanted)) if asked.sheet is not None and asked.sheet.words)
        if (found := next(bearing, None)) is not None:
            return found
    return Request(prompt=wanted.wish, model=wanted.model, style=style)


def prepared(wanted: Wanted) -> Make:
    """The maker of it, with its order filled in."""
    if isinstance(wanted, StickersWanted):
        pack = _stickers(wanted)
        return lambda house, desk, who, out, told, ties: stickers.make_stickers(house, desk, who, pack, out, told, ties)
    if isinstance(wanted, GridWanted):
        cells = wanted.order
        return lambda house, desk, who, out, told, ties: grid.make_grid(house, desk, who, cells, out, told, ties)
    if isinstance(wanted, NailsWanted):
        ten = _nails(wanted)
        return lambda house, desk, who, out, told, ties: nails.make_nails(house, desk, who, ten, out, told, ties)
    if isinstance(wanted, PatternsWanted):
        tile = _pattern(wanted)
        return lambda house, desk, who, out, told, ties: patterns.make_patterns(house, desk, who, tile, out, told, ties)
    if isinstance(wanted, PrintsWanted):
        goods = _prints(wanted)
        return lambda house, desk, who, out, told, ties: prints.make_prints(house, desk, who, goods, out, told, ties)
    order = _surfaces(wanted)
    return lambda house, desk, who, out, told, ties: surfaces.make_surfaces(house, desk, who, order, out, told, ties)


def screens() -> tuple[Platform, ...]:
    return tuple(one for one in _all() if one.calm is not None)


def products() -> tuple[Platform, ...]:
    return tuple(one for one in _all() if one.inches is not None)


def packs() -> tuple[Platform, ...]:
    return tuple(one for one in _all() if one.media == "pack")


def _all() -> tuple[Platform, ...]:
    return tuple(formats.platform(name) for name in formats.platforms())


def _stickers(wanted: StickersWanted) -> stickers.Order:
    places = tuple(formats.platform(name, "pack") for name in dict.fromkeys(wanted.platforms))
    return stickers.Order(wanted.wish, places, wanted.count, wanted.model, wanted.seed or 0, wanted.moving)


def _nails(wanted: NailsWanted) -> nails.Order:
    return nails.Order(
        wanted.wish,
        wanted.size,
        wanted.shape,
        wanted.length,
        wanted.design,
        wanted.accents,
        wanted.tone,
        wanted.paper,
        decals=wanted.decals,
        decal_paper=wanted.decal_paper,
        model=wanted.model,
        style=wanted.style,
        seed=wanted.seed or 0,
    )


def _pattern(wanted: PatternsWanted) -> patterns.Order:
    return patterns.Order(
        wanted.wish,
        wanted.layout,
        wanted.across,
        wanted.width_mm,
        wanted.height_mm,
        wanted.dpi,
        wanted.colourways,
        mockup=wanted.mockup,
        model=wanted.model,
        style=wanted.style,
        seed=wanted.seed or 0,
    )


def _surfaces(wanted: WallpapersWanted) -> surfaces.Order:
    places = _places(wanted.devices, screens())
    return surfaces.Order(wanted.wish, places, wanted.pair, wanted.model, wanted.style, wanted.seed or 0)


def _prints(wanted: PrintsWanted) -> prints.Order:
    return prints.Order(
        wanted.wish,
        _places(wanted.products, None),
        wanted.model,
        wanted.style,
        wanted.seed or 0,
        title=wanted.title,
        author=wanted.author,
        marks=wanted.marks,
        dpi=wanted.dpi,
        pdf=wanted.pdf,
        mockup=wanted.mockup,
        proof=wanted.proof,
    )


def _places(names: tuple[str, ...], known: tuple[Platform, ...] | None) -> tuple[Platform, ...]:
    """Those of the names; `known` are all that there are, None: whatever is printed. Raises NotFound for a name nobody
    knows, InvalidRequest for another kind of thing."""
    places = tuple(formats.platform(name, "product" if known is None else "screen") for name in dict.fromkeys(names))
    for place in places:
        if place.good is None if known is None else place not in known:
            raise InvalidRequest("no_surface", member="surface", surface=place.name)
    return places
