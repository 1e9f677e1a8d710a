"""Reads rule packs, and refuses one whose own cases fail."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pingxing.errors import BadSettings
from pingxing.policy import views
from pingxing.policy.lexicon import JOIN
from pingxing.policy.match import Matcher
from pingxing.policy.rules import Pack
from pingxing.types import LANGUAGES

FOLDER = Path(__file__).parent / "packs"
MOST_BYTES = 8 * 1024 * 1024
MOST_DEPTH = 12  # of lists and mappings in one another; a pack has seven
MOST_NESTED = 16  # terms that end where one term ends: each is a hit of its own, so a text must not get hundreds
PINS = "SHA256SUMS"  # beside the packs that ship
SIGNATURE = ".sig"  # beside the pack: the Ed25519 signature (RFC 8032) of the file's bytes, in Base64


def load(path: Path) -> Pack:
    """A pack whose every case passes.

    Raises `BadSettings`: "pack_unreadable" for a file that is not a pack (names the member), "pack_case" for a
    pack that breaks its own promise (names the rule and the case).
    """
    pack = read(path)
    prove(pack, path.name)
    return pack


def load_folder(folder: Path, keys: Sequence[bytes] = (), *, unsigned: bool = False) -> tuple[Pack, ...]:
    """An operator's packs (*.yaml) in the order of their names, all or none.

    `keys`: raw Ed25519 public keys (32 bytes) of whose packs are taken. `unsigned=True` takes packs without a
    signature too; a signature that is there must be right in either case. Raises `BadSettings`: "pack_unreadable" for a
    pack that is not signed by one of them or has the name of another, and what `load` raises.
    """
    found: list[Pack] = []
    for path in sorted(folder.glob("*.yaml")):
        _trusted(path, keys, unsigned=unsigned)
        pack = load(path)
        if pack.pack in {other.pack for other in found}:
            raise BadSettings("pack_unreadable", file=path.name, problem=f"a second pack named {pack.pack}")
        found.append(pack)
    return tuple(found)


def sign(path: Path, private_key: bytes) -> Path:
    """Writes the signature of a pack beside it. `private_key`: 32 raw bytes of Ed25519."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(path.read_bytes())
    beside = path.with_name(path.name + SIGNATURE)
    beside.write_text(b64encode(signature).decode("ascii") + "\n", encoding="ascii")
    return beside


def _trusted(path: Path, keys: Sequence[bytes], *, unsigned: bool) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    beside = path.with_name(path.name + SIGNATURE)
    if not beside.exists():
        if unsigned:
            return
        raise BadSettings("pack_unreadable", file=path.name, problem="it is not signed")
    try:
        signature = b64decode(beside.read_bytes().strip(), validate=True)
        content = path.read_bytes()
    except (OSError, ValueError) as fault:
        raise BadSettings("pack_unreadable", file=beside.name, problem=str(fault)) from fault
    for key in keys:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
        except InvalidSignature:
            continue
        return
    raise BadSettings("pack_unreadable", file=path.name, problem="none of the trusted keys made its signature")


@cache
def default_packs() -> tuple[Pack, ...]:
    """The packs that ship with the house, in the order of their names.

    What is pinned was proved by the tests, and is not proved again at every start. Raises what `files` raises.
    """
    return tuple(parse(content, name) for name, content in files().items())


def files() -> dict[str, bytes]:
    """The files of those packs, read in milliseconds.

    They are pinned by digest (see `pinned`), so a file that was edited, added or lost after the release is
    refused rather than believed. Raises `BadSettings`: "pack_unreadable", naming the file.
    """
    pinned_ = pinned(FOLDER)
    paths = {path.name: path for path in sorted(FOLDER.glob("*.yaml"))}
    if odd := sorted(paths.keys() ^ pinned_.keys()):
        problem = "it did not come with this version" if odd[0] in paths else "it came with this version and is gone"
        raise BadSettings("pack_unreadable", file=odd[0], problem=problem)
    found = {}
    for name, path in paths.items():
        found[name] = content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != pinned_[name]:
            problem = (
                f"it is not the file that came with this version ({PINS}); rules of your own go into a pack of your own"
            )
            raise BadSettings("pack_unreadable", file=name, problem=problem)
    return found


def pinned(folder: Path) -> dict[str, str]:
    """File name -> SHA-256, as `sha256sum` writes and checks them.

    Digests and no signature: the key to check one would lie in the same package as the packs, so whoever could change
    a pack could change the key. The package as a whole is what is released and checked.
    Raises `BadSettings`: "pack_unreadable" for a list that cannot be read.
    """
    try:
        lines = (folder / PINS).read_text(encoding="ascii").splitlines()
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as fault:
        raise BadSettings("pack_unreadable", file=PINS, problem=" ".join(str(fault).split())) from fault


def pin(folder: Path) -> None:
    """Proves every pack of a folder and writes its list of digests. Raises what `load` raises."""
    files = sorted(folder.glob("*.yaml"))
    for path in files:
        load(path)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / PINS).write_text("".join(lines), encoding="ascii")


def read(path: Path) -> Pack:
    """Parsed strictly, its cases not yet tried."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadSettings("pack_unreadable", file=path.name, problem=f"over {MOST_BYTES} bytes")
        content = path.read_bytes()
    except OSError as fault:
        raise BadSettings("pack_unreadable", file=path.name, problem=" ".join(str(fault).split())) from fault
    return parse(content, path.name)


def parse(content: bytes, file: str) -> Pack:
    """The same from bytes; `file` is what errors call it. Raises `BadSettings`: "pack_unreadable"."""
    try:
        if len(content) > MOST_BYTES:
            raise BadSettings("pack_unreadable", file=file, problem=f"over {MOST_BYTES} bytes")
        _plain(content)
        found: Any = yaml.load(content.decode("utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
        return Pack.model_validate(found)
    except ValidationError as fault:
        problem = "; ".join(_told(error["loc"], error["msg"]) for error in fault.errors(include_url=False)[:3])
        raise BadSettings("pack_unreadable", file=file, problem=problem) from fault
    except (ValueError, RecursionError, yaml.YAMLError) as fault:  # ValueError: no UTF-8, no such date
        raise BadSettings("pack_unreadable", file=file, problem=" ".join(str(fault).split())) from fault


def _plain(content: bytes) -> None:
    """Refuses, before anything is built, what a pack never needs and what building would not survive: aliases of
    aliases are a list of billions, and a thousand brackets one in another end the process (PyYAML's C loader)."""
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError(f"line {_line(event)}: aliases (*name) are not read: write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH:
            raise yaml.YAMLError(f"line {_line(event)}: nested too deeply")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _told(where: tuple[int | str, ...], what: str) -> str:
    return f"{'.'.join(map(str, where))}: {what}" if where else what


def prove(pack: Pack, file: str) -> None:
    """Tries every case of every rule. Raises `BadSettings`: "pack_case" at the first that fails, "pack_unreadable"
    for terms nested so deeply (a, aa, aaa...) that a short text would have thousands of hits."""
    _readable(pack, file)
    _shallow(pack, file)
    # Drafts and retired rules keep their promises too, so that activating one needs no second look.
    awake = pack.model_copy(update={"rules": tuple(r.model_copy(update={"stage": "active"}) for r in pack.rules)})
    matcher = Matcher([awake])
    for rule in pack.rules:
        for language in LANGUAGES:
            for text in rule.cases.stop.of(language):
                if rule.id not in {match.rule.id for match in matcher.find(text)}:
                    raise BadSettings("pack_case", file=file, rule=rule.id, case=text, wanted=rule.action)
            for text in rule.cases.allow.of(language):
                if rule.id in {match.rule.id for match in matcher.find(text)}:
                    raise BadSettings("pack_case", file=file, rule=rule.id, case=text, wanted="allow")


def _readable(pack: Pack, file: str) -> None:
    """A term of which nothing is left in the form that texts are read in would be found nowhere, or everywhere."""
    for name, words in pack.lists.items():
        for term in (*words.en, *words.zh, *words.not_in.en, *words.not_in.zh):
            if JOIN in term or not views.normal(term):
                problem = f"lists.{name}: no text could hold the term {term[:20]!r}"
                raise BadSettings("pack_unreadable", file=file, problem=problem)


def _shallow(pack: Pack, file: str) -> None:
    for name, words in pack.lists.items():
        for terms in (words.en, words.zh):
            known = frozenset(terms)
            for term in terms:
                if sum(term[at:] in known for at in range(len(term))) > MOST_NESTED:
                    problem = f"lists.{name}: more than {MOST_NESTED} terms end like {term[:20]}"
                    raise BadSettings("pack_unreadable", file=file, problem=problem)


class _Loader(yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader):  # type: ignore[misc] # without libyaml
    """Safe YAML that refuses a key written twice: the second would silently replace the first."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {str(key) for key in keys if keys.count(key) > 1}:
            raise yaml.YAMLError(f"line {node.start_mark.line + 1}: {', '.join(sorted(twice))} stands twice")
        result: dict[Any, Any] = super().construct_mapping(node, deep)
        return result
