"""What labels are signed and marked with: certificates, the watermark's key, the key of the records.

    forge(folder, settings, now) -> Kit      made at the first start, kept from then on

All secrets are files of the data folder that only their owner reads. Losing them loses no picture; it loses
the proof that older pictures are ours, so they belong into the operator's backup.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import BadSettings
from pingxing.label.credentials import Credentials, given, own
from pingxing.label.record import Aigc, as_propagator
from pingxing.label.signing import sign_record
from pingxing.label.watermark import Key, Message, embed
from pingxing.settings import UNREGISTERED, Settings
from pingxing.store.vault import secret_file
from pingxing.types import Mark

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TAG_BYTES = 5  # of the receipt's identifier, in the watermark and in the manifest's soft binding
SMALLEST = 256  # pixels of the shorter side from which a picture carries the watermark
WATERMARK_FILE, RECORD_FILE = "watermark-1.key", "record-signing.key"


@dataclass(frozen=True, slots=True)
class Maker:
    """A provider whose records can be told from forged ones: its code and the key that signs ReservedCode1."""

    code: str  # ContentProducer
    key: Ed25519PublicKey

    @property
    def own_code(self) -> bool:
        """Whether nobody else may use the code. The one of studios that are not registered belongs to all of them."""
        return self.code != UNREGISTERED


@dataclass(frozen=True, slots=True)
class Kit:
    """Each part may be missing, as in previews and in samples that no house stands behind."""

    credentials: Credentials | None = None
    watermark: Key | None = field(default=None, repr=False)
    record: Ed25519PrivateKey | None = field(default=None, repr=False)
    anchors: str = ""  # PEM of all roots whose signatures count as trusted
    makers: tuple[Maker, ...] = ()  # providers whose signatures of records can be checked

    @property
    def keys(self) -> tuple[Key, ...]:
        """Keys whose marks are looked for."""
        return () if self.watermark is None else (self.watermark,)

    def signed(self, mark: Mark) -> Mark:
        """The mark with the producer's signature of its record (GB 45438-2025 annex E, ReservedCode1)."""
        if self.record is None:
            return mark
        return replace(mark, signature=sign_record(Aigc.first(mark.producer, mark.produce_id), self.record).reserved1)

    def tag(self, produce_id: str) -> int | None:
        """What a picture's watermark says of its receipt: the first 40 bits of its identifier; None without a key."""
        return None if self.watermark is None else int(produce_id[: TAG_BYTES * 2], 16)

    def weave(self, pixels: NDArray[np.uint8], tag: int) -> NDArray[np.uint8]:
        """The same picture, (height, width, 3 or 4), with the watermark in it; alpha stays as it is."""
        if self.watermark is None:
            return pixels
        woven = embed(np.ascontiguousarray(pixels[..., :3]), Message(self.watermark.id, tag), self.watermark)
        return woven if pixels.shape[2] == 3 else _covered(woven, pixels[..., 3])


def _covered(woven: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colours and alpha together, nothing where nothing is seen: nobody reads a mark there, and as noise it would be
    half of a shirt's file."""
    out = np.empty((*alpha.shape, 4), np.uint8)
    out[..., :3], out[..., 3] = woven, alpha
    out.view(np.uint32)[..., 0] *= alpha > 0
    return out


PLAIN = Kit()


def forge(folder: Path, settings: Settings, now: datetime) -> Kit:
    """The house's kit, from its files in `folder`; what is missing is made.

    Raises BadSettings (a chain or key of the operator's that cannot be used), Integrity, StorageFailed.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if (settings.c2pa_chain is None) != (settings.c2pa_key is None):
        raise BadSettings("value", setting="c2pa_key", problem="c2pa_chain and c2pa_key go together")
    if settings.c2pa_chain is not None and settings.c2pa_key is not None:
        credentials = given(settings.c2pa_chain, settings.c2pa_key, settings.timestamp_url)
    else:
        credentials = own(folder, settings.name, now, settings.timestamp_url)
    record = Ed25519PrivateKey.from_private_bytes(secret_file(folder / RECORD_FILE))
    own_code = settings.provider_code
    return Kit(
        credentials,
        Key(1, secret_file(folder / WATERMARK_FILE)),
        record,
        credentials.anchors + _more(settings),
        tuple(Maker(code, record.public_key()) for code in dict.fromkeys((own_code, as_propagator(own_code)))),
    )


def _more(settings: Settings) -> str:
    """Roots that the operator trusts beside its own: PEM."""
    if settings.trusted_roots is None:
        return ""
    from cryptography import x509

    try:
        text = settings.trusted_roots.read_text("ascii")
        x509.load_pem_x509_certificates(text.encode())
    except (OSError, ValueError) as error:
        raise BadSettings("value", setting="trusted_roots", problem=str(error)) from error
    return "\n" + text
