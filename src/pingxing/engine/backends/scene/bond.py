"""Which relation two things really have: "with" a hat is worn, "with" a balloon is held, "with" a cow is beside it."""

from __future__ import annotations

from functools import cache

from pingxing.engine.backends.scene.drawings import drawings
from pingxing.engine.backends.scene.plan import Wish
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

PEOPLE = "people-body"
# Beings that Unicode keeps among faces, weather and toys.
SCARECROW, ARMOUR = "E010", "E118"
BEINGS = frozenset(map(concept_of, "⛄☃🧸🪆🤖👻👽👾🎃🤡👹👺💀🦴🗿🐻🪅")) | {SCARECROW}
FIGURES = frozenset(map(concept_of, "⛄☃🧸🤖👻👽🤡💀🎅")) | {SCARECROW}  # with hands to hold things
# Unicode counts bags among clothes; they are carried, unless a prompt says that they are worn.
CARRIED = frozenset(map(concept_of, "👛👜👝🎒🌂🪭💄💍💎"))
CARRIED_TOO = frozenset(map(concept_of, ("🛍️", "🛒", "💼")))
WORN = frozenset(map(concept_of, "🎧🤿🎀🏅🥇🥈🥉📿")) | {concept_of("🎖️"), ARMOUR}
SHOES = frozenset(map(concept_of, "👞👟🥾🥿👠👡👢"))
READ = ("book-paper", "phone")
# What things are put into and on: "a vase with five tulips", "a plate with two eggs".
VESSELS = frozenset(map(concept_of, "🏺🧺🛒🎒👜👝🛍📦🪣🥣🪴🛁🫙🥡🧳📥🗃🗑🛷🛶⛵🪹🪺")) | frozenset({concept_of("🥛")})
TRAYS = frozenset(map(concept_of, "🍽🎂🍰🧁🪑🛋🛏🥞")) | frozenset({"E0CD"})  # a table
RACKS = ("bookshelf", "food cart", "nightstand", "cutting board", "tablecloth", "barrel", "picnic blanket", "piano")
FLAT = frozenset(map(concept_of, ("🍽️", "🎂", "🍰", "🧁", "🥞")))  # nothing is seen inside them
BALLOON, BANQUET = concept_of("🎈"), "E16B"
BABY = concept_of("👶")
TIES = frozenset({"E13A", concept_of("🎀")})
SEATS = frozenset(map(concept_of, ("🪑", "🛋️", "💺")))
XMAS_TREE = concept_of("🎄")
PLATE = concept_of("🍽️")
BROOM = concept_of("🧹")
BIKES = frozenset(map(concept_of, "🚲🛵🏍🛴🛹🐎🐴🐫🐪🦄🛷"))
REACH = 1.4  # metres: what is larger is no longer held in a hand


TRACES = frozenset(map(concept_of, "🐾👣🪶🐚🪸"))  # Unicode keeps them among animals and people


def lives(concept: str) -> bool:
    """Whether it may wear, hold and look: people, animals, faces and figures."""
    kind = traits(concept)
    if concept in TRACES:
        return False
    animal = kind.subgroup.startswith("animal")
    return animal or kind.group in (PEOPLE, "smileys-emotion") or concept in BEINGS


def is_person(concept: str) -> bool:
    return traits(concept).group == PEOPLE and concept not in TRACES


def is_worn(concept: str) -> bool:
    """Whether it is something to put on."""
    clothing = traits(concept).subgroup == "clothing" and concept not in CARRIED | CARRIED_TOO
    return (clothing and not is_umbrella(concept)) or concept in WORN


def is_umbrella(concept: str) -> bool:
    """Whether it is one of our own umbrellas, which we keep among clothes as Unicode keeps its own."""
    ours = drawings().get(concept)
    return ours is not None and any("umbrella" in name for name in ours.en)


def is_held(concept: str, reach: float = REACH) -> bool:
    """Whether it is something to carry in a hand: less than `reach` metres and not alive."""
    return not lives(concept) and traits(concept).metres < reach


@cache
def _vessels() -> frozenset[str]:
    """What we drew ourselves to put things into."""
    names = ("fishbowl", "birdcage", "vase", "snow globe", "steamer", "crib", "pram", "sandbox", "nest", "hot pot")
    return frozenset(c for c, d in drawings().items() if not {*d.en}.isdisjoint(names))


def is_rack(concept: str) -> bool:
    """Whether it is a shelf or a stall that things stand on."""
    return concept in _racks()


@cache
def _racks() -> frozenset[str]:
    """What we drew ourselves to put things on."""
    return frozenset(c for c, d in drawings().items() if d.en[0] in RACKS)


def is_vessel(concept: str) -> bool:
    """Whether it is something to put things into."""
    return concept in VESSELS or concept in _vessels()


def is_open(concept: str) -> bool:
    """Whether things are carried on or in it: a tray, a basket, a cake."""
    return concept in TRAYS or is_vessel(concept)


@cache
def _played_on() -> frozenset[str]:
    """What children play on: seesaw, swing, trampoline, slide."""
    ours = {c for c, d in drawings().items() if d.en[0] in ("seesaw", "swing", "trampoline", "rocking horse")}
    return frozenset(ours | {concept_of("🛝"), concept_of("🎠")})


def _is_perch(concept: str, alive: bool) -> bool:
    """Whether what is "in" it is on it: a kite or an owl in a tree, somebody in a chair."""
    return (traits(concept).subgroup == "plant-other" and traits(concept).metres > 1) or (alive and is_seat(concept))


def is_seat(concept: str) -> bool:
    """Whether it is something to sit on."""
    return concept in SEATS or concept in _seats()


@cache
def _seats() -> frozenset[str]:
    """The seats that we drew ourselves."""
    names = ("rocking chair", "armchair", "deck chair", "bench", "throne", "swing", "hammock")
    return frozenset(c for c, d in drawings().items() if not {*d.en}.isdisjoint(names))


HATS = frozenset(map(concept_of, "🎩👒🧢👑⛑🎓"))  # what flies around one wears none


def bond(relation: str, subject: Wish, target: Wish) -> str:
    """The relation that "with", "in" or a verb names between these two."""
    one, other = subject.concept, target.concept
    if relation in ("with", "in") and lives(one) and is_worn(other):
        boot = relation == "in" and target.count == 1 and other in SHOES and not is_person(one)
        return "inside" if boot else "wearing"  # a mouse in a boot, a cat in boots
    if relation == "around" and lives(one) and traits(other).subgroup == "clothing" and other not in HATS:
        return "wearing"  # 围着围巾
    if relation == "on" and is_person(one) and other in BIKES | {BROOM}:
        return "riding"
    if relation == "with" and is_worn(other) and traits(one).group in ("food-drink", "animals-nature"):
        return "wearing"  # a cactus with a hat
    if relation in ("in", "inside"):
        return "on" if other in FLAT or _is_perch(other, lives(one)) else "inside"
    if relation == "with" and traits(other).subgroup == "sky-weather" and traits(other).stance == "sky":
        return "next-to"  # a baby with a moon and stars holds neither
    if relation == "with":
        hands = is_person(one) or one in FIGURES
        relation = "holding" if hands and not lives(other) else "next-to"
    if relation == "looking-at" and lives(one) and traits(other).subgroup in READ:
        relation = "holding"
    if relation == "holding" and other == BANQUET:
        return "around"  # 吃年夜饭
    if relation == "holding" and other in _played_on():
        return "on"  # 玩跷跷板
    if relation == "holding" and other in TIES and lives(one):
        return "wearing"  # 打着领带
    if relation == "holding":
        light = traits(other).metres < REACH and (not is_person(other) or (is_person(one) and other == BABY))
        return "holding" if lives(one) and light else "next-to"
    if relation == "wearing" and is_person(other):
        return "next-to"
    if relation == "wearing" and other == BALLOON:
        return "holding"  # 尾巴上系着气球的老鼠
    return relation


def filled(relation: str, subject: Wish, target: Wish) -> str:
    """The relation that "with" gives a vessel or a tray to what is in or on it ("inside", "on"); empty for others."""
    one, other = subject.concept, target.concept
    if relation != "with" or is_worn(other):
        return ""
    if one == PLATE and traits(other).group == "food-drink":
        return "on"  # a tray with cupcakes
    fits = traits(other).metres <= max(0.5, traits(one).metres)
    if one in _racks() and fits:
        return "on"
    if other in VESSELS | TRAYS:
        return ""
    if one in _vessels():
        return "inside"
    if one in VESSELS and fits:
        return "inside"
    if one in TRAYS and fits:
        return "on"
    tree = (traits(one).subgroup == "plant-other" and traits(one).metres > 1) or one == XMAS_TREE
    hangs = not lives(other) and traits(other).metres < 0.7 and traits(other).subgroup != "plant-flower"
    return "on" if tree and hangs else ""
