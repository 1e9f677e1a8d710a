"""Makers in the studio and over HTTP: ordered, watched, cancelled, taken up again after the server went away."""

from __future__ import annotations

import html
import time
from zipfile import ZipFile

import pytest
from tests.integration.test_copies_pages import member, token

from pingxing import i18n
from pingxing.errors import InvalidRequest, Unavailable, UnknownModel
from pingxing.makers.batch import Made, make
from pingxing.makers.facts import facts
from pingxing.makers.ties import Ties
from pingxing.makers.wanted import PrintsWanted, StickersWanted, WallpapersWanted, check, read_wanted
from pingxing.makers.workshop import Workshop
from pingxing.types import JobState, Motion, Request
from pingxing.verify import verify

SMALL = StickersWanted(wish="a fox", platforms=("slack",), count=2, seed=5)


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def workshop(app):
    made = Workshop(app, app.desk)
    yield made
    made.close()


def ended(workshop, actor, order_id, seconds=30.0):
    until = time.monotonic() + seconds
    while (view := workshop.view(actor, order_id)).order.state == "making":
        assert time.monotonic() < until
        time.sleep(0.05)
    return view


def test_what_was_kept_is_read_again():
    for wanted in (SMALL, WallpapersWanted(wish="sea", pair=True), PrintsWanted(wish="cat", products=("tote",))):
        assert read_wanted(wanted.model_dump(mode="json")) == wanted
    assert [check(SMALL), check(WallpapersWanted(wish="sea", pair=True))] == [2, 2]


def test_an_order_for_a_model_that_there_is_not_is_never_begun(workshop, actor):
    with pytest.raises(UnknownModel):
        workshop.order(actor, SMALL.model_copy(update={"model": "nothing"}))
    with pytest.raises(InvalidRequest):
        workshop.order(actor, PrintsWanted(wish="cat", style="no such style"))
    assert workshop.views(actor) == ()


def test_an_order_is_made_to_its_end_and_every_file_is_confirmed(app, workshop, actor):
    app.worker.start()
    order = workshop.order(actor, SMALL)
    view = ended(workshop, actor, order.id)
    assert (view.order.state, view.order.done, view.order.total) == ("done", 2, 2)
    assert view.words["slack"]["stickers"][0]["file"] == "01.png"
    with ZipFile(workshop.parcel(actor, order.id, "slack")) as parcel:
        assert parcel.namelist() == ["01.png", "02.png", "pack.json"]
        assert verify(app, parcel.read("01.png")).verdict == "confirmed"


def test_an_engine_that_draws_one_frame_makes_moving_pictures_too(app, actor):
    app.worker.start()
    motion = Motion(name="shake", form="gif", frames=6)
    wish = Request(prompt="a fox", width=96, height=96, seed=1, transparent=True, motion=motion)
    (made,) = make(app, app.desk, actor, [("one", wish)])
    assert isinstance(made, Made)
    assert (made.receipt.artifact.media_type, facts(made.data).frames) == ("image/gif", 6)
    assert verify(app, made.data).verdict == "confirmed"


def test_an_order_goes_on_after_the_server_went_away_and_nothing_is_made_twice(app, actor):
    first = Workshop(app, app.desk)
    order = first.order(actor, SMALL)  # nobody works yet: its jobs are admitted and wait
    until = time.monotonic() + 60
    while len(app.desk.jobs(actor)) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    first.close()
    with app.store.read() as tx:
        assert tx.orders.state(order.id) == "making"
    app.worker.start()
    second = Workshop(app, app.desk)
    second.start()
    assert ended(second, actor, order.id).order.state == "done"
    second.close()
    assert [view.job.state for view in app.desk.jobs(actor)] == [JobState.DELIVERED] * 2


def test_cancelling_keeps_what_is_finished_and_ends_what_is_not(app, workshop, actor):
    order = workshop.order(actor, SMALL)
    until = time.monotonic() + 60
    while len(app.desk.jobs(actor)) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    workshop.cancel(actor, order.id)
    while any(not view.job.state.final for view in app.desk.jobs(actor)) and time.monotonic() < until:
        time.sleep(0.05)
    assert {view.job.state for view in app.desk.jobs(actor)} == {JobState.CANCELLED}
    assert workshop.view(actor, order.id).order.state == "cancelled"


def test_a_batch_that_nobody_works_on_ends_with_an_error_and_takes_the_work_over_where_it_can(app, actor):
    wish = Request(prompt="a fox", width=64, height=64, seed=1)
    with pytest.raises(Unavailable) as failed:
        list(make(app, app.desk, actor, [("one", wish)], Ties(stalled_s=0.2)))
    assert failed.value.reason == "stalled"
    asked = []

    def tend():
        asked.append(app.worker.running)
        app.worker.start()

    (answer,) = make(app, app.desk, actor, [("one", wish)], Ties(tend))
    assert isinstance(answer, Made)
    assert asked[0] is False


def test_the_pages_order_show_and_say_what_is_wrong(app, actor):
    client = member(app)
    for language in ("zh", "en"):
        client.get("/look", params={"lang": language})
        for kind in ("stickers", "wallpapers", "prints"):
            shown = client.get(f"/makers?maker={kind}")
            assert shown.status_code == 200
            assert i18n.say(language, f"makers.wish.{kind}") in html.unescape(shown.text)
    bad = client.post("/makers", data={"csrf": token(client), "maker": "stickers", "wish": "a fox"})
    assert bad.status_code == 400
    assert "a fox" in bad.text
    good = {"csrf": token(client), "maker": "stickers", "wish": "a fox", "place": "slack", "count": "8"}
    made = client.post("/makers", data=good)
    assert made.status_code == 303
    page = client.get(made.headers["location"])
    assert page.status_code == 200
    assert "hx-get" in page.text
    assert 'http-equiv="refresh"' in page.text
    there = client.get(f"{made.headers['location']}?done=0", headers={"hx-request": "true"})
    assert there.status_code in (200, 204)
    stranger = member(app, "bob")
    assert stranger.get(made.headers["location"]).status_code == 404
    assert client.post(f"{made.headers['location']}/cancel").status_code in (400, 403)
    done = client.post(f"{made.headers['location']}/cancel", data={"csrf": token(client)})
    assert done.status_code == 303
    assert i18n.say("en", "makers.state.cancelled") in client.get(made.headers["location"]).text


def test_the_api_orders_lists_and_cancels(app, workshop):
    client = member(app)
    client.headers["x-csrf-token"] = token(client)
    places = client.get("/api/makers/places").json()
    assert {place["kind"] for place in places} == {"stickers", "wallpapers", "prints"}
    made = client.post("/api/makers/prints", json={"wish": "a cat", "products": ["tote"]})
    assert made.status_code == 202
    told = made.json()
    assert (told["kind"], told["total"], made.headers["location"]) == ("prints", 3, f"/api/makers/{told['order']}")
    assert [one["order"] for one in client.get("/api/makers").json()] == [told["order"]]
    assert client.delete(f"/api/makers/{told['order']}").json()["state"] == "cancelled"
    assert client.delete(f"/api/makers/{told['order']}").status_code == 409
    assert client.get(f"/api/makers/{told['order']}/zip").status_code == 404
    for body in (
        {"wish": "a cat", "products": ["moon"]},
        {"wish": " \u200b"},
        {"wish": ""},
        {"wish": "a cat", "devices": ["tote"]},
    ):
        assert client.post("/api/makers/prints", json=body).status_code in (400, 404, 422)
    assert client.post("/api/makers/wallpapers", json={"wish": "a cat", "devices": ["tote"]}).status_code == 400
