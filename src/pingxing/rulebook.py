"""The operator's own rule packs: added as drafts, tried in shadow, brought into force, taken back, retired.

    add()        a file whose every case passes, signed and kept for ever under its name and version
    stage()      draft -> shadow -> active -> retired; a version that comes into force retires the one before it
    roll_back()  the version before this one, in one step
    shelf()      what there is; `history()` who did what when; `difference()` between two versions

Every step is an entry of the ledger without content: name, version, digest and stage. All processes judge by the new
rules before their next verdict (`sentry`). The packs that ship with the program are not changed here.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pingxing.errors import BadSettings, Conflict, InvalidRequest, NotFound
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.ledger import entries
from pingxing.policy.packs import default_packs, prove
from pingxing.policy.rules import Pack
from pingxing.sentry import on_duty, read
from pingxing.store.packs import Move, Stage, StoredPack, standing
from pingxing.store.store import Tx
from pingxing.types import Actor, Scope

MOST_BYTES = 4 * 1024 * 1024
MOST = {"rules": 500, "terms": 200_000, "cases": 5_000, "combinations": 1_000}
STAGES: tuple[Stage, ...] = ("draft", "shadow", "active", "retired")
NEXT: dict[Stage, tuple[Stage, ...]] = {
    "draft": ("shadow", "retired"),
    "shadow": ("active", "retired"),
    "active": ("shadow", "retired"),
    "retired": ("shadow",),
}


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a pack. `pack` is None where this program can no longer read it."""

    name: str
    version: str
    stage: Stage
    digest: str
    house_signed: bool  # by this studio for an operator, not by the operator's own key
    added_at: datetime
    staged_at: datetime
    body: bytes
    pack: Pack | None

    @property
    def next(self) -> tuple[Stage, ...]:
        return NEXT[self.stage]


def readable(body: bytes) -> Pack:
    """The pack in these bytes, its cases not yet tried; nothing is kept.

    Raises InvalidRequest: "pack_unreadable" (names the member), "pack_limit"; Conflict "pack_name" for the name of a
    pack that ships with the program.
    """
    if len(body) > MOST_BYTES:
        raise InvalidRequest("pack_limit", what=f"{len(body)} B", most=MOST_BYTES)
    with _as_request():
        pack = read(body, "pack")
    _bound(pack)
    if pack.pack in {shipped.pack for shipped in default_packs()}:
        raise Conflict("pack_name", pack=pack.pack)
    return pack


def checked(body: bytes) -> Pack:
    """The same, proved by its own cases. Raises InvalidRequest "pack_case" too: names the rule and the case."""
    pack = readable(body)
    with _as_request():
        prove(pack, "pack")
    return pack


@contextmanager
def _as_request() -> Iterator[None]:
    """What would be a bad setting in a file of ours is a bad request where somebody hands it in."""
    try:
        yield
    except BadSettings as fault:
        raise InvalidRequest(fault.reason, **{k: v for k, v in fault.params.items() if k != "file"}) from fault


def _bound(pack: Pack) -> None:
    if "/" in pack.pack:
        raise InvalidRequest("pack_unreadable", problem="pack: a pack's name has no '/'")
    lists = [terms for words in pack.lists.values() for terms in (words, words.not_in)]
    cases = [terms for rule in pack.rules for terms in (rule.cases.stop, rule.cases.allow)]
    counts = {
        "rules": len(pack.rules),
        "terms": sum(len(terms.en) + len(terms.zh) for terms in lists),
        "cases": sum(len(terms.en) + len(terms.zh) for terms in cases),
        "combinations": sum(len(rule.when) for rule in pack.rules),
    }
    for what, count in counts.items():
        if count > MOST[what]:
            raise InvalidRequest("pack_limit", what=f"{count} {what}", most=MOST[what])


def add(house: House, actor: Actor, body: bytes, signature: bytes | None = None) -> Edition:
    """Keep a pack as a draft. Adding the same bytes again changes nothing.

    `signature`: Ed25519 over the bytes, by a key of the setting `pack_keys`; where that is set, one is needed, else
    the house signs. Raises Forbidden, InvalidRequest, Conflict ("pack_version": another content under that version).
    """
    require(actor, Scope.OPERATE)
    pack = checked(body)
    signer, signed = _signature(house, body, signature)
    digest = hashlib.sha256(body).hexdigest()
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        if any((known.version, known.digest) == (pack.version, digest) for known in tx.packs.of(pack.pack)):
            return _edition(house, tx, pack.pack, pack.version)
        now = house.clock()
        stored = StoredPack(pack.pack, pack.version, digest, body, signer, signed, actor.account, now)
        tx.packs.add(stored)
        _move(house, tx, actor, stored, "draft")
        house.ledger.seal(tx.log)
        return _edition(house, tx, pack.pack, pack.version)


def _signature(house: House, body: bytes, signature: bytes | None) -> tuple[str, bytes]:
    trust = on_duty(house).trust
    if signature is None and not trust.keys:
        return trust.sign(body)
    signer = None if signature is None else trust.signer(body, signature)
    if signer is None or signature is None:
        raise InvalidRequest("pack_signature")
    return signer, signature


def stage(house: House, actor: Actor, name: str, wanted: Stage, version: str | None = None) -> Edition:
    """Bring a version (the newest when None) to a stage. From the return on, this and every other process judge so.

    Raises Forbidden, NotFound, Conflict ("pack_stage": not from where it is now).
    """
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        stored = _stored(tx, name, version)
        now = standing(tx.packs.moves(name))[stored.key]
        if wanted not in NEXT[now]:
            raise Conflict("pack_stage", stage=now, wanted=wanted)
        if wanted == "active":
            _make_way(house, tx, actor, stored)
        _move(house, tx, actor, stored, wanted)
        house.ledger.seal(tx.log)
        edition = _edition(house, tx, name, stored.version)
    on_duty(house).follow()
    return edition


def roll_back(house: House, actor: Actor, name: str) -> Edition:
    """Bring back the version that was in force before this one. Raises Forbidden, NotFound, Conflict ("pack_first")."""
    require(actor, Scope.OPERATE)
    with house.store.begin() as tx:
        tx.log.lock()
        house.identity.still(tx, actor.account, actor.credential)
        _stored(tx, name, None)
        earlier = _earlier(tx.packs.moves(name))
        if earlier is None:
            raise Conflict("pack_first", pack=name)
        stored = tx.packs.get(name, earlier)
        _make_way(house, tx, actor, stored)
        _move(house, tx, actor, stored, "active")
        house.ledger.seal(tx.log)
        edition = _edition(house, tx, name, earlier)
    on_duty(house).follow()
    return edition


def _earlier(moves: tuple[Move, ...]) -> str | None:
    """The version that was in force before the one that is. None where nothing is in force, or nothing was before."""
    current = next((version for (_, version), stage in standing(moves).items() if stage == "active"), None)
    if current is None:
        return None
    came = [move.version for move in moves if move.stage == "active"]
    last = len(came) - 1 - came[::-1].index(current)
    return next((version for version in reversed(came[:last]) if version != current), None)


def _make_way(house: House, tx: Tx, actor: Actor, coming: StoredPack) -> None:
    for (name, version), now in standing(tx.packs.moves(coming.name)).items():
        if now == "active" and version != coming.version:
            _move(house, tx, actor, tx.packs.get(name, version), "retired")


def _move(house: House, tx: Tx, actor: Actor, pack: StoredPack, wanted: Stage) -> None:
    who = house.ledger.pseudonym(actor.account)
    entry = entries.Staged(who, pack.name, pack.version, pack.digest, wanted)
    place = house.ledger.append(tx.log, entry)
    tx.packs.move(pack, wanted, actor.account, place.index, house.clock())


def _stored(tx: Tx, name: str, version: str | None) -> StoredPack:
    """The version asked for, the newest when None. Raises NotFound."""
    if version is not None:
        return tx.packs.get(name, version)
    versions = tx.packs.of(name)
    if not versions:
        raise NotFound("pack", pack=name)
    return versions[-1]


# --- looking ---


def shelf(house: House, actor: Actor) -> tuple[Edition, ...]:
    """Every version of every pack of the operator's: by name, the newest first."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        moves = tx.packs.moves()
        stages = standing(moves)
        when = {move.key: move.at for move in moves}
        names = sorted({name for name, _ in stages})
        stored = [pack for name in names for pack in reversed(tx.packs.of(name))]
    return tuple(_told(house, pack, stages[pack.key], when[pack.key]) for pack in stored)


def show(house: House, actor: Actor, name: str, version: str | None = None) -> Edition:
    """One version, the newest when None. Raises Forbidden, NotFound."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        return _edition(house, tx, name, _stored(tx, name, version).version)


@dataclass(frozen=True, slots=True)
class Step:
    """Who brought which version to which stage; `by` is the name of an operator's account, not of a user's."""

    version: str
    stage: Stage
    by: str
    at: datetime
    log_index: int


def history(house: House, actor: Actor, name: str) -> tuple[Step, ...]:
    """Newest first. Raises Forbidden, NotFound."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        _stored(tx, name, None)
        names = {account.id: account.name for account in tx.people.all()}
        moves = tx.packs.moves(name)
    return tuple(
        Step(move.version, move.stage, names.get(move.account, ""), move.at, move.log_index) for move in moves[::-1]
    )


def difference(house: House, actor: Actor, name: str, old: str, new: str) -> tuple[str, ...]:
    """Lines of a unified diff between the files of two versions. Raises Forbidden, NotFound."""
    require(actor, Scope.OPERATE)
    with house.store.read() as tx:
        before, after = tx.packs.get(name, old), tx.packs.get(name, new)
    was, now = (pack.body.decode("utf-8").splitlines() for pack in (before, after))
    return tuple(difflib.unified_diff(was, now, f"{name} {old}", f"{name} {new}", lineterm="", n=2))


def _edition(house: House, tx: Tx, name: str, version: str) -> Edition:
    moves = tx.packs.moves(name)
    last: Any = [move for move in moves if move.version == version][-1]
    return _told(house, tx.packs.get(name, version), last.stage, last.at)


def _told(house: House, stored: StoredPack, stage: Stage, at: datetime) -> Edition:
    try:
        pack = read(stored.body, stored.name)
    except BadSettings:
        pack = None
    return Edition(
        name=stored.name,
        version=stored.version,
        stage=stage,
        digest=stored.digest,
        house_signed=stored.signer == house.ledger.signing.public.hex(),
        added_at=stored.added_at,
        staged_at=at,
        body=stored.body,
        pack=pack,
    )
