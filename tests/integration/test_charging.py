"""Reserved at admission, settled by the steps that were run, given back on cancel; crash-safe, on both databases."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.conftest import finish
from tests.integration.test_studio_pages import signed_in, token

from pingxing import flow
from pingxing.api.app import create
from pingxing.errors import BackendFailed, Conflict, Forbidden, InvalidRequest, QuotaExceeded, Refused
from pingxing.types import JobState, Role


def charged(app, job_id):
    with app.store.read() as tx:
        return tx.charges.of(job_id)


@pytest.fixture
def house(settings, make_app):
    return make_app(settings.model_copy(update={"steps_per_day": 10}))


@pytest.fixture
def me(house):
    return house.identity.local_actor("en")


def test_on_both_databases_what_was_run_is_charged_and_the_rest_given_back(database, make_app, wish):
    house = make_app(database.model_copy(update={"steps_per_day": 10}))
    me = house.identity.local_actor("en")
    done = flow.admit(house, me, wish(width=1024, height=1024, steps=3))
    flow.fulfil(house, done.id)
    half = flow.admit(house, me, wish(width=1024, height=1024, steps=7))
    with pytest.raises(QuotaExceeded) as caught:
        flow.admit(house, me, wish())
    assert caught.value.retry_after == pytest.approx(86_400, abs=60)
    with house.store.begin() as tx:
        tx.work.update(half.id, state=JobState.RUNNING, step=2, steps=3)
    flow.cancel(house, me, half.id)
    assert (charged(house, done.id), charged(house, half.id)) == ((3000, 3000), (7000, 4667))
    told = house.desk.usage(me)
    assert (told.spent, told.reserved) == (7.667, 0)


def test_a_delivered_picture_costs_its_steps_by_its_area(house, me, wish):
    job = flow.admit(house, me, wish(width=512, height=512, steps=4, count=2))
    assert charged(house, job.id) == (2000, None), "two pictures of four steps, each a quarter of 1024 x 1024"
    told = house.desk.usage(me)
    assert (told.spent, told.reserved, told.limit, told.weight) == (0, 2.0, 10, 1)
    flow.fulfil(house, job.id)
    assert charged(house, job.id) == (2000, 2000)
    flow.fulfil(house, job.id)
    assert house.desk.usage(me).spent == 2.0, "running it again charges nothing"


def test_what_is_cancelled_while_it_waits_costs_nothing(house, me, wish):
    job = flow.admit(house, me, wish(width=1024, height=1024, steps=9))
    with pytest.raises(QuotaExceeded) as caught:
        flow.admit(house, me, wish(width=1024, height=1024, steps=9))
    assert caught.value.params["left"] == "1"
    assert 86_000 <= caught.value.retry_after <= 86_400
    flow.cancel(house, me, job.id)
    assert charged(house, job.id) == (9000, 0)
    flow.admit(house, me, wish(width=1024, height=1024, steps=10))


def test_what_is_cancelled_under_way_costs_the_steps_that_were_run_to_the_last(house, me, wish, fake):
    job = flow.admit(house, me, wish(width=1024, height=1024, steps=10))
    step, run, go_on = fake.step, [], threading.Event()

    def slow(states):
        if len(run) == 3:
            threading.Timer(0.4, go_on.set).start()  # the next progress is due by then, and tells of the cancel
            flow.cancel(house, me, job.id)
            go_on.wait(60)
        if len(run) >= 3:
            time.sleep(0.1)
        step(states)
        run.append(1)

    fake.step = slow
    flow.fulfil(house, job.id)
    with house.store.read() as tx:
        ended = tx.work.get(job.id)
    assert ended.state is JobState.CANCELLED
    assert 4 <= len(run) < 10
    assert charged(house, job.id) == (10_000, len(run) * 1000)


def test_a_refusal_at_the_door_costs_nothing(house, me, wish):
    with pytest.raises(Refused) as caught:
        flow.admit(house, me, wish("a forbidden thing", steps=4))
    assert charged(house, caught.value.job) == (0, 0)


def test_what_fails_costs_what_was_run_and_a_second_try_is_not_charged_twice(house, me, wish, fake):
    job = flow.admit(house, me, wish(width=1024, height=1024, steps=4))
    step, run = fake.step, []

    def failing(states):
        run.append(1)
        if len(run) in (3, 6):
            raise BackendFailed("asked")
        step(states)

    fake.step = failing
    for _ in range(2):
        with pytest.raises(BackendFailed):
            flow.fulfil(house, job.id)
        assert charged(house, job.id) == (4000, None), "still held: it may go well next time"
    flow.give_up(house, job.id, "backend_failed")
    assert charged(house, job.id) == (4000, 2000), "of the last try, and not of both"


def test_a_killed_run_is_charged_once_when_it_is_run_again(house, me, wish, fake):
    job = flow.admit(house, me, wish(width=1024, height=1024, steps=4))
    with house.store.begin() as tx:  # as a run that died after three steps left it
        tx.work.update(job.id, state=JobState.RUNNING, step=3, steps=4)
    flow.fulfil(house, job.id)
    assert charged(house, job.id) == (4000, 4000)
    lost = flow.admit(house, me, wish(width=1024, height=1024, steps=4))
    with house.store.begin() as tx:
        tx.work.update(lost.id, state=JobState.RUNNING, step=3, steps=4)
    flow.cancel(house, me, lost.id)
    flow.fulfil(house, lost.id)
    assert charged(house, lost.id) == (4000, 3000)


def test_a_cancel_after_the_last_step_costs_all_of_them(house, me, wish, monkeypatch):
    job = flow.admit(house, me, wish(width=1024, height=1024, steps=4))
    looked = house.guard.judge

    def late(*subjects):
        flow.cancel(house, me, job.id)
        return looked(*subjects)

    monkeypatch.setattr(house.guard, "judge", late)
    flow.fulfil(house, job.id)
    assert charged(house, job.id) == (4000, 4000)


def test_the_day_is_the_last_24_hours(house, me, wish, clock):
    for _ in range(2):
        flow.fulfil(house, flow.admit(house, me, wish(width=1024, height=1024, steps=5)).id)
        clock.offset += timedelta(hours=1)
    with pytest.raises(QuotaExceeded) as caught:
        flow.admit(house, me, wish(width=1024, height=1024, steps=5))
    assert caught.value.retry_after == pytest.approx(22 * 3600, abs=60), "then the first is a day old"
    clock.offset += timedelta(hours=22, minutes=1)
    flow.admit(house, me, wish(width=1024, height=1024, steps=5))


def test_an_operator_gives_an_account_a_share_and_an_allowance(house, me, wish):
    them = house.identity.create_account(me, "them", Role.MEMBER, "a long password")
    actor = house.identity.sign_in("them", "a long password", "here").actor
    with pytest.raises(Forbidden):
        house.identity.set_share(actor, actor.account, weight=100, steps_per_day=None)
    for weight, steps in ((0, 1), (101, 1), (1, -1)):
        with pytest.raises(InvalidRequest):
            house.identity.set_share(me, them.id, weight=weight, steps_per_day=steps)
    house.identity.set_share(me, them.id, weight=4, steps_per_day=100)
    told = house.desk.usage(actor)
    assert (told.limit, told.weight) == (100, 4)
    job = flow.admit(house, actor, wish(width=1024, height=1024, steps=40))
    flow.cancel(house, actor, job.id)
    own = flow.admit(house, me, wish(width=1024, height=1024, steps=10))
    assert job.priority == own.priority, "four times the work at four times the weight"
    house.identity.set_share(me, them.id, weight=1, steps_per_day=0)
    with pytest.raises(QuotaExceeded):
        flow.admit(house, actor, wish())


def test_batch_work_stands_further_back_and_costs_the_same(house, me, wish):
    quick = flow.admit(house, me, wish(width=512, height=512))
    flow.cancel(house, me, quick.id)
    slow = flow.admit(house, me, wish(width=512, height=512, urgency="batch"))
    assert slow.priority == 4 * quick.priority
    assert charged(house, slow.id)[0] == charged(house, quick.id)[0]


def test_what_is_late_ends_with_an_answer_and_costs_nothing_more(house, me, wish, clock):
    house.worker.start()
    house.worker.stop()
    job = flow.admit(house, me, wish(deadline_s=30))
    clock.offset += timedelta(seconds=31)
    house.worker.start()
    assert (view := finish(house, me, job.id)).job.state is JobState.FAILED
    assert view.job.error == "deadline_passed"
    assert charged(house, job.id)[1] == 0
    with pytest.raises(Conflict):
        flow.cancel(house, me, job.id)


@pytest.fixture
def guest(house):
    with TestClient(create(house, work=False), follow_redirects=False, headers={"accept-language": "en"}) as client:
        yield client


def test_usage_is_told_and_an_operator_sets_shares_on_the_page(house, me, guest, wish):
    client = signed_in(house, me, guest, Role.ADMIN)
    (them,) = [one for one in house.identity.accounts(me) if one.role is Role.ADMIN and one.id != me.account]
    answer = client.post(
        f"/operator/accounts/{them.id}/share", data={"csrf": token(client), "weight": "3", "steps_per_day": "7"}
    )
    assert answer.status_code == 303
    told = client.get("/api/usage").json()
    assert told == {"spent": 0.0, "reserved": 0.0, "limit": 7, "weight": 3}
    for wrong in ({"weight": "0"}, {"weight": "2", "steps_per_day": "-1"}, {"weight": "x"}):
        data = {"csrf": token(client), **wrong}
        assert client.post(f"/operator/accounts/{them.id}/share", data=data).status_code in (400, 422)
    page = client.get("/settings").text
    assert "Steps in the last 24 hours" in page
    assert "× 3" in page
    assert 'value="7"' in client.get("/operator").text
    client.post(f"/operator/accounts/{them.id}/share", data={"csrf": token(client), "weight": "1"})
    assert client.get("/api/usage").json()["limit"] == 10
