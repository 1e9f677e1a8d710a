"""After delivery: a person marks a picture as untrue, takes it back, or lifts that again, and says so in public.

For invented news above all (deep-synthesis provisions art. 11: refute it, keep the record, report): the note and the
link to what is true are read by everyone who verifies the file, and by whoever made it. What is withdrawn is not handed
out any more (`flow.release`); copies that left before still answer to verification. Nothing is deleted.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from pingxing import forbidden
from pingxing.errors import Conflict, InvalidRequest, NotFound
from pingxing.flow import release
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.ledger import entries
from pingxing.store.notices import Notice
from pingxing.store.store import Tx
from pingxing.types import Actor, Receipt, Scope

MOST_NOTE, MOST_LINK = 500, 500
STATES: tuple[Literal["marked", "withdrawn", "lifted"], ...] = ("marked", "withdrawn", "lifted")
CATEGORY = "fabricated-news"  # what it is mostly for
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}(/[a-z][a-z0-9-]{0,18})?")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Case:
    """A picture with what is said of it now."""

    receipt: Receipt
    notice: Notice | None


def find(house: House, actor: Actor, word: str) -> Receipt:
    """The picture of a receipt's number or of a file's SHA-256. Raises Forbidden, NotFound."""
    require(actor, Scope.OPERATE)
    word = word.strip().lower().removeprefix("sha256:")
    with house.store.read() as tx:
        found = tx.work.receipt_of_bytes(word) if _DIGEST.fullmatch(word) else tx.work.receipt(word)
    if found is None:
        raise NotFound("receipt")
    return found


def say(
    house: House,
    actor: Actor,
    receipt_id: str,
    state: Literal["marked", "withdrawn", "lifted"],
    *,
    note: str = "",
    link: str = "",
    category: str = CATEGORY,
    never_again: bool = False,
) -> Notice:
    """Mark, withdraw or set right a picture, with its previews and copies; on record when this returns.

    `note` (public, at most 500 characters) is needed but for lifting; `link`: an http(s) address of what is true, or
    empty. `never_again`: what looks like a picture that is withdrawn is not made again for anyone (`forbidden`); asked
    for before it is withdrawn, since the file is looked at for it.
    Raises Forbidden, NotFound, InvalidRequest, Conflict ("no_notice": nothing to lift), and for `never_again` what
    `flow.release` and `forbidden.fingerprint` raise: then nothing was done.
    """
    require(actor, Scope.OPERATE)
    _bound(note, link, category, least=0 if state == "lifted" else 1)
    if never_again:
        _forbid(house, actor, receipt_id, state, note)
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        receipt = tx.work.receipt(receipt_id)
        if state == "lifted" and tx.notices.of(receipt_id) is None:
            raise Conflict("no_notice")
        for one in (receipt_id, *tx.notices.others(receipt.job, receipt.position, receipt_id)):
            _record(house, tx, actor, tx.work.receipt(one), state, (category, note.strip(), link))
        house.ledger.seal(tx.log)
        return tx.notices.list(receipt=receipt_id)[0]


def _forbid(house: House, actor: Actor, receipt_id: str, state: str, note: str) -> None:
    if state != "withdrawn":
        raise InvalidRequest("member", member="never_again", problem=state)
    looks = forbidden.fingerprint(house, actor, release(house, actor, receipt_id).data)
    try:
        forbidden.add(house, actor, [looks], note)
    except Conflict as error:
        if error.reason != "listed":
            raise


def _bound(note: str, link: str, category: str, *, least: int) -> None:
    if not least <= len(note.strip()) <= len(note) <= MOST_NOTE:
        raise InvalidRequest("length", member="note", least=least, most=MOST_NOTE)
    parts = urlsplit(link)
    if link and (len(link) > MOST_LINK or parts.scheme not in ("http", "https") or not parts.netloc or " " in link):
        raise InvalidRequest("member", member="link", problem=link[:80])
    if not _NAME.fullmatch(category):
        raise InvalidRequest("member", member="category", problem=category[:80])


def _record(
    house: House,
    tx: Tx,
    actor: Actor,
    receipt: Receipt,
    state: Literal["marked", "withdrawn", "lifted"],
    told: tuple[str, str, str],
) -> None:
    category, note, link = told
    statement = entries.commit("\n".join(told), secrets.token_bytes(entries.SALT_BYTES))
    who = house.ledger.pseudonym(actor.account)
    place = house.ledger.append(tx.log, entries.Noticed(receipt.job, who, receipt.id, state, statement))
    tx.notices.add(Notice(0, receipt.id, state, category, note, link, actor.account, place.index, house.clock()))


def of(house: House, actor: Actor, receipt_id: str) -> Notice | None:
    """What is said of one's own picture, or of anybody's for an operator. Raises Forbidden, NotFound."""
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        if tx.work.receipt(receipt_id).account != actor.account:
            require(actor, Scope.OPERATE)
        return tx.notices.of(receipt_id)


def cases(house: House, actor: Actor) -> tuple[Case, ...]:
    """Pictures that something was said of, newest first; those set right again have no notice any more."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        said = tx.notices.list()
        outputs = {receipt.id: receipt for receipt in map(tx.work.receipt, dict.fromkeys(n.receipt for n in said))}
        chosen: dict[tuple[str, int], Receipt] = {}
        for notice in said:
            receipt = outputs[notice.receipt]
            chosen.setdefault((receipt.job, receipt.position), _shown(tx, receipt))
        now = tx.notices.all_of([receipt.id for receipt in chosen.values()])
    return tuple(Case(receipt, now.get(receipt.id)) for receipt in chosen.values())


def _shown(tx: Tx, receipt: Receipt) -> Receipt:
    """The delivered picture itself, where the receipt is of a preview or a copy."""
    delivered = tx.work.receipts_of(receipt.job)
    return next((one for one in delivered if one.position == receipt.position), receipt)
