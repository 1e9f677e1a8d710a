"""Who one is, in a real browser: entered, refused by a service, looked at by a person, verified, and left again."""

from __future__ import annotations

import pytest
from tests.e2e.meeting import asking, browser, operator, quiet
from tests.e2e.server import Server
from tests.e2e.test_studio import NARROW
from tests.fakes.verifiers import BOB, KEY, Service, serving

__all__ = ["asking", "browser", "operator", "quiet"]
pytestmark = pytest.mark.browser

WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(Service()) as service:
        settings = {
            "PINGXING_REAL_NAMES": "required",
            "PINGXING_VERIFIER": "service",
            "PINGXING_VERIFIER_URL": f"{service.url}/people",
            "PINGXING_VERIFIER_KEY": KEY,
        }
        running = Server(tmp_path_factory.mktemp("studio") / "data", settings).start()
        yield running
        running.stop()


def fits(page) -> None:
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{page.url} at {size['width']}: {wide}"


def test_deep_synthesis_art_9_from_the_form_to_the_first_picture(asking, operator):
    page, name, number = asking.page, BOB[0], BOB[2]
    asking.go("/settings")
    assert "完成实名核验后才能在本站生成内容" in page.inner_text("#name")
    page.get_by_role("link", name="填写实名信息").click()
    page.fill("[name=name]", "欧阳 小雪")  # a slip of the pen
    page.fill("[name=number]", number)
    page.get_by_label("我同意").check()
    fits(page)
    page.get_by_role("button", name="提交").click()
    refused = page.locator(".notice[role=status]")
    refused.filter(has_text="姓名与号码不相符").wait_for()
    assert "24 小时内还可提交 4 次" in page.inner_text("form.sheet")
    assert page.input_value("[name=number]") == ""  # destroyed, here too
    fits(page)

    page.fill("[name=name]", name)
    page.fill("[name=number]", number)
    page.fill("[name=words]", "三楼 305 室，上午都在")
    page.get_by_label("我同意").check()
    page.get_by_role("button", name="请人工核验").click()
    page.locator(".notice[role=status]", has_text="请向本站管理员出示证件原件").wait_for()
    assert page.get_by_role("button", name="撤回").is_visible()
    fits(page)

    operator.go("/operator/people")
    queue = operator.page.locator("#waiting")
    assert "三楼 305 室" in queue.inner_text()
    assert number not in operator.page.content()
    assert "欧阳" not in operator.page.content()
    fits(operator.page)
    queue.get_by_role("link", name="I have the document here").click()
    form = operator.page.locator("form#verify")
    form.locator("[name=account]").select_option(label="wenlin")
    form.locator("[name=name]").fill(name)
    form.locator("[name=number]").fill(number)
    form.get_by_label("I have seen the original").check()
    form.get_by_role("button", name="It is so").click()
    operator.page.wait_for_url("**/operator/people")
    assert operator.page.locator("#waiting").count() == 0
    assert number not in operator.page.content()

    page.reload()
    assert "您已通过实名核验" in page.inner_text("main")
    fits(page)
    assert asking.make("一只猫")
    asking.go("/settings/name")
    page.get_by_role("button", name="删除我的实名信息").click()
    page.locator(".notice[role=status]", has_text="账号已不再是已核验状态").wait_for()
    fits(page)

    # The administrator is alone, and the service verifies them all the same; their pages are English.
    operator.go("/settings/name")
    operator.page.fill("[name=name]", "Ann Unmistakable")
    operator.page.fill("[name=number]", "11010519491231002x")
    operator.page.get_by_label("I agree").check()
    fits(operator.page)
    operator.page.get_by_role("button", name="Hand it in").click()
    operator.page.locator(".notice.good", has_text="You are verified.").wait_for()
    fits(operator.page)
