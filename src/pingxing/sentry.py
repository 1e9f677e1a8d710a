"""The guard on duty: before it judges, it looks whether the operator changed the rules, in this process or another.

The look is one read of an index. Where the number of the newest move (`store.packs`) is another than before, the packs
in force are read, checked against their signatures and compiled; whoever is being judged meanwhile is judged to the
end by the rules it began with, and whoever comes next by the new ones.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from threading import Lock

from pingxing.errors import BackendFailed, BadSettings, Integrity, StorageFailed
from pingxing.house import House
from pingxing.ledger.keys import SigningKey
from pingxing.policy.base import Reloadable, Subject
from pingxing.policy.guard import Guard
from pingxing.policy.packs import parse
from pingxing.policy.rules import Pack
from pingxing.policy.words import WordsCheck
from pingxing.store.packs import Key, Move, Stage, StoredPack, standing
from pingxing.store.store import Store, Tx
from pingxing.types import Verdict

_KEEP_EVERY_S = 10.0  # how often counts of rules in shadow are written down: a write for each text would be waste
_DOMAIN = b"pingxing-pack/1\n"  # what the house's key signs here can be no checkpoint of the ledger, nor the reverse

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose packs are taken: the house's own key signs what an operator hands in; `keys` (raw Ed25519, 32 bytes) are
    those of people who sign files themselves. Where there are any, a pack needs the signature of one of them."""

    house: SigningKey
    keys: tuple[bytes, ...] = ()

    def sign(self, body: bytes) -> tuple[str, bytes]:
        return self.house.public.hex(), self.house.sign(_DOMAIN + body)

    def signer(self, body: bytes, signature: bytes) -> str | None:
        """Which of the trusted people signed this file; None where none did."""
        return next((key.hex() for key in self.keys if _signed(key, signature, body)), None)

    def uphold(self, pack: StoredPack) -> None:
        """Raises Integrity where the stored pack is not what a trusted key signed."""
        ours = pack.signer == self.house.public.hex()
        known = ours or pack.signer in {key.hex() for key in self.keys}
        message = _DOMAIN + pack.body if ours else pack.body
        whole = hashlib.sha256(pack.body).hexdigest() == pack.digest
        if not (known and whole and _signed(bytes.fromhex(pack.signer), pack.signature, message)):
            raise Integrity("pack", pack=f"{pack.name} {pack.version}")


def _signed(key: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)
def read(body: bytes, name: str) -> Pack:
    """A stored pack; parsing a large one takes a second, and bodies never change. Raises BadSettings."""
    return parse(body, name)


def staged(pack: Pack, stage: Stage) -> Pack:
    """The pack as it takes part in judging. On trial its rules only count, under "name@version", so that a new
    version can be tried beside the one in force."""
    if stage == "active":
        return pack
    rules = tuple(r.model_copy(update={"stage": "shadow"}) if r.stage == "active" else r for r in pack.rules)
    return pack.model_copy(update={"pack": f"{pack.pack}@{pack.version}", "rules": rules})


class Sentry(Guard):
    """`guard` with the operator's packs of `store`. Guards without a check that reads packs have nothing to follow."""

    def __init__(self, guard: Guard, store: Store, trust: Trust, clock: Callable[[], datetime]) -> None:
        super().__init__(guard.checks)
        self.trust = trust
        self._store, self._clock = store, clock
        self._words = tuple(check for check in guard.checks if isinstance(check, WordsCheck))
        self._follows = any(isinstance(check, Reloadable) for check in guard.checks) and bool(self._words)
        self.own: frozenset[str] = frozenset()  # names of all packs that the operator ever added
        self._turns, self._keeping = Lock(), Lock()
        self._known: tuple[int, date] | None = None
        self._standing: tuple[tuple[Key, Stage], ...] = ()  # what the checks were compiled from, besides what we ship
        self._kept: Counter[str] = Counter()
        self._kept_at = -_KEEP_EVERY_S

    @cached_property
    def shipped(self) -> tuple[Pack, ...]:
        """What the words are judged by where the operator has no packs; asked for before any are exchanged."""
        return self._words[0].packs if self._words else ()

    def judge(self, *subjects: Subject) -> Verdict:
        """As Guard.judge, by the rules in force now. Raises StorageFailed, Integrity or BackendFailed too, where those
        cannot be known: then nothing passes."""
        self.follow()
        with ExitStack() as stack:
            for check in self._words:
                stack.enter_context(check.held())
            verdict = super().judge(*subjects)
        self._keep_sometimes()
        return verdict

    def follow(self) -> None:
        """Exchange the rules if they are others than before, or a day has passed (rules expire)."""
        if not self._follows:
            return
        with self._store.read() as tx:
            revision = tx.packs.revision()
        if self._known == (revision, date.today()):
            return
        with self._turns:  # whoever comes now waits for the new rules: a third of a second with the packs we ship
            today = date.today()
            with self._store.read() as tx:
                moves = tx.packs.moves()
                standing_now = _judging(moves)
                changed = standing_now != self._standing or (self._known is not None and self._known[1] != today)
                packs = _read_all(tx, standing_now, self.trust) if changed else ()
            if changed:  # a draft that was added, or retired again, is no reason to compile
                self.reload((*self.shipped, *packs))
                self._standing = standing_now
            self.own = frozenset(move.name for move in moves)
            self._known = (moves[-1].number if moves else 0, today)

    # --- counts of rules on trial ---

    def unkept(self) -> Counter[str]:
        """Hits of rules in shadow that this process has not written down yet."""
        seen: Counter[str] = Counter()
        for check in self._words:
            seen.update(check.shadow_counts())
        return seen - self._kept

    def keep(self) -> None:
        """Write them down. Raises StorageFailed; then they are kept next time."""
        with self._keeping:
            new = self.unkept()
            self._kept_at = time.monotonic()
            if new:
                day = (self._clock().astimezone(UTC).date() - date(1970, 1, 1)).days
                with self._store.begin() as tx:
                    tx.packs.count(new, day)
                self._kept += new

    def close(self) -> None:
        self._kept_at = -_KEEP_EVERY_S
        self._keep_sometimes()

    def _keep_sometimes(self) -> None:
        if time.monotonic() - self._kept_at < _KEEP_EVERY_S or not self.unkept():
            return
        try:
            self.keep()
        except StorageFailed as error:  # a verdict is worth more than a count
            log.warning("counts of rules on trial wait: %s", error)


def on_duty(house: House) -> Sentry:
    if not isinstance(house.guard, Sentry):
        raise TypeError("a house is guarded by a Sentry")
    return house.guard


def _judging(moves: tuple[Move, ...]) -> tuple[tuple[Key, Stage], ...]:
    """The versions that take part in judging, and how; in the order of their names."""
    return tuple((key, stage) for key, stage in sorted(standing(moves).items()) if stage in ("shadow", "active"))


def _read_all(tx: Tx, wanted: tuple[tuple[Key, Stage], ...], trust: Trust) -> tuple[Pack, ...]:
    found: list[Pack] = []
    for (name, version), stage in wanted:
        stored = tx.packs.get(name, version)
        trust.uphold(stored)
        try:
            found.append(staged(read(stored.body, name), stage))
        except BadSettings as fault:
            raise BackendFailed("pack", pack=f"{name} {version}", problem=str(fault)) from fault
    return tuple(found)
