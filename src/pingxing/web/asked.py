"""The studio's form as it came: its fields as text, its pictures as bytes, read once it is known who sends them.

The framework would read a form before it asks whose it is, and keep a stranger's thirty megabytes meanwhile; so this
one is read by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from pingxing.api.body import SMALL
from pingxing.errors import InvalidRequest, TooLarge, Unauthenticated
from pingxing.types import MAX_PROMPT_CHARS, Actor
from pingxing.web.visitor import VisitorDep, changing

FILES = ("picture", "mask")
_MOST_FIELDS = 200  # of which adapters take two each
_LIMITS = {"prompt": None, "negative": None, "palette": 400, "csrf": 200, "terms": 64, "model": 100}
_USUAL_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed (fields that nobody knows are left alone) and what came along."""

    words: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)
    weights: tuple[tuple[str, str], ...] = ()  # "model/adapter" that were switched on, with weights as typed

    def __getitem__(self, name: str) -> str:
        return self.words.get(name, "").strip() if name not in ("prompt", "negative") else self.words.get(name, "")


async def changing_form(request: Request, visitor: VisitorDep) -> tuple[Actor, Asked]:
    """Who asks, and for what: as `visitor.changing`, for a form that brings pictures.

    Raises Unauthenticated before anything is read; Forbidden, InvalidRequest, TooLarge.
    """
    if visitor.actor is None:
        raise Unauthenticated("session")
    whole = request.headers.get("content-type", "").startswith("multipart/form-data")
    if not whole and len(await request.body()) > SMALL:  # it brings no picture, so it is no larger than other forms
        raise TooLarge(limit=SMALL, member="body")
    words: dict[str, str] = {}
    files: dict[str, bytes] = {}
    async with request.form(max_files=len(FILES), max_fields=_MOST_FIELDS) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if name not in FILES:
                    raise InvalidRequest("unknown_member", member=name[:60])
                if data := await value.read():  # an empty field is sent as an empty file
                    files[name] = data
            elif name not in words:
                words[name] = _short(name, value)
    actor = changing(visitor, words.get("csrf", ""), request.headers.get("x-csrf-token", ""))
    chosen = [name.removeprefix("adapter-") for name in words if name.startswith("adapter-")]
    return actor, Asked(words, files, tuple((name, words.get(f"weight-{name}", "").strip()) for name in chosen))


def _short(name: str, value: str) -> str:
    limit = _LIMITS.get(name, _USUAL_LIMIT) or MAX_PROMPT_CHARS * 4  # what is too long to be a wish, the wish says
    if len(value) > limit:
        raise InvalidRequest("too_long", member=name[:60], limit=limit)
    return value


AskedDep = Annotated[tuple[Actor, Asked], Depends(changing_form)]
