"""The operator's list of forbidden pictures: whatever is nearly one of them is neither delivered nor taken in.

add()       hashes, or pictures that are hashed and not kept, with a reason and a clause
remove()    from now on it passes again; that it was listed is not forgotten
listing()   what is on the list
load(store) what the guard asks before each picture
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence

from pingxing.errors import InvalidRequest
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.label.opening import bared, open_picture
from pingxing.ledger import entries
from pingxing.policy.hashes import Entry, HashList, Load, hash_of, parse
from pingxing.store.forbidden import Listed
from pingxing.store.store import Store
from pingxing.types import Actor, Scope

MAX_REASON, MAX_CLAUSE = 500, 200  # characters
MAX_AT_ONCE = 1_000


def fingerprint(house: House, actor: Actor, data: bytes) -> str:
    """The hash of a picture that is to be listed; the picture is not kept.

    Raises TooLarge, UnreadableFile; InvalidRequest "hash_blank" where there is too little in it to know it again.
    """
    require(actor, Scope.OPERATE)
    picture = open_picture(data, max_bytes=house.settings.max_upload_bytes).picture
    hashed = hash_of(bared(picture) or picture)  # engines make it without our mark
    if not hashed.tells:
        raise InvalidRequest("hash_blank", member="file", quality=hashed.quality)
    return hashed.hex


def add(house: House, actor: Actor, hashes: Sequence[str], reason: str, clause: str = "") -> tuple[Listed, ...]:
    """Put hashes (PDQ, 64 hex digits) on the list, all or none; they count from now on, in every process.

    Raises InvalidRequest, Conflict "listed", Forbidden.
    """
    require(actor, Scope.OPERATE)
    _bound("reason", reason, 1, MAX_REASON)
    _bound("clause", clause, 0, MAX_CLAUSE)
    if not 1 <= len(hashes) <= MAX_AT_ONCE:
        raise InvalidRequest("too_many", member="hashes", limit=MAX_AT_ONCE)
    wanted = [(uuid.uuid4().hex, text) for text in dict.fromkeys(map(parse, hashes))]
    who = house.ledger.pseudonym(actor.account)
    with house.store.begin() as tx:
        house.identity.still(tx, actor.account, actor.credential)
        records = [entries.Listed(who, one, "added", _statement(text, reason, clause)) for one, text in wanted]
        places, now = house.ledger.extend(tx.log, records), house.clock()
        listed = tuple(
            Listed(one, text, reason.strip(), clause.strip(), actor.account, place.index, now)
            for (one, text), place in zip(wanted, places, strict=True)
        )
        for each in listed:
            tx.forbidden.add(each)
        house.ledger.seal(tx.log)
    return listed


def remove(house: House, actor: Actor, listed_id: str) -> None:
    """Raises NotFound, Forbidden."""
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        house.identity.still(tx, actor.account, actor.credential)
        listed = tx.forbidden.get(listed_id)
        statement = _statement(listed.hash, listed.reason, listed.clause)
        entry = entries.Listed(house.ledger.pseudonym(actor.account), listed_id, "removed", statement)
        tx.forbidden.remove(listed_id, house.ledger.append(tx.log, entry).index, house.clock())
        house.ledger.seal(tx.log)


def listing(house: House, actor: Actor, limit: int = 1_000) -> tuple[Listed, ...]:
    """Newest first."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return tx.forbidden.list(limit)


def load(store: Store) -> Load:
    """The list as `policy.hashes.ForbiddenCheck` asks for it: nothing where it has the newest already."""

    def newest(held: int | None) -> tuple[int, HashList] | None:
        with store.read() as tx:
            revision = tx.forbidden.revision()
            return None if revision == held else (revision, HashList([Entry(*row) for row in tx.forbidden.each()]))

    return newest


def _bound(member: str, text: str, least: int, most: int) -> None:
    if not least <= len(text.strip()) <= len(text) <= most:
        raise InvalidRequest("length", member=member, least=least, most=most)


def _statement(*told: str) -> str:
    return entries.commit("\n".join(told), secrets.token_bytes(entries.SALT_BYTES))
