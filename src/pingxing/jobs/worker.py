"""The worker: DBOS runs `flow.fulfil` for every admitted job until it has ended.

DBOS keeps one instance a process, so a process has at most one worker; a data folder has at most one
too, held by a file lock that the kernel releases when the process dies, kill -9 included. A command
line that finds the lock taken just queues and lets the running server do the work.
"""

from __future__ import annotations

import fcntl
import logging
import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from dbos import DBOS, WorkflowStatus
from sqlalchemy.exc import SQLAlchemyError

from pingxing import flow, realnames
from pingxing.errors import DeadlinePassed, PingxingError, Stopping
from pingxing.house import House
from pingxing.jobs.queue import APPLICATION, ASIDE, EXECUTION_VERSION, POLL_S, QUEUE, WORKFLOW, JsonSerializer
from pingxing.press import BROUGHT
from pingxing.settings import COPY_LOG_DAYS
from pingxing.store.blobs import storage_failed

_ASIDE_POLL_S = 0.5  # what takes minutes may wait a moment
_ROUND_S = 15.0  # how often a worker looks for acknowledged jobs that nobody runs
_CLEAN_EVERY_S = 3_600.0  # retention and orphans
_FIRST_PAUSE_S = 0.5  # before the second try; doubled before each further one
_ORPHAN_AGE_S = 3_600.0
_UNDER_WAY = ["ENQUEUED", "DELAYED", "PENDING"]
_BUSY_S = 5  # that jobs which are running when the worker stops may take to their end
_SETTLE_S = 2.0  # that a run which has ended may take to be written down by DBOS

log = logging.getLogger(__name__)


class Worker:
    def __init__(self, house: House) -> None:
        self._house = house
        self._lock: TextIO | None = None
        self._stop = threading.Event()
        self._rounds: threading.Thread | None = None
        self._executor = ""
        self._busy: set[str] = set()  # jobs that a thread of this process runs
        self._doubted: set[str] = set()  # runs that looked abandoned in the round before

    @property
    def running(self) -> bool:
        return self._lock is not None

    def start(self) -> bool:
        """Begin to run jobs; False where another process of this data folder already does."""
        if self.running:
            return True
        lock = _take(self._house.settings.data_dir / "worker.lock")
        if lock is None:
            return False
        self._lock = lock
        self._stop.clear()
        try:
            # Before anything runs: a blob that a job has put and not yet committed must not look like an orphan.
            self._house.blobs.sweep(self._wanted(), 0.0 if self._alone else _ORPHAN_AGE_S)
            self._forget()
            self._launch()
            self._hand_over()
        except BaseException:
            self.stop()
            raise
        # No daemon: the interpreter must not end while this one is inside a native library, which would abort it.
        threading.Thread(target=self._warm, name="worker-warm").start()
        self._rounds = threading.Thread(target=self._keep, name="worker-rounds", daemon=True)
        self._rounds.start()
        return True

    def stop(self) -> None:
        """End after the steps now running; what is unfinished is taken up at the next start."""
        if self._lock is None:
            return
        self._stop.set()
        if self._rounds is not None:
            self._rounds.join()
        self._settle()
        # DBOS waits in whole seconds, even for nothing. A job that begins from here on ends at once (see `fulfil`).
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=_BUSY_S if self._busy else 0)
        if self._busy:  # they end with their present step, and DBOS would complain of its own end once for each
            log.info("%d jobs go on at the next start", len(self._busy))
            logging.getLogger("dbos").setLevel(logging.CRITICAL)
        self._lock.close()
        self._lock = None

    def _settle(self) -> None:
        """Wait until what has ended is written down: the function of a run returns, and only then DBOS notes that it
        did. Taken away in between, its database is "accessed before DBOS was launched", and the run stays open."""
        until = time.monotonic() + _SETTLE_S
        try:
            while not self._busy and time.monotonic() < until and self._open_runs():
                time.sleep(0.01)
        except SQLAlchemyError as error:  # no database, nothing to wait for: open runs are taken up at the next start
            log.warning("stopping without looking at open runs: %s", type(error).__name__)

    def _open_runs(self) -> bool:
        """Whether runs that this worker began are not written down as ended, but for those that never will be."""
        runs = self._house.queue.client.list_workflows(
            status=["PENDING"], executor_id=[self._executor], load_input=False, load_output=False
        )
        return any(run.workflow_id not in self._doubted for run in runs)

    @property
    def _alone(self) -> bool:
        """With SQLite the lock says that no other process writes pictures; on PostgreSQL other machines may."""
        return self._house.settings.database.startswith("sqlite")

    def _launch(self) -> None:
        logging.getLogger("dbos").setLevel(logging.ERROR)
        settings = self._house.settings
        try:
            self._executor = _executor_id(settings.data_dir / "worker-id")
        except OSError as error:
            raise storage_failed(error) from error
        DBOS(
            config={
                "name": APPLICATION,
                "system_database_engine": self._house.queue.engine,
                "application_version": EXECUTION_VERSION,
                "executor_id": self._executor,
                "serializer": JsonSerializer(),
                "log_level": "ERROR",
                "enable_otlp": False,
                "notification_listener_polling_interval_sec": 0.2,  # also how long stopping waits for it
            }
        )
        _register(self._house, self._busy, self._stop)
        DBOS.launch()
        # One more than can run: the next job is at hand when one ends, and not only after the next poll.
        DBOS.register_queue(QUEUE, worker_concurrency=settings.workers + 1, polling_interval_sec=POLL_S)
        DBOS.register_queue(ASIDE, worker_concurrency=1, polling_interval_sec=_ASIDE_POLL_S)

    def _warm(self) -> None:
        try:
            self._house.registry.warm()
            if self._stop.is_set():
                return
            self._house.guard.warm()
            if unread := self._house.unread():
                names = ", ".join(unread)
                log.warning("not offered, since their pictures cannot be read (install pingxing[pictures]): %s", names)
        except PingxingError as error:  # the first job will meet it too, and end with an answer
            if not self._stop.is_set():  # else: closed under our hands, as it should be
                log.warning("not warm: %s", error)

    # --- looking after what was acknowledged ---

    def _keep(self) -> None:
        cleaned = time.monotonic()
        while not self._stop.wait(_ROUND_S):
            try:
                self._hand_over()
                if time.monotonic() - cleaned >= _CLEAN_EVERY_S:  # looks at every file: seldom
                    self._forget()
                    self._house.blobs.sweep(self._wanted(), _ORPHAN_AGE_S)
                    cleaned = time.monotonic()
            except (PingxingError, SQLAlchemyError) as error:  # the disk or database may be back in the next round
                log.warning("round skipped: %s", error)

    def _hand_over(self) -> None:
        """Every acknowledged, unfinished job gets a run, if it has none: pushed before the crash or not."""
        queue = self._house.queue
        with self._house.store.read() as tx:
            late = tx.work.overdue(self._house.clock())
        for job_id in late:
            flow.give_up(self._house, job_id, DeadlinePassed.code)
        with self._house.store.read() as tx:
            waiting = tx.work.waiting()
        runs = queue.client.list_workflows(status=_UNDER_WAY, load_input=False, load_output=False)
        suspects = {run.workflow_id for run in runs if self._abandoned(run)}
        under_way = {_job_of(run) for run in runs if run.workflow_id not in suspects & self._doubted}
        self._doubted = suspects
        for job_id, tag in waiting:
            if job_id not in under_way:
                ended = queue.client.list_workflows(workflow_id_prefix=job_id, load_input=False, load_output=False)
                with self._house.store.read() as tx:
                    aside = tx.work.get(job_id).request.model == BROUGHT
                queue.push(job_id, tag, attempt=len(ended), aside=aside)

    def _abandoned(self, run: WorkflowStatus) -> bool:
        """Ours and said to run, but no thread runs it: its end could not be written down (a full disk).

        For a moment that also holds of a run that is just beginning, so only two rounds in a row count.
        """
        return run.status == "PENDING" and run.executor_id == self._executor and _job_of(run) not in self._busy

    def _forget(self) -> None:
        realnames.forget(self._house)
        horizon = self._house.clock() - timedelta(days=self._house.settings.retention_days)
        with self._house.store.begin() as tx:
            tx.work.forget(horizon)
            tx.uploads.sweep(self._house.clock())
            tx.uploads.forget(horizon)
            tx.pleas.forget(horizon)
            tx.orders.forget(horizon)
            tx.openings.forget(horizon)
            tx.copies.forget(min(horizon, self._house.clock() - timedelta(days=COPY_LOG_DAYS)))

    def _wanted(self) -> frozenset[str]:
        with self._house.store.read() as tx:
            return tx.work.blobs_wanted()


def _job_of(run: WorkflowStatus) -> str:
    return run.workflow_id.partition("-")[0]  # a further run of a job is called "<job>-<number>"


def _register(house: House, busy: set[str], stop: threading.Event) -> None:
    """The durable program of one job. DBOS records what each step returned, so a step that ended is not run again."""

    @DBOS.step(name="attempt")
    def attempt(job_id: str) -> dict[str, Any]:
        try:
            flow.fulfil(house, job_id, stop)
        except Stopping:
            raise  # neither done nor failed: the run ends here, the job is taken up at the next start
        except (PingxingError, OSError) as fault:
            # Whatever the system could not do (no memory for a child, no temporary file) is the disk's trouble too.
            error = storage_failed(fault) if isinstance(fault, OSError) else fault
            log.warning("job %s: %s", job_id, error)
            return {"done": False, "again": error.retryable, "keep": error.waits, "error": error.code}
        except Exception:  # a defect of ours must end the job with an answer, and not leave it hanging
            log.exception("job %s", job_id)
            return {"done": False, "again": False, "keep": False, "error": PingxingError.code}
        return {"done": True}

    @DBOS.step(name="give_up")
    def give_up(job_id: str, error: str) -> None:
        flow.give_up(house, job_id, error)

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
    def fulfil(job_id: str) -> None:
        busy.add(job_id)
        try:
            if stop.is_set():
                raise Stopping()
            run(job_id)
        finally:
            busy.discard(job_id)

    def run(job_id: str) -> None:
        pause = _FIRST_PAUSE_S
        for left in reversed(range(house.settings.retries)):
            outcome = attempt(job_id)
            if outcome["done"]:
                return
            if outcome["keep"] and left == 0:
                return  # no fault of the job's: a full disk is emptied, and then a round takes it up again
            if not outcome["again"] or left == 0:
                give_up(job_id, outcome["error"])
                return
            DBOS.sleep(pause)
            pause *= 2


def _take(path: Path) -> TextIO | None:
    """The data folder's worker lock, or None where another process holds it. Raises StorageFailed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("w")
    except OSError as error:
        raise storage_failed(error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _executor_id(path: Path) -> str:
    """A name for this data folder's worker that outlives the process: after a crash it takes up its own work."""
    try:
        known = path.read_text()
    except FileNotFoundError:
        known = ""
    if known:
        return known
    name = uuid.uuid4().hex
    draft = path.with_name(f".{path.name}.{name}")
    draft.write_text(name)
    draft.replace(path)  # whole or not at all: a kill in between must not leave a nameless worker
    return name
