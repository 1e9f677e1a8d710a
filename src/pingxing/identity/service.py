"""Who is who: accounts, sign-in, sessions, keys. Every way in ends in an `Actor`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from pingxing.errors import Forbidden, InvalidRequest, NotFound, Overloaded, StorageFailed, Unauthenticated
from pingxing.identity.authority import require
from pingxing.identity.secrets import KEY_PREFIX, digest, hash_password, new_id, new_secret, password_matches
from pingxing.identity.vault import NameVault
from pingxing.settings import Settings
from pingxing.store.people import Account, KeyInfo
from pingxing.store.store import Store, Tx
from pingxing.store.vault import Vault
from pingxing.types import LANGUAGES, ROLE_SCOPES, Actor, Language, Role, Scope

log = logging.getLogger(__name__)

LOCAL_ADMIN = "admin"
MAX_WEIGHT = 100
MAX_STEPS_PER_DAY = 10**9
LINK_LIFETIME = timedelta(hours=24)
_KEY_TOUCH = timedelta(minutes=1)  # last_used_at is only this exact: a write for each call would be waste


@dataclass(frozen=True, slots=True)
class SignedIn:
    cookie: str
    actor: Actor


@dataclass(frozen=True, slots=True)
class Session:
    actor: Actor
    csrf: str
    name: str


@dataclass(frozen=True, slots=True)
class Profile:
    id: str
    name: str
    role: Role
    language: Language
    label_language: Language
    active: bool
    created_at: datetime
    has_password: bool
    weight: int  # of its steps beside other accounts'
    steps_per_day: int | None  # None: as the settings say


class Identity:
    """Its writes concern people, never work: jobs, receipts and the ledger are flow's alone."""

    def __init__(
        self, store: Store, vault: Vault, names: NameVault, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._vault, self._settings, self._clock = store, vault, settings, clock
        self.names = names
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = parse(f"{settings.sign_in_per_minute}/minute")

    # --- first start and the local shell ---

    def first_link(self) -> str | None:
        """The one-time secret for the local administrator's first sign-in; makes the account if there is none.

        None once the administrator has set a password: then the password is the way in.
        """
        with self._store.begin() as tx:
            admin = self._local_admin(tx)
            return None if admin.password_hash else self._new_link(tx, admin.id)

    def new_link(self, actor: Actor, account_id: str) -> str:
        require(actor, Scope.OPERATE)
        with self._store.begin() as tx:
            return self._new_link(tx, tx.people.account(account_id).id)

    def local_actor(self, language: Language) -> Actor:
        """Whoever may read the data folder's keys is the administrator already: the local shell."""
        with self._store.begin() as tx:
            return _actor(self._local_admin(tx), "local", language=language)

    def _local_admin(self, tx: Tx) -> Account:
        try:
            return tx.people.by_name(LOCAL_ADMIN)
        except NotFound:
            return self._add_account(tx, LOCAL_ADMIN, Role.ADMIN, None)

    def _new_link(self, tx: Tx, account_id: str) -> str:
        secret = new_secret()
        tx.people.add_link(digest(secret), account_id, self._clock() + LINK_LIFETIME)
        return secret

    # --- ways in ---

    def sign_in(self, name: str, password: str, client: str) -> SignedIn:
        """Raises Unauthenticated (without saying which of the two was wrong), Overloaded after too many tries."""
        for who in (f"client:{client}", f"name:{name}"):
            if not self._limiter.hit(self._rate, who):
                raise Overloaded("sign_in", retry_after=60)
        with self._store.read() as tx:
            try:
                account: Account | None = tx.people.by_name(name)
            except NotFound:
                account = None
        stored = None if account is None else account.password_hash
        if not password_matches(stored, password) or account is None or not account.active:
            raise Unauthenticated("password")
        with self._store.begin() as tx:
            return self._new_session(tx, account)

    def sign_in_by_link(self, token: str) -> SignedIn:
        """Raises Unauthenticated for a link that was used, has expired or never was."""
        with self._store.begin() as tx:
            account_id = tx.people.use_link(digest(token), self._clock())
            if account_id is None:
                raise Unauthenticated("link")
            account = tx.people.account(account_id)
            if not account.active:
                raise Unauthenticated("inactive")
            return self._new_session(tx, account)

    def _new_session(self, tx: Tx, account: Account) -> SignedIn:
        cookie, now = new_secret(), self._clock()
        expires_at = now + timedelta(hours=self._settings.session_hours)
        tx.people.add_session(digest(cookie), account.id, new_secret(), now, expires_at)
        return SignedIn(cookie, _actor(account, f"session:{digest(cookie)}"))

    def session(self, cookie: str) -> Session:
        """Raises Unauthenticated when the session ended, expired, or its account was closed."""
        with self._store.read() as tx:
            stored = tx.people.session(digest(cookie))
            if stored is None or stored.ended_at is not None or stored.expires_at <= self._clock():
                raise Unauthenticated("session")
            account = tx.people.account(stored.account)
        if not account.active:
            raise Unauthenticated("inactive")
        return Session(_actor(account, f"session:{stored.hash}"), stored.csrf, account.name)

    def sign_out(self, cookie: str) -> None:
        with self._store.begin() as tx:
            tx.people.end_sessions(self._clock(), digest=digest(cookie))

    def by_key(self, secret: str) -> Actor:
        """Raises Unauthenticated for a key that is unknown or revoked, or whose account was closed."""
        if not secret.startswith(KEY_PREFIX):
            raise Unauthenticated("key")
        with self._store.read() as tx:
            key = tx.people.key_by_hash(digest(secret))
            if key is None:
                raise Unauthenticated("key")
            account = tx.people.account(key.account)
        _refuse_dead_key(key, account)
        now = self._clock()
        if key.last_used_at is None or now - key.last_used_at > _KEY_TOUCH:
            try:
                with self._store.begin() as tx:
                    tx.people.update_key(key.id, last_used_at=now)
            except StorageFailed as error:  # a full disk must not keep anyone from reading what is theirs
                log.warning("key %s: %s", key.id, error)
        return _actor(account, f"key:{key.id}", scopes=key.scopes)

    def still(self, tx: Tx, account_id: str, credential: str) -> Actor:
        """The actor behind a credential as things stand now: asked again when the work runs.

        A closed account or a revoked key stops work that was admitted before. A session that has
        merely ended (signed out, expired) does not: signing out takes back access, not wishes.
        Raises Unauthenticated.
        """
        account = tx.people.account(account_id)
        if not account.active:
            raise Unauthenticated("inactive")
        kind, _, name = credential.partition(":")
        if kind == "key":
            key = tx.people.key(name)
            _refuse_dead_key(key, account)
            return _actor(account, credential, scopes=key.scopes)
        return _actor(account, credential)

    def named(self, tx: Tx, account_id: str) -> None:
        """Raises Forbidden where real names are required and nobody has verified whose account it is."""
        if self._settings.real_names == "required" and not tx.persons.verified(account_id):
            raise Forbidden("real_name")

    def maker(self, tx: Tx, account_id: str, credential: str) -> Actor:
        """`still`, and it may make things: asked again when the work runs. Raises Unauthenticated, Forbidden."""
        actor = self.still(tx, account_id, credential)
        require(actor, Scope.GENERATE)
        self.named(tx, account_id)
        return actor

    # --- oneself ---

    def profile(self, actor: Actor) -> Profile:
        with self._store.read() as tx:
            return _profile(tx.people.account(actor.account))

    def update_profile(
        self, actor: Actor, *, language: Language | None = None, label_language: Language | None = None
    ) -> Profile:
        require(actor, Scope.MANAGE)
        changes = {
            member: value
            for member, value in {"language": language, "label_language": label_language}.items()
            if value is not None
        }
        for member, value in changes.items():
            if value not in LANGUAGES:
                raise InvalidRequest("unknown_language", member=member, value=value)
        with self._store.begin() as tx:
            if changes:
                tx.people.update(actor.account, **changes)
            return _profile(tx.people.account(actor.account))

    def set_password(self, actor: Actor, *, old: str, new: str) -> None:
        """Also ends every other session. `old` is not asked where no password was set. Raises Unauthenticated."""
        require(actor, Scope.MANAGE)
        stretched = hash_password(new)
        with self._store.read() as tx:
            stored = tx.people.account(actor.account).password_hash
        if stored is not None and not password_matches(stored, old):
            raise Unauthenticated("password")
        with self._store.begin() as tx:
            tx.people.update(actor.account, password_hash=stretched)

    # --- keys ---

    def keys(self, actor: Actor) -> tuple[KeyInfo, ...]:
        require(actor, Scope.MANAGE)
        with self._store.read() as tx:
            return tx.people.keys_of(actor.account)

    def make_key(self, actor: Actor, label: str, scopes: frozenset[Scope]) -> tuple[KeyInfo, str]:
        """A new key and its secret, which is shown this once. A key never carries more than its maker may do."""
        require(actor, Scope.MANAGE)
        label = label.strip()
        if not 1 <= len(label) <= 80:
            raise InvalidRequest("length", member="label", least=1, most=80)
        if not scopes or not scopes <= actor.scopes:
            raise Forbidden("scope", scope=", ".join(sorted(scopes - actor.scopes)) or "-")
        secret = KEY_PREFIX + new_secret()
        key = KeyInfo(new_id(), actor.account, label, secret[:9], scopes, self._clock(), None, None)
        with self._store.begin() as tx:
            tx.people.add_key(key, digest(secret))
        return key, secret

    def revoke_key(self, actor: Actor, key_id: str) -> None:
        """Raises NotFound for a key that is not one's own, unless the actor operates the studio."""
        require(actor, Scope.MANAGE)
        with self._store.begin() as tx:
            key = tx.people.key(key_id)
            if key.account != actor.account and not actor.may(Scope.OPERATE):
                raise NotFound("key")
            if key.revoked_at is None:
                tx.people.update_key(key_id, revoked_at=self._clock())

    # --- other people ---

    def accounts(self, actor: Actor) -> tuple[Profile, ...]:
        require(actor, Scope.OPERATE)
        with self._store.read() as tx:
            return tuple(_profile(account) for account in tx.people.all())

    def create_account(self, actor: Actor, name: str, role: Role, password: str) -> Profile:
        require(actor, Scope.OPERATE)
        name = name.strip()
        if not 1 <= len(name) <= 80:
            raise InvalidRequest("length", member="name", least=1, most=80)
        stretched = hash_password(password)
        with self._store.begin() as tx:
            return _profile(self._add_account(tx, name, role, stretched))

    def set_active(self, actor: Actor, account_id: str, active: bool) -> None:
        """Closing an account ends its sessions and stops what it has queued. One cannot close one's own."""
        require(actor, Scope.OPERATE)
        if account_id == actor.account:
            raise Forbidden("own_account")
        with self._store.begin() as tx:
            tx.people.update(account_id, active=active)
            if not active:
                tx.people.end_sessions(self._clock(), account=account_id)
            # Whose account it was can be asked as long as what it asked for; then the key of that goes as well.
            horizon = self._clock() + timedelta(days=self._settings.retention_days)
            tx.persons.ends(account_id, None if active else horizon)

    def set_share(self, actor: Actor, account_id: str, *, weight: int, steps_per_day: int | None) -> None:
        """How an account's steps count beside others', and how many it may have run in 24 hours (None: as the settings
        say; 0: none at all). Raises InvalidRequest naming the member, NotFound."""
        require(actor, Scope.OPERATE)
        for member, value, least, most in (
            ("weight", weight, 1, MAX_WEIGHT),
            ("steps_per_day", 0 if steps_per_day is None else steps_per_day, 0, MAX_STEPS_PER_DAY),
        ):
            if not least <= value <= most:
                raise InvalidRequest("between", member=member, value=value, least=least, most=most)
        with self._store.begin() as tx:
            tx.people.update(account_id, weight=weight, steps_per_day=steps_per_day)

    def _add_account(self, tx: Tx, name: str, role: Role, password_hash: str | None) -> Account:
        account_id = new_id()
        settings = self._settings
        account = Account(
            account_id, name, role, password_hash, settings.language, settings.label_language, True, self._clock()
        )
        tx.people.add(account, self._vault.new_data_key(account_id))
        return account


def _refuse_dead_key(key: KeyInfo, account: Account) -> None:
    if key.revoked_at is not None:
        raise Unauthenticated("key_revoked")
    if not account.active:
        raise Unauthenticated("inactive")


def _actor(
    account: Account, credential: str, *, scopes: frozenset[Scope] | None = None, language: Language | None = None
) -> Actor:
    granted = ROLE_SCOPES[account.role]
    return Actor(
        account=account.id,
        role=account.role,
        scopes=granted if scopes is None else granted & scopes,
        credential=credential,
        language=language or account.language,
        label_language=account.label_language,
    )


def _profile(account: Account) -> Profile:
    return Profile(
        id=account.id,
        name=account.name,
        role=account.role,
        language=account.language,
        label_language=account.label_language,
        active=account.active,
        created_at=account.created_at,
        has_password=account.password_hash is not None,
        weight=account.weight,
        steps_per_day=account.steps_per_day,
    )
