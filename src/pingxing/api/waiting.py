"""Wait for a job without holding a thread, and turn an ending that is no delivery into the error it is."""

from __future__ import annotations

import asyncio

from pingxing.bootstrap import App
from pingxing.desk import JobView
from pingxing.errors import Conflict, Refused, by_code
from pingxing.types import Actor, JobState, Verdict


async def finished(app: App, actor: Actor, job_id: str) -> JobView:
    """The delivered job. Raises Refused, Conflict("cancelled"), or what made it fail."""
    async for _ in app.desk.watch(actor, job_id):
        pass
    return delivered(await asyncio.to_thread(app.desk.job, actor, job_id))


def delivered(view: JobView) -> JobView:
    if view.job.state is JobState.REFUSED:
        raise Refused(view.job.verdict or Verdict("block"), view.job.id)
    if view.job.state is JobState.CANCELLED:
        raise Conflict("cancelled")
    if view.job.state is JobState.FAILED:
        raise by_code(view.job.error or "")
    return view
