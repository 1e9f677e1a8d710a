"""The lawful door: a copy without a visible mark, for somebody who is named (labelling measures, art. 9).

    agree()    the account takes on the duty to label and answers for it; on record before anything is handed out
    bare()     Actor + receipt + recipient -> a receipt of its own; `flow.release` hands out the bytes

The door is shut unless the operator opens it (`unlabelled_copies`). A copy has every label but the visible one:
metadata, watermark, Content Credentials. Who got it is kept for at least six months.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid

from pingxing import i18n
from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound, Refused
from pingxing.flow import release
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.ledger import entries
from pingxing.press import press_bare
from pingxing.store.copies import Copy
from pingxing.types import LANGUAGES, Actor, Job, Picture, Receipt, Request, Scope, Verdict
from pingxing.uploads import Brought, brought

MAX_RECIPIENT, MAX_PURPOSE = 200, 500  # characters


def terms() -> str:
    """Digest of the terms in all languages: whoever agreed to an older text is asked again."""
    return hashlib.sha256("\n".join(i18n.say(language, "copies.terms") for language in LANGUAGES).encode()).hexdigest()


def agreed(house: House, actor: Actor) -> bool:
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.copies.agreed(actor.account, terms())


def agree(house: House, actor: Actor) -> None:
    """Agreeing twice changes nothing. Raises Forbidden where the operator keeps the door shut."""
    _open(house, actor)
    with house.store.begin() as tx:
        if tx.copies.agreed(actor.account, terms()):
            return
        entry = entries.Agreed(house.ledger.pseudonym(actor.account), terms())
        place = house.ledger.append(tx.log, entry)
        tx.copies.agree(actor.account, terms(), actor.credential, place.index, house.clock())
        house.ledger.seal(tx.log)


def bare(house: House, actor: Actor, receipt_id: str, recipient: str, purpose: str) -> Receipt:
    """Draw one's own picture again and label it without the visible mark, for `recipient`.

    Raises Forbidden (door shut), NotFound (also for another's picture), Conflict (no agreement; the prompt is past
    its retention, or a picture it was made out of is), InvalidRequest (nobody named), Refused, and what engine and
    label raise.
    """
    _open(house, actor)
    for member, text, most in (("recipient", recipient, MAX_RECIPIENT), ("purpose", purpose, MAX_PURPOSE)):
        if not 0 < len(text.strip()) <= len(text) <= most:
            raise InvalidRequest("length", member=member, least=1, most=most)
    release(house, actor, receipt_id)  # the original stands: receipt, ledger and bytes agree
    with house.store.read() as tx:
        origin = tx.work.receipt(receipt_id)
        if origin.account != actor.account:
            raise NotFound("receipt")
        job = tx.work.get(origin.job)
        if not tx.copies.agreed(actor.account, terms()):
            raise Conflict("not_agreed")
    if receipt_id not in {r.id for r in _outputs(house, job)}:
        raise Conflict("no_copy")
    if hindrance := hindered(house, job):
        raise Conflict(hindrance)
    given = brought(house, job.account, job.request)
    picture = _again(house, job, origin.position, given)
    file = press_bare(house, job, actor, picture, origin.position, uuid.uuid4().hex, given.origin)
    salt = secrets.token_bytes(entries.SALT_BYTES)
    with house.store.begin() as tx:
        house.identity.maker(tx, actor.account, actor.credential)
        entry = entries.Copied(
            job.id,
            house.ledger.pseudonym(actor.account),
            file.receipt,
            origin.id,
            file.artifact.sha256,
            file.label,
            entries.commit(f"{recipient}\n{purpose}", salt),
        )
        place, sealed, now = house.ledger.append(tx.log, entry), house.ledger.seal(tx.log), house.clock()
        receipt = Receipt(
            id=file.receipt,
            job=job.id,
            account=actor.account,
            position=origin.position,
            artifact=file.artifact,
            seed=origin.seed,
            log_index=place.index,
            tree_size=sealed.size,
            root=sealed.root,
            issued_at=now,
        )
        tx.work.add_receipt(receipt, "copy")
        tx.copies.add(Copy(receipt.id, origin.id, actor.account, recipient, purpose, now))
    return receipt


def hindered(house: House, job: Job) -> str | None:
    """Why the pictures of a job cannot be drawn again (a reason of Conflict), or None where they can.

    What is sent along with a wish is deleted when its job has ended, an upload when its time is over: a picture made
    out of it can be looked at and verified, but not made once more.
    """
    if not job.request.prompt or job.request.model not in {model.name for model in house.registry.models()}:
        return "no_copy"
    try:
        with house.store.read() as tx:
            for name in (job.request.init_image, job.request.mask):
                if name:
                    tx.uploads.get(name, job.account, house.clock())
    except NotFound:
        return "no_copy_origin"
    return None


def given(house: House, actor: Actor, receipt_id: str | None = None) -> tuple[Copy, ...]:
    """One's own copies; the operator sees everybody's. Raises Forbidden."""
    require(actor, Scope.GENERATE)
    everybody = actor.may(Scope.OPERATE)
    with house.store.read() as tx:
        return tx.copies.list(account=None if everybody else actor.account, origin=receipt_id)


def _open(house: House, actor: Actor) -> None:
    require(actor, Scope.GENERATE)
    if not house.settings.unlabelled_copies:
        raise Forbidden("copies_shut")


def _outputs(house: House, job: Job) -> tuple[Receipt, ...]:
    with house.store.read() as tx:
        return tx.work.receipts_of(job.id)


def _again(house: House, job: Job, position: int, given: Brought) -> Picture:
    """The same picture once more, without any mark; checked again, because rules may have changed since."""
    wish: Request = list(job.request.each())[position]
    (picture,) = house.scheduler.run(wish, lambda *_: None, threading.Event(), given.inputs)
    verdict = house.look(job, picture)
    if not verdict.allows:
        with house.store.begin() as tx:  # the job keeps what the rules say of its picture now, so it can be contested
            tx.work.update(job.id, verdict=Verdict("allow", verdict.findings))
        raise Refused(verdict, job.id)
    return picture
