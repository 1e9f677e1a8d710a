"""The transparency report: public, counted once a minute, whole days only, nothing personal."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from pingxing import oversight
from pingxing.api.oversight import report_of
from pingxing.web.paper import page
from pingxing.web.sayings import sayings
from pingxing.web.visitor import VisitorDep

router = APIRouter(include_in_schema=False)


@router.get("/report")
def report(request: Request, visitor: VisitorDep, days: Annotated[int, Query()] = 30) -> Response:
    told = report_of(request, days)
    own = sorted({card.pack for card in told.packs if card.own})
    last = told.until - timedelta(days=1)
    facts: dict[str, Any] = {"report": told, "loaded": own, "last": last, "periods": oversight.PERIODS}
    return page("report.html", request, visitor, **facts, **sayings(visitor.language))
