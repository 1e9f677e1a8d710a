"""Contact sheets: every page sealed, one label, a receipt; words are shown as they are, judged, and never source."""

from contextlib import closing

import numpy as np
import pypdfium2
import pytest
from tests.conftest import finish

from pingxing import flow
from pingxing.contact import MOST, contact_sheet
from pingxing.errors import InvalidRequest, NotFound, Refused
from pingxing.ledger import audit
from pingxing.ledger.export import export
from pingxing.types import ROLE_SCOPES, Actor, JobState, Role
from pingxing.verify import verify

NAMES = ('#read("/etc/passwd")', "*bold* $x$ @here", '"\\', "柴犬在雪地里", "a" * 90, "<b>&amp;")


@pytest.fixture
def receipt(app, actor, wish):
    app.worker.start()
    return finish(app, actor, flow.admit(app, actor, wish()).id).receipts[0].id


def test_names_stand_as_they_are_and_every_page_is_sealed(app, actor, receipt, tmp_path):
    pictures = [(NAMES[n % len(NAMES)], receipt) for n in range(14)]
    made = contact_sheet(app, actor, "原型 #panic()", pictures)
    data = flow.release(app, actor, made.id).data
    found = verify(app, data)
    assert (found.verdict, found.ledger.same_bytes, found.ledger.proof_ok) == ("confirmed", True, True)
    with closing(pypdfium2.PdfDocument(data)) as document:
        assert len(document) == 2
        text = "".join(page.get_textpage().get_text_range() for page in document)
        drawn = [np.asarray(page.render(rev_byteorder=True).to_numpy())[..., :3] for page in document]
        assert document[0].get_size() == pytest.approx((595.3, 841.9), abs=1)
    for name in (NAMES[0], NAMES[1], NAMES[3], "原型 #panic()", "1 / 2", "2 / 2"):
        assert name in text, text
    for page in drawn:  # the seal's vermilion, in the lower right corner
        corner = page[int(0.88 * len(page)) :, page.shape[1] // 2 :].astype(int)
        assert (abs(corner - (0xA9, 0x34, 0x21)).sum(axis=2) < 12).mean() > 0.1
    with app.store.read() as tx:
        job = tx.work.get(made.job)
        (tmp_path / "log").write_bytes(b"".join(export(tx.log, app.ledger)))
    assert audit.audit(tmp_path / "log", app.ledger.vkey).problems == ()
    assert (job.state, job.request.prompt) == (JobState.DELIVERED, "原型 #panic()")


def test_nobody_elses_picture_and_no_words_that_a_rule_stops(app, actor, receipt):
    other = app.identity.create_account(actor, "other", Role.MEMBER, "a long pass phrase")
    stranger = Actor(other.id, Role.MEMBER, ROLE_SCOPES[Role.MEMBER], "local")
    for wrong in ([], [("x", receipt)] * (MOST + 1)):
        with pytest.raises(InvalidRequest):
            contact_sheet(app, actor, "sheet", wrong)
    with pytest.raises(NotFound):
        contact_sheet(app, stranger, "sheet", [("x", receipt)])
    with pytest.raises(Refused) as stopped:
        contact_sheet(app, actor, "sheet", [("forbidden", receipt)])
    with app.store.read() as tx:
        assert tx.work.get(stopped.value.job).state is JobState.REFUSED
