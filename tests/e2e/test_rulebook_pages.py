"""The operator's own rules in a real browser, and what they mean to whoever asks: written, tried, in force, contested,
answered, rolled back; a delivered picture taken back."""

from __future__ import annotations

import httpx
import pytest
from tests.e2e.meeting import NAME, ask, asking, browser, operator, quiet
from tests.e2e.test_studio import NARROW, person

__all__ = ["asking", "browser", "operator", "quiet"]
pytestmark = pytest.mark.browser

PROMPT = "a white cat beside a t3apot on a table"


def write_a_rule(page) -> None:
    fields = {
        "pack": "house-rules",
        "about_zh": "这里不画茶壶。",
        "about_en": "Teapots are not drawn here.",
        "words_zh": "茶壶",
        "words_en": "teapot",
        "id": "no-teapots",
        "reason_zh": "本站不画茶壶。",
        "reason_en": "This studio draws no teapots.",
        "clause": "House rules 1",
        "rewrite_zh": "一杯茶",
        "rewrite_en": "a cup of tea",
        "stop_zh": "一把茶壶",
        "stop_en": "a teapot",
        "allow_zh": "一杯茶",
        "allow_en": "the lid of a teapot",
    }
    for name, text in fields.items():
        page.fill(f".rule-editor [name={name}]", text)


def test_a_rule_is_written_tried_and_in_force_stops_at_once(operator, asking):
    asking.make(PROMPT)
    page = operator.page
    operator.go("/operator/packs")
    page.get_by_role("link", name="New pack").first.click()
    write_a_rule(page)
    page.locator("#checked .odd", has_text="the lid of a teapot").wait_for()
    assert "1 of 4 cases come out wrong" in page.inner_text("#checked")
    page.get_by_role("button", name="Save as a draft").click()
    assert "fails its own case “the lid of a teapot”" in page.inner_text(".notice[role=alert]")
    assert page.input_value("[name=words_zh]") == "茶壶", "nothing typed is lost"
    assert ["400" in line for line in operator.complaints] == [True], "the answer to a pack that breaks its promise"
    operator.complaints.clear()
    page.fill("[name=allow_en]", "a cup of tea")
    page.locator("#checked", has_text="All 4 cases come out right").wait_for()

    page.fill("[name=text]", "a t e a p o t, and a bird")
    page.get_by_role("button", name="Try it").click()
    tried = page.locator("#tried")
    tried.locator("mark").wait_for()
    assert tried.locator("mark").inner_text() == "t e a p o t"
    assert "It is refused. Without this pack it passes." in tried.inner_text()
    page.get_by_role("button", name="Count").click()
    page.locator("#lately dd").first.wait_for()
    assert "cat" not in page.inner_text("#lately")
    page.click(".right details.more summary")
    page.fill("[name=why]", "We want to know whether lids are stopped")
    page.get_by_role("button", name="Count").click()
    page.locator("#lately .glimpses mark").wait_for()
    assert "e a t3apot on a" in page.inner_text("#lately .glimpses").replace("…", "")
    assert NAME not in page.inner_text("#lately")

    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("**/operator/packs/house-rules?version=1.0.0")
    page.get_by_role("button", name="Put on trial").click()
    page.locator(".stages [aria-current]", has_text="on trial").wait_for()
    asking.make(PROMPT + ", at night")
    operator.page.reload()
    assert page.inner_text(".rulelist dd") == "1", "counted, and not stopped"
    page.get_by_role("button", name="Bring into force").click()
    page.locator(".stages [aria-current]", has_text="in force").wait_for()

    told = ask(asking, PROMPT)
    assert told.locator("mark").inner_text() == "t3apot"
    for words in ("本站不画茶壶。", "运营者自己的规则", "house-rules 1.0.0", "House rules 1", "由系统自动判断"):
        assert words in told.inner_text()
    told.locator(".rewrite").click()
    assert asking.page.input_value("#prompt") == "a cup of tea", "one click away"


def test_the_answer_to_an_appeal_reaches_whoever_asked(operator, asking):
    told = ask(asking, PROMPT)
    told.get_by_role("link", name="请人工复核").click()
    asking.page.fill("textarea[name=words]", "这是茶馆的招牌。")
    asking.page.click("main button.primary")
    asking.go("/")
    assert asking.page.locator(".answered").count() == 0
    operator.go("/operator")
    case = operator.page.locator("[data-case]", has_text="这是茶馆的招牌。")
    assert "the operator's own rule" in case.inner_text()
    case.locator("textarea").fill("A sign for a tea house is fine.")
    case.get_by_role("button", name="Release").click()
    operator.page.wait_for_url("**/operator#appeals")

    asking.go("/")
    assert asking.page.inner_text(".tools .count [aria-hidden]") == "1"
    asking.page.locator(".answered", has_text="人工复核有 1 条新答复").click()
    asking.page.wait_for_url("**/appeals")
    assert "A sign for a tea house is fine." in asking.page.inner_text("main")
    asking.page.locator(".appealed").get_by_role("link").last.click()
    asking.page.locator("a.art img").wait_for(timeout=60_000)
    assert asking.page.locator(".tools .count").count() == 0, "an answer that was read is no news"


def test_everybody_reads_whose_rules_they_are(browser, server, operator):
    guest = person(browser, server, "en", signed_in=False)
    guest.go("/rules")
    assert "The operator of this studio has loaded rules of its own: house-rules." in guest.page.inner_text("main")
    assert "This studio draws no teapots." in guest.page.inner_text("#pack-house-rules")
    guest.go("/report")
    assert "The operator of this studio loaded its own: house-rules." in guest.page.inner_text("main")
    assert not guest.complaints
    guest.page.context.close()


def test_typing_goes_on_while_a_check_is_under_way(operator, asking):
    """A request cut off would be an error in the console; the answer shown is of what was typed last."""
    page, held = operator.page, []

    def hold(route):
        held.append(route) if not held else route.continue_()

    page.route("**/operator/packs/check", hold)
    with page.expect_request("**/operator/packs/check"):
        operator.go("/operator/packs/house-rules/edit?version=1.0.0&rule=no-teapots")
    page.fill("[name=allow_en]", "the lid of a teapot")
    page.wait_for_timeout(900)  # longer than the page waits for more typing
    assert len(held) == 1
    held[0].continue_()
    page.locator("#checked .odd", has_text="the lid of a teapot").wait_for()
    page.unroute("**/operator/packs/check")


def test_a_new_version_and_back(operator, asking):
    page = operator.page
    operator.go("/operator/packs/house-rules")
    page.get_by_role("link", name="Edit", exact=True).click()
    page.fill("[name=words_en]", "teapot\nkettle")
    page.locator("#checked", has_text="All 4 cases come out right").wait_for()
    page.get_by_role("button", name="Save as a draft").click()
    page.wait_for_url("**version=1.0.1")
    page.get_by_role("button", name="Put on trial").click()
    page.get_by_role("button", name="Bring into force").click()
    page.get_by_role("button", name="Back to the version before").wait_for()
    assert ask(asking, "a red kettle").locator("mark").inner_text() == "kettle"
    page.get_by_role("link", name="Compare").first.click()
    assert "kettle" in page.inner_text("#difference")
    operator.go("/operator/packs/house-rules")
    page.get_by_role("button", name="Back to the version before").click()
    page.wait_for_url("**version=1.0.0")
    asking.make("a red kettle")


def test_a_picture_that_is_untrue_is_taken_back(operator, asking, server, tmp_path):
    picture = asking.make("a small boat on a lake")
    receipt = picture.rpartition("/")[2]
    cookies = {cookie["name"]: cookie["value"] for cookie in asking.page.context.cookies()}
    data = httpx.get(f"{server.url}/files/{receipt}", cookies=cookies).content
    operator.go("/operator/pictures")
    operator.page.fill("[name=find]", receipt)
    operator.page.get_by_role("button", name="Find").click()
    operator.page.fill("[name=note]", "No boat was ever there.")
    operator.page.fill("[name=link]", "https://example.org/truth")
    operator.page.get_by_role("button", name="Withdraw it").click()
    operator.page.locator(".takedown .gone").wait_for()

    asking.page.goto(asking.url + picture)
    assert "这张图片已由人工撤回：No boat was ever there." in asking.page.inner_text("main")
    assert asking.page.locator(".stage img").count() == 0
    asking.go("/gallery")
    assert "已撤回" in asking.page.inner_text(".wall")
    gone = httpx.get(f"{server.url}/files/{receipt}", cookies=cookies)
    assert gone.status_code == 410
    assert "No boat was ever there." in gone.text
    (tmp_path / "boat.png").write_bytes(data)
    asking.go("/verify")
    asking.page.set_input_files("#file", tmp_path / "boat.png")
    asking.page.locator("#answer .notice").wait_for(timeout=60_000)
    assert "No boat was ever there." in asking.page.inner_text("#answer .notice")
    operator.page.get_by_role("button", name="Lift it again").click()
    operator.page.locator(".takedown img").wait_for()
    assert httpx.get(f"{server.url}/files/{receipt}", cookies=cookies).content == data


def test_no_page_of_the_rules_is_wider_than_a_phone(operator):
    operator.page.set_viewport_size(NARROW)
    for path in (
        "/operator/packs",
        "/operator/packs/new",
        "/operator/packs/house-rules?against=1.0.1",
        "/operator/packs/house-rules/edit?version=1.0.0&rule=no-teapots",
        "/operator/packs/house-rules/edit?file=true",
        "/operator/pictures",
        "/rules",
    ):
        operator.go(path)
        operator.no_overflow()
