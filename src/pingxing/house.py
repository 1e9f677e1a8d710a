"""What the way needs, one of each: put together by `bootstrap.build`, handed to every use case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.identity.service import Identity
from pingxing.jobs.queue import Queue
from pingxing.label import Kit
from pingxing.ledger.log import Ledger
from pingxing.policy.guard import Guard
from pingxing.settings import Settings
from pingxing.store.blobs import Blobs
from pingxing.store.store import Store


@dataclass(frozen=True)
class House:
    settings: Settings
    store: Store
    blobs: Blobs
    identity: Identity
    guard: Guard
    registry: Registry
    scheduler: Scheduler
    ledger: Ledger
    queue: Queue
    kit: Kit
    clock: Callable[[], datetime]
