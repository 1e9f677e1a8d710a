"""Random orders of every maker by the workshop, taken home as ZIPs, and what `verify` says of their members."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from random import Random
from typing import Any
from zipfile import ZipFile

from bench.common import say
from pingxing.bootstrap import App
from pingxing.errors import PingxingError
from pingxing.flow import release
from pingxing.makers import formats, patterns
from pingxing.makers.facts import facts
from pingxing.makers.ideas import situations
from pingxing.makers.viewing import View
from pingxing.makers.wanted import (
    GridWanted,
    NailsWanted,
    PatternsWanted,
    PrintsWanted,
    StickersWanted,
    WallpapersWanted,
    Wanted,
)
from pingxing.makers.workshop import Workshop
from pingxing.nails import NAIL_DESIGNS, NAIL_LENGTHS, NAIL_SHAPES
from pingxing.repeat import REPEATS
from pingxing.types import Actor
from pingxing.verify import verify

_SUBJECTS = ("一只柴犬", "小猫", "a red fox", "panda", "penguin", "兔子")
_WISHES = ("樱花和燕子", "a lighthouse at night", "lemons", "山里的小屋", "sailing boats and stars", "蝴蝶")
_GOODS = ("t-shirt", "card-a6", "mug")
_WORDS = (".json", ".csv", ".txt")  # members that are no pictures
_MOST_OF_ONE = 10  # files of one order that are shown to verify: so that no maker fills the bench
_ORDER_S = 300.0


def exports(app: App, place: Path, count: int, problems: list[str]) -> dict[str, Any]:
    """`count` files: how many of them `verify` confirms, with a receipt that the log proves for these very bytes."""
    chance, workshop = Random(f"pingxing exports {count}"), Workshop(app, app.desk)
    actor = app.identity.local_actor("zh")
    kinds: Counter[str] = Counter()
    confirmed = moving = orders = 0
    try:
        for wanted in _orders(chance):
            if kinds.total() >= count:
                break
            orders += 1
            members = list(_members(app, workshop, actor, wanted, problems))
            chance.shuffle(members)
            for name, data in members[: min(_MOST_OF_ONE, count - kinds.total())]:
                kinds[f"{wanted.kind} {PurePosixPath(name).suffix[1:]}"] += 1
                moving += _moves(name, data)
                confirmed += _confirmed(app, f"{wanted.kind} {wanted.seed} {name}", data, problems)
            say(f"  {wanted.kind}: {kinds.total()} files")
    finally:
        workshop.close()
    told = {"files": kinds.total(), "confirmed": confirmed, "moving": moving, "orders": orders}
    return told | {"kinds": dict(sorted(kinds.items()))}


def _confirmed(app: App, name: str, data: bytes, problems: list[str]) -> bool:
    try:
        found = verify(app, data)
    except PingxingError as error:  # a busy machine may take too long over a PDF
        problems.append(f"{name}: {error.code} {error.reason}")
        return False
    good = found.verdict == "confirmed" and bool(found.ledger.proof_ok and found.ledger.same_bytes)
    if not good:
        problems.append(f"{name}: {found.verdict}, ledger {found.ledger}")
    return good


def _moves(name: str, data: bytes) -> bool:
    return not name.endswith((".svg", ".pdf")) and facts(data).frames > 1


def _members(
    app: App, workshop: Workshop, actor: Actor, wanted: Wanted, problems: list[str]
) -> Iterator[tuple[str, bytes]]:
    view = _made(workshop, actor, wanted)
    if view.order.state != "done" or not view.pieces:
        problems.append(f"{wanted.kind} {wanted.seed}: {view.order.state}, {view.trouble}")
        return
    for folder in view.folders:
        with workshop.parcel(actor, view.order.id, folder) as file, ZipFile(file) as archive:
            for name in archive.namelist():
                if not name.endswith(_WORDS):
                    yield f"{folder}/{name}", archive.read(name)
    if isinstance(wanted, GridWanted):
        yield "contact-sheet.pdf", release(app, actor, workshop.sheet(actor, view.order.id).id).data


def _made(workshop: Workshop, actor: Actor, wanted: Wanted) -> View:
    order, until = workshop.order(actor, wanted).id, time.monotonic() + _ORDER_S
    while (view := workshop.view(actor, order)).order.state == "making" and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)  # until the hand that made it is free: before, nothing of the order may be changed
    return view


def _orders(chance: Random) -> Iterator[Wanted]:
    """One maker after the other, each with members at random; for ever."""
    while True:
        for make in (_stickers, _grid, _nails, _patterns, _surfaces, _moving):
            yield make(chance)


def _seed(chance: Random) -> int:
    return chance.randrange(10**9)


def _stickers(chance: Random, moving: bool = False) -> Wanted:
    known = [formats.platform(name) for name in formats.platforms()]
    packs = [(one, one.roles["sticker"]) for one in known if "sticker" in one.roles]
    platform = chance.choice([one for one, role in packs if (role.moving if moving else role.still)])
    counts = (n for n in range(3, len(situations()) + 1) if platform.count is None or platform.count.allows(n))
    return StickersWanted(
        wish=chance.choice(_SUBJECTS), platforms=(platform.name,), count=next(counts), moving=moving, seed=_seed(chance)
    )


def _moving(chance: Random) -> Wanted:
    return _stickers(chance, moving=True)


def _grid(chance: Random) -> Wanted:
    side = chance.choice((256, 384, 512))
    lists = ("animal=cat|dog|owl", "season=spring|winter", f"n=1..{chance.randint(1, 3)}")
    return GridWanted(template="{n} {animal} in {season}", lists=lists, width=side, height=side, seed=_seed(chance))


def _nails(chance: Random) -> Wanted:
    return NailsWanted(
        wish=chance.choice(_WISHES),
        size=chance.choice(("XS", "S", "M")),
        shape=chance.choice(NAIL_SHAPES),
        length=chance.choice(NAIL_LENGTHS[:2]),
        design=chance.choice(NAIL_DESIGNS),
        tone=chance.randint(1, 10),
        paper="a5",
        decals=chance.choice((20, 60)),
        decal_paper=chance.choice(("3x5", "4x6")),
        seed=_seed(chance),
    )


def _patterns(chance: Random) -> Wanted:
    names = tuple(chance.sample(sorted(patterns.colourways()), 2))
    layout, side = chance.choice(REPEATS), chance.choice((60.0, 80.0, 100.0))
    return PatternsWanted(
        wish=chance.choice(_WISHES), layout=layout, width_mm=side, height_mm=side, colourways=names, seed=_seed(chance)
    )


def _surfaces(chance: Random) -> Wanted:
    if chance.random() < 0.5:
        good = chance.choice(_GOODS)
        return PrintsWanted(wish=chance.choice(_WISHES), products=(good,), dpi=150, mockup=True, seed=_seed(chance))
    device = chance.choice(("iphone-se", "iphone-14", "desktop-hd"))
    return WallpapersWanted(
        wish=chance.choice(_WISHES), devices=(device,), pair=chance.random() < 0.3, seed=_seed(chance)
    )
