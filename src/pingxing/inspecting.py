"""For programs: what the labels of a file say, without a database, a server or the network.

    inspect_file(path, trust=..., roots=...) -> Inspection
    Trust.load(text)                           what a studio publishes at /api/trust, to check its signatures with

Nothing is kept. The ledger and the watermark's key are the studio's own: for these, ask `POST /api/verify`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from pingxing import i18n, label
from pingxing.errors import TooLarge
from pingxing.label.kit import PLAIN, Kit, Maker
from pingxing.label.reading import MAX_BYTES
from pingxing.types import Labels, LabelVerdict, Language, Layer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_PEM = Annotated[str, Field(max_length=1 << 20)]


class Trust(BaseModel):
    """What a studio publishes so that others can check what it signed. No secret is in it."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(max_length=200)]
    provider_code: Annotated[str, Field(max_length=64)]
    """ContentProducer of the studio's AIGC records."""
    record_key: _PEM
    """Ed25519 public key (PEM) of the signatures in ReservedCode1."""
    c2pa_roots: _PEM
    """Root certificates (PEM) of the studio's Content Credentials."""
    c2pa_algorithm: str
    ledger_vkey: str
    """The log's verifier key (C2SP signed-note)."""
    watermark: str
    """Name of the watermark in c2pa.soft-binding."""
    watermark_key: int | None
    """Number of the key that new pictures are marked with; the key itself stays secret."""

    @classmethod
    def load(cls, text: str | bytes) -> Trust:
        """From the JSON of /api/trust. Raises pydantic.ValidationError, a ValueError."""
        return cls.model_validate_json(text)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One file's answer. `sha256` names the bytes that were read."""

    path: Path
    sha256: str
    verdict: LabelVerdict
    labels: Labels

    @property
    def layers(self) -> dict[str, Layer]:
        labels = self.labels
        return {
            "visible": labels.visible,
            "aigc": labels.aigc,
            "c2pa": labels.c2pa,
            "watermark": labels.watermark,
        }

    def sentences(self, language: Language = "en") -> dict[str, str]:
        """Each layer in plain words."""
        return {name: i18n.say(language, layer.detail, **layer.facts) for name, layer in self.layers.items()}


def inspect_file(path: str | Path, *, roots: str | Path | None = None, trust: Trust | None = None) -> Inspection:
    """Read every label of one file of any kind that `label.read` knows.

    `roots`: PEM file of certificates whose Content Credentials count as trusted; `trust`: a studio whose signatures
    are known. Raises OSError, TooLarge, UnreadableFile (empty, truncated, damaged, hostile), and ValueError where
    roots or trust hold no certificate or key.
    """
    file = Path(path)
    kit = _kit(Path(roots).read_text("ascii") if roots is not None else "", trust)
    if file.stat().st_size > MAX_BYTES:
        raise TooLarge("bytes", limit_mb=MAX_BYTES >> 20)
    data = file.read_bytes()
    labels = label.read(data, kit)
    return Inspection(file, hashlib.sha256(data).hexdigest(), label.verdict(labels), labels)


def _kit(roots: str, trust: Trust | None) -> Kit:
    anchors = "\n".join(pem for pem in (roots, trust.c2pa_roots if trust else "") if pem.strip())
    if not anchors and trust is None:
        return PLAIN
    if anchors:
        from cryptography import x509

        x509.load_pem_x509_certificates(anchors.encode("ascii"))
    makers = () if trust is None else (Maker(trust.provider_code, _key(trust.record_key)),)
    return Kit(anchors=anchors, makers=makers)


def _key(pem: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode("ascii"))
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("record_key: not an Ed25519 key")
    return key
