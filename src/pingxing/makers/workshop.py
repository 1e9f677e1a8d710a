"""Makers in the server: orders that outlive a page, a reload and a kill.

    order()    Actor + what is wanted -> Order; durable when this returns, made by threads of this process
    view()     what there is of it by now: files with their receipts, words, findings
    cancel()   ends it; what is finished stays
    pause(), resume(), retry()   hold it, go on, make again what failed of a grid
    mark()     a person keeps or drops a picture of it, score() gives it one to five
    parcel()   a platform's files as a ZIP, released one by one
    sheet()    what was kept of a grid as a contact sheet
    begin(), make_here()   the same orders for a command line, which makes them itself and goes on after a kill

Each wish of an order is a job by the one way, and the order remembers which. After a crash the order is made again from
its beginning, and finds the pictures that it had: the maker's steps are the same for the same order and seed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import tempfile
import threading
import uuid
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pydantic import BaseModel

from pingxing import flow, i18n
from pingxing.contact import contact_sheet
from pingxing.desk import Desk
from pingxing.errors import Conflict, InvalidRequest, NotFound, Overloaded, PingxingError, Refused, Stopping
from pingxing.house import House
from pingxing.identity.authority import may_see, require
from pingxing.makers.folder import WORDS_FILE
from pingxing.makers.grid import RETRIED, TABLE_FILE, listing_of, plan
from pingxing.makers.pieces import File, OnFile, Set
from pingxing.makers.stickers import packed
from pingxing.makers.ties import Ties, name_of
from pingxing.makers.viewing import SCORES, By, Choice, Piece, View, picked, shortlist, view_of, wanted_of
from pingxing.makers.wanted import GridWanted, Wanted, check, first, prepared
from pingxing.store.blobs import storage_failed
from pingxing.store.orders import Order, OrderState
from pingxing.store.store import Tx
from pingxing.types import LANGUAGES, MAX_SEED, Actor, JobState, Receipt, Request, Scope

HANDS = 4  # orders under way at once; they mostly wait, and the pictures of each stand in the same queue as everybody's
MOST_WAITING = 6  # unfinished orders of one account: one of each maker
_LOOKED_BACK = 200  # newest jobs among which one is looked for that an order lost
_LOOKED_AT = 50  # newest orders among which an unfinished one is looked for
_UNFINISHED: tuple[OrderState, ...] = ("making", "paused", "failed")
_TWICE = timedelta(seconds=10)  # between two presses of a button
_RETRY_S = 30

log = logging.getLogger(__name__)


class Workshop:
    """Start it where the server starts; close it before the house."""

    def __init__(self, house: House, desk: Desk) -> None:
        self._house, self._desk = house, desk
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="makers")
        self._stop = threading.Event()
        self._mine: set[str] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Take up what was left unfinished."""
        with self._house.store.read() as tx:
            left = tx.orders.unfinished()
        for order_id, _ in left:
            self._take(order_id)

    def close(self) -> None:
        """End after the waits now running; unfinished orders are taken up at the next start."""
        self._stop.set()
        self._hands.shutdown(wait=True, cancel_futures=True)

    def order(self, actor: Actor, wanted: Wanted, *, once: bool = False) -> Order:
        """`once`, for a form: of two presses of its button the second finds the order of the first. Raises Forbidden,
        InvalidRequest and NotFound for what no maker makes, UnknownModel, Overloaded."""
        if once and (there := self._alike(actor, wanted, _TWICE, "making")) is not None:
            return there
        order = self._ordered(actor, wanted, "making")
        self._take(order.id)
        return order

    def begin(self, actor: Actor, wanted: Wanted) -> Order:
        """An order for `make_here`: at rest as long as nobody makes it, so that no server takes it up by itself. One
        that asks for the same (any seed, where none is said) and did not end is gone on with. Raises as `order`."""
        return self._alike(actor, wanted, None, *_UNFINISHED) or self._ordered(actor, wanted, "paused")

    def _alike(self, actor: Actor, wanted: Wanted, within: timedelta | None, *states: OrderState) -> Order | None:
        """One's newest order in one of these states that asks for the same (any seed, where none is said)."""
        require(actor, Scope.GENERATE)
        told, now = _plain(wanted), self._house.clock()
        with self._house.store.read() as tx:
            for order in tx.orders.list(actor.account, _LOOKED_AT):
                same = {name: value for name, value in order.told.items() if name != "language"}
                if wanted.seed is None:
                    same["seed"] = None
                fresh = within is None or now - order.created_at <= within
                if order.state in states and fresh and same == told:
                    return order
        return None

    def _ordered(self, actor: Actor, wanted: Wanted, state: OrderState) -> Order:
        require(actor, Scope.GENERATE)
        if wanted.seed is None:
            wanted = wanted.model_copy(update={"seed": secrets.randbelow(MAX_SEED + 1)})
        total = check(wanted)
        self._house.complete(first(wanted))  # there is such a model, and it can set the words
        with self._house.store.begin() as tx:
            self._house.identity.still(tx, actor.account, actor.credential)
            if sum(account == actor.account for _, account in tx.orders.unfinished()) >= MOST_WAITING:
                raise Overloaded("orders", retry_after=_RETRY_S, most=MOST_WAITING)
            now = self._house.clock()
            told = _plain(wanted) | {"language": actor.language}
            order = Order(uuid.uuid4().hex, actor.account, actor.credential, state, now, told, total=total)
            tx.orders.add(order)
        return order

    def view(self, actor: Actor, order_id: str) -> View:
        """Raises NotFound, also for somebody else's."""
        with self._house.store.read() as tx:
            order = tx.orders.get(order_id)
        if not may_see(actor, order.account):
            raise NotFound("order")
        return view_of(order, actor.language)

    def views(self, actor: Actor, limit: int = 20) -> tuple[View, ...]:
        """One's own, newest first."""
        require(actor, Scope.GENERATE)
        with self._house.store.read() as tx:
            return tuple(view_of(order, actor.language) for order in tx.orders.list(actor.account, limit))

    def cancel(self, actor: Actor, order_id: str) -> None:
        """What is finished stays; what is under way is cancelled. Raises NotFound, Conflict for one that has ended."""
        self.view(actor, order_id)
        with self._house.store.begin() as tx:
            if not tx.orders.end(order_id, "cancelled", self._house.clock()):
                raise Conflict("ended", state=tx.orders.state(order_id))

    def pause(self, actor: Actor, order_id: str) -> None:
        """Nothing new is begun; what is under way ends. Raises NotFound, Conflict for one that is not being made."""
        self._turn(actor, order_id, ("making",), "paused")

    def resume(self, actor: Actor, order_id: str) -> None:
        """Go on, with the pictures that it has, also where it failed as a whole (no allowance left, disk full). Raises
        NotFound, Conflict for one that is neither paused nor failed."""
        self._turn(actor, order_id, ("paused", "failed"), "making")
        self._take(order_id)

    def retry(self, actor: Actor, order_id: str, files: Collection[str] = ()) -> int:
        """Make again what failed of a grid: these files, or all; says how many. Raises NotFound for a file that did
        not fail, Conflict for an order that has not ended."""
        view = self.view(actor, order_id)
        wanted = view.wanted
        failed = {finding.file for _, finding in view.findings if finding.rule in RETRIED}
        again = set(files) or failed
        if not isinstance(wanted, GridWanted) or not again <= failed or not again:
            raise NotFound("order")
        with self._house.store.begin() as tx:
            order = tx.orders.get(order_id)
            self._resting(order)
            made = order.made | {"jobs": _without(order, wanted, again)}
            tx.orders.keep(order, made, order.done, max(order.total, order.done + len(again)))
            tx.orders.turn(order_id, ("done",), "making")
        self._take(order_id)
        return len(again)

    def mark(self, actor: Actor, order_id: str, receipt: str, choice: Choice | None) -> None:
        """Keep or drop one picture of an order that rests; None takes the choice back. Raises NotFound, Conflict."""
        self._judged(actor, order_id, receipt, "chosen", choice)

    def score(self, actor: Actor, order_id: str, receipt: str, score: int | None) -> None:
        """Give one picture of an order that rests one of SCORES; None takes it back. Raises NotFound, Conflict,
        InvalidRequest."""
        if score is not None and score not in SCORES:
            raise InvalidRequest("grid_score", member="score", value=score, least=SCORES[0], most=SCORES[-1])
        self._judged(actor, order_id, receipt, "scores", score)

    def _judged(self, actor: Actor, order_id: str, receipt: str, member: str, value: str | int | None) -> None:
        view = self.view(actor, order_id)
        if receipt not in {piece.receipt for piece in view.pieces}:
            raise NotFound("picture")
        with self._house.store.begin() as tx:
            order = tx.orders.get(order_id)
            self._resting(order)
            told = {name: one for name, one in order.made.get(member, {}).items() if name != receipt}
            if value is not None:
                told[receipt] = value
            tx.orders.keep(order, order.made | {member: told}, order.done, order.total)

    def parcel(
        self, actor: Actor, order_id: str, folder: str, *, kept: bool = False, least: int = 0, by: By = "table"
    ) -> IO[bytes]:
        """Every finished file of one folder and its words, as a ZIP; `kept`: only what a person chose to keep, `least`:
        only what has that score. An open file at its beginning, on the disk: a thousand pictures are some 300 MB.
        Whoever asked closes it.

        Raises NotFound, StorageFailed, and as `flow.release` does."""
        view = self.view(actor, order_id)
        pieces = [piece for piece in view.pieces if piece.folder == folder]
        if isinstance(view.wanted, GridWanted):
            found = shortlist(view, least, by) if kept and least else picked(view, "keep" if kept else "all", least, by)
            pieces = [piece for piece in found if piece.folder == folder]
        elif kept:
            pieces = [piece for piece in pieces if view.chosen.get(piece.receipt) == "keep"]
        if not pieces:
            raise NotFound("order")
        words: dict[str, bytes] = {}
        if folder in view.words:
            words[WORDS_FILE] = json.dumps(view.words[folder], ensure_ascii=False, indent=2).encode()
        if isinstance(view.wanted, GridWanted):
            words[TABLE_FILE] = listed(view, pieces)
        receipts = {piece.path: piece.receipt for piece in pieces}
        files = (
            (name, words[name] if name in words else flow.release(self._house, actor, receipts[name]).data)
            for name in sorted([*receipts, *words])
        )
        out = tempfile.TemporaryFile(prefix="pingxing-parcel-")  # noqa: SIM115 - the caller closes it
        try:
            packed(out, files)
            out.seek(0)
        except OSError as error:
            out.close()
            raise storage_failed(error) from error
        except BaseException:
            out.close()
            raise
        return out

    def sheet(self, actor: Actor, order_id: str, *, least: int = 0, by: By = "table") -> Receipt:
        """The contact sheet of what was kept of a grid, or of all its pictures where nothing was chosen yet, with their
        scores; `least`: only what has that one. The same choice gives the same receipt. Raises NotFound, Conflict, and
        as `contact_sheet` does."""
        view = self.view(actor, order_id)
        kept = shortlist(view, least, by) or (view.cells if not least else ())
        if not isinstance(view.wanted, GridWanted) or not kept:
            raise NotFound("order")
        told = [(_captioned(piece, view.scores.get(piece.receipt)), piece.receipt) for piece in kept]
        of = hashlib.sha256(json.dumps(told).encode()).hexdigest()
        made = view.order.made.get("sheet", {})
        if made.get("of") == of:
            with self._house.store.read() as tx:
                return tx.work.receipt(made["receipt"])
        self._resting(view.order)
        receipt = contact_sheet(self._house, actor, view.wanted.template, told)
        with self._house.store.begin() as tx:
            order = tx.orders.get(order_id)
            self._resting(order)
            made = order.made | {"sheet": {"of": of, "receipt": receipt.id}}
            tx.orders.keep(order, made, order.done, order.total)
        return receipt

    def _turn(self, actor: Actor, order_id: str, before: Sequence[OrderState], after: OrderState) -> None:
        self.view(actor, order_id)
        with self._house.store.begin() as tx:
            if not tx.orders.turn(order_id, before, after):
                raise Conflict("ended", state=tx.orders.state(order_id))

    def _resting(self, order: Order) -> None:
        """Raises Conflict while a hand here still writes what is made of it."""
        with self._lock:
            busy = order.id in self._mine
        if busy or order.state == "making":
            raise Conflict("order_busy")

    # --- the work ---

    def make_here(
        self, actor: Actor, order_id: str, out: Path, on_file: OnFile, tend: Callable[[], object] | None = None
    ) -> Set:
        """Make an order of `begin` in this thread and into this folder, with what there is of it already; what failed
        or was cancelled is tried again. It rests for everybody else meanwhile, and stays so where this process ends or
        its maker raises; who sets it going elsewhere ends it here.

        Raises NotFound, Conflict for one that is being made or was cancelled, and as its maker does.
        """
        self._turn(actor, order_id, ("paused", "failed", "done"), "paused")
        with self._house.store.read() as tx:
            order = tx.orders.get(order_id)
        found = self._filled(actor, out, _Ties(self._house, order, self._stop, here=True, tend=tend), on_file)
        with self._house.store.begin() as tx:
            tx.orders.end(order_id, "done", self._house.clock())
        return found

    def _take(self, order_id: str) -> None:
        with self._lock:
            if order_id in self._mine or self._stop.is_set():
                return
            self._mine.add(order_id)
        self._hands.submit(self._run, order_id)

    def _run(self, order_id: str) -> None:
        put_down = False
        try:
            self._make(order_id)
        except Stopping:
            put_down = True
        except Exception as raw:  # a defect of ours must end the order with an answer
            error = raw if isinstance(raw, PingxingError) else PingxingError()
            if error is not raw:
                log.exception("order %s", order_id)
            self._fail(order_id, error)
        finally:
            with self._lock:
                self._mine.discard(order_id)
        if put_down and not self._stop.is_set():
            self._again(order_id)

    def _again(self, order_id: str) -> None:
        """Somebody may have set it going again while this hand was putting it down."""
        try:
            with self._house.store.read() as tx:
                waiting = tx.orders.state(order_id) == "making"
        except PingxingError as error:  # the next start takes it up
            log.warning("order %s: %s", order_id, error)
            return
        if waiting:
            self._take(order_id)

    def _make(self, order_id: str) -> None:
        with self._house.store.read() as tx:
            order = tx.orders.get(order_id)
            if order.state != "making":
                return
            actor = self._house.identity.still(tx, order.account, order.credential)
        with tempfile.TemporaryDirectory(prefix="pingxing-maker-") as place:
            self._filled(actor, Path(place), _Ties(self._house, order, self._stop), lambda *_: None)
        with self._house.store.begin() as tx:
            tx.orders.end(order_id, "done", self._house.clock())

    def _filled(self, actor: Actor, out: Path, ties: _Ties, on_file: OnFile) -> Set:
        """The order's files in `out`; what there is of it is told in the order, each as soon as it is there."""
        wanted = wanted_of(ties.order)
        before = ties.made["pieces"]
        pieces: list[dict[str, Any]] = []

        def told(done: int, total: int, newest: File) -> None:
            pieces.append(asdict(_piece(out, newest, wanted)))
            ties.made["pieces"] = [*pieces, *before[len(pieces) :]] if pieces == before[: len(pieces)] else [*pieces]
            ties.keep(max(done, len(ties.made["pieces"])), total)
            on_file(done, total, newest)

        ties.made.pop("trouble", None)
        found = prepared(wanted)(self._house, self._desk, actor, out, told, ties)
        ties.made["pieces"] = pieces
        ties.made["findings"] = [[name, asdict(finding)] for name, finding in found.findings]
        ties.made["words"] = {file.parent.name: _read(file) for file in sorted(out.glob(f"*/{WORDS_FILE}"))}
        ties.keep(len(found.files), len(found.files))
        return found

    def _fail(self, order_id: str, error: PingxingError) -> None:
        trouble: dict[str, Any] = {}
        for language in LANGUAGES:
            title, hint = i18n.explain(error, language)
            trouble[language] = {"title": title, "hint": hint, "code": error.code}
        if isinstance(error, Refused):
            trouble["job"] = error.job
        state: OrderState = "refused" if isinstance(error, Refused) else "failed"
        try:
            with self._house.store.begin() as tx:
                if tx.orders.state(order_id) != "making":  # cancelled: nothing went wrong
                    return
                self._explain(tx, order_id, trouble)
                tx.orders.end(order_id, state, self._house.clock())
        except PingxingError as worse:  # the disk may be back at the next start, which takes the order up again
            log.warning("order %s: %s", order_id, worse)

    def _explain(self, tx: Tx, order_id: str, trouble: dict[str, Any]) -> None:
        try:
            order = tx.orders.get(order_id)
        except Conflict:  # its account's key was destroyed: there is nobody left to tell
            return
        tx.orders.keep(order, order.made | {"trouble": trouble}, order.done, order.total)


class _Ties(Ties):
    """Remembers in the order which wish is which job; hears of a cancel and of the house's end. `here`: for a command
    line, to which the order's rest is its own work, and which tries again what failed or was cancelled."""

    def __init__(
        self,
        house: House,
        order: Order,
        stop: threading.Event,
        *,
        here: bool = False,
        tend: Callable[[], object] | None = None,
    ) -> None:
        super().__init__(tend)
        self._house, self.order, self._stop, self._here = house, order, stop, here
        self._done, self._total = order.done, order.total
        self._lost: dict[str, str] | None = None
        self.made: dict[str, Any] = {"pieces": [], "jobs": {}, **order.made}

    def job(self, request: Request) -> str | None:
        found: str | None = self.made["jobs"].get(name_of(request)) or self._adrift(request)
        if found is None:
            return None
        try:
            with self._house.store.read() as tx:
                state = tx.work.get(found).state
        except NotFound:  # its time was over
            return None
        return None if self._here and state in (JobState.FAILED, JobState.CANCELLED) else found

    def _adrift(self, request: Request) -> str | None:
        """A kill between a job's admission and the line in which the order remembers it leaves a job that nobody asks
        for: the order takes it back, so that nothing is made twice."""
        if self._lost is None:
            known, good = set(self.made["jobs"].values()), (JobState.QUEUED, JobState.RUNNING, JobState.DELIVERED)
            with self._house.store.read() as tx:
                jobs = tx.work.list(account=self.order.account, states=good, limit=_LOOKED_BACK)
            since = self.order.created_at
            unknown = (job for job in reversed(jobs) if job.id not in known and job.created_at >= since)
            self._lost = {name_of(job.request): job.id for job in unknown}
        found = self._lost.get(name_of(self._house.complete(request)[0])) if self._lost else None
        if found is not None:
            self.made["jobs"][name_of(request)] = found
        return found

    def admitted(self, request: Request, job: str) -> None:
        self.made["jobs"][name_of(request)] = job
        self._write()

    def going(self) -> None:
        if self._stop.is_set():
            raise Stopping()
        with self._house.store.read() as tx:
            state = tx.orders.state(self.order.id)
        if self._here and state == "making":  # somebody set it going in the studio: its pictures are made there now
            raise Conflict("order_busy")
        if state == ("making" if not self._here else "paused"):
            return
        if state == "paused":  # as at the house's end: what is under way stays so
            raise Stopping()
        raise Conflict("cancelled")

    def keep(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._write()

    def _write(self) -> None:
        with self._house.store.begin() as tx:
            tx.orders.keep(self.order, self.made, self._done, self._total)


def _without(order: Order, wanted: GridWanted, files: Collection[str]) -> dict[str, str]:
    """The order's jobs but those of these files."""
    names = {name_of(cell.request) for cell in plan(wanted.order).cells if f"{cell.name}.png" in files}
    return {name: job for name, job in order.made.get("jobs", {}).items() if name not in names}


def _piece(out: Path, file: File, wanted: Wanted) -> Piece:
    path = PurePosixPath(file.path.relative_to(out).as_posix())
    folder = path.parts[0] if len(path.parts) > 1 else ""
    inside = str(PurePosixPath(*path.parts[1:])) if folder else str(path)
    return Piece(inside, folder, file.role, file.receipt)


def listed(view: View, pieces: Sequence[Piece]) -> bytes:
    """These cells of a grid as CSV, with what a person chose and scored. Raises InvalidRequest for no grid."""
    if not isinstance(view.wanted, GridWanted):
        raise InvalidRequest("no_surface", member="order", surface=view.wanted.kind)
    judged = {one.receipt: (view.chosen.get(one.receipt, ""), view.scores.get(one.receipt, 0)) for one in pieces}
    return listing_of(view.wanted.order, [(one.path, one.receipt) for one in pieces], judged)


def _captioned(piece: Piece, score: int | None) -> str:
    stem = PurePosixPath(piece.path).stem
    return stem if score is None else f"{stem} · {score}/{SCORES[-1]}"


def _plain(model: BaseModel) -> dict[str, Any]:
    found: dict[str, Any] = model.model_dump(mode="json")
    return found


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found
