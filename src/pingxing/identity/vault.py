"""The vault of real names: who a person is, apart from everything they make.

Each record is sealed under a data key of its own, and that under the newest key of a ring, files in `keys/identity/`
that nothing else uses. Destroying a record's data key destroys the record; a new key on the ring, and the old file
deleted, make that true of old copies of the database as well. A record is found by a keyed hash alone.
"""

from __future__ import annotations

import hmac
import json
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import cast

from pingxing.errors import Integrity, InvalidRequest
from pingxing.papers import PAPERS, Paper, canonical
from pingxing.store.blobs import storage_failed
from pingxing.store.vault import Vault, secret_file

MAX_NAME, MAX_NUMBER = 100, 40  # characters


@dataclass(frozen=True, slots=True)
class Person:
    """Name and document. Neither appears where the value is printed, so that no log and no traceback can hold them."""

    name: str = field(repr=False)
    paper: Paper
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    ring: int  # number of the key of the ring
    data_key: bytes
    data: bytes


def person(name: str, paper: str, number: str, today: date) -> Person:
    """As it is kept: the name in composed characters with single spaces, the number in its one way of writing.

    Raises InvalidRequest, which names the member and never its content.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(plain) <= MAX_NAME:
        raise InvalidRequest("length", member="name", least=1, most=MAX_NAME)
    if not plain.isprintable():
        raise InvalidRequest("person_name", member="name")
    known = next((one for one in PAPERS if one == paper), None)
    if known is None:
        raise InvalidRequest("person_paper", member="paper", papers=", ".join(PAPERS))
    found = canonical(known, number, today) if len(number) <= MAX_NUMBER else None
    if found is None:
        raise InvalidRequest(f"person_{known}", member="number")
    return Person(plain, known, found)


class NameVault:
    """`folder` holds the ring, one file a key, and the key of the hash. They are made when the first name is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ring: dict[int, Vault] = {}

    def mark(self, who: Person) -> str:
        """By what the same document is known again: HMAC-SHA-256 of kind and number. Says nothing without its key."""
        key = secret_file(self._folder / "mark.key")
        return hmac.new(key, f"{who.paper}:{who.number}".encode(), sha256).hexdigest()

    def seal(self, account: str, who: Person) -> Sealed:
        ring = self.newest() or 1
        vault = self._vault(ring, make=True)
        key = vault.new_data_key(account)
        told = json.dumps([who.name, who.paper, who.number], ensure_ascii=False).encode()
        return Sealed(ring, key, vault.seal(key, account, _about(account), told))

    def open(self, account: str, sealed: Sealed) -> Person:
        """Raises Integrity where it was changed or moved, or its key of the ring is gone."""
        told = self._vault(sealed.ring).open(sealed.data_key, account, _about(account), sealed.data)
        name, paper, number = json.loads(told)
        return Person(str(name), cast(Paper, paper), str(number))

    def differs(self, account: str, sealed: Sealed, who: Person) -> tuple[str, ...]:
        """Members of `who` that are not what is sealed; which is told to nobody."""
        kept = self.open(account, sealed)
        same = {
            "name": _same_name(kept.name, who.name),
            "paper": kept.paper == who.paper,
            "number": kept.number == who.number,
        }
        return tuple(member for member, agrees in same.items() if not agrees)

    def beside(self, account: str, sealed: Sealed, words: str) -> bytes:
        """Words to whoever looks, under the record's own key: destroyed with it, and read without the name."""
        return self._vault(sealed.ring).seal(sealed.data_key, account, _about(account, "words"), words.encode())

    def words(self, account: str, sealed: Sealed, data: bytes) -> str:
        """Raises Integrity where they were changed or moved."""
        if not data:
            return ""
        return self._vault(sealed.ring).open(sealed.data_key, account, _about(account, "words"), data).decode()

    def newest(self) -> int:
        """Number of the newest key of the ring; 0 before there is one. Asked of the folder: another process may have
        turned the ring."""
        return max(self._numbers(), default=0)

    def turn(self) -> int:
        """A new key on the ring, which seals from now on. The older ones stay until `drop`."""
        ring = self.newest() + 1
        self._vault(ring, make=True)
        return ring

    def rewrap(self, account: str, sealed: Sealed, ring: int) -> Sealed:
        """The same under another key of the ring."""
        key = self._vault(ring).rewrap(sealed.data_key, account, self._vault(sealed.ring))
        return Sealed(ring, key, sealed.data)

    def drop(self, below: int) -> None:
        """Destroy the keys older than `below`: what they sealed is unreadable from now on, in every copy."""
        try:
            for number in self._numbers():
                if number < below:
                    self._file(number).unlink()
                    self._ring.pop(number, None)
        except OSError as error:
            raise storage_failed(error) from error

    def _numbers(self) -> list[int]:
        return [int(file.stem) for file in self._folder.glob("[0-9]*.key") if file.stem.isdigit()]

    def _vault(self, ring: int, *, make: bool = False) -> Vault:
        if ring not in self._ring:
            if not make and not self._file(ring).exists():
                raise Integrity("ring", number=ring)
            self._ring[ring] = Vault(secret_file(self._file(ring)))
        return self._ring[ring]

    def _file(self, ring: int) -> Path:
        return self._folder / f"{ring:04d}.key"


def _about(account: str, what: str = "person") -> str:
    return f"{what}/{account}"


def _same_name(one: str, other: str) -> bool:
    """Documents print names in capitals, and where they break is chance: neither makes another name."""
    first, second = ("".join(unicodedata.normalize("NFKC", name).split()).casefold() for name in (one, other))
    return hmac.compare_digest(first.encode(), second.encode())
