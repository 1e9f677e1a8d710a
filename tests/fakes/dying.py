"""A studio that dies at a stage of its work: `python -m tests.fakes.dying FOLDER KIND FORMAT apart|together STAGE...`.

For each stage a process of its own takes a wish, fulfils it, and hands the picture out as the command line does. At the
stage it is killed as by `kill -9` (KIND `kill`), or the disk fails once (KIND `fail`). What lies on the disk then is
copied aside (`STAGE/killed`). Another process starts the studio again, waits until everything acknowledged has ended,
and hands out what there is: `apart` after each stage, in a folder of its own and with the worker from the start;
`together` once, after all of them died over the same folder. `STAGE/told.json` says how the first process ended.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import stat
import sys
import time
import types
from collections.abc import Callable
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pingxing import flow
from pingxing.bootstrap import App, build
from pingxing.cli import files
from pingxing.engine.backends.fake import FakeBackend
from pingxing.errors import PingxingError
from pingxing.label import c2pa as manifests
from pingxing.label import checking, writing
from pingxing.label.kit import Kit
from pingxing.ledger.log import Ledger
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.settings import Settings, load
from pingxing.store import blobs
from pingxing.store.store import Store
from pingxing.store.work import Work
from pingxing.types import Format, Request

SIDE = 256  # from here on a picture is marked, signed and labelled
WITHIN_S = 60.0
issuing = False  # inside the transaction that delivers


class Once:
    """The end of this process, or one failure of the disk; never in the process that starts the studio again."""

    def __init__(self, kind: str) -> None:
        self._kind, self._done = kind, False

    def __call__(self) -> None:
        if self._done:
            return
        self._done = True
        if self._kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)
        raise OSError(errno.EIO, "the disk failed here")


def around(owner: Any, name: str, *, before: Callable[[], None] | None = None, after: Callable[[], None] | None = None,
           when: Callable[[], bool] = lambda: True) -> None:  # fmt: skip
    genuine = getattr(owner, name)

    @wraps(genuine)
    def instead(*args: Any, **more: Any) -> Any:
        if before is not None and when():
            before()
        result = genuine(*args, **more)
        if after is not None and when():
            after()
        return result

    setattr(owner, name, instead)


def mark_delivery() -> None:
    """Know when the delivering transaction is open."""
    genuine = flow.issue

    def issue(*args: Any, **more: Any) -> None:
        global issuing
        issuing = True
        genuine(*args, **more)

    flow.issue = issue  # type: ignore[assignment]


def delivering() -> bool:
    return issuing


def half_written(end: Once) -> None:
    """The draft of a blob holds half of its bytes."""
    genuine = Path.open

    def opened(self: Path, mode: str = "r", *args: Any, **more: Any) -> Any:
        file = genuine(self, mode, *args, **more)
        if mode != "xb":
            return file

        class Half:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                file.close()

            def write(self, data: bytes) -> int:
                file.write(data[: len(data) // 2])
                file.flush()
                end()
                return int(file.write(data[len(data) // 2 :]))

            def flush(self) -> None:
                file.flush()

            def fileno(self) -> int:
                return int(file.fileno())

        return Half()

    Path.open = opened  # type: ignore[method-assign]


def not_synced(end: Once) -> None:
    """The draft is whole, but the disk was not asked to keep it."""

    def fsync(descriptor: int) -> None:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            end()
        os.fsync(descriptor)

    blobs.os = types.SimpleNamespace(**{**vars(os), "fsync": fsync})  # type: ignore[assignment]


def renaming(end: Once, *, after: bool) -> None:
    genuine = Path.rename

    def rename(self: Path, target: Any) -> Path:
        if not after:
            end()
        there = genuine(self, target)
        if after:
            end()
        return there

    Path.rename = rename  # type: ignore[method-assign]


def committing(end: Once, *, after: bool) -> None:
    """Before: the database has everything but the commit. After: the delivery is durable, and nobody was told."""
    genuine = Store.begin

    @contextmanager
    def begin(self: Store) -> Any:
        global issuing
        issuing = False
        with genuine(self) as tx:
            yield tx
        if after and issuing:
            end()

    Store.begin = begin  # type: ignore[method-assign]
    if not after:
        sa.event.listen(sa.Engine, "commit", lambda connection: end() if issuing else None)


def handing_out(end: Once) -> None:
    """The command line has half of the picture on the disk."""
    genuine = files.write

    def write(path: Path, parts: list[bytes]) -> None:
        def half() -> Any:
            for part in parts:
                yield part[: len(part) // 2]
                end()
                yield part[len(part) // 2 :]

        genuine(path, half())

    files.write = write


Stage = Callable[[Once], None]
STAGES: dict[str, Stage] = {
    "before-watermark": lambda end: around(Kit, "weave", before=end),
    "after-watermark": lambda end: around(Kit, "weave", after=end),
    "after-visible-mark": lambda end: around(writing, "stamp", after=end),
    "after-packet": lambda end: around(writing, "packet", after=end),
    "after-encode": lambda end: around(writing, "_raster", after=end),
    "before-signing": lambda end: around(manifests, "sign", before=end),
    "signed-not-read": lambda end: around(manifests, "look", before=end),
    "after-signing": lambda end: around(manifests, "sign", after=end),
    "before-read-back": lambda end: around(checking, "find", before=end),
    "record-read-back": lambda end: around(checking, "read_back", after=end),
    "before-measuring": lambda end: around(checking, "measure", before=end),
    "after-read-back": lambda end: around(writing, "check", after=end),
    "before-blob": lambda end: around(blobs.LocalBlobs, "put", before=end),
    "blob-half-written": half_written,
    "blob-not-synced": not_synced,
    "blob-not-named": lambda end: renaming(end, after=False),
    "blob-just-named": lambda end: renaming(end, after=True),
    "after-blob": lambda end: around(blobs.LocalBlobs, "put", after=end),
    "before-ledger": lambda end: around(flow, "issue", before=end),
    "after-ledger": lambda end: around(Ledger, "extend", after=end, when=delivering),
    "ledger-sealed": lambda end: around(Ledger, "seal", after=end, when=delivering),
    "receipt-written": lambda end: around(Work, "add_receipt", after=end),
    "before-commit": lambda end: committing(end, after=False),
    "after-commit": lambda end: committing(end, after=True),
    "before-release": lambda end: around(flow, "release", before=end),
    "releasing": lambda end: around(blobs.LocalBlobs, "get", before=end),
    "released": lambda end: around(flow, "release", after=end),
    "half-handed-out": handing_out,
}


def studio(data: Path) -> App:
    settings: Settings = load({}, data_dir=data, default_model="fake", workers=1)
    return build(settings, loaders={"fake": FakeBackend}, guard=Guard([FakeCheck()]))


def hand_out(app: App, outbox: Path) -> None:
    """As `pingxing generate -o` does: release, then a file."""
    actor = app.identity.local_actor("zh")
    with app.store.read() as tx:
        jobs = [row[0] for row in tx._connection.execute(sa.text("SELECT id FROM jobs ORDER BY id"))]
    for job in jobs:
        for receipt in app.desk.job(actor, job).receipts:
            released = flow.release(app, actor, receipt.id)
            files.write(outbox / f"{receipt.id}.{receipt.artifact.sha256}", [released.data])


def until_ended(app: App, job_id: str) -> None:
    actor, until = app.identity.local_actor("zh"), time.monotonic() + WITHIN_S
    while not app.desk.job(actor, job_id).job.state.final:
        if time.monotonic() > until:
            raise TimeoutError(job_id)
        time.sleep(0.01)


def first(folder: Path, kind: str, form: Format, stage: str, *, alone: bool) -> None:
    """Lives until the stage; where only the disk failed, until the job has ended."""
    with studio(folder / "data") as app:
        mark_delivery()
        if not alone:
            app.worker.start()
        STAGES[stage](Once(kind))
        actor = app.identity.local_actor("zh")
        job = flow.admit(app, actor, Request(prompt=f"a wish: {stage}", width=SIDE, height=SIDE, seed=1, format=form))
        if alone:
            try:
                flow.fulfil(app, job.id)
            except (OSError, PingxingError):  # the worker's second try
                flow.fulfil(app, job.id)
        until_ended(app, job.id)
        try:
            hand_out(app, folder / "outbox")
        except (OSError, PingxingError):
            hand_out(app, folder / "outbox")


def second(folder: Path) -> None:
    with studio(folder / "data") as app:
        app.worker.start()
        with app.store.read() as tx:
            waiting = [job for job, _ in tx.work.waiting()]
        for job in waiting:
            until_ended(app, job)
        hand_out(app, folder / "outbox")


def forked(work: Callable[[], None], log: Path) -> int:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(out, 1)
            os.dup2(out, 2)
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def one(root: Path, kind: str, form: Format, stage: str, *, together: bool) -> None:
    folder = root / ("together" if together else stage)
    (root / stage).mkdir()
    if not folder.joinpath("data").exists():
        (folder / "outbox").mkdir(parents=True)
        shutil.copytree(root / "empty", folder / "data")
    begun = time.monotonic()
    ended = forked(lambda: first(folder, kind, form, stage, alone=together), root / stage / "log")
    shutil.copytree(folder / "data", root / stage / "killed")
    again = None if together else forked(lambda: second(folder), root / stage / "log")
    told = {"ended": ended, "again": again, "seconds": round(time.monotonic() - begun, 2)}
    (root / stage / "told.json").write_text(json.dumps(told))


def main(root: Path, kind: str, form: Format, how: str, stages: list[str]) -> int:
    forked(lambda: prepared(root / "empty"), root / "log")  # keys and tables, made once
    for stage in stages:
        one(root, kind, form, stage, together=how == "together")
    return forked(lambda: second(root / "together"), root / "log") if how == "together" else 0


def prepared(data: Path) -> None:
    with studio(data) as app:
        app.worker.start()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Format[sys.argv[3]], sys.argv[4], sys.argv[5:] or list(STAGES)))
