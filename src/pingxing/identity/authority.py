"""May this actor do that? Deny is the default: what is not granted here is forbidden."""

from __future__ import annotations

from pingxing.errors import Forbidden
from pingxing.types import Actor, Scope


def require(actor: Actor, scope: Scope) -> None:
    """Raises Forbidden unless the actor's credential carries the scope."""
    if not actor.may(scope):
        raise Forbidden("scope", scope=scope.value)


def may_see(actor: Actor, owner: str) -> bool:
    """One's own things, or anybody's for an operator. (An auditor reads receipts and the ledger, not pictures.)"""
    return actor.account == owner or actor.may(Scope.OPERATE)
