"""What things carry: hats and glasses where they are worn, things held in hands, riders, and what is inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pingxing.engine.backends.scene.heap import BOWL, HOLLOWS, JAR, NEST, PLATE, SHELF, heaped, ranks
from pingxing.engine.backends.scene.shapes import WHOLE, Wear, rimmed, window
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.unit import Item, Spot, Unit, clearest
from pingxing.engine.backends.scene.words import concept_of

FRONT = (0.26, 0.3, 0.74, 0.78)
# Where pictures are printed, in parts of the thing: not on a mug's handle, a flag's pole, a bag's straps.
PRINTS = {
    concept_of("☕"): (0.2, 0.42, 0.68, 0.88),
    concept_of("🏳️"): (0.12, 0.16, 0.52, 0.48),
    concept_of("🏴"): (0.12, 0.16, 0.52, 0.48),
    concept_of("🚩"): (0.3, 0.1, 0.85, 0.5),
    concept_of("👜"): (0.22, 0.48, 0.78, 0.9),
    concept_of("🛍️"): (0.2, 0.42, 0.8, 0.9),
    concept_of("🎒"): (0.26, 0.5, 0.74, 0.86),
    concept_of("🎈"): (0.2, 0.12, 0.8, 0.6),
    concept_of("👗"): (0.32, 0.5, 0.68, 0.86),
}
# Rolled along or played, not lifted: they stay on the ground before who has hold of them.
PUSHED = frozenset(
    (
        "E021",
        "E022",
        "E05A",
        "E0A0",
        "E0C9",
        "E0D2",
        "E0D3",
        concept_of("🛒"),
        concept_of("🚲"),
        concept_of("🛴"),
        concept_of("🩼"),
    )
)
VASES = frozenset((concept_of("🏺"), "E09E"))
# Of a rider: how much of the height hangs down behind the back, and how far behind the middle; what hides least first.
SINKS, SHIFTS = (0.3, 0.24, 0.16, 0.08), (0.12, 0.2, 0.06, 0.0)
SADDLED = frozenset(map(concept_of, "🛵🏍"))  # one sits on the rear half of them, with the legs behind their bodies
# What its rider stands on, and how far down: boards, the deck of a scooter.
DECKS = {"E08A": 0.12, "E177": 0.3, concept_of("🛴"): 0.86}
BACKPACK = concept_of("🎒")
CANDLE = concept_of("🕯️")
TABLES = frozenset((SHELF, PLATE, "E0CD", "E0E3"))
SHOULDER = "on-shoulder"  # "on" a person, where the prompt says so; the scene tells of it as "on"
JARFUL = 1.35  # times as large as life, at most
FAN = 5  # flowers side by side in a vase
NECK = 0.97  # where a scarf lies, in parts of the head's height
UMBRELLAS = ("2602", "1F302", "26F1", "2614")
# Places of further balloons, from the hand: in parts of their holder's width aside, and height above.
ALOFT = ((0.34, 0.72), (0.9, 0.66), (0.62, 1.2), (1.2, 1.1), (0.2, 1.25))
LEGS = 0.2  # of a person's height: they hang down before the seat
SIDES = (0.0, -0.18, 0.18, -0.3, 0.3)  # places tried, in parts of the lower thing's width


def put_at(unit: Unit, spot: Spot, x: float, y: float, order: float) -> Unit:
    """The unit moved so that the middle of one thing's foot comes to (x, y)."""
    return unit.moved(x - spot.middle, y - spot.y, order)


def dressed(wearer: Spot, garment: Item, wear: Wear, slot: int) -> Spot:
    """The garment on its wearer, as large as the head or body it is worn on; the second hat goes on the first."""
    shape = wearer.item.shape
    head = shape.head or (0.2, 0.0, 0.8, 0.45)
    across = (head[2] - head[0]) * wearer.item.wide
    down = (head[3] - head[1]) * wearer.item.tall
    x = wearer.across((head[0] + head[2]) / 2)
    size = min(across, 1.25 * down) * wear.wide
    aspect = garment.wide / garment.tall
    order = 0.02 + 0.01 * slot
    if wear.place in ("torso", "legs"):
        return _over_body(wearer, garment, wear, aspect)
    if wear.place == "soles":  # under both feet
        left, right = shape.feet
        wide = wear.wide * max(right - left, 0.2) * wearer.item.wide
        item = replace(garment, wide=wide, tall=wide / aspect, flip=wearer.item.flip)
        y = wearer.y - wear.below * item.tall
        return Spot(item, wearer.across((left + right) / 2) - wide / 2, y, 0.02, True, wearer.item.index)
    if wear.place == "feet":
        left, right = shape.feet
        wide = max(0.5 * (right - left), 0.16) * wearer.item.wide
        foot = left + 0.3 * (right - left) if slot % 2 == 0 else right - 0.3 * (right - left)
        item = replace(garment, wide=wide, tall=wide / aspect, flip=wearer.item.flip)
        return Spot(
            item, wearer.across(foot) - wide / 2, wearer.y - 0.01 * wearer.item.tall, 0.02, True, wearer.item.index
        )
    wide, tall = size, size / aspect
    if wear.place == "hood":  # behind head and shoulders, so that it frames the face
        item = replace(garment, wide=wide, tall=tall)
        return Spot(item, x - wide / 2, wearer.down(head[1]) + 0.09 * down - tall, -0.02, True, wearer.item.index)
    if wear.place == "ears":  # behind the head, so that its band and cups frame the face
        tall, order = 0.92 * down, -0.02
    if wear.place == "neck" and tall > 0.9 * down:  # a long scarf hangs no lower than a chest
        wide, tall = 0.9 * down * aspect, 0.9 * down
    ears = 0.1 * down if not wearer.item.human else 0.0  # a hat sits between them
    low = {
        "head": wearer.down(head[1]) - ears - wear.below * tall + slot * 0.8 * tall,
        "eyes": wearer.down(shape.eyes) - wear.below * tall,
        "ears": wearer.down(head[1]) + 0.16 * down - tall,
        "neck": wearer.down(head[1] + NECK * (head[3] - head[1])) - wear.below * tall,
    }[wear.place]
    item = replace(garment, wide=wide, tall=tall).looking(wearer.item.faces_left)
    return Spot(item, x - wide / 2, low, order, True, wearer.item.index)


def _over_body(wearer: Spot, garment: Item, wear: Wear, aspect: float) -> Spot:
    x0, y0, x1, y1 = wearer.item.shape.torso
    high = (y1 - y0) * wearer.item.tall
    wide = wear.wide * (x1 - x0) * wearer.item.wide * 1.15
    tall = wide / aspect
    longest = 1.35 * high if wear.wide > 1.2 else high
    if tall > longest:
        wide, tall = longest * aspect, longest
    top = wearer.down(y0 - 0.01 if wear.place == "torso" else y0 + 0.6 * (y1 - y0))
    item = replace(garment, wide=wide, tall=tall)
    return Spot(item, wearer.across((x0 + x1) / 2) - wide / 2, top - tall, 0.01, True, wearer.item.index)


def held(holder: Unit, hands: Spot, thing: Unit, what: Spot, slot: int, side: float) -> Unit:
    """The thing (with all that belongs to it) in its holder's hand, small enough to be held.

    What hangs in the air is held by its string; an umbrella by its stick; everything else before the chest.
    """
    mine, shape = hands.item, hands.item.shape
    side = side if slot % 2 == 0 else -side
    level = hands.down(shape.hand)
    person = shape.facing == "front" and shape.head is not None
    if what.item.concept == BACKPACK and person and mine.human:
        return _shouldered(hands, thing, what, side)
    if what.item.concept in PUSHED:
        return _pushed(holder, hands, thing, what, side)
    if what.item.stance == "sky" or what.item.concept in UMBRELLAS:
        return _hung(holder, hands, thing, what, slot, side, level)
    part = min(1.0, 0.46 * mine.tall / what.item.tall, 0.7 * mine.wide / what.item.wide)
    part = max(part, min(1.0, 0.2 * mine.tall / max(what.item.tall, what.item.wide)))
    thing = thing.scaled(part).resting()
    what = thing.spot(what.item)
    edge = 0.42 if person else 0.5
    if not person and shape.head is not None:  # an animal carries it in its mouth
        side = -1.0 if mine.faces_left else 1.0
        level = hands.down(shape.head[3])
    wide, tall = what.item.wide, what.item.tall
    places = ((edge, 0.0, 0.5), (edge, 0.12, 0.6), (edge, 0.3, 0.7), (edge, 0.4, 0.9), (edge + 0.1, 0.5, 1.0))
    tries = (
        put_at(thing, what, hands.middle + side * (reach * mine.wide + out * wide), level - drop * tall, 0.6)
        for reach, out, drop in places
    )
    return clearest(tries, holder)


def _shouldered(hands: Spot, thing: Unit, what: Spot, side: float) -> Unit:
    """On the back: it shows behind a shoulder, larger than the waist is wide."""
    mine = hands.item
    x0, y0, x1, y1 = mine.shape.torso
    thing = thing.scaled(1.15 * (y1 - y0) * mine.tall / what.item.tall).resting()
    what = thing.spot(what.item)
    x = hands.across((x0 + x1) / 2) + side * 0.6 * (x1 - x0) * mine.wide
    return put_at(thing, what, x, hands.down(y1 - 0.02), -0.4)


def _hung(holder: Unit, hands: Spot, thing: Unit, what: Spot, slot: int, side: float, level: float) -> Unit:
    """At the end of its string or stick: a balloon beside the head, an umbrella over it and behind."""
    mine, shape = hands.item, hands.item.shape
    ways: tuple[tuple[float, float, float], ...] = ((0.6, 0.72, 0.12), (0.6, 0.85, 0.16), (0.6, 1.0, 0.2))
    if slot > 1:  # the first two beside the head, the others above them
        across, rise = ALOFT[(slot // 2 - 1) % len(ALOFT)]
        rise += 0.55 * (slot // 2 // (len(ALOFT) + 1))
        ways = tuple((size, across / (1 + 0.5 * slot), rise) for size in (0.6, 0.5, 0.42))
    if what.item.concept in UMBRELLAS:
        size = 1.25 + 0.6 * max(0.0, (shape.head or WHOLE)[3] - 0.4)  # its roof is wider than a large head
        ways = tuple((size, reach, rise) for reach, rise in ((0.14, 0.02), (0.2, 0.06), (0.26, 0.1)))
        ways += tuple((0.9, reach, rise) for reach, rise in ((0.38, 0.1), (0.72, 0.12), (0.85, 0.16), (1.0, 0.2)))

    def tries() -> Iterator[Unit]:
        for part, reach, rise in ways:
            tall = part * mine.tall / what.item.tall
            unit = thing.scaled(tall if what.item.concept in UMBRELLAS else min(1.0, tall)).resting()
            spot = unit.spot(what.item)
            yield put_at(
                unit, spot, hands.middle + side * reach * mine.wide * (1 + 0.5 * slot), level + rise * mine.tall, -0.4
            )

    return clearest(tries(), holder)


def _pushed(holder: Unit, hands: Spot, thing: Unit, what: Spot, side: float) -> Unit:
    """On the ground beside its owner, who reaches its handle; a good deal larger than what a hand lifts."""
    mine = hands.item
    thing = thing.scaled(min(1.0, 0.8 * mine.tall / what.item.tall, 1.8 * mine.wide / what.item.wide))
    what = thing.spot(what.item)
    # Our carts have their handles on the right, so they are pushed to the left unless they can be mirrored.
    left = side < 0 or what.item.still
    if not left:
        what = replace(what, item=replace(what.item, flip=True))
        thing = thing.with_item(what.item)
    way = -1.0 if left else 1.0
    reach = (0.4, 0.5, 0.6, 0.75)
    tries = (
        put_at(thing, what, hands.middle + way * (part * mine.wide + 0.5 * what.item.wide), hands.y - 0.02, 0.6)
        for part in reach
    )
    return clearest(tries, holder)


def _contact(at: Spot, me: Spot, slide: float) -> float:
    """Height at which `me` stands on the outline of `at`, `slide` widths beside its middle."""
    if at.item.shape.lies is not None and not me.item.human:
        return at.down(at.item.shape.lies)
    if at.item.shape.seat is not None:
        return at.down(at.item.shape.seat)
    foot = max(0.1, min(0.6, 0.6 * me.item.wide / at.item.wide))
    return at.down(at.item.shape.top(0.5 + slide, foot, flip=at.item.flip)) - 0.02 * me.item.tall


def put_on(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int, *, alike: bool = False) -> Unit:
    """On the outline of the lower thing: side by side where there are several, else where both can be seen.

    What lies on a plate lies in a heap, where all of it is `alike`.
    """
    if at.item.concept == PLATE and many > 2 and alike and me.item.shape.head is None:
        return _in_hollow(mine, theirs, me, at, number, many)
    crown = at.item.tall > me.item.tall * 1.8  # in a tree's crown, on a house's roof
    width = 0.62 if crown else 0.84
    part = min(1.0, 1.25 * width * at.item.wide / (many * me.item.wide)) if many > 1 else 1.0
    mine = mine.scaled(max(part, 0.45) * _topping(me.item, at.item))
    me = mine.spot(me.item)
    step = ((number + 0.5) / many - 0.5) * width
    sits = at.item.shape.seat is not None and me.item.human and me.item.shape.facing == "front"

    def tries() -> Iterator[Unit]:
        for size in (1.0, 0.8, 0.62):
            unit = mine.scaled(size)
            spot = unit.spot(me.item)
            for shift in SIDES if many == 1 else (0.0, 0.04, -0.04):
                slide = step + shift
                low = _contact(at, spot, slide) - (LEGS * spot.item.tall if sits else 0.0)
                yield put_at(unit, spot, at.middle + slide * at.item.wide, low, 0.3).resting()
        if at.item.shape.seat is None:
            yield _perched(mine, me, at, step, 0.3)

    return clearest(tries(), theirs, aside=False)


def _in_hollow(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> Unit:
    """Heaped on what one looks down into: a plate, a nest."""
    seat, room = at.down(at.item.shape.seat or 0.5), HOLLOWS[at.item.concept] * at.item.wide
    tries = heaped(mine, me, at, number, many, base=seat, room=room, sink=0.0, order=0.5)
    return clearest(tries, theirs, aside=False)


def _topping(me: Item, at: Item) -> float:
    """Smaller than life where it lies on a dish or a cake: a strawberry on pancakes, candles."""
    if me.concept == CANDLE and at.concept not in TABLES:
        return min(1.0, 0.42 * at.tall / me.tall)
    food = traits(me.concept).group == traits(at.concept).group == "food-drink"
    dish = traits(at.concept).subgroup == "dishware"
    return min(1.0, 0.46 * at.wide / me.wide) if food and not dish else 1.0


def on_shoulder(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, side: float) -> Unit:
    """On one shoulder, beside the head; the second one on the other."""
    x0, _, x1, _ = at.item.shape.torso
    low = (at.item.shape.head or WHOLE)[3]
    way = side if number % 2 == 0 else -side

    def tries() -> Iterator[Unit]:
        for size, out in ((0.38, 0.52), (0.38, 0.7), (0.36, 0.7), (0.32, 0.95), (0.28, 1.2)):
            unit = mine.scaled(min(1.0, size * at.item.tall / mine.tall))
            spot = unit.spot(me.item)
            x = at.across((x0 + x1) / 2) + way * (x1 - x0) * at.item.wide * out
            yield put_at(unit, spot, x, at.down(low + 0.05), 0.4).resting()

    return clearest(tries(), theirs, aside=False)


def _perched(mine: Unit, me: Spot, at: Spot, step: float, order: float) -> Unit:
    """On the highest point below it, where it hides nothing."""
    top = at.item.shape.peak(0.5 + step, me.item.wide / at.item.wide, flip=at.item.flip)
    return put_at(mine, me, at.middle + step * at.item.wide, at.down(top) - 0.03 * me.item.tall, order).resting()


def ridden(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> Unit:
    """Riders sit on the back: their legs are behind it; in what has windows they sit inside."""
    if window(at.item.concept) is not None:
        return put_inside(mine, theirs, me, at, number, many)
    if at.item.stance == "sky" or me.item.shape.head is None:
        return put_on(mine, theirs, me, at, number, many)
    if at.item.concept in DECKS:
        return _upright(mine, theirs, me, at, number, many)
    person = me.item.shape.facing == "front"
    saddled = person and at.item.concept in SADDLED
    sinks = (0.32, *SINKS) if saddled else SINKS
    shifts = (0.22, 0.16, *SHIFTS) if saddled else SHIFTS
    mine = mine.scaled(min(1.0, 1.15 * at.item.wide / (many * me.item.wide)) if many > 1 else 1.0)
    step = ((number + 0.5) / many - 0.5) * 0.95

    def tries() -> Iterator[Unit]:
        for size in (1.0, 0.85, 0.7):
            unit = mine.scaled(size)
            spot = unit.spot(me.item)
            for sink in sinks:
                for shift in shifts:
                    slide = (step if many > 1 else 0.0) + (shift if at.item.faces_left else -shift)
                    back = _contact(at, spot, slide)
                    drop = sink * spot.item.tall if person else 0.5 * sink * spot.item.tall
                    yield put_at(unit, spot, at.middle + slide * at.item.wide, back - drop, -0.4).resting()
        yield _perched(mine, me, at, step if many > 1 else 0.0, -0.4)

    return clearest(tries(), theirs, aside=False)


def _upright(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> Unit:
    """Riders with both feet on the board, behind the handlebar where there is one."""
    step = ((number + 0.5) / many - 0.5) * 0.8 if many > 1 else 0.0
    low, behind = at.down(DECKS[at.item.concept]), 1.0 if at.item.faces_left else -1.0

    def tries() -> Iterator[Unit]:
        for size in (1.0, 0.85, 0.7):
            unit = mine.scaled(size / many**0.5)
            spot = unit.spot(me.item)
            for shift in (0.06, 0.14, 0.2, 0.0):
                yield put_at(unit, spot, at.middle + (step + shift * behind) * at.item.wide, low, 0.3).resting()

    return clearest(tries(), theirs, aside=False)


def roomier(mine: Unit, at: Spot, many: int) -> float:
    """How much larger a container must be, so that what is inside need not become a dwarf: an elephant in a cup."""
    part = window(at.item.concept)
    if at.item.concept in VASES:
        return 1.0
    if at.item.concept in (JAR, *HOLLOWS, NEST, BOWL):
        many = ranks(many)[0]
    wide, high = (part[2] - part[0], part[3] - part[1]) if part is not None else (0.8, 1.15)
    fits = min(wide * at.item.wide / (many * mine.wide), high * at.item.tall / mine.tall)
    least = 0.3 if part is not None else 0.5
    if at.item.concept == JAR:  # what is in a jar is small; a jar as large as a child holds nothing that one eats
        return min(JARFUL, max(1.0, 1.6 * least / fits))
    return min(4.0, max(1.0, least / fits)) if many == 1 else min(2.5, max(1.0, 1.6 * least / fits))


def put_inside(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> Unit:
    """Seen through a window, or looking out over the rim of what is open above."""
    part = window(at.item.concept)
    if at.item.concept in VASES:
        return _arranged(mine, theirs, me, at, number, many)
    if at.item.concept in HOLLOWS:
        return _in_hollow(mine, theirs, me, at, number, many)
    if at.item.concept == JAR and part is not None and many > 1:
        room, base = (part[2] - part[0]) * at.item.wide, at.down(part[3])
        jarred = heaped(mine, me, at, number, many, base=base, room=room, sink=0.0, order=0.5)
        return clearest(jarred, theirs, aside=False)
    if part is None and at.item.tall > 1.8 * me.item.tall and not rimmed(at.item.concept):
        part = (0.15, 0.4, 0.85, 0.9)
    if part is not None:
        return _at_window(mine, me, at, part, number, many)
    if many > 2:
        rim = at.down(at.item.shape.rim)
        heap = heaped(mine, me, at, number, many, base=rim, room=0.86 * at.item.wide, sink=0.28, order=-0.5)
        return clearest(heap, theirs, aside=False)
    mine = mine.scaled(min(1.0, 0.8 * at.item.wide / (many * mine.wide), 1.15 * at.item.tall / mine.tall))
    me = mine.spot(me.item)
    step = ((number + 0.5) / many - 0.5) * 0.8

    def tries() -> Iterator[Unit]:
        for size in (1.0, 0.85, 0.7):
            unit = mine.scaled(size)
            spot = unit.spot(me.item)
            for sink in (0.34, 0.26, 0.18, 0.1):
                rim = at.down(at.item.shape.rim)
                yield put_at(unit, spot, at.middle + step * at.item.wide, rim - sink * spot.item.tall, -0.5).resting()
        for size in (1.0, 0.85, 0.7):  # before a handle or a spoon, in the opening
            unit = mine.scaled(size)
            spot = unit.spot(me.item)
            low = at.down(at.item.shape.rim) - 0.1 * spot.item.tall
            yield put_at(unit, spot, at.middle + step * at.item.wide, low, 0.5).resting()
        yield _perched(mine, me, at, step, -0.5)

    return clearest(tries(), theirs, aside=False)


def printed(mine: Unit, me: Spot, at: Spot, number: int, many: int) -> Unit:
    """As a picture on a shirt, a mug or a flag: small, in the middle of its front."""
    x0, y0, x1, y1 = PRINTS.get(at.item.concept, FRONT)
    wide, high = (x1 - x0) * at.item.wide / many, (y1 - y0) * at.item.tall
    unit = mine.scaled(min(0.94 * wide / mine.wide, high / mine.tall))
    spot = unit.spot(me.item)
    low = at.down(y1) + (high - unit.tall) / 2
    middle = at.across(x0 + (number + 0.5) / many * (x1 - x0))
    unit = unit.moved(middle - spot.middle, low - unit.bottom, at.order + 0.005 - spot.order)
    return Unit(
        [replace(s, resting=True, over=at.item.index if s.item.index == me.item.index else s.over) for s in unit.spots]
    )


def _arranged(mine: Unit, theirs: Unit, me: Spot, at: Spot, number: int, many: int) -> Unit:
    """Cut flowers: their stems in the neck of the vase, their heads in a fan above it."""
    ranks = -(-many // FAN)
    broadest = -(-many // ranks)
    rank, place = divmod(number, broadest)
    across = place - (min(broadest, many - rank * broadest) - 1) / 2

    def tries() -> Iterator[Unit]:
        for size in (0.9, 0.75, 0.6):
            broad = 1.8 * at.item.wide / (max(1.0, 0.75 * broadest) * me.item.wide)
            unit = mine.scaled(min(size * at.item.tall / me.item.tall, broad))
            spot = unit.spot(me.item)
            for step, sink in ((0.66, 0.42), (0.76, 0.36), (0.86, 0.3), (1.0, 0.24)):
                low = at.down(0.0) - (sink - 0.05 * (place % 2) - (0.4 + 0.4 * step) * rank) * spot.item.tall
                x = at.middle + (across + 0.3 * (rank % 2)) * step * spot.item.wide
                yield put_at(unit, spot, x, low - 0.03 * abs(across) * spot.item.tall, -0.5 - 0.1 * rank).resting()
        yield _perched(mine, me, at, 0.0, -0.5)

    return clearest(tries(), theirs, aside=False)


def _at_window(mine: Unit, me: Spot, at: Spot, part: tuple[float, float, float, float], number: int, many: int) -> Unit:
    x0, y0, x1, y1 = part if part != WHOLE else (0.1, 0.1, 0.9, 0.9)
    wide, high = (x1 - x0) * at.item.wide / many, (y1 - y0) * at.item.tall
    unit = mine.scaled(min(1.0, 0.94 * wide / mine.wide, high / mine.tall))
    spot = unit.spot(me.item)
    middle = x0 + (number + 0.5) / many * (x1 - x0)
    low = at.down(y1) + (high - unit.tall) * (0.0 if unit.tall < 0.7 * high else 0.3)
    if many > 2 and number % 2:
        low += 0.6 * max(0.0, high - 1.1 * unit.tall)
    return unit.moved(at.across(middle) - spot.middle, low - unit.bottom, 0.5).resting()
