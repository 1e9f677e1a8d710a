"""What a plan of the scene engine says, by the English names of its things."""

from __future__ import annotations

from pingxing.engine.backends.scene.plan import Plan


def things(plan: Plan) -> dict[str, int]:
    found: dict[str, int] = {}
    for wish in plan.wishes:
        found[wish.name_en] = found.get(wish.name_en, 0) + wish.count
    return found


def links(plan: Plan) -> set[tuple[str, str, str]]:
    return {(plan.wishes[k.subject].name_en, k.relation, plan.wishes[k.object].name_en) for k in plan.links}
