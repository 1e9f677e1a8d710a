"""A picture made out of one that somebody brought: who may use it, and what the new one says of its origin."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image
from tests.conftest import finish

from pingxing import flow, uploads
from pingxing.engine.base import NOTHING, Inputs
from pingxing.errors import InvalidRequest, NotFound
from pingxing.label import c2pa
from pingxing.types import JobState, Request, Role
from pingxing.verify import verify


@pytest.fixture
def app(make_app, database):
    return make_app(database)


@pytest.fixture
def seen(fake, monkeypatch) -> list[Inputs]:
    """What the engine was given, wish by wish."""
    found: list[Inputs] = []
    known = fake.prepare

    def prepare(request: Request, inputs: Inputs = NOTHING):
        found.append(inputs)
        return known(request, inputs)

    monkeypatch.setattr(fake, "prepare", prepare)
    return found


def png(colour: str = "teal", side: int = 80) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "PNG")
    return out.getvalue()


def bring(app, actor, data: bytes) -> str:
    return uploads.keep(app, actor, data, uploads.Consent("nobody", uploads.terms())).id


def test_the_engine_gets_the_pixels_and_the_label_names_the_origin(app, actor, wish, seen):
    app.worker.start()
    first = bring(app, actor, png())
    told = finish(app, actor, flow.admit(app, actor, wish(init_image=first, width=256, height=256, strength=0.4)).id)
    assert told.job.state is JobState.DELIVERED
    given = seen[-1].init
    assert given is not None
    assert (given.pixels == np.asarray(Image.new("RGB", (80, 80), "teal"))).all()
    data = flow.release(app, actor, told.receipts[0].id).data
    said = c2pa.look(data, "image/png", app.kit.credentials.anchors)
    assert said is not None
    assert (said.state, said.ingredients, said.source_type) == ("trusted", 1, "compositeWithTrainedAlgorithmicMedia")
    assert b"compositeWithTrainedAlgorithmicMedia" in data.partition(b"IDAT")[0]
    assert verify(app, data).verdict == "confirmed"


def test_a_picture_of_ours_that_comes_back_keeps_its_history(app, actor, wish, seen):
    app.worker.start()
    first = finish(app, actor, flow.admit(app, actor, wish(width=256, height=256)).id)
    data = flow.release(app, actor, first.receipts[0].id).data
    again = bring(app, actor, data)
    told = finish(app, actor, flow.admit(app, actor, wish(init_image=again, width=256, height=256)).id)
    made = flow.release(app, actor, told.receipts[0].id).data
    store = json.loads(_manifests(made))
    assert len(store["manifests"]) == 2, "the manifest of the first picture goes on living in the second"


def _manifests(data: bytes) -> str:
    from c2pa import Reader

    with Reader("image/png", io.BytesIO(data)) as reader:
        return reader.json()


def test_another_s_upload_is_as_if_it_were_not(app, actor, wish):
    somebody = app.identity.create_account(actor, "somebody", Role.MEMBER, "a long enough sentence")
    other = app.identity.sign_in("somebody", "a long enough sentence", "here").actor
    assert other.account == somebody.id
    first = bring(app, other, png())
    with pytest.raises(NotFound):
        flow.admit(app, actor, wish(init_image=first))


def test_an_upload_that_is_gone_ends_the_job_with_an_answer(app, actor, wish):
    first = bring(app, actor, png())
    job = flow.admit(app, actor, wish(init_image=first))
    uploads.delete(app, actor, first)
    app.worker.start()
    ended = finish(app, actor, job.id).job
    assert (ended.state, ended.error) == (JobState.FAILED, "not_found")


def test_a_mask_needs_a_picture():
    with pytest.raises(ValueError, match="init_image: missing"):
        Request(prompt="a cat", mask="0" * 32)


def test_a_composer_of_scenes_says_that_it_cannot(make_app, settings):
    from pingxing.bootstrap import default_loaders

    app = make_app(settings.model_copy(update={"default_model": "scene"}), loaders=default_loaders(settings))
    actor = app.identity.local_actor("en")
    with pytest.raises(InvalidRequest) as caught:
        flow.admit(app, actor, Request(prompt="a cat", init_image=bring(app, actor, png())))
    assert caught.value.params["member"] == "init_image"
