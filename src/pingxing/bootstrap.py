"""The composition root: `build(settings) -> App`. The only importer of concrete backends and checks.

Called by the command line, the server, the worker and the tests alike. Nothing is built at import.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from pingxing import forbidden
from pingxing.desk import Desk
from pingxing.engine.backends.apart.hall import Hall
from pingxing.engine.backends.apart.workshop import Workshop
from pingxing.engine.backends.own import shipped
from pingxing.engine.base import Backend
from pingxing.engine.registry import Loader, Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.engine.shelf import Shelf
from pingxing.errors import BadSettings, UnknownModel
from pingxing.house import House
from pingxing.identity.service import Identity
from pingxing.identity.vault import NameVault
from pingxing.identity.verifiers import ByOperator, Verifier
from pingxing.jobs.queue import Queue
from pingxing.jobs.worker import Worker
from pingxing.label import forge
from pingxing.ledger.keys import SIGNING_FILE, pseudonym_key, signing_key
from pingxing.ledger.log import Ledger
from pingxing.policy.faces import Box, FaceFinder
from pingxing.policy.faces import available as find_faces
from pingxing.policy.guard import Guard
from pingxing.sentry import Sentry, Trust
from pingxing.settings import Settings
from pingxing.store.blobs import LocalBlobs, storage_failed
from pingxing.store.schema import migrate
from pingxing.store.store import Store
from pingxing.store.vault import Vault, secret_file
from pingxing.tuning.jobs import Jobs
from pingxing.types import Model, Picture

if TYPE_CHECKING:
    from pathlib import Path

    from pingxing.engine.backends.diffusion.backend import Isolation
    from pingxing.policy.hashes import Load
    from pingxing.policy.ocr import When

ORIGIN = "pingxing"


def _by_service(settings: Settings, clock: Callable[[], datetime]) -> Verifier:
    from pingxing.identity.asking import ByService

    return ByService(settings, clock)


# By their names in the settings, which know no other: none verifies people without looking or asking.
VERIFIERS: dict[str, Callable[[Settings, Callable[[], datetime]], Verifier]] = {
    "operator": lambda settings, clock: ByOperator(),
    "service": _by_service,
}


@dataclass(frozen=True)
class App(House):
    """A House with what stands on it. Close it, or use it as a context manager."""

    desk: Desk
    worker: Worker

    def models(self) -> tuple[Model, ...]:
        return self.registry.models()

    def close(self) -> None:
        self.worker.stop()
        if isinstance(self.guard, Sentry):
            self.guard.close()
        self.scheduler.close()
        self.registry.close()
        self.queue.close()
        self.store.close()

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def build(
    settings: Settings,
    *,
    loaders: Mapping[str, Loader] | None = None,
    guard: Guard | None = None,
    faces: Callable[[Picture], Sequence[Box]] | None = None,
    clock: Callable[[], datetime] | None = None,
    verifier: Verifier | None = None,
    attest: bool = True,
) -> App:
    """Everything put together and the database brought up to date; nothing runs until `worker.start()`.

    `loaders`, `guard`, `faces`, `clock` and `verifier` are for tests; `attest=False` is for looking at a log that may
    be broken. Raises BadSettings, StorageFailed, Integrity (keys that others can read), LedgerBroken (the log does not
    agree with its last checkpoint).
    """
    clock = clock or (lambda: datetime.now(UTC))
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise storage_failed(error) from error
    keys = settings.data_dir / "keys"
    vault = Vault(secret_file(keys / "master.key"))
    store = Store(settings.database, vault)
    migrate(store.engine)
    ledger = Ledger(signing_key(keys, ORIGIN), pseudonym_key(keys), clock)
    if attest:
        with store.read() as tx:
            ledger.attest(tx.log)
    try:
        registry = Registry(loaders or default_loaders(settings), settings.default_model, _checkpoints(settings))
    except UnknownModel as error:
        raise BadSettings("value", setting="default_model", problem=str(error)) from error
    house = House(
        settings=settings,
        store=store,
        blobs=LocalBlobs(settings.data_dir / "artifacts"),
        identity=Identity(store, vault, NameVault(keys / "identity"), settings, clock),
        verifier=verifier or VERIFIERS[settings.verifier](settings, clock),
        guard=Sentry(
            guard or default_guard(settings.read_pictures, forbidden.load(store), classifier=settings.classifier),
            store,
            Trust(ledger.signing, _pack_keys(settings)),
            clock,
        ),
        registry=registry,
        scheduler=Scheduler(registry),
        ledger=ledger,
        queue=Queue(settings),
        kit=forge(keys, settings, clock()),
        faces=(FaceFinder() if find_faces() else None) if faces is None else faces,
        clock=clock,
    )
    return App(**vars(house), desk=Desk(house), worker=Worker(house))


def reading_guard(settings: Settings) -> Guard:
    """The guard as the server judges words by it now: the same checks, and the operator's packs where this house was
    ever opened. Changes nothing: no file is made and no hit is counted.

    Raises StorageFailed, Integrity, BackendFailed where it cannot be known by which packs the server judges.
    """
    guard = default_guard(settings.read_pictures, classifier=settings.classifier)
    keys = settings.data_dir / "keys"
    if not (keys / SIGNING_FILE).exists():
        return guard
    store = Store(settings.database, Vault(secret_file(keys / "master.key")))
    try:
        trust = Trust(signing_key(keys, ORIGIN), _pack_keys(settings))
        Sentry(guard, store, trust, lambda: datetime.now(UTC)).follow()
    finally:
        store.close()
    return guard


def _pack_keys(settings: Settings) -> tuple[bytes, ...]:
    if settings.pack_keys is None:
        return ()
    try:
        keys = tuple(b64decode(line, validate=True) for line in settings.pack_keys.read_bytes().split())
    except (OSError, ValueError) as error:
        raise BadSettings("value", setting="pack_keys", problem=str(error)) from error
    if not keys or any(len(key) != 32 for key in keys):
        raise BadSettings("value", setting="pack_keys", problem="a key is 32 bytes in Base64")
    return keys


def default_loaders(settings: Settings) -> dict[str, Loader]:
    def scene() -> Backend:
        from pingxing.engine.backends.scene import SceneBackend
        from pingxing.engine.backends.scene.render import RenderPool

        return SceneBackend(RenderPool(settings.workers))

    def own() -> Backend:
        return _apart(shipped.card(), shipped.FOLDER, settings, Hall([Workshop()]))

    return {"scene": scene, **({shipped.NAME: own} if shipped.is_here() else {})}


def shelf(settings: Settings) -> Shelf:
    """The operator's own models of this data folder."""
    return Shelf(settings.data_dir / "models", frozenset(default_loaders(settings)))


def training_jobs(settings: Settings) -> Jobs:
    """Training on the operator's own pictures, in this data folder."""
    return Jobs(settings.data_dir / "tuning")


def _checkpoints(settings: Settings) -> Callable[[], dict[str, Loader]]:
    """What is on the shelf at the moment of asking, each model a name beside a function that loads it."""
    kept, small = shelf(settings), cache(lambda: Hall([Workshop()]))
    hall = cache(partial(Hall.of, devices(settings), device_memory(settings), recording=settings.record_calls))

    def serve(name: str) -> Backend:
        from pingxing.engine.backends.apart.backend import ApartBackend
        from pingxing.engine.backends.own.folder import FAMILY

        found = kept.get(name)
        isolation: Isolation = "exact" if settings.exact else "shared"
        if found.family == FAMILY:
            return _apart(found.card, found.path, settings, small())
        return ApartBackend(found.card, found.path, isolation, hall(), partial(kept.extras, name))

    return lambda: {name: partial(serve, name) for name in kept.names()}


def _apart(card: Model, folder: Path, settings: Settings, hall: Hall) -> Backend:
    """One of our own models, in a process that needs no torch."""
    from pingxing.engine.backends.apart.backend import ApartBackend
    from pingxing.engine.backends.own.backend import OwnBackend

    isolation: Isolation = "exact" if settings.exact else "shared"
    return ApartBackend(card, folder, isolation, hall, known=OwnBackend(card, folder, isolation))


def devices(settings: Settings) -> tuple[str, ...]:
    """What checkpoints run on, as torch names it; empty: what the first engine process finds."""
    return tuple(word for word in settings.devices.replace(" ", "").split(",") if word)


def device_memory(settings: Settings) -> int | None:
    """Bytes of a device that all checkpoints together may take; None: what is free there."""
    return int(settings.device_memory_gib * 2**30) or None


def default_guard(read_pictures: When = "auto", listed: Load | None = None, *, classifier: bool = True) -> Guard:
    """Everything that judges; without `listed` there is no list of forbidden pictures. Raises BadSettings where the
    packs are not those that ship with this version; they are parsed and compiled at their first use."""
    from pingxing.policy.classifier import ClassifierCheck
    from pingxing.policy.hashes import ForbiddenCheck
    from pingxing.policy.ocr import WritingCheck
    from pingxing.policy.packs import default_packs, files
    from pingxing.policy.picture import NudityCheck
    from pingxing.policy.words import WordsCheck

    files()
    words = WordsCheck(default_packs)
    pictures = [ForbiddenCheck(listed)] if listed else []
    weighing = [ClassifierCheck()] if classifier else []
    return Guard([words, *weighing, *pictures, NudityCheck(), WritingCheck(words, read_pictures)])
