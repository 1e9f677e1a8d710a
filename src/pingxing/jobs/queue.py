"""The waiting line: how many may wait, in what order, and the hand-over to the durable executor (DBOS).

Our own `jobs` table is the truth about a job, written in one transaction with the ledger. DBOS makes
sure that what stands there is run: an acknowledged job is handed over under its own identifier, so
handing it over again does nothing, and a worker that starts hands over whatever is unfinished.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from dbos import DBOSClient, Serializer
from sqlalchemy.exc import SQLAlchemyError

from pingxing.errors import Overloaded, QuotaExceeded
from pingxing.settings import Settings
from pingxing.store.store import Tx
from pingxing.types import BATCH, Urgency

QUEUE, WORKFLOW, APPLICATION, EXECUTION_VERSION = "pictures", "fulfil", "pingxing", "1"
ASIDE = "files"  # brought to be labelled, one at a time
POLL_S = 0.1
_ASSUMED_S = 0.5  # what a job takes, until one was measured
_MAX_TAG = 2**31 - 1  # DBOS's largest priority
_COARSE = 10  # thousandths of a step in one of a tag: some 700,000 pictures of 28 steps until the clock must restart
DAY = timedelta(hours=24)  # for which an allowance holds

log = logging.getLogger(__name__)


class JsonSerializer(Serializer):
    """DBOS pickles by default; we hand it identifiers and outcomes, and JSON cannot run code."""

    def name(self) -> str:
        return "pingxing_json"

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)


def system_engine(settings: Settings) -> sa.Engine:
    """The database DBOS keeps its own state in: the same PostgreSQL, or a second SQLite file.

    NORMAL is durable against kill -9 (not against power loss): enough here, since after any start
    the jobs table says what is unfinished.
    """
    if not settings.database.startswith("sqlite"):
        return sa.create_engine(settings.database, pool_size=10, max_overflow=10, pool_pre_ping=True)
    engine = sa.create_engine(f"sqlite:///{settings.data_dir / 'executor.db'}", pool_size=10, max_overflow=20)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.isolation_level = "IMMEDIATE"  # as DBOS's own SQLite engine does
        for pragma in ("busy_timeout = 30000", "foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


class Queue:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.engine = system_engine(settings)
        self._client: DBOSClient | None = None

    # --- inside the transaction that admits ---

    def make_room(self, tx: Tx, account: str, cost: int, now: datetime) -> None:
        """Raises QuotaExceeded or Overloaded, with the wait and the place, when no more may queue, or when the account
        has not so many steps left of its day (`types.charge`)."""
        pace = tx.work.pace() or _ASSUMED_S
        own, everyone = tx.work.queued(account), tx.work.queued()
        if own >= self._settings.queue_limit_account:
            raise QuotaExceeded(retry_after=_seconds(pace), place=own + 1, limit=self._settings.queue_limit_account)
        if everyone >= self._settings.queue_limit:
            wait = _seconds(pace / self._settings.workers)
            raise Overloaded(retry_after=wait, place=everyone + 1, limit=self._settings.queue_limit)
        if (allowed := self.allowance(tx, account)) is not None:
            self._afford(tx, account, cost, allowed, now)

    def allowance(self, tx: Tx, account: str) -> int | None:
        """What an account may use in a day, in thousandths of a step; None: as much as it likes."""
        own = tx.people.account(account).steps_per_day
        steps = self._settings.steps_per_day or None if own is None else own
        return None if steps is None else steps * 1000

    def _afford(self, tx: Tx, account: str, cost: int, allowed: int, now: datetime) -> None:
        used = tx.charges.used(account, now - DAY).whole
        if used + cost <= allowed:
            return
        free = tx.charges.room_at(account, now - DAY, used + cost - allowed) if cost <= allowed else None
        wait = DAY if free is None else free + DAY - now
        told = {"left": f"{max(0, allowed - used) / 1000:g}", "cost": f"{cost / 1000:g}", "limit": allowed // 1000}
        raise QuotaExceeded("steps", retry_after=_seconds(wait.total_seconds()), **told)

    def tag(self, tx: Tx, account: str, cost: int, urgency: Urgency) -> int:
        """The job's place in the fair order: lower runs first.

        Self-clocked fair queueing (Golestani, INFOCOM 1994): an account's next job is tagged one cost after
        its last unfinished one, a newcomer's one cost after the work now being served, so an account
        with a thousand jobs waiting does not stand before another's first. When nothing waits, the clock restarts.
        A cost counts over the account's weight, and several times where nobody waits for the picture, as in the
        engine's own line (`engine.shares`).
        """
        lowest, own = tx.work.tags(account)
        weight = tx.people.account(account).weight
        fine = -(-cost * (BATCH if urgency == "batch" else 1) // (_COARSE * weight))
        return min(max(lowest, own) + max(1, fine), _MAX_TAG)

    def wait_s(self, tx: Tx, place: int) -> float:
        """About how long until the job at `place` starts, in seconds."""
        return place * (tx.work.pace() or _ASSUMED_S) / self._settings.workers

    # --- after its commit ---

    def push(self, job_id: str, tag: int, *, attempt: int = 0, aside: bool = False) -> None:
        """Hand an acknowledged job to the executor; `aside`: into the line beside that of the pictures, for what takes
        minutes. A failure here loses nothing: the worker looks for such jobs."""
        name = job_id if attempt == 0 else f"{job_id}-{attempt}"
        try:
            self.client.enqueue(
                {
                    "workflow_name": WORKFLOW,
                    "queue_name": ASIDE if aside else QUEUE,
                    "workflow_id": name,
                    "priority": max(1, tag),
                    "app_version": EXECUTION_VERSION,
                },
                job_id,
            )
        except SQLAlchemyError as error:
            log.warning("job %s waits for the worker's next round: %s", job_id, type(error).__name__)

    @property
    def client(self) -> DBOSClient:
        if self._client is None:
            self._client = DBOSClient(
                system_database_engine=self.engine,
                serializer=JsonSerializer(),
                application_name=APPLICATION,
                retry_connection_errors=False,
            )
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client.destroy()
        self.engine.dispose()


def _seconds(wait: float) -> int:
    return max(1, round(wait))
