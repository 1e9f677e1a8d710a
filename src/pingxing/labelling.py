"""The door for files that generative AI made elsewhere: checked, marked, recorded, and handed out by the one way.

    label_file(Actor, bytes, name) -> Labelling     receipts; `flow.release` hands out the bytes
    lasting(bytes, name) -> bool                    whether that would take longer than anybody waits for an answer
    order_file(Actor, bytes, name) -> Job           the same as a job that waits its turn, outlives a kill, can be ended
    outcome(Actor, job) -> Labelling                of such a job

Whoever brings a file says with it that generative AI made it (labelling measures art. 10: who publishes such content
says so, and uses the label that the service offers). The rules look at it as at anything that leaves: pictures, frames
of a film, pages of a document, and all words. Then it gets every mark that its kind can carry, and what it has already
stays: another's label is passed on, never replaced (`label.foreign`). Nothing of it is kept but the marked file; what
waits as a job lies sealed with its account's key until the job has ended.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from pingxing import flow, marking, uploads
from pingxing.errors import Conflict, InvalidRequest, NotFound, Overloaded, PingxingError, Refused, TooLarge, by_code
from pingxing.flow import record
from pingxing.house import House
from pingxing.identity.authority import may_see, require
from pingxing.label.foreign.kinds import MAX_CHARS, brought
from pingxing.label.foreign.marking import Put
from pingxing.label.foreign.ordering import Basis
from pingxing.label.foreign.viewing import glance
from pingxing.press import BROUGHT
from pingxing.records import ended
from pingxing.stopwatch import Stopwatch
from pingxing.store.uploads import Facts, Upload
from pingxing.types import Actor, Job, JobState, Receipt, Request, Scope, Verdict

DIRECT = 2 << 20  # bytes of a sound or document up to which nobody waits long
_TURNS = threading.BoundedSemaphore(2)  # decoders and encoders take a core each, films for minutes
_PATIENCE_S, _RETRY_S = 5.0, 30


@dataclass(frozen=True, slots=True)
class Labelling:
    """What came of one file. `put` are the marks that it got here, `basis` on whose word; `names` what the files are
    called when they leave, one for each receipt. `heard` is False where it has sound that nobody here listened to."""

    receipts: tuple[Receipt, ...]
    names: tuple[str, ...]
    put: tuple[Put, ...]
    basis: Basis
    heard: bool


def label_file(house: House, actor: Actor, data: bytes, name: str, transcript: str = "") -> Labelling:
    """Check, mark and record one file; durable when this returns. `transcript` is what is spoken or sung in it, as
    whoever brings it wrote it down: the rules read it first, and it is kept only where one of them stopped it.

    Raises Forbidden; TooLarge, UnreadableFile (what is not taken, or beyond the limits of its kind); InvalidRequest
    "label_unclear" (a label that is broken, doubled or forged); Refused once it is on record that a rule stopped it;
    LabelFailed, ServiceDown, StorageFailed; Overloaded while this process labels two others.
    """
    require(actor, Scope.GENERATE)
    if not _TURNS.acquire(timeout=_PATIENCE_S):
        raise Overloaded("labelling", retry_after=_RETRY_S)
    try:
        return _labelled(house, actor, data, name, transcript)
    finally:
        _TURNS.release()


def _labelled(house: House, actor: Actor, data: bytes, name: str, transcript: str) -> Labelling:
    watch = Stopwatch()
    _small_enough(house, data)
    _read(house, actor, transcript, watch)
    it = marking.opened(house, data, name)
    with watch("policy"):
        against = _stopped(house, actor, it)
    if against is not None:
        _refuse(house, actor, *against, watch)
    job = ended(house, actor, _asked(it.file.name.strip() or BROUGHT), None, watch.ms)
    with watch("label"):
        files, done = marking.marked(house, job, actor, it)
    record(house, job, files)
    with house.store.read() as tx:
        receipts = tx.work.receipts_of(job.id)
    return Labelling(receipts, done.names, done.put, done.basis, done.heard)


def _read(house: House, actor: Actor, transcript: str, watch: Stopwatch) -> None:
    """Raises TooLarge("chars"), Refused once it is on record."""
    if len(transcript) > MAX_CHARS:
        raise TooLarge("chars", limit=MAX_CHARS, found=len(transcript), member="transcript")
    with watch("policy"):
        against = marking.said(house, actor.account, transcript)
    if against is not None:
        _refuse(house, actor, *against, watch)


def _refuse(house: House, actor: Actor, wish: str, verdict: Verdict, watch: Stopwatch) -> NoReturn:
    refused = ended(house, actor, _asked(wish), verdict, watch.ms)
    record(house, refused, ())
    raise Refused(verdict, refused.id)


def _asked(wish: str, upload: str = "") -> Request:
    return Request(prompt=wish, model=BROUGHT, seed=0, init_image=upload)


def _small_enough(house: House, data: bytes) -> None:
    most = house.settings.max_upload_bytes
    if len(data) > most:
        raise TooLarge(limit=most, member="file")


def _stopped(house: House, actor: Actor, it: marking.Opened) -> tuple[str, Verdict] | None:
    if it.file.family != "picture":
        return marking.stopped(house, actor.account, it)
    _, verdict = uploads.examine(house, actor, it.file.data)
    if not verdict.allows:
        uploads.decline(house, actor, verdict)
        raise Refused(verdict, reason="upload")
    return None


# --- as a job ------------------------------------------------------------------------------------


def lasting(data: bytes, name: str) -> bool:
    """Films take one to seven times as long as they last; long sounds and documents some time too.

    Raises UnreadableFile for what is not taken."""
    family = brought(data, name).family
    return family == "film" or (family in ("sound", "document") and len(data) > DIRECT)


def order_file(house: House, actor: Actor, data: bytes, name: str, transcript: str = "") -> Job:
    """Take it on: once this returns it will end delivered, refused, failed or cancelled. A worker does it, one at a
    time, beside the pictures. It costs nothing of what an account may use in a day.

    Raises Forbidden, TooLarge, UnreadableFile (what is not taken, or beyond the limits of its kind, as far as its
    beginning tells), InvalidRequest "label_later" for a kind that is labelled at once, Refused for a word of its
    `transcript` (see `label_file`), Overloaded, QuotaExceeded, StorageFailed.
    """
    require(actor, Scope.GENERATE)
    _small_enough(house, data)
    file = brought(data, name)
    if file.family == "picture":
        raise InvalidRequest("label_later", member="file")
    glance(file)
    _read(house, actor, transcript, Stopwatch())
    now = house.clock()
    digest = hashlib.sha256(data).hexdigest()
    facts = Facts(digest, secrets.token_hex(16), "none")
    upload = Upload(
        id=uuid.uuid4().hex,
        account=actor.account,
        media_type=file.media_type,
        width=0,
        height=0,
        size=len(data),
        faces=None,
        basis=None,
        terms=None,
        log_index=None,
        created_at=now,
        expires_at=now + timedelta(days=house.settings.upload_days),
        facts=facts,
    )
    return flow.admit_file(house, actor, _asked(file.name.strip() or BROUGHT, upload.id), upload, data)


def outcome(house: House, actor: Actor, job_id: str) -> Labelling:
    """What came of a job of `order_file`. Raises NotFound (also for another's, or another kind of job), Conflict
    "cancelled", or "going" while it has not ended; Refused, and what made it fail, with what is wrong with the file."""
    with house.store.read() as tx:
        job = tx.work.get(job_id)
        receipts = tx.work.receipts_of(job_id)
    if not may_see(actor, job.account) or job.request.model != BROUGHT or not job.request.init_image:
        raise NotFound("job", job=job_id)
    if not job.state.final:
        raise Conflict("going", state=job.state.value)
    if job.state is JobState.REFUSED:
        raise Refused(job.verdict or Verdict("block"), job.id)
    if job.state is JobState.CANCELLED:
        raise Conflict("cancelled")
    told = marking.told_of(house, job)
    if job.state is JobState.FAILED:
        raise told if isinstance(told, PingxingError) else by_code(job.error or "")
    if not isinstance(told, marking.Done):
        raise NotFound("job", job=job_id)
    return Labelling(receipts, told.names, told.put, told.basis, told.heard)
