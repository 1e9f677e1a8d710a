"""What an outsider needs to check this studio's signatures without asking it about each file. Public; no secret."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter

from pingxing.api.doors import AppDep
from pingxing.errors import NotFound
from pingxing.inspecting import Trust
from pingxing.label.c2pa import SOFT_BINDING

router = APIRouter(prefix="/api", tags=["Verify"])


@router.get("/trust")
def read_trust(app: AppDep) -> Trust:
    """Public: root certificates, the key of the AIGC records, the log's key, the watermark's name and key number."""
    kit = app.kit
    if kit.record is None or kit.credentials is None:
        raise NotFound("trust")
    key = kit.record.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Trust(
        name=app.settings.name,
        provider_code=app.settings.provider_code,
        record_key=key.decode(),
        c2pa_roots=kit.credentials.anchors,
        c2pa_algorithm=kit.credentials.algorithm,
        ledger_vkey=app.ledger.vkey,
        watermark=SOFT_BINDING,
        watermark_key=None if kit.watermark is None else kit.watermark.id,
    )
