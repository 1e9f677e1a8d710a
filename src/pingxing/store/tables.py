"""The tables, one for each kind of fact. Migrations are in `migrations/`; a test holds the two equal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """A point in time as integer microseconds UTC: exact, ordered and alike on every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        delta = value - EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False, unique=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.String(255)),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("label_language", sa.String(8), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    # Wrapped by the master key. Deleting it makes everything sealed for the account unreadable.
    sa.Column("data_key", sa.LargeBinary),
    sa.Column("weight", sa.Integer, nullable=False, server_default="1"),  # its share of steps beside others
    sa.Column("steps_per_day", sa.BigInteger),  # empty: as the settings say
)

sign_in_links = sa.Table(
    "sign_in_links",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("label", sa.String(80), nullable=False),
    sa.Column("prefix", sa.String(16), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("scopes", sa.String(200), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_used_at", Moment),
    sa.Column("revoked_at", Moment),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("credential", sa.String(80), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    # The request holds the prompt, so it is sealed with the account's key; empty after retention.
    sa.Column("request", sa.LargeBinary, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("log_index", sa.BigInteger),
    sa.Column("verdict", sa.Text),
    sa.Column("quoted", sa.LargeBinary),  # sealed: the words that the verdict's findings read in pictures
    sa.Column("cleared", sa.Text, nullable=False, server_default=""),
    sa.Column("error", sa.String(80)),
    sa.Column("timings", sa.Text, nullable=False),
    sa.Column("step", sa.Integer, nullable=False, server_default="0"),
    sa.Column("steps", sa.Integer, nullable=False, server_default="0"),
    sa.Column("preview", sa.String(32)),
    # Thousandths of a step of 1024 x 1024: reserved at admission, and charged once it has ended (empty before).
    sa.Column("cost", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("spent", sa.BigInteger),
    sa.Column("due_at", Moment),  # afterwards it is of no use to whoever asked
    sa.Index("ix_jobs_account_created_at", "account", "created_at"),
    sa.Index("ix_jobs_state_priority", "state", "priority"),
    sa.Index("ix_jobs_created_at", "created_at"),
)

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("job", sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # "output", "preview" or "copy"
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("log_index", sa.BigInteger, nullable=False),
    sa.Column("tree_size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.String(64), nullable=False),
    sa.Column("issued_at", Moment, nullable=False),
    sa.Column("scene", sa.LargeBinary),  # sealed: it quotes the prompt
)

appeals = sa.Table(
    "appeals",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("job", sa.ForeignKey("jobs.id"), nullable=False, unique=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("words", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("answer", sa.LargeBinary),  # sealed
    sa.Column("successor", sa.String(32)),  # the job that ran after the refusal was overturned
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("decided_at", Moment),
    # "contested" by whoever asked, or opened by the house for a "review"
    sa.Column("kind", sa.String(16), nullable=False, server_default="contested"),
    sa.Column("due_at", Moment, nullable=False, server_default="0"),  # by when an answer was promised
    sa.Column("seen_at", Moment),  # when whoever asked first looked at the answer
    sa.Index("ix_appeals_account", "account"),
)

packs = sa.Table(
    "packs",
    metadata,
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("version", sa.String(20), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the body
    sa.Column("body", sa.LargeBinary, nullable=False),  # the file as it was signed; never changed
    sa.Column("signer", sa.String(64), nullable=False),  # raw Ed25519 public key in hex
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("added_at", Moment, nullable=False),
)

# Which stage a pack came to, by whom and when: rows are only added. The highest number names the state of all packs.
pack_moves = sa.Table(
    "pack_moves",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("version", sa.String(20), nullable=False),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("log_index", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.ForeignKeyConstraint(["name", "version"], ["packs.name", "packs.version"]),
)

shadow_hits = sa.Table(
    "shadow_hits",
    metadata,
    sa.Column("rule", sa.String(160), primary_key=True),  # "pack@version/rule"
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),  # days since 1970 (UTC)
    sa.Column("hits", sa.BigInteger, nullable=False),
)

# Who looked for what in retained prompts, and why.
searches = sa.Table(
    "searches",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # of the pack that was tried
    sa.Column("reason", sa.LargeBinary, nullable=False),  # sealed with the house's key
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("looked", sa.Integer, nullable=False),
    sa.Column("shown", sa.Integer, nullable=False),
    sa.Column("log_index", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# What a person said of a delivered picture: rows are only added, the newest one holds.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("receipt", sa.ForeignKey("receipts.id"), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False),  # "marked", "withdrawn" or "lifted"
    sa.Column("category", sa.String(60), nullable=False),
    sa.Column("note", sa.Text, nullable=False),  # public
    sa.Column("link", sa.Text, nullable=False),  # public: where the truth stands; may be empty
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("log_index", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# Pictures that people uploaded. `data` is sealed and goes when its time is over; the consent's facts stay as long as
# the house keeps its logs.
uploads = sa.Table(
    "uploads",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),  # empty once deleted or expired
    sa.Column("facts", sa.LargeBinary, nullable=False),  # sealed: digest, salt, what the file said of itself
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("faces", sa.Integer, nullable=False),  # -1 where nothing here could look for any
    sa.Column("basis", sa.String(16)),  # who is shown, as stated; empty where nothing was stated
    sa.Column("terms", sa.String(64)),  # digest of the statement's wording
    sa.Column("log_index", sa.BigInteger),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("gone_at", Moment),
    sa.Index("ix_uploads_account_created_at", "account", "created_at"),
    sa.Index("ix_uploads_expires_at", "expires_at"),
)

# Refused uploads that their owner shows to a person. `data` is sealed and goes with the answer.
pleas = sa.Table(
    "pleas",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("data", sa.LargeBinary, nullable=False),  # empty once answered or withdrawn
    sa.Column("told", sa.LargeBinary, nullable=False),  # sealed: the plea's words, the file's digest, the verdict
    sa.Column("media_type", sa.String(40), nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("answer", sa.LargeBinary),  # sealed
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("decided_at", Moment),
    sa.Column("seen_at", Moment),
)

# What people ordered of the makers. `told` and `made` are sealed; the pictures are jobs of their own.
orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("credential", sa.String(80), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("told", sa.LargeBinary, nullable=False),
    sa.Column("made", sa.LargeBinary, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Index("ix_orders_account_created_at", "account", "created_at"),
)

# The operator's list of forbidden pictures, as hashes; the pictures themselves are not kept. Rows stay when they
# are taken off the list: who listed what for how long is not forgotten.
forbidden = sa.Table(
    "forbidden",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("hash", sa.String(64), nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("clause", sa.Text, nullable=False),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("log_index", sa.BigInteger, nullable=False),
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("removed_at", Moment),
    sa.Column("changed", sa.BigInteger, nullable=False, index=True),  # log index of the newest entry about it
)

# Who was verified, and by what. `sealed` is opened by the vault of names alone; empty once it was erased.
persons = sa.Table(
    "persons",
    metadata,
    sa.Column("account", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("standing", sa.String(16), nullable=False),
    sa.Column("ring", sa.Integer, nullable=False),  # which key of the vault's ring wraps data_key
    sa.Column("data_key", sa.LargeBinary, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # name, kind and number of the document
    sa.Column("mark", sa.String(64), unique=True),  # keyed hash of the document: one person, one record
    sa.Column("means", sa.String(16), nullable=False),
    sa.Column("by", sa.ForeignKey("accounts.id")),
    sa.Column("log_index", sa.BigInteger),
    sa.Column("at", Moment, nullable=False),
    sa.Column("ends_at", Moment, index=True),  # when it is destroyed, once the account was closed
)

# How somebody tried to be verified: what was entered lies in `persons`, this is what came of it. `words`, to whoever
# looks, are sealed under the record's key and go with it.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("account", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("case", sa.String(32), nullable=False),  # of the last try; an answer to another one comes too late
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("since", Moment, nullable=False),  # that `tries` count from
    sa.Column("appeal", sa.Boolean, nullable=False),  # somebody else than last time has to look
    sa.Column("reason", sa.String(16), nullable=False),
    sa.Column("refused_by", sa.ForeignKey("accounts.id")),
    sa.Column("words", sa.LargeBinary, nullable=False),
)

# Who asked to see whose name. `reason` is sealed with the house's key, because it must outlive the account.
openings = sa.Table(
    "openings",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("subject", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("asker", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("reason", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("second", sa.ForeignKey("accounts.id")),  # who approved or declined
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("decided_at", Moment),
    sa.Column("shown_at", Moment),
)

agreements = sa.Table(
    "agreements",
    metadata,
    sa.Column("account", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("terms", sa.String(64), primary_key=True),  # digest of the text that was agreed to
    sa.Column("credential", sa.String(80), nullable=False),
    sa.Column("log_index", sa.BigInteger, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

copies = sa.Table(
    "copies",
    metadata,
    sa.Column("receipt", sa.ForeignKey("receipts.id"), primary_key=True),  # of the copy
    sa.Column("origin", sa.ForeignKey("receipts.id"), nullable=False, index=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False),
    # Who got it and what for: sealed with the house's key, because it must outlive the account (art. 9).
    sa.Column("recipient", sa.LargeBinary, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

log_entries = sa.Table(
    "log_entries",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

log_nodes = sa.Table(
    "log_nodes",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

log_checkpoints = sa.Table(
    "log_checkpoints",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
)
