"""A file that AI made elsewhere, looked at and marked: the work between its coming and the commit.

opened()   bytes -> what is in it
stopped()  what a rule has against it
marked()   the files that leave, on the disk and still nobody's

fulfil()   all of it for a file that waits as a job, with how far it is, and an end before its time
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pingxing import label
from pingxing.errors import Conflict, PingxingError, Stopping, by_code
from pingxing.house import House
from pingxing.label.foreign.apart import Watch
from pingxing.label.foreign.kinds import ENDINGS, Brought, brought
from pingxing.label.foreign.marking import Marked, Put, mark
from pingxing.label.foreign.ordering import Basis, Order, order
from pingxing.label.foreign.texts import windows
from pingxing.label.foreign.viewing import Viewed, view
from pingxing.label.opening import opaque
from pingxing.news import News
from pingxing.policy.base import PictureSubject, TextSubject
from pingxing.press import BROUGHT, Labelled, mark_of, receipt_id
from pingxing.stopwatch import Stopwatch
from pingxing.types import Actor, Artifact, Job, Labels, Layer, Picture, Verdict
from pingxing.uploads import note

_NONE = Layer(False, None, "label.aigc.none")
_UNREAD = Labels(_NONE, _NONE, _NONE, _NONE)  # of plain text, which carries none


@dataclass(frozen=True, slots=True)
class Opened:
    """`had`: what it says of itself already."""

    file: Brought
    had: Labels
    viewed: Viewed


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a file that was marked: what it got, on whose word, and what its files are called."""

    names: tuple[str, ...]
    put: tuple[Put, ...]
    basis: Basis
    heard: bool


def opened(house: House, data: bytes, name: str, watch: Watch | None = None) -> Opened:
    """Raises TooLarge, UnreadableFile."""
    file = brought(data, name)
    had = label.read(data, house.kit) if file.family != "text" or data.startswith(b"---") else _UNREAD
    return Opened(file, had, view(file, house.settings.max_upload_bytes, watch))


def marked(
    house: House, job: Job, actor: Actor, it: Opened, watch: Watch | None = None
) -> tuple[tuple[Labelled, ...], Done]:
    """The files on the disk, still nobody's. Raises InvalidRequest, LabelFailed, and as `label.foreign.mark` does."""
    ordered = order(mark_of(house, actor, job, receipt_id(job.id, 0), mixed=True), house.kit, it.viewed.found, it.had)
    made = mark(it.file, it.viewed, ordered, watch)
    return _pressed(house, job, made, ordered), Done(_names(it.file, made), made.put, ordered.basis, it.viewed.heard)


# --- as a job ------------------------------------------------------------------------------------

_LOOKED = 0.3  # of the way: what looking at a film takes beside marking it
_STEPS = 100


def fulfil(
    house: House, job: Job, actor: Actor, news: News, watch: Stopwatch, stop: threading.Event | None
) -> tuple[Sequence[Labelled], Sequence[Verdict]]:
    """The files of a job that waits with what it was brought as an upload; none where a rule stopped it.

    Raises Conflict once it was cancelled, Stopping where the process ends before it, and as `opened` and `marked`. What
    is wrong with the file is kept for whoever brought it: a job remembers no more than an error's code.
    """
    with house.store.read() as tx:
        upload = tx.uploads.get(job.request.init_image, job.account, house.clock())
        data = tx.uploads.data(upload)
    try:
        with watch("policy"):
            it = opened(house, data, job.request.prompt, _watch(news, stop, 0.0, _LOOKED))
            against = stopped(house, job.account, it)
        if against is not None:
            return (), (against[1],)
        with watch("label"):
            files, done = marked(house, job, actor, it, _watch(news, stop, _LOOKED, 1.0))
    except (Conflict, Stopping):
        raise
    except PingxingError as error:
        if not error.retryable:
            told = json.dumps([error.code, error.reason, error.params], ensure_ascii=False, default=str)
            note(house, upload, {"trouble": told})
        raise
    news(_STEPS, _STEPS, None)
    note(house, upload, {"done": json.dumps([done.names, done.put, done.basis, done.heard], ensure_ascii=False)})
    return files, ()


def _watch(news: News, stop: threading.Event | None, since: float, until: float) -> Watch:
    def told(part: float) -> None:
        if stop is not None and stop.is_set():
            raise Stopping()
        news(round(_STEPS * (since + part * (until - since))), _STEPS, None)
        if news.cancelled.is_set():
            raise Conflict("cancelled")

    return told


def told_of(house: House, job: Job) -> Done | PingxingError | None:
    """What is known of such a job beyond its state: what was done, or what is wrong with the file."""
    with house.store.read() as tx:
        facts = tx.uploads.facts(job.request.init_image, job.account)
    if facts is None:
        return None
    if "trouble" in facts.marks:
        code, reason, params = json.loads(facts.marks["trouble"])
        error = by_code(code)
        return type(error)(reason, **params)
    if "done" in facts.marks:
        names, put, basis, heard = json.loads(facts.marks["done"])
        return Done(tuple(names), tuple(put), basis, heard)
    return None


# --- rules ---------------------------------------------------------------------------------------


def stopped(house: House, account: str, it: Opened) -> tuple[str, Verdict] | None:
    """What stopped it, beside the words under which that is on record (and may be contested); None where nothing did.

    Not of a still picture: it is judged, refused and contested as every picture that somebody brings (`uploads`).
    """
    file, viewed = it.file, it.viewed
    cleared, nothing = _cleared(house, account), frozenset[str]()
    digest = hashlib.sha256(file.data).hexdigest()
    whole = cleared.get(digest, nothing)
    if against := _words_stopped(house, viewed.words, cleared, whole):
        return against
    called = f"{file.name}\n{digest}"
    verdict = house.guard.judge(*_subjects(viewed.pictures)).without(whole | cleared.get(called, nothing))
    distinct = Verdict(verdict.decision, tuple(dict.fromkeys(verdict.findings)))
    return None if verdict.allows else (called, distinct)


def said(house: House, account: str, transcript: str) -> tuple[str, Verdict] | None:
    """What stopped the words that are spoken or sung in a file, as whoever brings it wrote them down; as `stopped`."""
    return _words_stopped(house, windows(transcript), _cleared(house, account), frozenset())


def _words_stopped(
    house: House, pieces: Sequence[str], cleared: dict[str, frozenset[str]], whole: frozenset[str]
) -> tuple[str, Verdict] | None:
    for piece in pieces:
        verdict = house.guard.judge(TextSubject(piece)).without(whole | cleared.get(piece, frozenset()))
        if not verdict.allows:
            return piece, verdict
    return None


def _subjects(pictures: tuple[Picture, ...]) -> Iterator[PictureSubject]:
    """What lies beneath transparency is looked at too."""
    for picture in pictures:
        yield PictureSubject(picture)
        if picture.pixels.shape[2] == 4:
            yield PictureSubject(opaque(picture))


def _cleared(house: House, account: str) -> dict[str, frozenset[str]]:
    """Rules that a person set aside on appeal: for words or a file of this account, by its name and digest, or by its
    digest alone where it waited as a job."""
    out: dict[str, frozenset[str]] = {}
    with house.store.read() as tx:
        for appeal in tx.work.appeals(account=account):
            if appeal.state == "overturned":
                job = tx.work.get(appeal.job)
                if job.request.model == BROUGHT and job.verdict is not None:
                    facts = tx.uploads.facts(job.request.init_image, account) if job.request.init_image else None
                    wish = job.request.prompt if facts is None else facts.sha256
                    out[wish] = out.get(wish, frozenset()) | job.verdict.rules
    return out


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
