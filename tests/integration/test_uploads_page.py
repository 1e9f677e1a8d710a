"""The page of one's own uploads: what is kept, who is shown, until when, and how it goes."""

from __future__ import annotations

import re

import pytest
from tests.integration.test_copies_pages import member, token
from tests.integration.test_uploads import no_face, png

from pingxing import i18n, uploads
from pingxing.errors import PingxingError
from pingxing.types import LANGUAGES


@pytest.fixture
def app(make_app):
    return make_app(faces=no_face)


def bring(app, client) -> uploads.Upload:
    """One upload of whoever is signed in with this client."""
    session = next(found for cookie in client.cookies.jar if (found := session_of(app, cookie.value)) is not None)
    return uploads.keep(app, session.actor, png(), uploads.Consent("nobody", uploads.terms()))


def session_of(app, cookie):
    try:
        return app.identity.session(cookie)
    except PingxingError:  # another cookie
        return None


def test_one_sees_and_deletes_what_is_kept(app) -> None:
    client = member(app)
    assert i18n.say("en", "uploads.own.none") in client.get("/uploads").text
    kept = bring(app, client)
    for language in LANGUAGES:
        shown = client.get("/uploads", headers={"accept-language": language}).text
        assert f"/uploads/{kept.id}/picture" in shown
    assert i18n.say("en", "uploads.own.shown.nobody") in client.get("/uploads").text
    assert client.post(f"/uploads/{kept.id}/delete").status_code in (400, 403), "without the form's token"
    gone = client.post(f"/uploads/{kept.id}/delete", data={"csrf": token(client)})
    assert (gone.status_code, gone.headers["location"]) == (303, "/uploads?gone=true")
    assert kept.id not in client.get("/uploads").text
    assert i18n.say("en", "uploads.own.gone") in client.get("/uploads?gone=true").text
    assert client.get(f"/uploads/{kept.id}/picture").status_code == 404


def test_the_picture_is_only_for_its_owner(app) -> None:
    client, other = member(app), member(app, "bob")
    kept = bring(app, client)
    small = client.get(f"/uploads/{kept.id}/picture")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/png")
    assert small.content == png()
    assert small.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in small.headers["cache-control"]
    assert other.get(f"/uploads/{kept.id}/picture").status_code == 404
    assert kept.id not in other.get("/uploads").text
    assert other.post(f"/uploads/{kept.id}/delete", data={"csrf": token(other)}).status_code == 404
    assert client.get(f"/uploads/{kept.id}/picture").status_code == 200


def test_every_button_says_which_upload_it_deletes(app) -> None:
    client = member(app)
    bring(app, client)
    labels = re.findall(r'<button class="button quiet" aria-label="([^"]+)"', client.get("/uploads").text)
    assert len(labels) == 1
    assert "Delete the upload of" in labels[0]
