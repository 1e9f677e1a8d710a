"""The lawful door (labelling measures, art. 9): shut by default, agreed to, recorded, and never around the ledger."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from tests.conftest import finish

from pingxing import copies, flow, label, uploads
from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound
from pingxing.ledger import audit, entries
from pingxing.ledger.export import export
from pingxing.types import Actor, Format, Role, Scope
from pingxing.verify import verify


@pytest.fixture
def app(make_app, database):
    return make_app(database.model_copy(update={"unlabelled_copies": True}))


@pytest.fixture
def receipt(app, actor, wish):
    app.worker.start()
    view = finish(app, actor, flow.admit(app, actor, wish("a cat", format=Format.PNG, width=320, height=320)).id)
    return view.receipts[0]


def test_labelling_measures_art_9_the_door_is_shut_unless_the_operator_opens_it(make_app, settings) -> None:
    app = make_app(settings)
    with pytest.raises(Forbidden):
        copies.agree(app, app.identity.local_actor("en"))
    with pytest.raises(Forbidden):
        copies.bare(app, app.identity.local_actor("en"), "0" * 32, "Ann", "print")


def test_labelling_measures_art_9_no_copy_without_an_agreement(app, actor, receipt) -> None:
    with pytest.raises(Conflict) as caught:
        copies.bare(app, actor, receipt.id, "Ann", "a poster")
    assert caught.value.reason == "not_agreed"


def test_labelling_measures_art_9_a_copy_keeps_every_label_but_the_visible_one(app, actor, receipt) -> None:
    copies.agree(app, actor)
    copies.agree(app, actor)  # twice is once
    assert copies.agreed(app, actor)
    copy = copies.bare(app, actor, receipt.id, "Ann Example Ltd", "a poster in the shop window")
    data = flow.release(app, actor, copy.id).data
    labels = label.read(data, app.kit)
    assert not labels.visible.found
    assert labels.aigc.valid
    assert labels.c2pa.valid
    assert labels.produce_id == copy.id != receipt.id
    answer = verify(app, data)
    assert answer.verdict == "confirmed"
    assert (answer.ledger.found, answer.ledger.proof_ok, answer.ledger.same_bytes) == (True, True, True)
    assert label.read(flow.release(app, actor, receipt.id).data, app.kit).visible.found  # the original keeps its mark


def test_labelling_measures_art_9_the_recipient_is_logged_and_kept_six_months(app, actor, receipt, clock) -> None:
    copies.agree(app, actor)
    copy = copies.bare(app, actor, receipt.id, "Ann", "a poster")
    (logged,) = copies.given(app, actor, receipt.id)
    assert (logged.receipt, logged.recipient, logged.purpose) == (copy.id, "Ann", "a poster")
    with app.store.begin() as tx:
        assert tx.copies.forget(clock() - timedelta(days=184)) == 0
        assert b"Ann" not in b"".join(tx.log.entries(0, tx.log.size()))
    with app.store.read() as tx:
        kinds = [entries.decode(data)[0].kind for data in tx.log.entries(0, tx.log.size())]
    assert kinds[-2:] == ["agreed", "copied"]


def test_the_auditor_wants_the_agreement_before_the_copy(app, actor, receipt, tmp_path) -> None:
    copies.agree(app, actor)
    copies.bare(app, actor, receipt.id, "Ann", "a poster")
    with app.store.read() as tx:
        (tmp_path / "log").write_bytes(b"".join(export(tx.log, app.ledger)))
    assert audit.audit(tmp_path / "log", app.ledger.vkey).problems == ()


def test_nobody_named_is_no_recipient(app, actor, receipt) -> None:
    copies.agree(app, actor)
    for recipient, purpose in (("", "x"), ("  ", "x"), ("Ann", ""), ("A" * 201, "x"), ("Ann", "p" * 501)):
        with pytest.raises(InvalidRequest):
            copies.bare(app, actor, receipt.id, recipient, purpose)
    assert copies.given(app, actor) == ()


def test_anothers_picture_is_not_found(app, actor, receipt) -> None:
    other = app.identity.create_account(actor, "other", Role.ADMIN, "long enough password")
    stranger = Actor(other.id, Role.ADMIN, frozenset(Scope), "local")  # an administrator sees it, and may not copy it
    copies.agree(app, stranger)
    with pytest.raises(NotFound):
        copies.bare(app, stranger, receipt.id, "Ann", "a poster")


def _brought(app, actor, wish):
    """An upload and the receipt of a picture that was made out of it."""
    app.worker.start()
    out = io.BytesIO()
    Image.new("RGB", (80, 80), "teal").save(out, "PNG")
    upload = uploads.keep(app, actor, out.getvalue(), uploads.Consent("nobody", uploads.terms()))
    wished = wish(init_image=upload.id, strength=0.4, width=320, height=320, format=Format.PNG)
    return upload, finish(app, actor, flow.admit(app, actor, wished).id).receipts[0]


def test_a_copy_of_what_was_made_out_of_an_upload_is_found_by_its_bytes_and_by_its_watermark(app, actor, wish) -> None:
    _, receipt = _brought(app, actor, wish)
    copies.agree(app, actor)
    copy = copies.bare(app, actor, receipt.id, "Ann", "a poster")
    data = flow.release(app, actor, copy.id).data
    answer = verify(app, data)
    assert (answer.verdict, answer.ledger.by, answer.ledger.log_index) == ("confirmed", "bytes", copy.log_index)
    again = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(again, "JPEG", quality=80)  # no metadata, other pixels
    answer = verify(app, again.getvalue())
    assert (answer.verdict, answer.ledger.by, answer.ledger.log_index) == ("confirmed", "watermark", copy.log_index)


def test_a_copy_of_what_was_made_out_of_an_upload_that_is_gone_is_refused_for_that_reason(app, actor, wish) -> None:
    upload, receipt = _brought(app, actor, wish)
    copies.agree(app, actor)
    uploads.delete(app, actor, upload.id)
    with pytest.raises(Conflict) as caught:  # not NotFound: the picture is there, and can be verified
        copies.bare(app, actor, receipt.id, "Ann", "a poster")
    assert caught.value.reason == "no_copy_origin"
    assert verify(app, flow.release(app, actor, receipt.id).data).verdict == "confirmed"
    assert copies.given(app, actor) == ()
