"""California SB 942 / AB 853: latent disclosure, and a free detector that tells nothing personal."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from tests.fakes import files

from pingxing import flow, label
from pingxing.api.app import create
from pingxing.label.finding import find
from pingxing.label.lint import lint
from pingxing.label.metadata.labels import KINDS, write_label
from pingxing.label.record import Aigc
from pingxing.label.xmp import Provenance
from pingxing.types import Format

pytestmark = pytest.mark.usefixtures("films_here")
MADE = Provenance("Pingxing", "0.2", "scene", datetime(2026, 8, 2, 9, 30, tzinfo=UTC))
MEDIA = [kind for kind in KINDS if kind.startswith(("image/", "video/", "audio/"))]


@pytest.mark.parametrize("kind", MEDIA)
def test_sb942_22757_3_b_latent_disclosure_provider_system_version_time_and_identifier(kind: str) -> None:
    data = write_label(files.sample(kind), kind, Aigc.first("PX", "r-1"), MADE)
    facts = find(data).facts
    said = label.read(data).aigc.facts
    assert (said["producer"], said["produce_id"]) == ("PX", "r-1")
    assert (facts["system"], facts["version"], facts["created"]) == ("Pingxing", "0.2", "2026-08-02T09:30:00Z")
    assert not [one.rule for one in lint(data) if one.jurisdiction == "US-CA"]


@pytest.mark.parametrize("format", [Format.PNG, Format.JPEG, Format.WEBP])
def test_sb942_22757_3_b_every_delivered_picture_has_it(app, actor, wish, format) -> None:
    job = flow.admit(app, actor, wish(width=320, height=256, format=format))
    flow.fulfil(app, job.id)
    data = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data
    assert not [one.rule for one in lint(data, app.kit) if one.jurisdiction == "US-CA"]


def test_sb942_22757_2_the_detector_tells_nothing_personal(app, actor, wish) -> None:
    app.identity.update_profile(actor, label_language="en")
    job = flow.admit(app, actor, wish("an unmistakable zebrafinch", width=256, height=256))
    flow.fulfil(app, job.id)
    data = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data
    with TestClient(create(app)) as guest:
        told = guest.post("/api/verify", files={"file": ("a.png", data, "image/png")}).text
    assert json.loads(told)["ledger"]["found"]
    for secret in (actor.account, actor.credential, "zebrafinch", job.id):
        assert secret not in told


@pytest.mark.parametrize("person", ["11010519491231002X", "P-11010519491231002X-1"])
def test_sb942_22757_2_a_persons_number_in_anothers_label_is_not_repeated(person: str) -> None:
    said = label.read(write_label(files.sample("audio/flac"), "audio/flac", Aigc.first(person, "r-1")))
    assert said.aigc.valid
    assert person not in str(said)
