"""European Union: AI Act art. 50(2) with its code of practice, DSA art. 17(3) and 20."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from tests.fakes import files
from tests.unit.test_metadata import C2PA, with_c2pa

from pingxing import appeals, flow, label
from pingxing.api.app import create
from pingxing.errors import Forbidden, Refused
from pingxing.label.metadata.labels import write_label
from pingxing.label.record import Aigc
from pingxing.policy.packs import default_packs
from pingxing.types import LANGUAGES, Format, Role


@pytest.fixture
def guest(app) -> Iterator[TestClient]:
    with TestClient(create(app)) as client:
        yield client


@pytest.fixture
def delivered(app, actor, wish) -> bytes:
    job = flow.admit(app, actor, wish(width=512, height=512, format=Format.JPEG))
    flow.fulfil(app, job.id)
    return flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id).data


def test_ai_act_art_50_2_outputs_carry_two_machine_readable_layers(app, delivered) -> None:
    labels = label.read(delivered, app.kit)
    assert labels.c2pa.valid  # signed metadata
    assert labels.watermark.valid  # imperceptible watermark
    assert labels.aigc.facts["source_type"] in ("trainedAlgorithmicMedia", "algorithmicMedia")


def test_ai_act_art_50_2_the_watermark_outlives_the_metadata(app, delivered) -> None:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    with Image.open(BytesIO(delivered)) as image:
        image.convert("RGB").save(out, "JPEG", quality=75)
    labels = label.read(out.getvalue(), app.kit)
    assert not labels.aigc.found
    assert not labels.c2pa.found
    assert labels.watermark.found


def test_ai_act_art_50_2_the_detector_is_free_needs_no_account_and_says_which_technique_fired(guest, delivered) -> None:
    answer = guest.post("/api/verify", files={"file": ("a.jpg", delivered, "image/jpeg")})
    assert answer.status_code == 200
    told = answer.json()
    assert told["verdict"] == "confirmed"
    assert set(told["layers"]) == {"visible", "aigc", "c2pa", "watermark"}
    assert all(layer["found"] and layer["detail"] for layer in told["layers"].values())


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp", "audio/wav", "video/mp4", "image/avif"])
def test_ai_act_art_50_2_code_of_practice_marks_of_an_input_are_never_stripped(kind: str) -> None:
    assert C2PA in write_label(with_c2pa(kind), kind, Aigc.first("P", "1"))


@pytest.mark.parametrize("kind", ["image/webp", "video/quicktime", "audio/ogg"])
def test_ai_act_art_50_2_other_makers_marks_are_read_too(kind: str) -> None:
    foreign = write_label(files.sample(kind), kind, Aigc.first("another-maker", "x-1"))
    assert label.read(foreign).aigc.facts["producer"] == "another-maker"


def test_dsa_art_17_3_a_refusal_states_facts_ground_clause_and_redress(app, actor, wish) -> None:
    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, wish("a forbidden thing"))
    for finding in caught.value.verdict.findings:
        assert finding.span[1] > finding.span[0]  # the facts: which words
        assert finding.rule
        assert finding.clause  # the exact ground
        assert all(finding.reason(language) for language in LANGUAGES)
        assert finding.appeal == "/appeals"


def test_dsa_art_17_3_every_rule_that_ships_names_its_clause_and_reason() -> None:
    rules = [rule for pack in default_packs() for rule in pack.rules]
    assert len(rules) >= 20
    assert all(rule.clause and rule.reason.en and rule.reason.zh for rule in rules)


def test_dsa_art_20_an_appeal_is_free_and_decided_by_a_person_with_the_right_to(app, actor, wish) -> None:
    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, wish("a forbidden thing"))
    appeal = appeals.file(app, actor, caught.value.job, "it is a film title")
    app.identity.create_account(actor, "mei", Role.MEMBER, "a long enough sentence")
    member = app.identity.session(app.identity.sign_in("mei", "a long enough sentence", "here").cookie).actor
    with pytest.raises(Forbidden):
        appeals.decide(app, member, appeal.id, overturn=True, words="mine")
    assert appeals.decide(app, actor, appeal.id, overturn=True, words="you are right").state == "overturned"
