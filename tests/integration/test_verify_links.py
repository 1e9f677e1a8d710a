"""California SB 942, 22757.2(a): the detector takes a file's address too: on the page, by API, on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.unit.test_label_kit import mark, scene

from pingxing import label
from pingxing.api.app import create
from pingxing.cli.main import main
from pingxing.errors import InvalidRequest
from pingxing.fetching import Fetched
from pingxing.types import Format

LINK = "https://shop.example/lamp.png"


@pytest.fixture
def lamp(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The only file on the web."""
    data = label.seal(scene(), Format.PNG, mark())

    def fetch(link: str, limit: int) -> Fetched:
        assert limit >= len(data)
        if link != LINK:
            raise InvalidRequest("link_private", host="localhost")
        return Fetched("lamp.png", data)

    monkeypatch.setattr("pingxing.api.native.fetch", fetch)
    monkeypatch.setattr("pingxing.fetching.fetch", fetch)
    return data


@pytest.fixture
def guest(app) -> Iterator[TestClient]:
    with TestClient(create(app), headers={"accept-language": "en"}) as client:
        yield client


def test_sb942_22757_2_a_free_detector_by_address(guest: TestClient, lamp: bytes) -> None:
    by_link = guest.post("/api/verify/link", json={"url": LINK})
    assert by_link.status_code == 200
    assert by_link.json()["verdict"] == "confirmed"
    assert by_link.json() == guest.post("/api/verify", content=lamp).json()


def test_what_lies_inside_is_not_looked_at_and_told_so(guest: TestClient, lamp: bytes) -> None:
    refused = guest.post("/api/verify/link", json={"url": "http://localhost/"})
    assert refused.status_code == 400
    assert "not on the public web" in refused.json()["title"]
    page = guest.post("/verify/link", data={"url": "http://localhost/"})
    assert page.status_code == 400
    assert "localhost is not on the public web" in page.text


def test_the_page_answers_for_a_link_as_for_a_file(guest: TestClient, lamp: bytes) -> None:
    whole = guest.post("/verify/link", data={"url": f" {LINK} "})
    assert 'data-verdict="confirmed"' in whole.text
    assert f'value="{LINK}"' in whole.text
    part = guest.post("/verify/link", data={"url": LINK}, headers={"hx-request": "true"})
    assert 'data-verdict="confirmed"' in part.text
    assert "<html" not in part.text


def test_an_operator_can_close_it(make_app, settings, lamp: bytes) -> None:
    closed = make_app(settings.model_copy(update={"verify_links": False}))
    with TestClient(create(closed), headers={"accept-language": "en"}) as guest:
        assert guest.post("/api/verify/link", json={"url": LINK}).status_code == 403
        assert 'action="/verify/link"' not in guest.get("/verify").text


def test_links_count_as_verifications(make_app, settings, lamp: bytes) -> None:
    busy = make_app(settings.model_copy(update={"verify_per_minute": 1}))
    with TestClient(create(busy)) as guest:
        assert guest.post("/api/verify/link", json={"url": LINK}).status_code == 200
        assert guest.post("/api/verify/link", json={"url": LINK}).status_code == 429


def test_on_the_command_line(
    tmp_path: Path, lamp: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PINGXING_DATA_DIR", str(tmp_path / "data"))
    with pytest.raises(SystemExit) as ended:
        main(["verify", LINK, "--json"])
    assert not ended.value.code
    assert json.loads(capsys.readouterr().out)["verdict"] == "confirmed"
