"""Contact sheets: pictures that were delivered, side by side on paper with their names under them, as one PDF.

    contact_sheet(Actor, title, pictures) -> a receipt of its own; `flow.release` hands out the bytes

Each picture is released first, so none is on the sheet that its owner could not fetch, and each keeps its own seal. The
sheet is a file like any other: its words are judged, every page is sealed, the whole labelled, read back and recorded,
before anybody gets it. It is set and not drawn, so it has no engine to wait for and is done when this returns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files

from pingxing.errors import InvalidRequest, Refused
from pingxing.flow import record, release
from pingxing.house import House
from pingxing.identity.authority import require
from pingxing.label import aigc_record, bind
from pingxing.label.booklet import reduced
from pingxing.policy.base import TextSubject
from pingxing.press import Labelled, mark_of, receipt_id
from pingxing.records import ended
from pingxing.stopwatch import Stopwatch
from pingxing.types import (
    MAX_PROMPT_CHARS,
    Actor,
    Artifact,
    Format,
    Receipt,
    Request,
    Scope,
)

MODEL = "contact-sheet"  # what its job says that made it: no engine
A4 = (794, 1123)  # pixels of 1/96 inch
MOST = 1_000  # pictures
_SIDE = 480  # pixels of a picture on the sheet: 56 mm at 218 dpi
_TITLE = 120  # characters at the head of each page


def contact_sheet(house: House, actor: Actor, title: str, pictures: Sequence[tuple[str, str]]) -> Receipt:
    """`pictures` are names and receipts, in the order of the sheet.

    Raises Forbidden, InvalidRequest for no picture or more than MOST, what `flow.release` raises for one of them,
    Refused once it is on record that a rule stopped the words, LabelFailed, StorageFailed.
    """
    require(actor, Scope.GENERATE)
    if not 0 < len(pictures) <= MOST:
        raise InvalidRequest("length", member="pictures", least=1, most=MOST)
    watch = Stopwatch()
    thumbs = [reduced(release(house, actor, receipt).data, _SIDE) for _, receipt in pictures]
    with watch("policy"):
        words = dict.fromkeys((title, *(name for name, _ in pictures)))
        verdict = house.guard.judge(*(TextSubject(text) for text in words if text.strip()))
    asked = Request(
        prompt=title[:MAX_PROMPT_CHARS].strip() or MODEL,
        model=MODEL,
        seed=0,
        width=A4[0],
        height=A4[1],
        format=Format.PDF,
    )
    job = ended(house, actor, asked, None if verdict.allows else verdict)
    if not verdict.allows:
        record(house, job, ())
        raise Refused(verdict, job.id)
    mark = house.kit.signed(mark_of(house, actor, job, receipt_id(job.id, 0), mixed=True))
    with watch("label"):
        data = bind(*_pages(title, [name for name, _ in pictures], thumbs), A4, mark)
    artifact = Artifact(house.blobs.put(data), len(data), *A4, Format.PDF.media_type)
    label = hashlib.sha256(aigc_record(mark).encode()).hexdigest()
    record(house, job, (Labelled(mark.produce_id, 0, artifact, label, 0, None),))
    with house.store.read() as tx:
        return tx.work.receipt(mark.produce_id)


def _pages(title: str, names: Sequence[str], thumbs: Sequence[bytes]) -> tuple[str, dict[str, bytes]]:
    """The typst source and what it reads. Words stand in the JSON alone: nothing that people wrote is source."""
    given = {f"{number:04}.jpg": thumb for number, thumb in enumerate(thumbs, 1)}
    cells = [{"file": file, "name": name} for file, name in zip(given, names, strict=True)]
    told = {"title": " ".join(title.split())[:_TITLE], "count": len(cells), "cells": cells}
    source = (files("pingxing.label") / "contact.typ").read_text("utf-8")
    return source, {**given, "told.json": json.dumps(told, ensure_ascii=False).encode()}
