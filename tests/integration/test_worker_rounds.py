"""The worker's rounds: an acknowledged job that nobody runs gets a run, whatever became of the first one."""

import logging
import threading
import time
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import OperationalError
from tests.conftest import finish

from pingxing import flow
from pingxing.errors import StorageFailed
from pingxing.jobs.queue import JsonSerializer
from pingxing.types import JobState


@pytest.fixture
def idle(app, actor, wish, monkeypatch):
    """A worker whose runs the test makes up, an acknowledged job, and what was handed over."""
    pushed = []
    app.worker._executor = "this-worker"
    job = flow.admit(app, actor, wish())
    monkeypatch.setattr(app.queue, "push", lambda job_id, tag, attempt=0, aside=False: pushed.append((job_id, attempt)))
    runs = []
    client = SimpleNamespace(
        list_workflows=lambda *, status=None, workflow_id_prefix="", **_: [
            run
            for run in runs
            if run.workflow_id.startswith(workflow_id_prefix) and (status is None or run.status in status)
        ]
    )
    monkeypatch.setattr(type(app.queue), "client", client)
    return app.worker, job.id, runs, pushed


def run_of(job_id, status, executor="this-worker"):
    return SimpleNamespace(workflow_id=job_id, status=status, executor_id=executor)


def test_a_job_without_a_run_is_handed_over(idle):
    worker, job, _, pushed = idle
    worker._hand_over()
    assert pushed == [(job, 0)]


@pytest.mark.parametrize("status", ["SUCCESS", "ERROR", "CANCELLED"])
def test_a_job_whose_run_ended_without_it_gets_a_second_run(idle, status):
    worker, job, runs, pushed = idle
    runs.append(run_of(job, status))
    worker._hand_over()
    assert pushed == [(job, 1)]


@pytest.mark.parametrize(
    "run", [("ENQUEUED", "this-worker"), ("DELAYED", "this-worker"), ("PENDING", "another machine's worker")]
)
def test_a_job_under_way_is_left_alone(idle, run):
    worker, job, runs, pushed = idle
    runs.append(run_of(job, *run))
    for _ in range(3):
        worker._hand_over()
    assert pushed == []


def test_a_run_that_a_thread_works_on_is_left_alone(idle):
    worker, job, runs, pushed = idle
    runs.append(run_of(job, "PENDING"))
    worker._busy.add(job)
    for _ in range(3):
        worker._hand_over()
    assert pushed == []


def test_a_run_whose_end_could_not_be_written_down_is_replaced_after_two_rounds(idle):
    worker, job, runs, pushed = idle
    runs.append(run_of(job, "PENDING"))
    worker._hand_over()
    assert pushed == []  # it may be about to begin
    worker._hand_over()
    assert pushed == [(job, 1)]
    runs.append(run_of(f"{job}-1", "ENQUEUED"))
    worker._hand_over()
    assert pushed == [(job, 1)]


@pytest.mark.parametrize("error", [StorageFailed("full"), OperationalError("SELECT", {}, Exception("disk is full"))])
def test_a_round_that_fails_is_not_the_last(app, monkeypatch, error):
    rounds = []

    def fail():
        rounds.append(1)
        if len(rounds) == 3:
            app.worker._stop.set()
        raise error

    monkeypatch.setattr("pingxing.jobs.worker._ROUND_S", 0.01)
    monkeypatch.setattr(app.worker, "_hand_over", fail)
    app.worker._keep()
    assert len(rounds) == 3


def test_a_start_that_fails_lets_go_of_the_folder(make_app, wish, monkeypatch):
    app = make_app()

    def full(*_):
        raise StorageFailed("full")

    with monkeypatch.context() as disk:
        disk.setattr(app.blobs, "sweep", full)
        with pytest.raises(StorageFailed):
            app.worker.start()
    assert not app.worker.running
    other = make_app()
    assert other.worker.start()
    actor = other.identity.local_actor("en")
    assert finish(other, actor, flow.admit(other, actor, wish()).id).job.state is JobState.DELIVERED


def test_a_worker_keeps_its_name_and_never_has_half_of_one(app):
    from pingxing.jobs.worker import _executor_id

    path = app.settings.data_dir / "worker-id"
    path.write_text("")  # what a kill between opening and writing would have left
    name = _executor_id(path)
    assert len(name) == 32
    assert _executor_id(path) == name
    assert [file.name for file in path.parent.glob(".worker-id*")] == []


def test_stopping_while_things_are_made_ready_makes_no_more_of_them_ready(app, monkeypatch):
    """The thread is none that the interpreter leaves behind: ended inside a native library, it would abort it."""
    begun, go_on, asked = threading.Event(), threading.Event(), []
    monkeypatch.setattr(type(app.registry), "warm", lambda self: (begun.set(), go_on.wait(20)))
    monkeypatch.setattr(type(app.guard), "warm", lambda self: asked.append("guard"))
    app.worker.start()
    assert begun.wait(20)
    warming = next(thread for thread in threading.enumerate() if thread.name == "worker-warm")
    assert not warming.daemon
    app.worker.stop()
    go_on.set()
    warming.join(20)
    assert not warming.is_alive()
    assert asked == []


def test_stopping_waits_until_a_run_that_has_ended_is_written_down(app, actor, wish, monkeypatch):
    """A job is delivered a moment before DBOS notes the end of its run: the worker is not closed in between."""
    serialize, ended = JsonSerializer.serialize, threading.Event()

    def slowly(self, data):
        if data is None:  # what a run returns
            ended.set()
            time.sleep(0.2)
        return serialize(self, data)

    monkeypatch.setattr(JsonSerializer, "serialize", slowly)
    app.worker.start()
    job = flow.admit(app, actor, wish()).id
    finish(app, actor, job)
    assert ended.wait(30)
    app.worker.stop()
    (run,) = app.queue.client.list_workflows(workflow_id_prefix=job)
    assert run.status == "SUCCESS"


def test_a_job_that_runs_on_when_the_worker_stops_is_no_error(app, actor, wish, fake, held, monkeypatch):
    monkeypatch.setattr("pingxing.jobs.worker._BUSY_S", 1)
    going, go = threading.Event(), held(fake)
    waiting = fake.step
    fake.step = lambda states: (going.set(), waiting(states))
    app.worker.start()
    said = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = said.append
    monkeypatch.setattr(logging.getLogger("dbos"), "handlers", [handler])
    job = flow.admit(app, actor, wish()).id
    assert going.wait(30)
    app.worker.stop()
    logging.getLogger("dbos").addHandler(handler)  # it takes them off when it ends
    go.set()
    app.scheduler.close()
    until = time.monotonic() + 30
    while app.worker._busy:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert [record.getMessage() for record in said] == []
    assert not app.desk.job(actor, job).job.state.final, "the next start takes it up"
