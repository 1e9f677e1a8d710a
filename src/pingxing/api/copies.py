"""The lawful door over HTTP: terms, agreement, and a copy without a visible mark for somebody who is named."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from pingxing import copies, i18n
from pingxing.api import shapes
from pingxing.api.doors import ActorDep, AppDep, LanguageDep
from pingxing.errors import Conflict

router = APIRouter(prefix="/api", tags=["Copies"])


class Terms(BaseModel):
    """`digest` names the text; agreeing means sending it back."""

    text: str
    digest: str
    agreed: bool


class Agreement(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Recipient(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    recipient: Annotated[str, Field(min_length=1, max_length=copies.MAX_RECIPIENT)]
    purpose: Annotated[str, Field(min_length=1, max_length=copies.MAX_PURPOSE)]


class CopyShape(BaseModel):
    receipt: str
    origin: str
    recipient: str
    purpose: str
    at: str


@router.get("/copies/terms")
def read_terms(app: AppDep, actor: ActorDep, language: LanguageDep) -> Terms:
    return Terms(text=i18n.say(language, "copies.terms"), digest=copies.terms(), agreed=copies.agreed(app, actor))


@router.post("/copies/terms", status_code=201)
def agree(app: AppDep, actor: ActorDep, language: LanguageDep, body: Agreement) -> Terms:
    """Agree to the terms as they stand; whoever read an older text is asked to read again."""
    if body.digest != copies.terms():
        raise Conflict("not_agreed")
    copies.agree(app, actor)
    return read_terms(app, actor, language)


@router.post("/receipts/{receipt_id}/copies", status_code=201)
def make_copy(app: AppDep, actor: ActorDep, receipt_id: str, body: Recipient) -> shapes.ArtifactShape:
    """A copy without the visible mark; its own receipt, its own entry in the log, fetched like any file."""
    receipt = copies.bare(app, actor, receipt_id, body.recipient, body.purpose)
    return shapes.artifact(receipt, url=f"/api/receipts/{receipt.id}/file")


@router.get("/copies")
def list_copies(app: AppDep, actor: ActorDep, receipt: str | None = None) -> list[CopyShape]:
    """Who got copies of one's own pictures; the operator sees everybody's."""
    return [
        CopyShape(
            receipt=copy.receipt,
            origin=copy.origin,
            recipient=copy.recipient,
            purpose=copy.purpose,
            at=copy.at.isoformat(),
        )
        for copy in copies.given(app, actor, receipt)
    ]
