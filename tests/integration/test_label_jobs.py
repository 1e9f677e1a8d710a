"""A film is labelled as a job: it waits its turn, outlives the process, can be ended, and nothing that came is kept."""

from __future__ import annotations

import threading
import time
from importlib import import_module

import pytest
from fastapi.testclient import TestClient
from tests.conftest import finish
from tests.fakes.films import film
from tests.independent import reader

from pingxing import flow, labelling
from pingxing.api.app import create
from pingxing.errors import Conflict, NotFound, Refused, Stopping, UnreadableFile
from pingxing.label.foreign import apart
from pingxing.ledger import audit
from pingxing.ledger.export import export
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.types import JobState, Scope
from pingxing.verify import verify

pytestmark = pytest.mark.usefixtures("films_here")
APART = apart.run  # before any fixture takes its place


@pytest.fixture
def half_way(monkeypatch):
    """Children's work in this process; at the half of each piece of it `half_way` is called."""
    called = []

    def run(task, data, limit, /, watch=None, **asked):
        if watch is not None:
            for told in called:
                told(task)
            watch(0.5)
        room, _, name = task.partition(".")
        return getattr(import_module(f"pingxing.label.foreign.{room}"), name)(data, asked)

    monkeypatch.setattr(apart, "run", run)
    return called


def kept(app, job_id):
    """Bytes of what was brought that still lie there."""
    with app.store.read() as tx:
        job = tx.work.get(job_id)
        try:
            return len(tx.uploads.data(tx.uploads.get(job.request.init_image, job.account, app.clock())))
        except NotFound:
            return 0


def honest(app, tmp_path):
    with app.store.read() as tx:
        (tmp_path / "log").write_bytes(b"".join(export(tx.log, app.ledger)))
    assert audit.audit(tmp_path / "log", app.ledger.vkey).problems == ()


def test_a_film_is_a_job_at_the_door_and_leaves_with_every_mark(app, actor, half_way, tmp_path):
    server = create(app, work=False)
    client = TestClient(server)
    client.headers["Authorization"] = f"Bearer {app.identity.make_key(actor, 'k', frozenset(Scope))[1]}"
    answer = client.post("/api/label", files={"file": ("a.mp4", film())})
    told, where = answer.json(), answer.headers["Location"]
    assert (answer.status_code, told["state"], told["name"], told["label"]) == (202, "queued", "a.mp4", None)
    assert TestClient(server).get(where).status_code == 401
    assert kept(app, told["job"]) > 0
    tasks = []
    half_way.append(tasks.append)
    app.worker.start()
    finish(app, actor, told["job"])
    told = client.get(where).json()
    assert (told["state"], told["trouble"], tasks) == ("delivered", None, ["films.look", "films.mark"])
    assert (told["label"]["put"][:2], told["label"]["basis"]) == (["seal", "record"], "declared")
    data = client.get(told["label"]["files"][0]["url"]).content
    assert reader.problems(data) == []
    assert verify(app, data).verdict == "possible"
    assert kept(app, told["job"]) == 0, "nothing of it but the marked file"
    assert client.get("/api/uploads").json() == []
    assert client.post("/api/label", files={"file": ("b.mp4", film()[:2_000])}).status_code == 415, "said at once"
    honest(app, tmp_path)


def test_what_a_kill_leaves_under_way_is_done_once_by_the_next_process(make_app, settings, half_way, tmp_path):
    first = make_app()
    own = first.identity.local_actor("en")
    job = labelling.order_file(first, own, film(), "a.mp4")
    ends = threading.Event()
    half_way.append(lambda task: ends.set() if task == "films.mark" else None)
    with pytest.raises(Stopping):
        flow.fulfil(first, job.id, ends)
    assert first.desk.job(own, job.id).job.state is JobState.RUNNING
    half_way.clear()
    first.close()
    again = make_app()
    again.worker.start()
    finish(again, own, job.id)
    done = labelling.outcome(again, own, job.id)
    assert (len(done.receipts), done.names) == (1, ("a.mp4",))
    honest(again, tmp_path)


def test_it_can_be_ended_before_and_while_it_is_marked(app, actor, half_way):
    waiting = labelling.order_file(app, actor, film(), "a.mp4")
    flow.cancel(app, actor, waiting.id)
    running = labelling.order_file(app, actor, film(), "b.mp4")

    def ended(task):
        if task == "films.mark":
            flow.cancel(app, actor, running.id)
            time.sleep(0.4)  # how often a run looks whether it was ended

    half_way.append(ended)
    flow.fulfil(app, running.id)
    for job in (waiting, running):
        assert app.desk.job(actor, job.id).job.state is JobState.CANCELLED
        assert kept(app, job.id) == 0
        with pytest.raises(Conflict):
            labelling.outcome(app, actor, job.id)


def test_a_rule_stops_it_and_what_is_wrong_with_it_is_told(make_app, settings, half_way):
    app = make_app(guard=Guard([FakeCheck(pictures="block")]))
    own = app.identity.local_actor("en")
    stopped = labelling.order_file(app, own, film(), "a.mp4")
    flow.fulfil(app, stopped.id)
    with pytest.raises(Refused) as refused:
        labelling.outcome(app, own, stopped.id)
    assert refused.value.job == stopped.id
    broken = labelling.order_file(app, own, film(), "b.mp4")

    def too_slow(task):
        raise UnreadableFile("too_slow")

    half_way.append(too_slow)
    app.worker.start()
    finish(app, own, broken.id)
    with pytest.raises(UnreadableFile) as told:
        labelling.outcome(app, own, broken.id)
    assert told.value.reason == "too_slow", "not the code alone"
    assert kept(app, stopped.id) == kept(app, broken.id) == 0


def test_a_child_says_how_far_it_is_and_ends_when_it_is_told_to():
    told = []
    limits = {"seconds": 180, "frames": 99, "pixels": 1 << 20, "work": 1 << 40}
    more_than_a_pipe_holds = film() + (1 << 20).to_bytes(4, "big") + b"free" + bytes((1 << 20) - 8)
    answer, _ = APART("films.look", more_than_a_pipe_holds, 60, watch=told.append, **limits)
    assert (answer["width"], told) == (160, sorted(told))

    def end(part):
        raise Conflict("cancelled")

    with pytest.raises(Conflict):
        APART("films.look", more_than_a_pipe_holds, 60, watch=end, **limits)
