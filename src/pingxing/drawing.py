"""Pictures of a job that waited for an engine: drawn, looked at and labelled; the work between admission and commit."""

from __future__ import annotations

from collections.abc import Sequence

from pingxing.engine.shares import Terms
from pingxing.house import House
from pingxing.news import News
from pingxing.press import Labelled, press
from pingxing.stopwatch import Stopwatch
from pingxing.types import Actor, Job, Verdict
from pingxing.uploads import brought


def fulfil(
    house: House, job: Job, actor: Actor, news: News, watch: Stopwatch, terms: Terms
) -> tuple[Sequence[Labelled], Sequence[Verdict]]:
    """The pictures that may leave, on the disk and still nobody's, and what was said of each that was drawn.

    Raises Conflict once it was cancelled, NotFound for an upload that is gone, and as the engine, `House.look` and
    `press` do.
    """
    with watch("engine"):
        given = brought(house, job.account, job.request)
        pictures = house.scheduler.run(job.request, news, news.cancelled, given.inputs, terms)
    with watch("policy"):
        verdicts = [house.look(job, picture) for picture in pictures]
    with watch("label"):
        allowed = [i for i, verdict in enumerate(verdicts) if verdict.allows]
        return [press(house, job, actor, pictures[i], i, origin=given.origin) for i in allowed], verdicts
