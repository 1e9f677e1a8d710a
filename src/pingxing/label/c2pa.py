"""Content Credentials: a signed manifest in the file, after C2PA 2.x, written and read with the C2PA project's library.

    sign(data, media_type, mark, credentials, tag=...) -> bytes   the same file with a manifest
    look(data, media_type, anchors) -> Manifest | None            what a file's manifest says, however hostile

The manifest's first action says how the picture came to be (created, or opened where another picture went
in), by which software, when. Thumbnails are never embedded: they would be pictures without a visible mark.
"""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from io import BytesIO
from typing import Any, Literal

from pingxing.errors import LabelFailed, ServiceDown
from pingxing.label.credentials import Credentials
from pingxing.label.xmp import Provenance
from pingxing.types import Mark

SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOFT_BINDING = "org.pingxing.lattice.1"  # name of our watermark in c2pa.soft-binding
# What the library writes and reads back in the kinds of file that leave the house.
SIGNABLE = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/gif", "image/tiff", "image/avif", "image/svg+xml",
     "video/mp4", "video/quicktime", "audio/wav", "audio/mpeg", "audio/flac", "video/avi"}
)  # fmt: skip
State = Literal["trusted", "valid", "invalid"]
MAX_MANIFESTS = 64  # of one store: an edit of an edit of an edit


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A picture that went into another one: its whole file, with whatever labels it has."""

    data: bytes
    media_type: str
    title: str = "input"
    relation: Literal["parentOf", "componentOf", "inputTo"] = "parentOf"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the active manifest of a file says. Nobody's name: certificates may hold those of people."""

    state: State
    source_type: str = ""  # last part of the IPTC term, e.g. "trainedAlgorithmicMedia"
    system: str = ""
    version: str = ""
    created: str = ""  # as written: ISO 8601
    timestamp: str = ""  # RFC 3161 time of the signature, where there is one
    soft_binding: bytes = b""  # of our own watermark's name
    ingredients: int = 0
    problem: str = ""  # the library's code of the first thing that is wrong, e.g. "assertion.dataHash.mismatch"


def sign(
    data: bytes,
    media_type: str,
    mark: Mark,
    credentials: Credentials,
    *,
    tag: bytes = b"",
    ingredients: Sequence[Ingredient] = (),
) -> bytes:
    """The file with a signed manifest. `tag` is what the picture's watermark carries, where it has one.

    Raises LabelFailed("c2pa") where the library cannot write it or what it wrote does not validate, ServiceDown
    where the operator's time service gave no stamp: a file without the stamp that was asked for does not leave.
    """
    from c2pa import Builder, C2paError, C2paSigningAlg, Context, Settings, Signer

    algorithms = {"Ed25519": C2paSigningAlg.ED25519} | {
        name: getattr(C2paSigningAlg, name) for name in ("ES256", "ES384", "PS256")
    }
    out = BytesIO()
    try:
        signer = Signer.from_callback(
            credentials.sign, algorithms[credentials.algorithm], credentials.chain, credentials.timestamp_url or None
        )
        with (
            signer,
            Context(settings=Settings.from_dict(_settings(credentials.anchors))) as context,
            Builder.from_json(json.dumps(_definition(mark, tag, ingredients)), context=context) as builder,
        ):
            for number, one in enumerate(ingredients):
                described = {"title": one.title, "relationship": one.relation, "label": f"ingredient-{number}"}
                builder.add_ingredient(json.dumps(described), one.media_type, BytesIO(one.data))
            builder.sign(signer, media_type, BytesIO(data), out)
    except C2paError.Signature as error:
        # Our own key signs in this process and does not fail to; what fails in a signature is the stamp from outside.
        raise (ServiceDown("timestamp") if credentials.timestamp_url else LabelFailed("c2pa")) from error
    except C2paError as error:
        raise LabelFailed("c2pa") from error
    signed = out.getvalue()
    found = look(signed, media_type, credentials.anchors)
    if found is None or found.state != "trusted" or found.soft_binding != tag:
        raise LabelFailed("c2pa")
    return signed


def _definition(mark: Mark, tag: bytes, ingredients: Sequence[Ingredient]) -> dict[str, Any]:
    """The manifest before it is signed (C2PA 2.x: 18.15 actions, 18.12 soft binding)."""
    opened = any(one.relation == "parentOf" for one in ingredients)
    when = mark.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    first: dict[str, Any] = {
        "action": "c2pa.opened" if opened else "c2pa.created",
        "when": when,
        "softwareAgent": {"name": mark.system, "version": mark.version},
        "digitalSourceType": SOURCE + Provenance.of(replace(mark, mixed=opened)).source_type,
        "parameters": {"model": mark.model, "org.pingxing.receipt": mark.produce_id},
    }
    if opened:  # 18.15: an opened action says which ingredient
        parents = [f"ingredient-{number}" for number, one in enumerate(ingredients) if one.relation == "parentOf"]
        first["parameters"] = {**first["parameters"], "ingredientIds": parents}
    actions: list[dict[str, Any]] = [first]
    assertions: list[dict[str, Any]] = [{"label": "c2pa.actions.v2", "data": {"actions": actions}}]
    if tag:
        actions.append({"action": "c2pa.watermarked.bound", "when": when})
        block = {"scope": {}, "value": b64encode(tag).decode()}
        assertions.append({"label": "c2pa.soft-binding", "data": {"alg": SOFT_BINDING, "blocks": [block]}})
    return {
        "claim_generator_info": [{"name": mark.system, "version": mark.version}],
        "title": mark.produce_id,
        "assertions": assertions,
    }


def look(data: bytes, media_type: str, anchors: str = "") -> Manifest | None:
    """What a file's embedded manifest says; None where it has none or the library cannot find it.

    Nothing is fetched: neither remote manifests nor revocation lists (a file must not make us call anybody).
    `anchors` is PEM of the roots that make a signature "trusted".
    """
    from c2pa import C2paError, Context, Reader, Settings

    try:
        with (
            Context(settings=Settings.from_dict(_settings(anchors))) as context,
            Reader(media_type, BytesIO(data), context=context) as reader,
        ):
            state = str(reader.get_validation_state() or "Invalid").lower()
            store = json.loads(reader.json())
    except C2paError:
        return None
    manifests = store.get("manifests", {})
    active = manifests.get(store.get("active_manifest"))
    if active is None or len(manifests) > MAX_MANIFESTS:
        return Manifest("invalid", problem="manifest.missing")
    return _told(active, store, state if state in ("trusted", "valid") else "invalid")


def _told(active: dict[str, Any], store: dict[str, Any], state: str) -> Manifest:
    first = next(iter(_actions(active)), {})
    named: Any = first.get("softwareAgent") or next(iter(active.get("claim_generator_info") or []), {})
    agent: dict[str, Any] = named if isinstance(named, dict) else {"name": str(named)}
    failures = (store.get("validation_results") or {}).get("activeManifest", {}).get("failure", [])
    return Manifest(
        state="trusted" if state == "trusted" else "valid" if state == "valid" else "invalid",
        source_type=_plain(str(first.get("digitalSourceType", "")).rpartition("/")[2]),
        system=_plain(str(agent.get("name", ""))),
        version=_plain(str(agent.get("version", ""))),
        created=_plain(str(first.get("when", ""))),
        timestamp=_plain(str((active.get("signature_info") or {}).get("time", ""))),
        soft_binding=_bound(active),
        ingredients=len(active.get("ingredients") or []),
        problem=_plain(str(failures[0].get("code", ""))) if failures else "",
    )


def _assertions(active: dict[str, Any], label: str) -> list[Any]:
    return [one.get("data") or {} for one in active.get("assertions") or [] if str(one.get("label")).startswith(label)]


def _actions(active: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for data in _assertions(active, "c2pa.actions") for one in data.get("actions") or []]


def _bound(active: dict[str, Any]) -> bytes:

    for data in _assertions(active, "c2pa.soft-binding"):
        if data.get("alg") == SOFT_BINDING and data.get("blocks"):
            try:
                return b64decode(str(data["blocks"][0].get("value", ""))[:64], validate=True)
            except binascii.Error:
                return b""
    return b""


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]


def _settings(anchors: str) -> dict[str, Any]:
    return {
        "trust": {"user_anchors": anchors} if anchors else {},
        "verify": {
            "verify_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
            "verify_after_sign": False,
        },
        "builder": {"thumbnail": {"enabled": False}},
    }
