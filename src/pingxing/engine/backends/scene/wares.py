"""Whether a picture shows wares, and not a place: a product photo, an advertisement, the main picture of an offer."""

from __future__ import annotations

import re

from pingxing.engine.backends.scene.plan import Plan
from pingxing.engine.backends.scene.traits import traits
from pingxing.engine.backends.scene.words import concept_of

_SHOWN = re.compile(
    r"\bproduct (?:photo|shot|picture|image|poster|card)s?\b|\bpack ?shot\b|\badvert(?:s|isement|isements)?\b|\bads?\b"
    r"|\bcommercial\b|\bstudio (?:shot|photo)\b|\b(?:flash|big|summer|winter|black friday|clearance) sale\b"
    r"|促销|大促|特惠|特价|打折|满减|双(?:十一|十二|11|12)|618"
    r"|广告|产品(?:图|照|海报|展示)|商品(?:图|主图|海报|展示)|主图|电商|详情页|种草",
    re.I,
)
_SIGN = re.compile(r"\blogos?\b|\bemblem\b|\bicon design\b|\bapp icon\b|徽标|图标|标志设计|logo设计|店标", re.I)
WARES = ("objects", "food-drink", "activities")
WITH_THEM = ("plant-flower", "plant-other")  # roses beside a perfume
# A shop's own banner or poster shows what it sells, and the cat of the house with it.
_SHOPS = re.compile(
    r"\b(?:shop|store|caf[eé]|cafe|bakery|bookshop|boutique)(?:'s)?\b.{0,20}\b(?:banner|poster|flyer|advert)\b"
    r"|店.{0,4}(?:横幅|海报|招贴|宣传)",
    re.I,
)
PETS = frozenset(map(concept_of, "🐈🐕🐱🐶🐇🐰🐹🐦🦜"))
TALLEST = 1.0  # metres


def shows_wares(plan: Plan) -> bool:
    """Whether the prompt speaks of a product photo or the like, and all its things are such as one sells."""
    if not plan.wishes:
        return False
    shop = _SHOPS.search(plan.between) is not None
    if not shop and not _SHOWN.search(plan.between):
        return False
    kinds = [traits(wish.concept) for wish in plan.wishes if not (shop and wish.concept in PETS)]
    small = all(kind.metres <= TALLEST for kind in kinds)
    fit = all(kind.group in WARES or kind.subgroup in (*WITH_THEM, "time") for kind in kinds)
    return small and fit and any(kind.group in WARES for kind in kinds)


def offered(plan: Plan) -> int | None:
    """What is for sale there, as an index into the wishes: the first that is no decoration."""
    if not shows_wares(plan):
        return None
    return next(n for n, wish in enumerate(plan.wishes) if traits(wish.concept).group in WARES)


def is_sign(plan: Plan) -> bool:
    """Whether a logo is asked for: a sign lies on a sheet, with nothing around it."""
    return bool(plan.wishes) and _SIGN.search(plan.between) is not None
