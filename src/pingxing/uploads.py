"""Pictures that people bring along, to be changed by an engine later.

    keep()    Actor + bytes + what they state of who is shown -> Upload; checked, recorded, sealed, and then told
    read()    the pixels of one's own upload, for an engine
    mine(), get(), delete()

Where a picture shows a face, whoever uploads it must state that the person agreed (deep-synthesis provisions, art. 14:
the service asks for the separate consent of the person whose face is edited). The statement is an entry of the
ledger. Where nothing here can look for faces, every upload needs it. A picture that a rule stops is not kept; whoever
contests that shows it to a person (`appeals.plead`).
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

from pingxing import i18n, label
from pingxing.engine.base import NOTHING, Inputs
from pingxing.errors import Conflict, InvalidRequest, QuotaExceeded, Refused
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.label.c2pa import Ingredient
from pingxing.label.opening import Opened, bared, opaque, open_picture
from pingxing.ledger import entries
from pingxing.policy.base import PictureSubject
from pingxing.store.uploads import Basis, Facts, Upload
from pingxing.types import LANGUAGES, Actor, Finding, Labels, Layer, Picture, Request, Scope, Verdict

BASES: tuple[Basis, ...] = ("nobody", "myself", "agreed")
CONTEST = "/appeals/upload"  # where a refused upload is shown to a person
_RETRY_S = 3_600
_WORDING = ("uploads.terms", *(f"uploads.basis.{basis}" for basis in BASES))


@dataclass(frozen=True, slots=True)
class Consent:
    """What whoever uploads states: that no real person is shown, that it is they, or that the persons shown agreed to
    this use. `terms` is the digest of the wording that was put before them."""

    basis: Basis
    terms: str


def terms() -> str:
    """Digest of the statement's wording in all languages: who read an older one is asked again."""
    texts = (i18n.say(language, key) for language in LANGUAGES for key in _WORDING)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def keep(house: House, actor: Actor, data: bytes, consent: Consent | None = None) -> Upload:
    """Check, record and seal an upload; durable when this returns.

    Raises TooLarge, UnreadableFile, Refused (a rule stopped it: that is on record, and nothing is kept), InvalidRequest
    "consent" (a face and no statement), Conflict "consent_terms" (the statement of another wording), QuotaExceeded,
    Forbidden.
    """
    require(actor, Scope.GENERATE)
    opened, views, verdict = _judged(house, actor, data)
    if not verdict.allows:
        decline(house, actor, verdict)
        raise Refused(verdict, reason="upload")
    faces = None if house.faces is None else max(len(house.faces(view)) for view in views)
    _agreed(faces, consent)
    facts = _facts(label.read(data, house.kit), data)
    with house.store.begin() as tx:
        house.identity.still(tx, actor.account, actor.credential)
        tx.log.lock()  # writers take turns, so the limit is exact
        now = house.clock()
        if tx.uploads.count(actor.account, now) >= house.settings.uploads_per_account:
            raise QuotaExceeded("uploads", retry_after=_RETRY_S, most=house.settings.uploads_per_account)
        upload = Upload(
            id=uuid.uuid4().hex,
            account=actor.account,
            media_type=opened.media_type,
            width=opened.picture.width,
            height=opened.picture.height,
            size=len(data),
            faces=faces,
            basis=None if consent is None else consent.basis,
            terms=None if consent is None else consent.terms,
            log_index=None,
            created_at=now,
            expires_at=now + timedelta(days=house.settings.upload_days),
            facts=facts,
        )
        if consent is not None:
            entry = _entry(house, upload, consent)
            upload = replace(upload, log_index=house.ledger.append(tx.log, entry).index)
            house.ledger.seal(tx.log)
        tx.uploads.add(upload, data)
    return upload


def get(house: House, actor: Actor, upload_id: str) -> Upload:
    """One's own; nobody else sees it, the operator neither. Raises NotFound."""
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.uploads.get(upload_id, actor.account, house.clock())


def mine(house: House, actor: Actor) -> tuple[Upload, ...]:
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        return tx.uploads.list(actor.account, house.clock())


def read(house: House, actor: Actor, upload_id: str) -> Picture:
    """The pixels of one's own upload, as they were checked. Raises NotFound, Integrity."""
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        upload = tx.uploads.get(upload_id, actor.account, house.clock())
        data = tx.uploads.data(upload)
    return open_picture(data, max_bytes=len(data)).picture


def own_file(house: House, actor: Actor, upload_id: str) -> tuple[Upload, bytes]:
    """One's own file, byte for byte, to be shown to whoever brought it. Raises NotFound, Integrity."""
    require(actor, Scope.GENERATE)
    with house.store.read() as tx:
        upload = tx.uploads.get(upload_id, actor.account, house.clock())
        return upload, tx.uploads.data(upload)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a request brings along: pixels for the engine, and the file itself, whose labels the new one carries on."""

    inputs: Inputs = NOTHING
    origin: tuple[Ingredient, ...] = ()


def brought(house: House, account: str, request: Request) -> Brought:
    """Raises NotFound for an upload that is another's, or no longer kept; Integrity."""
    if not request.init_image:
        return Brought()
    with house.store.read() as tx:
        kept = {
            name: tx.uploads.get(name, account, house.clock()) for name in (request.init_image, request.mask) if name
        }
        data = {name: tx.uploads.data(upload) for name, upload in kept.items()}
    pixels = {name: open_picture(file, max_bytes=len(file)).picture for name, file in data.items()}
    first = kept[request.init_image]
    return Brought(Inputs(pixels[first.id], pixels.get(request.mask)), (Ingredient(data[first.id], first.media_type),))


def note(house: House, upload: Upload, marks: dict[str, str]) -> None:
    """Keep beside an upload what was learnt of it; its other facts stay."""
    with house.store.begin() as tx:
        tx.uploads.note(upload, replace(upload.facts, marks=marks))


def delete(house: House, actor: Actor, upload_id: str) -> None:
    """The bytes go now; that somebody consented stays in the ledger. Raises NotFound."""
    require(actor, Scope.GENERATE)
    with house.store.begin() as tx:
        upload = tx.uploads.get(upload_id, actor.account, house.clock())
        tx.uploads.empty(upload.id, house.clock())


def examine(house: House, actor: Actor, data: bytes) -> tuple[Opened, Verdict]:
    """What the rules in force say of a picture that this account brings; nothing is kept and nothing recorded.

    Findings lead to where a refusal is contested. Raises TooLarge, UnreadableFile, BackendFailed, Forbidden.
    """
    require(actor, Scope.GENERATE)
    opened, _, verdict = _judged(house, actor, data)
    return opened, verdict


def _judged(house: House, actor: Actor, data: bytes) -> tuple[Opened, tuple[Picture, ...], Verdict]:
    """Rules that a person set aside for exactly this file of this account are left out (`appeals.answer`)."""
    opened = open_picture(data, max_bytes=house.settings.max_upload_bytes)
    views = _views(opened.picture)
    verdict = house.guard.judge(*(PictureSubject(view) for view in views))
    if not verdict.allows:
        with house.store.read() as tx:
            verdict = verdict.without(tx.pleas.released(actor.account, hashlib.sha256(data).hexdigest()))
    findings = tuple(replace(finding, appeal=CONTEST) for finding in _distinct(verdict))
    return opened, views, replace(verdict, findings=findings)


def _distinct(verdict: Verdict) -> tuple[Finding, ...]:
    """A rule that fired on several views of one picture says the same of each: told once."""
    return tuple(dict.fromkeys(verdict.findings))


def _views(picture: Picture) -> tuple[Picture, ...]:
    """What is looked at: an engine may ignore transparency, so what lies beneath it is looked at too; and what was
    made here is listed without our mark."""
    views = [picture] if picture.pixels.shape[2] == 3 else [picture, opaque(picture)]
    plain = bared(views[-1])
    return tuple(views if plain is None else [*views, plain])


def _agreed(faces: int | None, consent: Consent | None) -> None:
    if consent is not None:
        if consent.terms != terms():
            raise Conflict("consent_terms")
    elif faces is None:
        raise InvalidRequest("consent_unseen", member="consent")
    elif faces:
        raise InvalidRequest("consent", member="consent", faces=faces)


def _entry(house: House, upload: Upload, consent: Consent) -> entries.Entry:
    picture = entries.commit(upload.facts.sha256, bytes.fromhex(upload.facts.salt))
    who = house.ledger.pseudonym(upload.account)
    return entries.Consented(who, upload.id, picture, consent.terms, consent.basis)


def _facts(labels: Labels, data: bytes) -> Facts:
    layers = {name: getattr(labels, name) for name in ("visible", "aigc", "c2pa", "watermark")}
    return Facts(
        sha256=hashlib.sha256(data).hexdigest(),
        salt=secrets.token_hex(entries.SALT_BYTES),
        verdict=label.verdict(labels),
        produce_id=labels.produce_id,
        marks={name: _state(layer) for name, layer in layers.items() if layer.found},
    )


def _state(layer: Layer) -> str:
    return "found" if layer.valid is None else "valid" if layer.valid else "invalid"


def decline(house: House, actor: Actor, verdict: Verdict) -> None:
    """Put on record that rules stopped a picture that was brought; not which one it was."""
    entry = entries.Declined(house.ledger.pseudonym(actor.account), tuple(sorted(verdict.rules))[:50])
    with house.store.begin() as tx:
        house.ledger.append(tx.log, entry)
        house.ledger.seal(tx.log)
