"""What platforms, screens and printers ask for, as data: one versioned file for each platform that takes packs
(`packs/`), one for screens and one for goods, with source and date. Where sources conflict, the stricter value stands
there; KB is 1,000 bytes: whoever counts 1,024 is content with that too."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pingxing.errors import NotFound
from pingxing.makers.formats.goods import COVER, MM_PER_INCH, Face, covers
from pingxing.sheets import Good
from pingxing.types import Language

Kind = Literal["png", "apng", "jpeg", "gif", "webp", "webm", "pdf"]
Sort = Literal["pack", "screen", "product"]  # stickers, a screen to be filled, something to print on
Ground = Literal["any", "clear", "full"]  # clear: something shines through; full: nothing may
Stroke = Literal["any", "none", "advised"]
Pixels = tuple[Annotated[int, Field(ge=1, le=30_000)], Annotated[int, Field(ge=1, le=30_000)]]

_DPI_MOST = 600  # of what is cut: beyond it nobody sees more
PACKS = ("wechat", "telegram", "telegram-emoji", "whatsapp", "line", "line-animated", "signal", "kakao", "viber",
         "imessage", "discord", "slack")  # fmt: skip
DPI_LEAST = 150  # below it a print looks like a mistake, and no printer should be sent it


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shape(_Data):
    """What one file may be. Sizes are (width, height) in pixels; of `sizes`, any one; lengths of time in seconds."""

    kinds: tuple[Kind, ...]
    sizes: tuple[Pixels, ...] = ()
    within: Pixels | None = None  # at most
    longest: int | None = None  # the longer side is exactly this
    reaching: int | None = None  # the longer side is at least this
    even: bool = False  # both sides
    bytes: int | None = None
    frames: tuple[int, int] | None = None
    fps: float | None = None
    seconds: float | None = None
    loops: tuple[int, int] | None = None
    silent: bool = False
    ground: Ground = "any"
    stroke: Stroke = "any"
    margin: int = 0  # pixels between what is drawn and the edge

    @model_validator(mode="after")
    def _one_rule_of_size(self) -> Shape:
        if bool(self.sizes) + (self.within is not None) + (self.longest is not None) > 1:
            raise ValueError("one of sizes, within, longest")
        return self


class Role(_Data):
    """What a file is for. Without `file` and `folder` it is every picture at the top of the folder."""

    still: Shape | None = None
    moving: Shape | None = None
    file: str = ""  # its name; without a suffix where several kinds are allowed
    folder: str = ""  # there is one for each sticker, under the same stem
    source: Annotated[str, Field(alias="from")] = ""  # the role it can be made from
    drawn: bool = False  # has to be drawn: nothing else in the pack shows what it should

    @model_validator(mode="after")
    def _some_shape(self) -> Role:
        if self.still is None and self.moving is None:
            raise ValueError("still or moving")
        return self

    def shape(self, *, moves: bool) -> Shape:
        """The rule for a file that moves or stands still; where only the other is allowed, that one."""
        wanted, other = (self.moving, self.still) if moves else (self.still, self.moving)
        found = wanted or other
        assert found is not None  # noqa: S101 - `_some_shape` holds
        return found


class Count(_Data):
    least: int = 1
    most: int = 1_000
    of: tuple[int, ...] = ()

    def allows(self, number: int) -> bool:
        return number in self.of if self.of else self.least <= number <= self.most

    def __str__(self) -> str:
        return ", ".join(map(str, self.of)) if self.of else f"{self.least}-{self.most}"


class Text(_Data):
    """A word or a line that goes with a pack. `most` counts characters (code points)."""

    most: int
    unique: bool = False
    plain: bool = False  # letters and digits only


class Platform(_Data):
    """One `--for`. `texts` under "meaning" are per picture, all others per pack."""

    name: str
    names: dict[Language, str]
    source: str
    version: str
    media: Literal["pack", "picture"] = "pack"
    roles: dict[str, Role]
    count: Count | None = None
    emoji: Count | None = None
    texts: dict[str, Text] = {}
    differ: bool = False
    zip_bytes: int | None = None
    mixed: bool = False  # still and moving pictures in one pack
    calm: tuple[float, float] | None = None  # of a screen's height, above and below: what the system draws over
    inches: tuple[float, float] | None = None
    dpi: tuple[int, int] | None = None
    good: Good | None = None  # what it is, where it is printed
    face: Face | None = None  # what is cut, or wrapped around something
    vector: tuple[Literal["pdf", "svg"], ...] = ()  # of what is drawn, beside the pixels: for who prints from vectors

    @property
    def sort(self) -> Sort:
        return "pack" if self.media == "pack" else "product" if self.good is not None else "screen"


def platforms(kind: Sort | None = None) -> tuple[str, ...]:
    """All names, or those of a kind."""
    return tuple(name for name, found in _all().items() if kind in (None, found.sort))


def platform(name: str, kind: Sort | None = None) -> Platform:
    """Raises NotFound, which names those that there are (of the kind that is looked for); InvalidRequest for a book
    nobody prints. One of another kind is found as well: what it cannot be used for, its maker says."""
    found = _all().get(name)
    if found is None and name.startswith(COVER):
        found = _cover(name)
    if found is None:
        raise NotFound("platform", platform=name, known=", ".join(platforms(kind)))
    return found


@cache
def _all() -> dict[str, Platform]:
    folder = files("pingxing.makers.formats")
    found = {name: Platform(name=name, **_read(folder / "packs" / f"{name}.yaml")) for name in PACKS}
    for file in ("wallpapers", "prints"):
        data = _read(folder / f"{file}.yaml")
        version = data.pop("version")
        for name, told in data.pop("screens", {}).items():
            found[name] = _screen(name, version, told)
        for name, told in data.pop("products", {}).items():
            found[name] = _product(name, version, told)
        if "covers" in data:
            data.pop("covers")
            found[COVER] = _product(COVER, version, covers().told(COVER) or {})
        if data:
            raise ValueError(f"{file}.yaml: {sorted(data)}")
    return found


def _read(file: Traversable) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return found


def _screen(name: str, version: str, told: dict[str, Any]) -> Platform:
    shape = Shape(kinds=("png", "jpeg"), sizes=(told["size"],), ground="full")
    return _surface(name, version, told, {"wallpaper": Role(still=shape)}, calm=told["calm"])


@cache
def _cover(name: str) -> Platform | None:
    told = covers().told(name)
    return None if told is None else _product(name, _all()[COVER].version, told)


def _product(name: str, version: str, told: dict[str, Any]) -> Platform:
    """Where a printer names no pixels, its inches at the best resolution it prints are the most that make sense."""
    least, best = told["dpi"]
    face = told.get("face")
    if face is not None and not isinstance(face, Face):
        around = {member: told[member] for member in ("wrap", "bleed", "safe") if member in told}
        face = Face(good=told["good"], size=face, **around)
    inches = told["inches"] if face is None else tuple(side / MM_PER_INCH for side in face.sheet().page)
    pixels = told.get("pixels")
    most = tuple(round(side * best) for side in inches)
    if pixels or (face is not None and face.good == "book"):
        size: dict[str, Any] = {"sizes": (pixels or most,)}
    else:  # what is cut may have more pixels than anybody sees; its ratio is judged by its face
        size = {"within": most if face is None else tuple(round(side * _DPI_MOST) for side in inches)}
    shape = Shape(kinds=told["kinds"], bytes=told.get("bytes"), ground=told.get("ground", "any"), **size)
    dpi = (max(least, DPI_LEAST), best)
    more = {"inches": inches, "dpi": dpi, "good": told["good"], "face": face, "vector": told.get("vector", ())}
    return _surface(name, version, told, {"print": Role(still=shape)}, **more)


def _surface(name: str, version: str, told: dict[str, Any], roles: dict[str, Role], **more: Any) -> Platform:
    names, source = told["names"], told["source"]
    return Platform(name=name, names=names, source=source, version=version, media="picture", roles=roles, **more)
