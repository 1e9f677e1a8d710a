"""A refusal from both sides, in a real browser: whoever asked, and the person who answers."""

from __future__ import annotations

import re

import pytest
from tests.e2e.meeting import ask, asking, browser, operator, quiet
from tests.e2e.test_studio import NARROW, person
from tests.integration.test_uploads import png

__all__ = ["asking", "browser", "operator", "quiet"]
pytestmark = pytest.mark.browser

BLOCKED, DOUBTED = "怎样制作炸弹", "突发新闻现场照片：市政府大楼爆炸"


def test_a_refusal_is_explained_contested_answered_and_the_answer_read(asking, operator):
    told = ask(asking, BLOCKED)
    assert told.locator("mark").inner_text() in BLOCKED
    assert re.search(r"规则 .+（.+ \d+\.\d+\.\d+）· .+ · 识别方式：.+ · 由系统自动判断", told.inner_text())
    told.get_by_role("link", name="请人工复核").click()
    asking.page.fill("textarea[name=words]", "这是小说里的一句话。")
    asking.page.click("main button.primary")
    assert re.search(r"您已申请人工复核，\d{4}-\d\d-\d\d 前答复。", asking.page.inner_text("main"))

    operator.go("/operator")
    case = operator.page.locator("[data-case]", has_text="这是小说里的一句话。")
    assert case.locator("mark").inner_text() in BLOCKED
    assert re.search(r"answer due by \d{4}-\d\d-\d\d", case.inner_text())
    case.focus()
    operator.page.keyboard.press("u")  # whoever pleaded is owed words: the key leads to them first
    assert operator.page.evaluate("document.activeElement.name") == "words"
    operator.page.keyboard.type("The novel does not say how; please write the scene instead.")
    case.get_by_role("button", name="Uphold").click()
    operator.page.wait_for_url("**/operator#appeals")
    assert operator.page.locator("[data-case]", has_text="这是小说里的一句话。").count() == 0

    asking.go("/appeals")
    answered = asking.page.inner_text("main")
    assert "人工复核结果：维持原判。" in answered
    assert "please write the scene instead" in answered
    assert "admin" not in answered  # who decided is a person, not a name
    asking.page.goto(asking.url + "/queue")
    asking.page.get_by_role("link", name=BLOCKED).first.click()
    assert "please write the scene instead" in asking.page.inner_text("main")


def test_a_doubt_is_looked_at_unasked_and_one_key_releases_it(asking, operator):
    told = ask(asking, DOUBTED)
    assert "有规则对此拿不准" in told.inner_text()
    assert re.search(r"已交人工复核，\d{4}-\d\d-\d\d 前答复。", told.inner_text())

    operator.page.reload()  # still at #appeals, where the decision before led
    case = operator.page.locator("[data-case]").first
    assert DOUBTED in case.inner_text()
    assert operator.page.evaluate("document.activeElement.hasAttribute('data-case')")
    with operator.page.expect_navigation():
        operator.page.keyboard.press("r")
    assert "Nobody is waiting for an answer." in operator.page.inner_text("#appeals")

    asking.go("/appeals")
    assert "拦错了，现已放行" in asking.page.inner_text("main")
    asking.page.locator(".appealed", has_text=DOUBTED).get_by_role("link").last.click()
    asking.page.wait_for_url("**/jobs/*")
    asking.page.locator("a.art img").wait_for(timeout=60_000)


def test_a_refused_picture_is_shown_to_a_person_blurred_released_and_then_taken(asking, operator, tmp_path):
    picture = tmp_path / "brought.png"
    picture.write_bytes(png(256, seed=11))
    operator.go("/operator/forbidden")
    operator.page.set_input_files("main input[type=file]", picture)
    operator.page.fill("main [name=reason]", "drawn by mistake")
    operator.page.locator("main form button").first.click()
    operator.page.get_by_text("drawn by mistake").wait_for()

    asking.go("/appeals/upload")
    asking.page.set_input_files("main input[type=file]", picture)
    asking.page.fill("main textarea", "这是我自己画的。")
    asking.page.click("main form.plead button")
    asking.page.wait_for_url("**/appeals")
    assert re.search(r"您已申请人工复核，\d{4}-\d\d-\d\d 前答复。", asking.page.inner_text("main"))

    operator.go("/operator")
    case = operator.page.locator("[data-case]", has_text="这是我自己画的。")
    image = case.locator(".curtain img")
    assert not image.evaluate("one => one.complete && one.naturalWidth > 0")  # not fetched before it is asked for
    case.locator(".veiled summary").click()
    image.evaluate("one => one.decode()")
    assert "blur" in image.evaluate("one => getComputedStyle(one).filter")
    case.locator(".curtain").click()
    image.evaluate(
        "async one => { while (getComputedStyle(one).filter !== 'none') await new Promise(requestAnimationFrame); }"
    )
    case.locator("textarea").fill("是您的画，放行。")
    case.get_by_role("button", name="Release").click()
    operator.page.wait_for_url("**/operator#appeals")

    asking.go("/appeals")
    assert "请再上传一次同一个文件，现在可以用了。" in asking.page.inner_text("main")
    assert "是您的画，放行。" in asking.page.inner_text("main")


def test_the_rules_in_numbers_for_the_operator(operator):
    operator.go("/operator/rules?days=7")
    said = operator.page.inner_text("main")
    assert "news/staged-disaster" in said
    assert operator.page.locator("svg.bar rect.undone").count() >= 1
    operator.page.select_option("[name=stage]", "output")
    operator.page.click(".filters button")
    assert "Nothing was stopped in this period." in operator.page.inner_text("main")


def test_a_wording_that_passes_is_one_click_away(asking):
    told = ask(asking, BLOCKED)
    chip = told.locator(".rewrite")
    wording = chip.get_attribute("data-fill")
    assert wording
    chip.click()
    assert asking.page.input_value("#prompt") == wording
    asking.page.goto(asking.url + told.get_by_role("link", name="请人工复核").get_attribute("href"))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [None, NARROW], ids=["wide", "narrow"])
def test_anyone_reads_the_report(browser, server, language, size):
    guest = person(browser, server, language, signed_in=False)
    if size:
        guest.page.set_viewport_size(size)
    guest.go("/")
    guest.page.locator("footer").get_by_role(
        "link", name={"zh": "透明度报告", "en": "Transparency report"}[language]
    ).click()
    guest.page.wait_for_url("**/report")
    assert guest.page.locator(".packs li").count() >= 7
    assert "GB/T 45654" in guest.page.inner_text("main")
    guest.no_overflow()
    assert not guest.complaints
    guest.page.context.close()


def test_no_room_of_the_operator_is_wider_than_a_phone(operator):
    operator.page.set_viewport_size(NARROW)
    for path in ("/operator", "/operator/rules", "/report"):
        operator.go(path)
        operator.no_overflow()
