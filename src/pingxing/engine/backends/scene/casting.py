"""Which art stands for each wish of a picture: another drawing of the same thing, where that one fits better.

Emoji are made to be read alone. In a scene a skateboard lies level, a unicorn has four legs, the cake that is asked
for with five candles brings none of its own, and goldfish swim in a bowl that has no fish yet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pingxing.engine.backends.scene.attach import SHOULDER, VASES
from pingxing.engine.backends.scene.backdrops import INDOORS
from pingxing.engine.backends.scene.bond import XMAS_TREE, is_person, lives
from pingxing.engine.backends.scene.bunch import BUNCH, nosegay
from pingxing.engine.backends.scene.heap import BOWL, CARTON, CUP, EMPTY_NEST, NEST, PLATE, POT, SHELF
from pingxing.engine.backends.scene.heavens import ARCH, BOUGH, NO_SKY, RAINBOW, SILL, WINDOW
from pingxing.engine.backends.scene.plan import Link, Plan
from pingxing.engine.backends.scene.posture import gear, shod, sitting, student
from pingxing.engine.backends.scene.styles import Style
from pingxing.engine.backends.scene.surface import PRINTED
from pingxing.engine.backends.scene.trades import MARK, trade_of
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

BOARD, LEVEL_BOARD = concept_of("🛹"), "E08A"
# Heads without a body of their kind and an octave of keys, drawn whole by us. The 3D set keeps its own models.
WHOLE = {concept_of("🎹"): "E021", concept_of("🦄"): "E0C1", concept_of("🐸"): "E0C2"}
SAIL, COVERED_BOAT = concept_of("⛵"), "E0AF"  # no yacht passes under the bridges of an old town
PIRATES, ROWING_BOAT, SAILBOAT = "E0CF", "E0D0", "E173"
SAILING = ("sail", "yacht", "帆")
SMALL = ("木船", "小舟", "wooden boat", "rowing boat")
ABOARD = ("on", "inside", "riding")
# Framed pictures, and one piece of a game that needs its board; a wave cut out of the sea as a block.
UNFRAMED = {concept_of("🌊"): "E172", concept_of("🎆"): "E0D1", concept_of("🌠"): "E169", concept_of("🎇"): "E16A",
            concept_of("🗻"): "E17A"}  # fmt: skip
# Two heads cut off by the emoji's frame, drawn from head to foot by us.
COUPLES = {
    **dict.fromkeys(map(concept_of, ("💏", "💑", "👩‍❤️‍💋‍👨", "👩‍❤️‍👨")), "E0D6"),
    **dict.fromkeys(map(concept_of, ("👩‍❤️‍💋‍👩", "👩‍❤️‍👩")), "E0D7"),
    **dict.fromkeys(map(concept_of, ("👨‍❤️‍💋‍👨", "👨‍❤️‍👨")), "E0D8"),
}
BABY, SWADDLED = concept_of("👶"), "E0D9"  # in somebody's arms
DRAWN = UNFRAMED | COUPLES  # in every style
WEB, WEB_IN_CORNER = concept_of("🕸️"), "E0CC"
CHESS, CHESS_TABLE = concept_of("♟️"), "E0D2"
PIECES = ("piece", "pawn", "chessman", "棋子", "兵")
BLOSSOM, BLOSSOMING = concept_of("🌸"), "E0BC"
FLOWER, STEMMED = concept_of("🌺"), "E0D4"  # a bloom without a stem lies on the ground
BLOOMS = ("hibiscus", "木槿", "扶桑", "朱槿")
UMBRELLA, PARASOL = concept_of("☂️"), concept_of("⛱️")
CANDLE = concept_of("🕯️")
SLICE, WHOLE_CAKE = concept_of("🍰"), concept_of("🎂")
_CUT = re.compile(r"slice|piece|块|片|角")
CAKES = {concept_of("🎂"): "E0C3", concept_of("🍰"): "E0C3", "E0C3": "E0C3", "E0B1": "E0B1"}
BOWLS = frozenset((concept_of("🥣"), "E006"))
FISHBOWL, EMPTY_BOWL = "E006", "E0C8"
BED = concept_of("🛏️")
_LAP = re.compile(r"\blaps?\b|\bknees?\b|\barms\b|腿上|膝|怀里")
_SHOULDER = re.compile(r"shoulder|肩")
BOOKSHELF = "E026"
NESTED = concept_of("🪺")
BULB, LAMP = concept_of("💡"), "E027"
LEAF, PAD = concept_of("🍃"), "E01B"
TREES = frozenset(map(concept_of, "🌳🌲"))
BRANCHES = ("branch", "bough", "twig", "树枝", "树杈", "枝头", "枝条", "树梢", "枝桠")
GIFT = concept_of("🎁")
HUNG = frozenset(map(concept_of, "💡🔔🎀🎐🏮🧦🕯🪔📿🔑"))
# Emoji of vessels that hold something already, or are closed; with what a prompt puts into them they are drawn open.
VESSELS = {
    concept_of("📦"): CARTON,
    concept_of("🪴"): POT,
    concept_of("🧺"): NEST,
    concept_of("🍽️"): PLATE,
    concept_of("🥣"): BOWL,
    concept_of("🍵"): CUP,
    concept_of("☕"): CUP,
}
SEATS = frozenset((concept_of("🪑"), concept_of("💺"), concept_of("🛋️"), "E067", "E093", "E00D", "E0C5", "E092"))
PUDDLE, WREATH = "E12C", "E130"
HANGING = frozenset(map(concept_of, "🚪🏠🏡🪟")) | {"E0E1"}  # a brick wall among them
STARS = frozenset(map(concept_of, "⭐🌟👼"))
# Cats and dogs that sleep lie curled up; of a house whose chimney smokes, the smoke is seen.
ASLEEP = {**dict.fromkeys(map(concept_of, ("🐈", "🐈‍⬛", "🐱")), "E16F"),
          **dict.fromkeys(map(concept_of, ("🐕", "🐶", "🐩", "🐕‍🦺")), "E170")}  # fmt: skip
POTS, CAULDRON, WITCH = frozenset(map(concept_of, "🥘🍲🫕")), "E0C9", concept_of("🧙")
SMOKING = {**dict.fromkeys(map(concept_of, "🏠🏡"), "E171"), "E0B3": "E174"}
_SMOKE = re.compile(
    r"smok(?:e|ing) .{0,30}chimney|chimney.{0,30}smok|\bchimney smoke\b|炊烟|烟囱.{0,8}(?:冒|飘|升)|冒着烟|冒烟"
)
# Emoji keeps one shop, and it is open around the clock; a florist's has an awning and no "24".
SHOP, LITTLE_SHOP, _NIGHT_SHOP = concept_of("🏪"), "E175", re.compile(r"convenience|24|便利|7-eleven|超市|supermarket")
BANQUET, DISHES = "E16B", ("food-prepared", "food-asian", "dishware")
BRINGS_A_BOARD, TEACHER, STUDENT = "-200D-1F3EB", "teacher", "student"
_TREES = re.compile(r"cherry blossoms|sakura|樱花")
# A bouquet of one kind is a wrapped bunch, and not one flower as tall as the picture.
BOUQUETS = dict(zip(map(concept_of, "🌹🌷🌻"), ("E17B", "E17C", "E17D"), strict=True))
RINGED, MARS, _MARS = concept_of("🪐"), "E17E", re.compile(r"\bmars\b|火星")  # that has no ring
_STARRY = re.compile(r"\bstars\b|群星|繁星|星空|星星")
# The emoji of a camp is a picture of its own, with a tent and a fire; where these are asked for, its tree is enough.
CAMP, FIR, PITCHED = concept_of("🏕️"), concept_of("🌲"), frozenset((concept_of("⛺"), "E00F"))
_POT = re.compile(r"锅|\bpots?\b")
PANDA, BAMBOO = concept_of("🐼"), "E007"
BESIDE = ("next-to", "with", "holding", "inside", "on")


def cast(plan: Plan, style: Style, background: str, arched: frozenset[int]) -> tuple[str, ...]:
    """For every wish the concept whose art is drawn; `arched` are the rainbows that span the sky."""
    return tuple(_role(plan, style, background, number, number in arched) for number in range(len(plan.wishes)))


def _role(plan: Plan, style: Style, background: str, number: int, arched: bool) -> str:
    concept, words = plan.wishes[number].concept, plan.wishes[number].words.lower()
    if arched or (concept == RAINBOW and style.sets[0] != "3d"):
        return ARCH  # the emoji's is a quarter of one
    if number in _dined_at(plan):
        return BANQUET
    if concept == CAMP and {wish.concept for wish in plan.wishes} & PITCHED:
        return FIR
    if concept == RINGED and _MARS.search(words):
        return MARS
    if (posed := sitting(plan, number) or gear(plan, number)) is not None:
        return posed
    if (pupil := student(plan, concept)) is not None:
        return f"{pupil}{MARK}{trade_of(pupil, words) or STUDENT}"
    if concept == BABY and "sleepy" in plan.wishes[number].traits and not _busy(plan, number):
        return SWADDLED
    if concept in ASLEEP and "sleepy" in plan.wishes[number].traits and style.sets[0] != "3d":
        return ASLEEP[concept]  # the emoji's stands
    if concept in POTS and _POT.search(words) and _witching(plan):
        return CAULDRON
    if concept in SMOKING and _SMOKE.search(plan.between.lower()):
        return SMOKING[concept]
    if concept in DRAWN:
        return DRAWN[concept]
    if concept == BABY and any(k.relation == "holding" and k.object == number for k in plan.links):
        return SWADDLED
    if concept == WEB and not any(number in (k.subject, k.object) for k in plan.links):
        return WEB_IN_CORNER
    if concept == CHESS and not any(word in words for word in PIECES):
        return CHESS_TABLE
    if concept == BOOKSHELF and _on_board(plan, number):
        return SHELF
    if concept == NESTED and any(k.object == number and k.relation == "inside" for k in plan.links):
        return EMPTY_NEST
    if concept == LEAF and any(k.object == number and k.relation == "on" for k in plan.links):
        return PAD  # the emoji's leaves are in the wind
    if concept == WINDOW and any(k.object == number and k.relation == "on" for k in plan.links):
        return SILL
    if concept in TREES and any(word in words for word in BRANCHES) and _only_sat_on(plan, number):
        return BOUGH
    if concept == BLOSSOM and any(k.object == number and k.relation == "under" for k in plan.links):
        return BLOSSOMING  # nobody stands under a flower's head
    if concept == FLOWER and style.sets[0] != "3d" and not any(word in words for word in BLOOMS):
        return STEMMED
    if concept == SAIL and ("pirate" in words or "海盗" in words):
        return PIRATES
    if concept == BOARD and any(k.object == number and k.relation in ("on", "riding") for k in plan.links):
        return LEVEL_BOARD  # the emoji's stands on its nose
    if concept == SAIL and background == "canal":
        return COVERED_BOAT
    if concept == SAIL and style.sets[0] == "flat" and not _carries(plan, number):
        return SAILBOAT  # the flat one floats in a block of water of its own
    small = words.endswith(SMALL) or _carries(plan, number)  # behind a sail nobody can be seen
    if concept == SAIL and not any(word in words for word in SAILING) and small:
        return ROWING_BOAT
    if concept == UMBRELLA and background in ("beach", "pool") and _plain(plan, number):
        return PARASOL
    if concept == SLICE and "birthday" in plan.touches and not _CUT.search(words) and not candles_on(plan, number):
        return WHOLE_CAKE
    if candles_on(plan, number):
        return CAKES[concept]
    if concept in BOWLS and _fish_in(plan, number):
        return EMPTY_BOWL
    if concept in VESSELS and any(k.object == number and k.relation in _into(concept) for k in plan.links):
        return VESSELS[concept]
    if concept == BULB and background in INDOORS and words.endswith(("灯", "lamp")):
        return LAMP
    if concept in WHOLE and style.sets[0] != "3d":
        return WHOLE[concept]
    if concept == SHOP and style.sets[0] != "3d" and not _NIGHT_SHOP.search(words):
        return LITTLE_SHOP
    if BRINGS_A_BOARD in concept:  # the emoji's teacher does, into the street as well
        person = concept.replace(BRINGS_A_BOARD, "")
        return f"{person}{MARK}{trade_of(person, words) or TEACHER}"
    if concept == BLOSSOM and _TREES.search(words) and background not in NO_SKY and not _tied(plan, number):
        return BLOSSOMING
    if concept in BOUQUETS and _bouquet(plan, number):
        return BOUQUETS[concept]
    trade = trade_of(concept, words)
    return f"{concept}{MARK}{trade}" if trade else concept


def _bouquet(plan: Plan, number: int) -> bool:
    """Whether it is counted as one bunch, and stands in no vase."""
    wish = plan.wishes[number]
    into = any(k.relation == "inside" and k.subject == number for k in plan.links)
    return wish.count == 1 and not into and not nosegay(plan) and BUNCH.search(wish.words.lower()) is not None


def _dined_at(plan: Plan) -> frozenset[int]:
    """Dishes that people are around: they are eaten at a table, on which they stand."""
    return frozenset(
        k.object for k in plan.links
        if k.relation == "around" and is_person(plan.wishes[k.subject].concept) and plan.wishes[k.object].count == 1
        and traits(plan.wishes[k.object].concept).subgroup in DISHES
    )  # fmt: skip


def dines(plan: Plan) -> bool:
    """Whether people are around a dish."""
    return bool(_dined_at(plan))


def _busy(plan: Plan, number: int) -> bool:
    """Whether it is dressed, seated or carries something, which needs limbs."""
    return any(k.subject == number and k.relation in ("on", "riding", "wearing", "holding") for k in plan.links)


def _tied(plan: Plan, number: int) -> bool:
    """Whether it is somewhere in particular: in a hand, a vase or a garland, and not only with other things."""
    return any(number in (k.subject, k.object) and k.relation not in ("next-to", "behind") for k in plan.links)


def _plain(plan: Plan, number: int) -> bool:
    """Whether nobody holds it, and nothing is said of its looks that would be painted on the sand below it."""
    wish = plan.wishes[number]
    held = any(k.object == number and k.relation in ("holding", "next-to", "under") for k in plan.links)
    return not held and not wish.traits and wish.colour is None


def _witching(plan: Plan) -> bool:
    return "halloween" in plan.touches or any(wish.concept.partition("-")[0] == WITCH for wish in plan.wishes)


def _into(vessel: str) -> tuple[str, ...]:
    """The relations that fill it: one may also sit on a closed box, or on a cup."""
    return ("inside", "on") if VESSELS[vessel] in (PLATE, NEST, BOWL) else ("inside",)


def _on_board(plan: Plan, number: int) -> bool:
    """Whether a shelf is meant that only carries things: what else is said of it needs one that stands."""
    mine = [k for k in plan.links if number in (k.subject, k.object)]
    words = plan.wishes[number].words.lower()
    return (
        bool(mine)
        and all(k.relation == "on" and k.object == number for k in mine)
        and "book" not in words
        and ("书架" not in words)
    )


def _only_sat_on(plan: Plan, number: int) -> bool:
    """Whether it carries somebody, and nothing else is said of it that only a whole tree can have."""
    mine = [k for k in plan.links if number in (k.subject, k.object)]
    seated = [k for k in mine if k.relation == "on" and k.object == number]
    light = all(traits(plan.wishes[k.subject].concept).metres < 1 for k in seated)
    return bool(seated) and seated == mine and light and plan.wishes[number].count == 1


def _carries(plan: Plan, number: int) -> bool:
    return any(k.object == number and k.relation in ABOARD for k in plan.links)


def _fish_in(plan: Plan, bowl: int) -> bool:
    inside = [plan.wishes[k.subject].concept for k in plan.links if k.object == bowl and k.relation == "inside"]
    return bool(inside) and all(traits(concept).stance in ("water", "floor") for concept in inside)


def candles_on(plan: Plan, number: int) -> bool:
    """Whether it is a cake that is asked for with candles, which so brings none of its own."""
    return plan.wishes[number].concept in CAKES and any(_lights(plan, link) == number for link in plan.links)


def _lights(plan: Plan, link: Link) -> int | None:
    """The cake that these candles belong on, as an index into the wishes."""
    for candle, cake in ((link.subject, link.object), (link.object, link.subject)):
        known = plan.wishes[candle].concept == CANDLE and plan.wishes[cake].concept in CAKES
        if known and link.relation in BESIDE:
            return cake
    return None


def _cut(plan: Plan, link: Link) -> int | None:
    """The flowers, as an index into the wishes, where the link joins flowers and a vase."""
    for flower, vase in ((link.subject, link.object), (link.object, link.subject)):
        if plan.wishes[vase].concept in VASES and traits(plan.wishes[flower].concept).subgroup == "plant-flower":
            return flower
    return None


def meant(plan: Plan) -> Sequence[Link]:
    """The links as they are drawn: candles on their cake, flowers in their vase, who is in a chair on its seat.

    What the scene says of itself stays as the prompt has it.
    """
    found = _with_vessel(tuple(_meant(plan, link) for link in plan.links if not _among_stars(plan, link)))
    cut = {link.subject for link in found if link.relation == "inside" and plan.wishes[link.object].concept in VASES}
    # "A cake and a vase with roses": the roses are in the vase, and nothing else has to stand beside them.
    return tuple(k for k in found if k.relation != "next-to" or not cut & {k.subject, k.object})


def _among_stars(plan: Plan, link: Link) -> bool:
    """Whether it says no more than that stars are all around: they are scattered, and not in a row beside it."""
    stars = plan.wishes[link.object]
    many = stars.count > 1 or _STARRY.search(stars.words.lower()) is not None
    return link.relation in ("between", "inside", "next-to") and stars.concept in STARS and many


def _too_heavy(subject: str, target: str) -> bool:
    """Whether no tree bears it: baskets, presents, blankets; but fruit, lanterns, nests and animals."""
    if target not in (XMAS_TREE, *TREES) or lives(subject) or subject in HUNG:
        return False
    return subject == GIFT or (traits(subject).group == "objects" and traits(subject).stance == "ground")


def _with_vessel(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """The sunflowers in a vase are on the sill: it is the vase that stands there."""
    vessel = {k.subject: k.object for k in links if k.relation == "inside"}
    moved = []
    for link in links:
        holder = vessel.get(link.subject)
        stands = link.relation == "on" and holder is not None and holder != link.object
        moved.append(Link(holder, "on", link.object) if stands and holder is not None else link)
    return tuple(dict.fromkeys(moved))


def _meant(plan: Plan, link: Link) -> Link:
    target = plan.wishes[link.object].concept
    if link.relation == "on" and plan.wishes[link.subject].concept == WREATH and target in HANGING:
        return Link(link.subject, PRINTED, link.object)  # it hangs there
    if (worn := shod(plan, link)) is not None:
        return worn
    subject = plan.wishes[link.subject].concept
    bauble = target == XMAS_TREE and not lives(subject) and subject not in STARS
    if link.relation == "on" and is_person(target) and not is_person(subject):
        said = plan.between.lower()
        if _LAP.search(said):
            return Link(link.object, "holding", link.subject)
        if _SHOULDER.search(said):
            return Link(link.subject, SHOULDER, link.object)
    if link.relation == "on" and _too_heavy(subject, target):
        return Link(link.subject, "under", link.object)  # presents lie below the tree, a basket stands there
    if link.relation == "on" and bauble:
        return Link(link.subject, PRINTED, link.object)  # they hang all over it, and the star is on top
    if link.relation == "on" and PRINTED in plan.wishes[link.subject].traits:
        return Link(link.subject, PRINTED, link.object)
    cake = _lights(plan, link)
    if cake is not None:
        return Link(link.object if cake == link.subject else link.subject, "on", cake)
    if link.relation in BESIDE and (flower := _cut(plan, link)) is not None:
        return Link(flower, "inside", link.subject + link.object - flower)
    if link.relation == "next-to" and (plan.wishes[link.subject].concept, target) == (PANDA, BAMBOO):
        return Link(link.subject, "holding", link.object)  # it eats
    if link.relation == "inside" and target in (*SEATS, PUDDLE):
        return Link(link.subject, "on", link.object)
    if link.relation == "on" and target == BED and is_person(plan.wishes[link.subject].concept):
        return Link(link.subject, "inside", link.object)
    return link
