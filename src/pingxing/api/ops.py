"""For whoever runs the studio: is it alive, can it work, what has it done."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from pingxing import __version__
from pingxing.api.doors import AppDep
from pingxing.bootstrap import App
from pingxing.errors import Unavailable
from pingxing.sentry import on_duty

router = APIRouter(tags=["Operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz")
def readyz(app: AppDep) -> dict[str, str]:
    """The database answers, the rules in force can be read and jobs are run. 503 or 500 otherwise. `unread`: loaded
    models that are not offered, because their pictures may show words and nothing here can read them."""
    app.store.ping()
    on_duty(app).follow()
    if not app.worker.running:
        raise Unavailable("no_worker")
    unread = app.unread()
    return {"status": "ready"} | ({"unread": ", ".join(unread)} if unread else {})


@router.get("/metrics", response_class=Response)
def metrics(app: AppDep) -> Response:
    """Prometheus text format, counted from the database: the same numbers from every process, also after a restart."""
    registry = CollectorRegistry()
    registry.register(_Counts(app))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4; charset=utf-8")


class _Counts:
    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterable[Metric]:
        with self._app.store.read() as tx:
            counts, pace, size = tx.work.counts(), tx.work.pace(), tx.log.size()
        jobs = CounterMetricFamily("pingxing_jobs", "Jobs that ended, by how", labels=["state"])
        waiting = GaugeMetricFamily("pingxing_jobs_unfinished", "Jobs queued or running", labels=["state"])
        for state, count in counts.items():
            (jobs if state.final else waiting).add_metric([state.value], count)
        yield jobs
        yield waiting
        yield CounterMetricFamily("pingxing_ledger_entries", "Entries in the ledger", value=size)
        yield GaugeMetricFamily("pingxing_job_seconds", "What a job took lately (median)", value=pace or 0.0)
        yield GaugeMetricFamily(
            "pingxing_worker_running", "This process runs jobs", value=float(self._app.worker.running)
        )
