"""The studio's form with a picture and a mask, over a real App and the fake engine: what is kept and what is lent."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.conftest import finish
from tests.integration.test_studio_pages import signed_in, token

from pingxing import uploads
from pingxing.api.app import create
from pingxing.types import Addition, Role

ADDED = Addition("ink-lines", "adapter", "", "CC0-1.0", "drawn for tests", "0" * 64, 1)


def png(colour: str, size: tuple[int, int] = (96, 64)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def app(make_app, fake, settings):
    fake.model = replace(fake.model, takes_picture=True, takes_mask=True, additions=(ADDED,))
    return make_app(settings.model_copy(update={"uploads_per_minute": 100}), faces=lambda picture: ())


@pytest.fixture
def member(app):
    with TestClient(create(app), follow_redirects=False, headers={"accept-language": "en"}) as client:
        yield signed_in(app, app.identity.local_actor("en"), client, Role.MEMBER)


def asks(member, files=None, **more: str):
    form = {"csrf": token(member), "prompt": "a mosaic", "size": "auto", "strength": "0.4", **more}
    return member.post("/jobs", data=form, files=files or {})


def wish(app, answer):
    with app.store.read() as tx:
        return tx.work.get(answer.headers["location"].rpartition("/")[2]).request


def test_a_plain_form_brings_a_picture_and_a_mask(app, member):
    answer = asks(member, {"picture": ("a.png", png("navy")), "mask": ("m.png", png("white", (20, 20)))})
    assert answer.status_code == 303
    asked = wish(app, answer)
    assert (asked.width, asked.height, asked.strength) == (128, 64, 0.4)  # like the picture, in sides all models can do
    assert len({asked.init_image, asked.mask}) == 2
    job = answer.headers["location"].rpartition("/")[2]
    shown = member.get("/api/uploads").json()
    assert {(one["width"], one["height"]) for one in shown} == {(96, 64)}  # the mask was stretched to the picture
    assert len(shown) == 2
    with app.store.read() as tx:
        account = tx.work.get(job).account
    finish(app, replace(app.identity.local_actor("en"), account=account), job)
    member.get("/")
    assert member.get("/api/uploads").json() == []  # lent to that job alone


def test_a_picture_that_was_uploaded_before_stays(app, member):
    headers = {"X-CSRF-Token": token(member)}
    kept = member.post("/api/uploads", files={"file": ("a.png", png("navy"))}, headers=headers).json()["id"]
    answer = asks(member, {"mask": ("m.png", png("white"))}, begin=kept)
    assert wish(app, answer).init_image == kept
    job = answer.headers["location"].rpartition("/")[2]
    with app.store.read() as tx:
        account = tx.work.get(job).account
    finish(app, replace(app.identity.local_actor("en"), account=account), job)
    member.get("/")
    assert [one["id"] for one in member.get("/api/uploads").json()] == [kept]


def test_what_does_not_go_together_is_told_and_leaves_nothing(app, member):
    picture = {"picture": ("a.png", png("navy"))}
    for files, more in (
        ({"mask": ("m.png", png("white"))}, {}),
        (picture | {"mask": ("m.png", png("black"))}, {}),
        (picture | {"mask": ("m.png", b"no picture")}, {}),
        ({"picture": ("a.png", b"no picture")}, {}),
        (picture, {"strength": "2"}),
        (picture, {"strength": "much"}),
        (picture, {"consent": "somebody"}),
        (picture, {"consent": "nobody", "terms": "0" * 64}),
        ({}, {"begin": "0" * 32}),
        ({}, {"receipt": "nosuch"}),
        ({"other": ("a.png", png("navy"))}, {}),
        ({}, {"adapter-fake/ink-lines": "yes", "weight-fake/ink-lines": "3"}),
        ({}, {"adapter-fake/nosuch": "yes"}),
    ):
        answer = asks(member, files, **more)
        assert 400 <= answer.status_code < 500, (list(files), more)
    assert member.get("/api/uploads").json() == []


def test_a_face_is_asked_about_and_the_statement_recorded(make_app, fake, settings):
    fake.model = replace(fake.model, takes_picture=True)
    app = make_app(settings, faces=lambda picture: [(0.1, 0.1, 0.5, 0.5)])
    with TestClient(create(app), follow_redirects=False, headers={"accept-language": "en"}) as client:
        member = signed_in(app, app.identity.local_actor("en"), client, Role.MEMBER)
        picture = {"picture": ("a.png", png("navy"))}
        refused = asks(member, picture)
        assert refused.status_code == 400
        assert "Say who is shown" in refused.text
        assert asks(member, picture, consent="myself", terms=uploads.terms()).status_code == 303
        assert member.get("/api/uploads").json()[0]["consent"]["basis"] == "myself"


def test_a_strangers_form_is_not_read(app, member):
    member.cookies.clear()
    answer = member.post("/jobs", files={"picture": ("a.png", b"x" * 2_000_000)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/jobs")


def test_only_adapters_of_the_picked_model_count(app, member):
    form = {"adapter-fake/ink-lines": "yes", "weight-fake/ink-lines": "-0.5", "adapter-other/ink-lines": "yes"}
    used = wish(app, asks(member, **form)).adapters
    assert [(use.name, use.weight) for use in used] == [("ink-lines", -0.5)]
    page = member.get("/").text
    assert re.search(r'name="adapter-fake/ink-lines"', page)
