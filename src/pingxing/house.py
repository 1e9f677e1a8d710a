"""What the way needs, one of each: put together by `bootstrap.build`, handed to every use case."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.engine.shares import Terms
from pingxing.errors import Unavailable
from pingxing.identity.service import Identity
from pingxing.identity.verifiers import Verifier
from pingxing.jobs.queue import Queue
from pingxing.label import Kit, webm
from pingxing.ledger.log import Ledger
from pingxing.policy.base import PictureSubject
from pingxing.policy.faces import Box
from pingxing.policy.guard import Guard
from pingxing.policy.ocr import WritingCheck
from pingxing.settings import Settings
from pingxing.store.blobs import Blobs
from pingxing.store.store import Store, Tx
from pingxing.types import Job, Picture, Request, Verdict, charge


@dataclass(frozen=True)
class House:
    settings: Settings
    store: Store
    blobs: Blobs
    identity: Identity
    verifier: Verifier
    """Who says that people are who they say (art. 9)."""
    guard: Guard
    registry: Registry
    scheduler: Scheduler
    ledger: Ledger
    queue: Queue
    kit: Kit
    faces: Callable[[Picture], Sequence[Box]] | None
    """Finds faces in pictures; None where the extra is missing: then every upload needs a statement."""
    clock: Callable[[], datetime]

    def complete(self, request: Request) -> tuple[Request, int]:
        """The request with model and seed filled in, and what it costs (`types.charge`). Raises UnknownModel,
        InvalidRequest; Unavailable for a model whose pictures nobody here can read (`unread`), and for a form of film
        that cannot be written here: said before the work, and not after it."""
        complete, steps = self.registry.measured(request, secrets.randbelow)
        if complete.motion is not None and complete.motion.form == "webm" and not webm.available():
            raise Unavailable("no_media", form="WEBM")
        if complete.model in self.unread():
            raise Unavailable("no_reader", model=complete.model)
        return complete, charge(complete, steps) * complete.count

    def terms(self, tx: Tx, job: Job) -> Terms:
        """On what terms its pictures stand in the engine's line."""
        left = None if job.due_at is None else (job.due_at - self.clock()).total_seconds()
        until = None if left is None else time.monotonic() + left
        weight = tx.people.account(job.account).weight
        return Terms(job.account, weight, job.request.urgency == "batch", until)

    def look(self, job: Job, picture: Picture) -> Verdict:
        """What the rules say of a picture that a job made, without those that a person set aside for it.

        Of one that moves, the first frame and the one that is least like it: between them lie shifts of the same.
        """
        model = self.registry.backend(job.request.model).model
        subjects = (
            PictureSubject(frame, words_known=model.words_known, composed=not model.trained)
            for frame in _shown(picture)
        )
        return self.guard.judge(*subjects).without(job.cleared)

    def unread(self) -> tuple[str, ...]:
        """Loaded models whose pictures show words that a check must read and cannot, for want of the extra."""
        checks = [check for check in self.guard.checks if isinstance(check, WritingCheck)]
        return tuple(
            card.name
            for card in self.registry.loaded()
            if any(check.concerns(words_known=card.words_known) and not check.able for check in checks)
        )


def _shown(picture: Picture) -> tuple[Picture, ...]:
    if not picture.frames:
        return (picture,)
    first = picture.frames[0].astype(np.int16)
    away = [float(np.abs(frame - first).mean()) for frame in picture.frames]
    furthest = picture.frames[away.index(max(away))]
    return tuple(replace(picture, pixels=pixels, frames=()) for pixels in (picture.frames[0], furthest))
