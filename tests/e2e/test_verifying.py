"""In a real browser: what becomes of a picture on its way through chats and screens, and what the page finds in it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.e2e.server import Server
from tests.e2e.test_studio import NARROW, WIDE, Person, browser, person, photo, sign_in

__all__ = ["browser"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A studio whose operator opened the lawful door."""
    environ = {"PINGXING_VERIFY_PER_MINUTE": "1000", "PINGXING_UNLABELLED_COPIES": "true"}
    running = Server(tmp_path_factory.mktemp("studio") / "data", environ).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def someone(browser: Any, server: Server) -> Iterator[Person]:
    anyone = person(browser, server, "en")
    sign_in(anyone, server)
    yield anyone
    anyone.page.context.close()


@pytest.fixture(scope="module")
def picture(someone: Person) -> str:
    return someone.make("a lighthouse by the sea at sunset, two sailing boats")


@pytest.fixture(scope="module")
def original(someone: Person, picture: str) -> bytes:
    return someone.page.request.get(f"{someone.url}{picture.replace('/pictures/', '/files/')}").body()


@pytest.fixture
def guest(browser: Any, server: Server) -> Iterator[Person]:
    anyone = person(browser, server, "en", signed_in=False)
    yield anyone
    anyone.page.context.close()
    assert anyone.complaints == []


# --- what people do to pictures ------------------------------------------------------------------


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def saved(image: Image.Image, kind: str = "PNG", **more: int) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def chat(data: bytes) -> bytes:
    """As chat applications send pictures: metadata gone, long side 1080, JPEG at quality 60."""
    image = opened(data)
    scale = 1080 / max(image.size)
    return saved(image.resize((round(image.width * scale), round(image.height * scale))), "JPEG", quality=60)


def screenshot(data: bytes, scale: float) -> bytes:
    """Resampled by the viewer, with the slight change of gamma of another screen."""
    image = opened(data)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BILINEAR)
    pixels = 255 * (np.asarray(image, np.float32) / 255) ** 1.06
    return saved(Image.fromarray(pixels.round().astype(np.uint8)))


def cropped(data: bytes) -> bytes:
    """A tenth off each side, and so off the visible mark too."""
    image = opened(data)
    x, y = round(image.width * 0.1), round(image.height * 0.1)
    return saved(image.crop((x, y, image.width - x, image.height - y)))


def ask(someone: Person, files: dict[str, bytes], folder: Path) -> list[Any]:
    """Give files to the page; their cards once all are answered."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    someone.go("/verify")
    someone.page.set_input_files("#file", [folder / name for name in files])
    told = f"{len(files)} of {len(files)} checked" if len(files) > 1 else f"{next(iter(files))}:"
    someone.page.locator("#told", has_text=told).wait_for(timeout=60_000)
    cards = someone.page.locator("#answer article").all()
    assert [card.locator(".of").inner_text().split(" ")[0] for card in cards] == list(files)
    return cards


def test_labelling_measures_art_5_what_was_shared_is_still_found_and_a_photo_is_not(
    guest: Person, original: bytes, tmp_path: Path
) -> None:
    assert opened(original).size == (1024, 1024)
    sent = chat(original)
    files = {
        "chat.jpg": sent,
        "large.png": screenshot(sent, 1.25),
        "again.jpg": chat(cropped(screenshot(sent, 0.8))),
        "photo.jpg": photo(),
    }
    *shared, other = ask(guest, files, tmp_path)
    for card in shared:
        assert card.get_attribute("data-verdict") == "confirmed", card.inner_text()
        for summary in card.locator("summary").all():
            summary.click()
        said = card.inner_text()
        entry = re.search(r"The watermark leads to entry (\d+) of this studio, .* proved", said)
        assert entry, said
        assert "No AIGC label in the metadata" in said  # nothing but pixels told it
        proof = card.locator("dl.facts", has_text="Digest of the entry").inner_text()
        assert len(re.findall(r"\b[0-9a-f]{64}\b", proof)) >= 3
        assert card.locator("canvas.thumb").count() == 1
    assert other.get_attribute("data-verdict") == "none"
    assert "It does not say that a person made it" in other.inner_text()


def test_the_original_says_who_made_it_when_and_how(guest: Person, original: bytes, tmp_path: Path) -> None:
    (card,) = ask(guest, {"original.png": original}, tmp_path)
    said = card.inner_text()
    for words in ("Confirmed", "by this studio", "Pingxing 0.", "by rules, without a trained model", "very bytes"):
        assert words in said
    card.locator("summary", has_text="Result as text").click()
    text = card.locator("pre").inner_text()
    assert text.startswith("Result of a check at http")
    assert "original.png" not in text  # a file's name may be somebody's
    guest.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card.get_by_role("button", name="Copy").click()
    card.get_by_role("button", name="Copied").wait_for()


def test_without_javascript_one_file_is_answered_in_full(
    browser: Any, server: Server, original: bytes, tmp_path: Path
) -> None:
    (tmp_path / "chat.jpg").write_bytes(chat(original))
    someone = person(browser, server, "zh", signed_in=False, java_script_enabled=False)
    someone.go("/verify")
    someone.page.set_input_files("#file", tmp_path / "chat.jpg")
    someone.page.click("#send")
    assert "水印指向本工作室账本" in someone.page.inner_text(".layers")
    assert someone.page.locator("#answer button:visible").count() == 0  # copying needs a script
    someone.page.context.close()


def test_every_file_gets_its_own_answer_also_what_cannot_be_read(
    guest: Person, original: bytes, tmp_path: Path
) -> None:
    files = {"half.png": original[:20_000], "note.txt": b"only words", "empty.png": b"", "whole.png": original}
    half, words, empty, whole = ask(guest, files, tmp_path)
    guest.complaints.clear()  # the browser reports the refusals of the server as errors
    assert "ends before the picture does" in half.inner_text()
    assert words.get_attribute("data-verdict") == "none"
    assert "failed" in empty.get_attribute("class")
    assert whole.get_attribute("data-verdict") == "confirmed"
    assert guest.page.inner_text("#told") == "4 of 4 checked: Unreadable 2 · None 1 · Confirmed 1"
    assert guest.page.locator("#told").get_attribute("role") == "status"


def test_what_is_too_large_is_not_sent(guest: Person, tmp_path: Path) -> None:
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.method))
    (card,) = ask(guest, {"film.mp4": bytes((32 << 20) + 1)}, tmp_path)
    assert "so it was not sent" in card.inner_text()
    assert "POST" not in asked


def test_too_many_questions_wait_and_go_on_by_themselves(guest: Person, original: bytes, tmp_path: Path) -> None:
    turned_away: list[int] = []

    def hold_the_first(route: Any) -> None:
        if route.request.method == "POST" and not turned_away:
            turned_away.append(1)
            route.fulfill(status=429, headers={"Retry-After": "1"}, body="")
        else:
            route.continue_()

    guest.page.route("**/verify", hold_the_first)
    (card,) = ask(guest, {"whole.png": original}, tmp_path)
    guest.complaints.clear()
    assert turned_away
    assert card.get_attribute("data-verdict") == "confirmed"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_answers_fit_a_telephone(browser: Any, server: Server, original: bytes, tmp_path: Path, language: str) -> None:
    someone = person(browser, server, language, signed_in=False)
    someone.page.set_viewport_size(NARROW)
    (tmp_path / "a-file-name-without-any-place-to-break-that-goes-on-and-on.png").write_bytes(original)
    someone.go("/verify")
    someone.no_overflow()
    someone.page.set_input_files("#file", list(tmp_path.iterdir()))
    someone.page.locator(".answer .verdict").wait_for()
    for summary in someone.page.locator(".answer summary").all()[1:]:
        summary.press("Enter")  # by keyboard
    assert someone.page.locator(".answer details[open]").count() == 4
    someone.no_overflow()
    someone.page.context.close()


def test_labelling_measures_art_9_the_lawful_door(someone: Person, picture: str, tmp_path: Path) -> None:
    someone.page.set_viewport_size(WIDE)
    someone.go(picture)
    someone.page.click('main a:text-is("Copy without the visible mark")')
    someone.page.fill('input[name="recipient"]', "Example Press")
    someone.page.fill('textarea[name="purpose"]', "the cover of a book")
    someone.page.check('input[name="agree"]')
    someone.page.click('main button:text-is("Make the copy")')
    with someone.page.expect_download() as waiting:
        someone.page.click("#made a[download]")
    data = Path(waiting.value.path()).read_bytes()
    assert "Example Press" in someone.page.inner_text("table")
    someone.page.set_viewport_size(NARROW)
    someone.no_overflow()
    someone.page.set_viewport_size(WIDE)
    (card,) = ask(someone, {"cover.png": data}, tmp_path)
    said = card.inner_text()
    assert "Our visible mark was not recognised" in said
    assert "These are the very bytes that were handed out" in said
    assert "Example Press" not in said  # nothing personal
    someone.go("/copies")
    assert "Example Press" in someone.page.inner_text("table")
    assert someone.complaints == []
