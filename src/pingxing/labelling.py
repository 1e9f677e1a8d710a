"""The door for files that generative AI made elsewhere: checked, marked, recorded, and handed out by the one way.

    label_file(Actor, bytes, name) -> Labelling     receipts; `flow.release` hands out the bytes

Whoever brings a file says with it that generative AI made it (labelling measures art. 10: who publishes such content
says so, and uses the label that the service offers). The rules look at it as at anything that leaves: pictures, frames
of a film, pages of a document, and all words. Then it gets every mark that its kind can carry, and what it has already
stays: another's label is passed on, never replaced (`label.foreign`). Nothing of it is kept but the marked file.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from pingxing import __version__, label, uploads
from pingxing.errors import Overloaded, Refused, TooLarge
from pingxing.flow import record
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.label.foreign.kinds import ENDINGS, Brought, brought
from pingxing.label.foreign.marking import Marked, Put, mark
from pingxing.label.foreign.ordering import Basis, Order, order
from pingxing.label.foreign.viewing import Viewed, view
from pingxing.label.opening import opaque
from pingxing.policy.base import PictureSubject, TextSubject
from pingxing.press import BROUGHT, SYSTEM, Labelled, receipt_id
from pingxing.stopwatch import Stopwatch
from pingxing.types import (
    Actor,
    Artifact,
    Job,
    JobState,
    Labels,
    Layer,
    Mark,
    Picture,
    Receipt,
    Request,
    Scope,
    Verdict,
)

_NONE = Layer(False, None, "label.aigc.none")
_TURNS = threading.BoundedSemaphore(2)  # decoders and encoders take a core each, films for minutes
_PATIENCE_S, _RETRY_S = 5.0, 30
_UNREAD = Labels(_NONE, _NONE, _NONE, _NONE)  # of plain text, which carries none


@dataclass(frozen=True, slots=True)
class Labelling:
    """What came of one file. `put` are the marks that it got here, `basis` on whose word; `names` what the files are
    called when they leave, one for each receipt. `heard` is False where it has sound that nobody here listened to."""

    receipts: tuple[Receipt, ...]
    names: tuple[str, ...]
    put: tuple[Put, ...]
    basis: Basis
    heard: bool


def label_file(house: House, actor: Actor, data: bytes, name: str) -> Labelling:
    """Check, mark and record one file; durable when this returns.

    Raises Forbidden; TooLarge, UnreadableFile (what is not taken, or beyond the limits of its kind); InvalidRequest
    "label_unclear" (a label that is broken, doubled or forged); Refused once it is on record that a rule stopped it;
    LabelFailed, ServiceDown, StorageFailed; Overloaded while this process labels two others.
    """
    require(actor, Scope.GENERATE)
    if not _TURNS.acquire(timeout=_PATIENCE_S):
        raise Overloaded("labelling", retry_after=_RETRY_S)
    try:
        return _labelled(house, actor, data, name)
    finally:
        _TURNS.release()


def _labelled(house: House, actor: Actor, data: bytes, name: str) -> Labelling:
    most, watch = house.settings.max_upload_bytes, Stopwatch()
    if len(data) > most:
        raise TooLarge(limit=most, member="file")
    file = brought(data, name)
    had = label.read(data, house.kit) if file.family != "text" or data.startswith(b"---") else _UNREAD
    viewed = view(file, most)
    with watch("policy"):
        stopped = _stopped(house, actor, file, viewed)
    if stopped is not None:
        wish, verdict = stopped
        refused = _job(house, actor, wish, watch, verdict)
        record(house, refused, ())
        raise Refused(verdict, refused.id)
    job = _job(house, actor, file.name.strip() or BROUGHT, watch)
    with watch("label"):
        ordered = order(_mark(house, actor, job), house.kit, viewed.found, had)
        marked = mark(file, viewed, ordered)
    record(house, job, _pressed(house, job, marked, ordered))
    with house.store.read() as tx:
        receipts = tx.work.receipts_of(job.id)
    return Labelling(receipts, _names(file, marked), marked.put, ordered.basis, viewed.heard)


def _stopped(house: House, actor: Actor, file: Brought, viewed: Viewed) -> tuple[str, Verdict] | None:
    """What stopped it, beside the words under which that is on record (and may be contested); None where nothing did.

    A still picture is judged, refused and contested as every picture that somebody brings (`uploads`).
    """
    if file.family == "picture":
        _, verdict = uploads.examine(house, actor, file.data)
        if not verdict.allows:
            uploads.decline(house, actor, verdict)
            raise Refused(verdict, reason="upload")
        return None
    cleared = _cleared(house, actor)
    for piece in viewed.words:
        verdict = house.guard.judge(TextSubject(piece)).without(cleared.get(piece, frozenset()))
        if not verdict.allows:
            return piece, verdict
    called = f"{file.name}\n{hashlib.sha256(file.data).hexdigest()}"
    verdict = house.guard.judge(*_subjects(viewed.pictures)).without(cleared.get(called, frozenset()))
    distinct = Verdict(verdict.decision, tuple(dict.fromkeys(verdict.findings)))
    return None if verdict.allows else (called, distinct)


def _subjects(pictures: tuple[Picture, ...]) -> Iterator[PictureSubject]:
    """What lies beneath transparency is looked at too."""
    for picture in pictures:
        yield PictureSubject(picture)
        if picture.pixels.shape[2] == 4:
            yield PictureSubject(opaque(picture))


def _cleared(house: House, actor: Actor) -> dict[str, frozenset[str]]:
    """Rules that a person set aside for words or a file of this account, on appeal."""
    out: dict[str, frozenset[str]] = {}
    with house.store.read() as tx:
        for appeal in tx.work.appeals(account=actor.account):
            if appeal.state == "overturned":
                job = tx.work.get(appeal.job)
                if job.request.model == BROUGHT and job.verdict is not None:
                    wish = job.request.prompt
                    out[wish] = out.get(wish, frozenset()) | job.verdict.rules
    return out


def _job(house: House, actor: Actor, wish: str, watch: Stopwatch, verdict: Verdict | None = None) -> Job:
    """One that has ended already, so that no worker takes it up."""
    now = house.clock()
    return Job(
        id=uuid.uuid4().hex,
        account=actor.account,
        credential=actor.credential,
        state=JobState.DELIVERED if verdict is None else JobState.REFUSED,
        request=Request(prompt=wish, model=BROUGHT, seed=0),
        created_at=now,
        priority=0,
        finished_at=now,
        verdict=verdict,
        spent=0,
        timings_ms=watch.ms,
    )


def _mark(house: House, actor: Actor, job: Job) -> Mark:
    return Mark(
        language=actor.label_language,
        producer=house.settings.provider_code,
        produce_id=receipt_id(job.id, 0),
        system=SYSTEM,
        version=__version__,
        model=BROUGHT,
        created_at=job.created_at,
        mixed=True,
    )


def _pressed(house: House, job: Job, marked: Marked, ordered: Order) -> tuple[Labelled, ...]:
    """The files on the disk, still nobody's."""
    digest = hashlib.sha256(ordered.record.text().encode()).hexdigest()
    out = []
    for position, file in enumerate(marked.files):
        artifact = Artifact(house.blobs.put(file.data), len(file.data), file.width, file.height, file.media_type)
        out.append(Labelled(receipt_id(job.id, position), position, artifact, digest, 0, None))
    return tuple(out)


def _names(file: Brought, marked: Marked) -> tuple[str, ...]:
    """As it was called, with the ending of what it is now; a text's label file after the text."""
    stem = file.name.rpartition(".")[0] or file.name or BROUGHT
    first = stem + ENDINGS[marked.files[0].media_type]
    return (first, *(f"{first}.aigc.json" for _ in marked.files[1:]))
