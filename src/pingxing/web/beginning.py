"""The picture that a wish begins with, and the mask over it: from a form or from a picture made here, to uploads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pingxing import flow, i18n, uploads
from pingxing.api import bringing
from pingxing.api.pictures import size_like
from pingxing.bootstrap import App
from pingxing.errors import InvalidRequest
from pingxing.label import masks
from pingxing.store.uploads import Upload
from pingxing.types import Actor, Language
from pingxing.uploads import Consent
from pingxing.web.asked import Asked
from pingxing.web.lending import drop

KINDS = ("image/png", "image/jpeg", "image/webp")  # what an upload may be


@dataclass(frozen=True, slots=True)
class Begun:
    """`lent` are the uploads that only this wish needs."""

    image: Upload | None = None
    mask: str = ""
    lent: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int] | None:
        """That of the picture, as far as a model can do it."""
        return None if self.image is None else size_like(self.image.width, self.image.height)


def begin(app: App, actor: Actor, asked: Asked) -> Begun:
    """What the form brings: an upload made before (`begin`), a file, or a picture of one's own (`receipt`).

    Raises what `uploads.keep` does; InvalidRequest "consent_page" where it must be said who is shown, "mask_alone",
    "mask_nothing"; NotFound. Nothing is left behind of what was not taken.
    """
    consent = bringing.statement(asked["consent"], asked["terms"])
    lent: tuple[str, ...] = ()
    if asked["begin"]:
        image = uploads.get(app, actor, asked["begin"])
    elif data := _bytes(app, actor, asked):
        image = _kept(app, actor, data, consent)
        lent = (image.id,)
    elif asked.files.get("mask"):
        raise InvalidRequest("mask_alone", member="picture")
    else:
        return Begun()
    if not (painted := asked.files.get("mask")):
        return Begun(image, "", lent)
    try:
        mask = _kept(app, actor, _mask(app, painted, image), consent or _stated(image))
    except Exception:
        drop(app, actor, lent)
        raise
    return Begun(image, mask.id, (*lent, mask.id))


def statement(language: Language) -> dict[str, Any]:
    """What whoever brings a picture with a face has to state, for a form: text, answers, digest of the wording."""
    answers = {basis: i18n.say(language, f"uploads.basis.{basis}") for basis in uploads.BASES}
    return {"text": i18n.say(language, "uploads.terms"), "answers": answers, "digest": uploads.terms()}


def copied(app: App, actor: Actor, receipt_id: str, consent: Consent | None) -> Begun:
    """A finished picture as the beginning of another. Raises as `begin` does, and as `flow.release`."""
    image = _kept(app, actor, flow.release(app, actor, receipt_id).data, consent)
    return Begun(image, "", (image.id,))


def kept(app: App, actor: Actor, *names: str) -> bool:
    """Whether these uploads of one's own are still there."""
    known = {upload.id for upload in uploads.mine(app, actor)}
    return all(name in known for name in names if name)


def _bytes(app: App, actor: Actor, asked: Asked) -> bytes:
    if data := asked.files.get("picture"):
        return data
    return flow.release(app, actor, asked["receipt"]).data if asked["receipt"] else b""


def _mask(app: App, painted: bytes, image: Upload) -> bytes:
    """A PNG of our own of the picture's size, whatever was sent: white where it is made anew."""
    light = masks.where_light(bringing.opened(app, painted, "mask"), size=(image.width, image.height))
    if not light.any():
        raise InvalidRequest("mask_nothing", member="mask")
    return masks.file_of(light)


def _stated(image: Upload) -> Consent | None:
    """What was said of the picture holds for its mask."""
    return None if image.basis is None else Consent(image.basis, uploads.terms())


def _kept(app: App, actor: Actor, data: bytes, consent: Consent | None) -> Upload:
    try:
        return uploads.keep(app, actor, data, consent)
    except InvalidRequest as error:
        if error.reason in ("consent", "consent_unseen"):  # said again in words that fit a page
            raise InvalidRequest("consent_page", **error.params) from None
        raise
