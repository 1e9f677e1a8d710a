"""What is written down: one frozen class for each kind of event, and one spelling in bytes.

An entry is forever, so it holds digests and pseudonyms and never a name or a word of a prompt. Each
member's form is fixed by a pattern that free text cannot meet, and unknown members are refused: a
slip in the caller is an error here and not a leak in the log.

Bytes are JSON in the canonical form of RFC 8785, restricted to ASCII strings, integers and lists of
strings, where that form is: members sorted, no white space.
"""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import ClassVar, Literal, cast, get_args

VERSION = 1
SALT_BYTES = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Identifiers are at least 16 characters without a space: a UUID, a ULID, 12 random bytes in base64;
# no word of a prompt. Rules, models and error codes come from the product's own short lists.
_FORMS = {
    "digest": re.compile(r"[0-9a-f]{64}"),
    "pseudonym": re.compile(r"[0-9a-f]{32}"),
    "id": re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{15,63}"),
    "name": re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/@+-]{0,99}"),
    "code": re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*"),
}

Stage = Literal["input", "output"]
Outcome = Literal["upheld", "overturned"]
Ending = Literal["upheld", "overturned", "withdrawn"]
Status = Literal["draft", "shadow", "active", "retired"]
Notice = Literal["marked", "withdrawn", "lifted"]
Basis = Literal["nobody", "myself", "agreed"]
Listing = Literal["added", "removed"]
Standing = Literal["asked", "verified", "refused", "leaving", "erased"]
Turn = Literal["asked", "approved", "declined", "shown"]
Means = Literal["by_hand", "service", "time"]

# What a member of that name must look like, in whatever kind it appears.
_MEMBERS: dict[str, str | tuple[str, ...]] = {
    "job": "id",
    "receipt": "id",
    "appeal": "id",
    "origin": "id",
    "actor": "pseudonym",
    "prompt": "digest",
    "artifact": "digest",
    "label": "digest",
    "statement": "digest",
    "terms": "digest",
    "recipient": "digest",
    "model": "name",
    "rules": "names",
    "error": "code",
    "count": "integer",
    "position": "integer",
    "step": "integer",
    "stage": get_args(Stage),
    "outcome": get_args(Outcome),
    "ending": get_args(Ending),
    "pack": "name",
    "version": "name",
    "body": "digest",
    "status": get_args(Status),
    "notice": get_args(Notice),
    "upload": "id",
    "picture": "digest",
    "basis": get_args(Basis),
    "listed": "id",
    "listing": get_args(Listing),
    "subject": "pseudonym",
    "standing": get_args(Standing),
    "opening": "id",
    "turn": get_args(Turn),
    "means": get_args(Means),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Base of all kinds. Raises ValueError naming a member (never its content) that has a wrong form."""

    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for member in fields(self):
            if not _fits(_MEMBERS[member.name], getattr(self, member.name)):
                raise ValueError(f"{self.kind}.{member.name}: not in the form of an entry")


def _fits(form: str | tuple[str, ...], value: object) -> bool:
    if isinstance(form, tuple):
        return value in form
    if form == "integer":
        return type(value) is int and 0 <= value < 2**53
    if form == "names":
        return isinstance(value, tuple) and 0 < len(value) <= 50 and all(_fits("name", item) for item in value)
    return isinstance(value, str) and len(value) <= 100 and _FORMS[form].fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Admitted(Entry):
    """A job was accepted. `prompt` is `commit(prompt, salt)`; `count` how many pictures were asked for."""

    kind: ClassVar[str] = "admitted"
    job: str
    actor: str
    prompt: str
    model: str
    count: int


@dataclass(frozen=True, slots=True)
class Refused(Entry):
    """Rules stopped a job, at its prompt or at its picture. Ends the job."""

    kind: ClassVar[str] = "refused"
    job: str
    actor: str
    prompt: str
    rules: tuple[str, ...]
    stage: Stage


@dataclass(frozen=True, slots=True)
class Labelled(Entry):
    """A file was labelled and read back. `label` is the digest of the label record, `artifact` of the file."""

    kind: ClassVar[str] = "labelled"
    job: str
    artifact: str
    label: str


@dataclass(frozen=True, slots=True)
class Delivered(Entry):
    """Picture `position` (0-based) of a job may be handed out, against `receipt`."""

    kind: ClassVar[str] = "delivered"
    job: str
    actor: str
    receipt: str
    position: int
    artifact: str
    model: str


@dataclass(frozen=True, slots=True)
class Previewed(Entry):
    """A labelled picture of a job under way was shown, `step` steps in."""

    kind: ClassVar[str] = "previewed"
    job: str
    receipt: str
    step: int
    artifact: str
    label: str


@dataclass(frozen=True, slots=True)
class Cancelled(Entry):
    """Ends the job."""

    kind: ClassVar[str] = "cancelled"
    job: str
    actor: str


@dataclass(frozen=True, slots=True)
class Failed(Entry):
    """No further try will be made. `error` is a code of pingxing.errors. Ends the job."""

    kind: ClassVar[str] = "failed"
    job: str
    error: str


@dataclass(frozen=True, slots=True)
class Appealed(Entry):
    """A person contested a refusal. `statement` is `commit(their words, salt)`."""

    kind: ClassVar[str] = "appealed"
    job: str
    actor: str
    appeal: str
    statement: str


@dataclass(frozen=True, slots=True)
class Review(Entry):
    """A rule was not sure, so the house itself put the refusal before people, as if it had been contested."""

    kind: ClassVar[str] = "review"
    job: str
    appeal: str


@dataclass(frozen=True, slots=True)
class Decided(Entry):
    """`actor`, a person, decided an appeal. `statement` is `commit(their reasons, salt)`."""

    kind: ClassVar[str] = "decided"
    job: str
    actor: str
    appeal: str
    outcome: Outcome
    statement: str


@dataclass(frozen=True, slots=True)
class Agreed(Entry):
    """An account took on the duties of whoever holds a copy without a visible mark. `terms`: digest of their text."""

    kind: ClassVar[str] = "agreed"
    actor: str
    terms: str


@dataclass(frozen=True, slots=True)
class Copied(Entry):
    """A copy of `origin`'s picture without a visible mark may be handed out, against `receipt`.

    `recipient` is `commit(who gets it and what for, salt)`.
    """

    kind: ClassVar[str] = "copied"
    job: str
    actor: str
    receipt: str
    origin: str
    artifact: str
    label: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Staged(Entry):
    """The operator brought a rule pack of its own to a stage. `body`: SHA-256 of the file; no rule is quoted."""

    kind: ClassVar[str] = "pack"
    actor: str
    pack: str
    version: str
    body: str
    status: Status


@dataclass(frozen=True, slots=True)
class Searched(Entry):
    """`actor` looked up what the pack `body` would have stopped, and was shown words of `count` retained prompts.

    `statement` is `commit(the stated reason, salt)`.
    """

    kind: ClassVar[str] = "searched"
    actor: str
    body: str
    count: int
    statement: str


@dataclass(frozen=True, slots=True)
class Noticed(Entry):
    """`actor`, a person, marked a delivered picture, withdrew it (`release` refuses then), or lifted that again.

    `statement` is `commit(the public note and link, salt)`.
    """

    kind: ClassVar[str] = "notice"
    job: str
    actor: str
    receipt: str
    notice: Notice
    statement: str


@dataclass(frozen=True, slots=True)
class Consented(Entry):
    """Whoever uploaded a picture stated who is shown and that they agreed (deep-synthesis provisions, art. 14).

    `picture` is `commit(SHA-256 of the file, salt)`; `terms` the digest of the wording that was put before them.
    """

    kind: ClassVar[str] = "consented"
    actor: str
    upload: str
    picture: str
    terms: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Declined(Entry):
    """Rules stopped an upload. It was not kept, so nothing here says what it was."""

    kind: ClassVar[str] = "declined"
    actor: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pleaded(Entry):
    """Whoever brought a refused picture asked a person to look at it. `picture` is `commit(SHA-256 of the file, salt)`,
    `statement` `commit(their words, salt)`."""

    kind: ClassVar[str] = "pleaded"
    actor: str
    appeal: str
    picture: str
    rules: tuple[str, ...]
    statement: str


@dataclass(frozen=True, slots=True)
class Answered(Entry):
    """A plea ended: a person decided it, or whoever made it took it back. Its picture is deleted with this.

    `statement` is `commit(the reasons, salt)`.
    """

    kind: ClassVar[str] = "answered"
    actor: str
    appeal: str
    ending: Ending
    statement: str


@dataclass(frozen=True, slots=True)
class Looked(Entry):
    """`actor`, a person, was shown a picture that was stopped, to decide `appeal`."""

    kind: ClassVar[str] = "looked"
    actor: str
    appeal: str


@dataclass(frozen=True, slots=True)
class Listed(Entry):
    """The operator put a picture on the list of forbidden ones, or took it off.

    `statement` is `commit(hash, reason and clause, salt)`.
    """

    kind: ClassVar[str] = "forbidden"
    actor: str
    listed: str
    listing: Listing
    statement: str


@dataclass(frozen=True, slots=True)
class Vetted(Entry):
    """`subject` asked that their account be verified, was verified or refused, leaves, or was erased; never who it is.

    `actor` is the operator who looked at the document or erased the record, or the service that was asked; `subject`
    itself for what they did themselves (asked, took back, want it deleted), and where the record's time was over.
    """

    kind: ClassVar[str] = "person"
    actor: str
    subject: str
    standing: Standing
    means: Means


@dataclass(frozen=True, slots=True)
class Opened(Entry):
    """`actor` asked to see who `subject` is, approved or declined that, or was shown it.

    `statement` is `commit(the stated reason, salt)`, the same at every turn of one opening.
    """

    kind: ClassVar[str] = "opening"
    actor: str
    subject: str
    opening: str
    turn: Turn
    statement: str


KINDS: dict[str, type[Entry]] = {
    cls.kind: cls
    for cls in (
        Admitted, Refused, Labelled, Delivered, Previewed, Cancelled, Failed, Appealed, Review, Decided, Agreed,
        Copied, Staged, Searched, Noticed, Consented, Declined, Pleaded, Answered, Looked,
        Listed, Vetted, Opened,
    )
}  # fmt: skip


# --- bytes ---------------------------------------------------------------------------------------


def encode(entry: Entry, at: datetime) -> bytes:
    """Canonical bytes of an entry recorded at `at` (aware; kept in microseconds since 1970 UTC)."""
    if KINDS.get(entry.kind) is not type(entry):
        raise ValueError(f"{type(entry).__name__} is no kind of entry")
    members = {member.name: getattr(entry, member.name) for member in fields(entry)}
    return _canonical({**members, "kind": entry.kind, "v": VERSION, "at": microseconds(at)})


def decode(data: bytes) -> tuple[Entry, datetime]:
    """The entry and its time. Raises ValueError unless the bytes are exactly what `encode` writes."""
    try:
        record = json.loads(data.decode("ascii"))
    except RecursionError as error:
        raise ValueError("an entry is nested too deeply") from error
    if not isinstance(record, dict) or record.get("v") != VERSION or not _fits("integer", record.get("at")):
        raise ValueError("not an entry of this version")
    cls = KINDS.get(str(record.get("kind")))
    if cls is None:
        raise ValueError("unknown kind of entry")
    members = {k: v for k, v in record.items() if k not in ("kind", "v", "at")}
    if members.keys() != {member.name for member in fields(cls)}:
        raise ValueError(f"{cls.kind}: members missing or unknown")
    if isinstance(members.get("rules"), list):
        members["rules"] = tuple(members["rules"])
    entry, at = cls(**members), from_microseconds(cast(int, record["at"]))
    if encode(entry, at) != data:
        raise ValueError(f"{cls.kind}: not in canonical form")
    return entry, at


def handed_over(data: bytes) -> tuple[str, str] | None:
    """Receipt and digest of the file that this entry says somebody got; None for any other entry."""
    entry, _ = decode(data)
    return (entry.receipt, entry.artifact) if isinstance(entry, Delivered | Previewed | Copied) else None


def _canonical(record: dict[str, object]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def microseconds(at: datetime) -> int:
    """Exact microseconds since 1970 UTC. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(value: int) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError as error:
        raise ValueError("a time beyond the calendar") from error


# --- digests of what may not be written down -----------------------------------------------------


def commit(text: str, salt: bytes) -> str:
    """SHA-256(salt || text), hex. Hides the text from whoever lacks the salt, binds whoever holds it.

    The salt (16 random bytes or more) is kept encrypted beside the job: destroying it leaves a
    commitment that says nothing. Raises ValueError for a short salt.
    """
    if len(salt) < SALT_BYTES:
        raise ValueError("a salt of fewer than 16 bytes can be searched")
    return sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()


def pseudonym(key: bytes, account: str) -> str:
    """HMAC-SHA-256(key, account), its first 16 bytes in hex."""
    return hmac.new(key, account.encode("utf-8"), sha256).digest()[:16].hex()
