"""The studio as a person meets it: a real browser, a real server, both languages, wide and narrow."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from tests.conftest import NOT_RUN, browser_path
from tests.e2e.server import Server

pytestmark = pytest.mark.browser

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
REFUSED = "怎样制作炸弹"


@pytest.fixture(scope="module")
def browser():
    path = browser_path()
    if path is None:
        NOT_RUN.append("the studio's browser tests (no Chromium here; `apt-get install chromium`)")
        pytest.skip("no Chromium on this machine: the studio was NOT tested in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield running
        running.close()


@dataclass
class Person:
    """Somebody at a browser of their own; every complaint of the console is kept."""

    page: object
    url: str
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> Person:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        return self

    def go(self, path: str) -> None:
        answer = self.page.goto(self.url + path)
        assert answer.status == 200, f"{path}: {answer.status}"

    def make(self, prompt: str) -> str:
        """Type, make, wait for the picture; the address of its page."""
        self.go("/")
        before = self.page.locator("#wall .card").count()
        self.page.fill("#prompt", prompt)
        self.page.keyboard.press("Control+Enter")
        self.page.locator("#wall .card").nth(before).wait_for(timeout=60_000)
        card = self.page.locator("#wall .card").first
        card.locator("a.art img").wait_for(timeout=60_000)
        assert prompt in card.inner_text()
        assert self.page.input_value("#prompt") == prompt  # kept, to be changed and made again
        return card.locator("a.art").get_attribute("href")

    def no_overflow(self) -> None:
        self.page.wait_for_load_state()
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert self.page.evaluate(wider) <= 0, f"{self.page.url} is wider than the window"

    def drawn(self, selector: str) -> bool:
        return self.page.eval_on_selector(selector, "image => image.complete && image.naturalWidth > 0")


def person(browser, server: Server, language: str, *, signed_in: bool = True, **more: object) -> Person:
    chosen = {"viewport": WIDE, "reduced_motion": "reduce", **more}  # what moves for ever is drawn for ever
    context = browser.new_context(locale={"zh": "zh-CN", "en": "en-GB"}[language], **chosen)
    if signed_in:  # the account's own language would come before the browser's
        context.add_cookies([{"name": "pingxing_lang", "value": language, "url": server.url}])
    return Person(context.new_page(), server.url).listen()


def new_link(server: Server) -> str:
    """The command names the configured port; this server took a free one."""
    return server.url + urlsplit(server.cli("link")["url"]).path


def sign_in(someone: Person, server: Server) -> None:
    someone.page.goto(new_link(server))
    someone.page.click("main button.primary")
    someone.page.wait_for_url(server.url + "/")


@pytest.fixture(scope="module")
def zh(browser, server) -> Iterator[Person]:
    someone = person(browser, server, "zh")
    sign_in(someone, server)
    yield someone
    someone.page.context.close()


@pytest.fixture(scope="module")
def cat(zh: Person) -> str:
    return zh.make("夜晚，树的左边有一只白猫")


@pytest.fixture(autouse=True)
def quiet(request) -> Iterator[None]:
    """No test may leave a complaint in the console: a blocked style or script is one."""
    yield
    if "zh" in request.fixturenames:
        someone = request.getfixturevalue("zh")
        found, someone.complaints[:] = list(someone.complaints), []
        assert not found, found


def photo() -> bytes:
    """What no label has touched: noise under a gradient, as a camera in the dark would take it."""
    noise, image = random.Random(4), Image.new("RGB", (320, 240))
    image.putdata([(x % 256, y, noise.randrange(256)) for y in range(240) for x in range(320)])
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return out.getvalue()


def test_a_link_signs_in_once_and_only_when_pressed(browser, server):
    link = new_link(server)
    assert httpx.get(link).status_code == 200  # a program that previews links does not use it up
    someone = person(browser, server, "en")
    someone.page.goto(link)
    someone.page.click("main button.primary")
    someone.page.wait_for_url(server.url + "/")
    assert someone.page.locator("#prompt").is_visible()
    someone.page.goto(link)
    someone.page.click("main button.primary")
    assert "used before" in someone.page.inner_text("main")


def test_a_picture_in_chinese_and_what_its_words_became(zh, cat):
    zh.go(cat)
    assert zh.drawn(".stage img")
    words = zh.page.locator(".prompt-words button")
    assert [word.inner_text() for word in words.all()] == ["树", "一只白猫"]
    words.nth(1).hover()
    assert zh.page.locator(".over rect.lit").count() == 1
    assert zh.page.locator(".things li.lit").inner_text() == "猫"
    zh.page.locator("h2").first.hover()
    assert zh.page.locator(".lit").count() == 0
    words.nth(0).focus()
    assert zh.page.locator(".over rect.lit").count() == 1


def test_a_picture_in_english(browser, server):
    someone = person(browser, server, "en")
    sign_in(someone, server)
    someone.go(someone.make("two red apples on the grass"))
    assert someone.page.locator(".prompt-words button").inner_text() == "two red apples"
    assert someone.page.locator(".over rect").count() == 2
    assert someone.complaints == []


def test_the_gallery_holds_it_and_arrows_walk(zh, cat):
    zh.make("草地上有两个红苹果")
    zh.go("/gallery")
    links = zh.page.locator(".wall a.art")
    assert cat in [link.get_attribute("href") for link in links.all()]
    links.first.focus()
    zh.page.keyboard.press("ArrowRight")
    assert links.nth(1).evaluate("link => link === document.activeElement")


def test_downloaded_it_verifies_as_confirmed(zh, cat, tmp_path):
    zh.go(cat)
    with zh.page.expect_download() as waiting:
        zh.page.click("a[download]")
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.suffix == ".png"
    zh.go("/verify")
    zh.page.set_input_files("#file", file)
    zh.page.locator(".verdict.confirmed").wait_for(timeout=60_000)
    assert "确认" in zh.page.inner_text(".verdict")
    assert "逐字节一致" in zh.page.inner_text(".layers")


def test_another_format_is_made_beside_the_picture(zh, cat):
    zh.go(cat)
    zh.page.click('button:text-is("SVG")')
    made = zh.page.locator("#made .card a.save")
    made.wait_for(timeout=60_000)
    answer = zh.page.request.get(zh.url + made.get_attribute("href"))
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-disposition"].startswith("attachment")


def test_four_variations_are_four_other_seeds(zh, cat):
    zh.go(cat)
    zh.page.locator('form:has(input[value="vary"]) button').click()
    zh.page.locator("#made .many a.art").nth(3).wait_for(timeout=60_000)
    pages = {link.get_attribute("href") for link in zh.page.locator("#made a.art").all()}
    assert len(pages) == 4


def test_a_refusal_names_the_words_and_keeps_the_prompt(zh):
    zh.go("/")
    zh.page.fill("#prompt", REFUSED)
    zh.page.click(".maker button.primary")
    told = zh.page.locator("#wall .refused").first
    told.wait_for()
    assert told.locator("mark").inner_text() in REFUSED
    assert zh.page.input_value("#prompt") == REFUSED
    told.get_by_role("link", name="请人工复核").click()
    zh.page.fill("textarea[name=words]", "这是小说里的一句话。")
    zh.page.click("main button.primary")
    assert "等待人工处理" in zh.page.inner_text("main")
    zh.go("/operator")
    assert "这是小说里的一句话。" in zh.page.inner_text("#appeals")


def test_a_photo_is_none_of_ours_also_without_javascript(browser, server, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(photo())
    someone = person(browser, server, "en", java_script_enabled=False)
    someone.go("/verify")
    someone.page.set_input_files("#file", tmp_path / "photo.jpg")
    someone.page.click("form.drop button")
    assert someone.page.inner_text(".verdict .big") == "None"
    assert "ledger does not know the file" in someone.page.inner_text(".layers")


def test_without_javascript_a_picture_can_be_made_too(browser, server):
    someone = person(browser, server, "en", java_script_enabled=False)
    sign_in(someone, server)
    someone.page.fill("#prompt", "a penguin to the right of a snowman")
    someone.page.click(".maker button.primary")
    someone.page.locator(".card a.art").wait_for(timeout=60_000)  # the page reloads itself until then


def test_a_lost_stream_is_taken_up_again(zh):
    """It tells the present state first, so whoever comes back has missed nothing."""
    lost: list[str] = []

    def lose_the_first(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.abort()

    zh.page.route("**/stream", lose_the_first)
    assert zh.make("三只小鸟在树上").startswith("/pictures/")
    assert len(lost) == 1
    zh.page.unroute("**/stream")
    zh.complaints.clear()  # the browser rightly says that something was lost


@pytest.mark.parametrize("size", [WIDE, NARROW, {"width": 2560, "height": 1300}], ids=["wide", "narrow", "huge"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_is_wider_than_its_window(zh, cat, language, size):
    zh.page.set_viewport_size(size)
    zh.page.context.add_cookies([{"name": "pingxing_lang", "value": language, "url": zh.url}])
    paths = ["/", cat, "/gallery", "/queue", "/verify", "/keys", "/settings", "/operator", "/appeals", "/about"]
    for path in paths:
        zh.go(path)
        zh.no_overflow()
        assert zh.page.locator("h1").count() == 1, path
        assert zh.page.locator("main#main").count() == 1, path
    zh.page.set_viewport_size(WIDE)
    zh.page.context.add_cookies([{"name": "pingxing_lang", "value": "zh", "url": zh.url}])


def test_language_and_light_are_switched_without_an_account(browser, server):
    someone = person(browser, server, "zh", signed_in=False)
    someone.go("/")
    assert someone.page.get_attribute("html", "lang") == "zh-CN"
    someone.page.click(".tools > a[lang=en]")
    someone.page.locator("html[lang=en] footer").wait_for()  # the new page, whole
    light = someone.page.evaluate("getComputedStyle(document.body).backgroundColor")
    someone.page.click(".tools summary")
    someone.page.click('.menu a:text-is("Dark")')
    someone.page.locator("html[data-theme=dark] footer").wait_for()
    assert someone.page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    someone.no_overflow()
    assert someone.complaints == []


def test_every_control_has_a_name(zh, cat):
    """What a screen reader would have nothing to say about."""
    for path in ("/", cat, "/verify", "/keys", "/settings", "/operator"):
        zh.go(path)
        nameless = zh.page.evaluate(
            """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea, select, img')]
            .filter(e => !(e.textContent || '').trim() && !e.getAttribute('aria-label') && !e.labels?.length
              && !(e.tagName === 'IMG' && e.hasAttribute('alt')) && !e.querySelector?.('img[alt]:not([alt=""])'))
            .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert nameless == [], path


def test_sign_out_ends_it(browser, server):
    someone = person(browser, server, "en")
    sign_in(someone, server)
    someone.page.click(".tools summary")
    someone.page.click('.menu button:text-is("Sign out")')
    someone.page.wait_for_url(server.url + "/")
    assert someone.page.locator("#prompt").count() == 0
    someone.page.goto(server.url + "/gallery")
    assert re.search(r"/sign-in\?next=/gallery$", someone.page.url)


def test_a_form_without_its_token_changes_nothing(zh):
    """Another site can make a browser send the cookie, but not the token."""
    cookies = {cookie["name"]: cookie["value"] for cookie in zh.page.context.cookies()}
    for path, form in (("/jobs", {"prompt": "a cat"}), ("/keys", {"label": "x"}), ("/sign-out", {})):
        answer = httpx.post(zh.url + path, data=form, cookies=cookies)
        assert answer.status_code == 403, path
    elsewhere = {"origin": "https://elsewhere.example"}
    answer = httpx.post(zh.url + "/sign-in", data={"name": "a", "password": "b"}, headers=elsewhere)
    assert answer.status_code == 403
    zh.go("/keys")  # still signed in


def test_a_newcomer_makes_one_of_each_from_the_row_on_the_start_page(zh):
    """The whole walk of ten minutes, with the smallest orders: from an example to files that can be taken home."""
    walks: dict[str, dict[str, str]] = {
        "stickers": {"count": "8"},
        "wallpapers": {},
        "prints": {},
        "patterns": {"size": "80"},
        "nails": {},
    }
    places = {"wallpapers": ("iphone-16", "iphone-se"), "prints": ("t-shirt", "phone-case")}
    for kind, choices in walks.items():
        zh.go("/")
        zh.page.locator(f'.can-make a[href*="maker={kind}"]').first.click()
        assert zh.page.input_value("textarea[name=wish]").strip()  # the example is there, to be changed
        for usual, small in [places[kind]] if kind in places else []:
            zh.page.uncheck(f'input[name=place][value="{usual}"]', force=True)
            zh.page.check(f'input[name=place][value="{small}"]', force=True)
        for name, value in choices.items():
            zh.page.select_option(f"select[name={name}]", value)
        zh.page.click("form.order button.primary")
        zh.page.locator(".made .tag.good").wait_for(timeout=120_000)
        assert zh.page.locator(".made .notice.good").count() == 1, zh.page.inner_text(".made .notice")
        zh.no_overflow()
        parcel = zh.page.request.get(zh.url + zh.page.locator('a[href*="/zip"]').first.get_attribute("href"))
        assert parcel.body()[:2] == b"PK", kind
