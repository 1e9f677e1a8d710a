"""Adjusting a scene as a person does: by pointer, by keyboard, and on a page without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.server import Server
from tests.e2e.test_studio import NARROW, WIDE, Person, browser, person, sign_in

__all__ = ["browser"]
pytestmark = pytest.mark.browser
PROMPT = "a white cat to the left of a tree, and two red balloons"


@pytest.fixture(scope="module")
def someone(browser: Any, server: Server) -> Iterator[Person]:
    anyone = person(browser, server, "en")
    sign_in(anyone, server)
    yield anyone
    anyone.page.context.close()


@pytest.fixture(scope="module")
def first(someone: Person) -> str:
    return someone.make(PROMPT)


@pytest.fixture(autouse=True)
def quiet(someone: Person) -> Iterator[None]:
    yield
    found, someone.complaints[:] = list(someone.complaints), []
    assert not found, found


def scene(someone: Person, page: str) -> dict[str, Any]:
    """The scene of a picture's job, by the API that a program would use."""
    receipt = page.removeprefix("/pictures/").partition("/")[0]
    for told in someone.page.request.get(f"{someone.url}/api/jobs?limit=50").json():
        if any(made["receipt"]["id"] == receipt for made in told["artifacts"]):
            return told["scene"]
    raise AssertionError(f"no job of {page}")


def named(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(thing for thing in told["objects"] if thing["name_en"] == name)


def middle(thing: dict[str, Any]) -> tuple[float, float]:
    x, y, w, h = thing["box"]
    return x + w / 2, y + h / 2


def drawn_again(someone: Person) -> str:
    before = someone.page.url
    someone.page.click("form.editor button.primary")
    someone.page.wait_for_url(lambda url: url != before and "/pictures/" in url, timeout=60_000)
    return someone.page.url.removeprefix(someone.url)


def grip(someone: Person, words: str) -> Any:
    return someone.page.get_by_role("button", name=words, exact=True).and_(someone.page.locator(".grip"))


def test_drag_recolour_remove_and_draw_again(someone: Person, first: str) -> None:
    before = scene(someone, first)
    someone.go(first)
    someone.page.get_by_role("link", name="Adjust the scene").click()
    someone.page.locator("form.editor.live").wait_for()
    frame = someone.page.locator("#stage img").first.bounding_box()
    assert someone.page.locator("form.editor button.primary").is_disabled(), "nothing has changed yet"

    box = grip(someone, "cat").bounding_box()
    someone.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    someone.page.mouse.down()
    someone.page.mouse.move(frame["x"] + 0.5 * frame["width"], frame["y"] + 0.5 * frame["height"], steps=5)
    someone.page.mouse.move(frame["x"] + 0.75 * frame["width"], frame["y"] + 0.8 * frame["height"], steps=5)
    someone.page.mouse.up()
    grip(someone, "balloon 1").click()
    someone.page.get_by_role("radio", name="blue", exact=True).click()
    someone.page.locator(".thing-chip", has_text="tree").click()
    someone.page.locator("fieldset.thing:not([hidden])").get_by_label("Leave it out").check()
    assert sorted(line.inner_text() for line in someone.page.locator("#changes li").all()) == [
        "balloon 1: in blue",
        "cat: moved to 75 %, 80 %",
        "tree: left out",
    ]

    after = scene(someone, drawn_again(someone))
    assert middle(named(after, "cat")) == pytest.approx((0.75, 0.8), abs=0.01)
    assert [thing["colour"] for thing in after["objects"] if thing["name_en"] == "balloon"].count("#2f6fe0") == 1
    assert "tree" not in [thing["name_en"] for thing in after["objects"]]
    assert len(after["objects"]) == len(before["objects"]) - 1
    assert after["background"] == before["background"]
    assert someone.drawn(".stage img")
    assert "adjusted by hand" in someone.page.inner_text("main")


def test_by_keyboard_alone_with_undo(someone: Person, first: str) -> None:
    before = named(scene(someone, first), "cat")
    someone.go(f"{first}/edit")
    someone.page.locator("form.editor.live").wait_for()
    live = someone.page.locator("#live")
    grip(someone, "cat").focus()
    someone.page.keyboard.press("ArrowRight")
    someone.page.keyboard.press("Shift+ArrowUp")
    assert "moved to" in live.inner_text()
    x, y = middle(before)
    state = someone.page.locator("fieldset.thing:not([hidden]) input[type=number]")
    assert float(state.nth(0).input_value()) == pytest.approx(100 * x + 1, abs=0.02)
    assert float(state.nth(1).input_value()) == pytest.approx(100 * y - 5, abs=0.02)
    someone.page.keyboard.press("Delete")
    assert live.inner_text() == "cat: left out"
    someone.page.keyboard.press("Control+z")
    someone.page.keyboard.press("Control+z")
    assert someone.page.locator("#changes").inner_text() == "Nothing changed yet."
    assert someone.page.locator("#undo").is_disabled()


def test_anything_else_is_found_by_name_in_either_language(someone: Person, first: str) -> None:
    someone.go(first)
    someone.page.locator(".things").get_by_role("link", name="cat").click()  # picked there already
    someone.page.locator("form.editor.live").wait_for()
    panel = someone.page.locator("fieldset.thing:not([hidden])")
    panel.get_by_label("Something else").fill("企鹅")
    panel.locator(".found").first.wait_for()
    panel.get_by_role("radio", name="penguin").check()
    assert someone.page.locator("#changes").inner_text() == "cat: now: penguin"
    after = scene(someone, drawn_again(someone))
    assert named(after, "penguin")["words"] == named(scene(someone, first), "cat")["words"]


def test_an_adjusted_picture_is_adjusted_further(someone: Person, first: str) -> None:
    someone.go(f"{first}/edit")
    someone.page.locator(".thing-chip", has_text="tree").click()
    someone.page.locator("fieldset.thing:not([hidden])").get_by_label("Leave it out").check()
    second = drawn_again(someone)
    someone.go(f"{second}/edit")
    someone.page.locator("form.editor.live").wait_for()
    assert someone.page.locator("#changes").inner_text() == "Nothing changed yet."
    grip(someone, "cat").focus()
    someone.page.keyboard.press("+")
    assert "105 % of its size" in someone.page.locator("#changes").inner_text()
    after = scene(someone, drawn_again(someone))
    assert "tree" not in [thing["name_en"] for thing in after["objects"]], "what was left out stays out"
    cat = named(scene(someone, second), "cat")["box"]
    assert named(after, "cat")["box"][2] == pytest.approx(1.05 * cat[2], rel=0.01)


def test_without_javascript_the_form_is_the_page(browser: Any, server: Server) -> None:
    plain = person(browser, server, "zh", java_script_enabled=False)
    sign_in(plain, server)
    plain.page.fill("#prompt", "一只猫和一只狗")
    plain.page.click(".maker button.primary")
    plain.page.locator(".card a.art").click(timeout=60_000)
    plain.page.get_by_role("link", name="调整画面").click()
    assert plain.page.locator(".numbers text").count() == 2
    assert plain.page.locator("fieldset.thing").count() == 2
    plain.page.locator("fieldset.thing").nth(0).get_by_label("不要这一件").check()
    plain.page.locator("fieldset.thing").nth(1).get_by_label("颜色").select_option(label="蓝色")
    plain.page.click("form.editor button.primary")
    plain.page.locator(".card a.art").click(timeout=60_000)
    assert plain.page.locator(".over rect").count() == 1
    assert plain.complaints == []


@pytest.mark.parametrize("size", [WIDE, NARROW, {"width": 2560, "height": 1300}], ids=["wide", "narrow", "huge"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_fits_and_every_control_has_a_name(someone: Person, first: str, language: str, size: dict[str, int]) -> None:
    someone.page.set_viewport_size(size)
    someone.page.context.add_cookies([{"name": "pingxing_lang", "value": language, "url": someone.url}])
    someone.go(f"{first}/edit")
    someone.page.locator("form.editor.live").wait_for()
    someone.no_overflow()
    nameless = someone.page.evaluate(
        """() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main select')]
        .filter((one) => one.offsetParent && !(one.getAttribute('aria-label') || one.textContent.trim()
          || (one.labels && [...one.labels].some((label) => label.textContent.trim()))))
        .map((one) => one.outerHTML)"""
    )
    assert nameless == []
    someone.page.set_viewport_size(WIDE)
    someone.page.context.add_cookies([{"name": "pingxing_lang", "value": "en", "url": someone.url}])


def test_the_studio_draws_in_a_palette_on_nothing(someone: Person) -> None:
    someone.go("/")
    someone.page.fill("#prompt", "a fox and a red mushroom")
    someone.page.click("details.more summary")
    someone.page.get_by_role("radio", name="Forest").check()
    someone.page.get_by_label("No background").check()
    before = someone.page.locator("#wall .card").count()
    someone.page.click(".maker button.primary")
    someone.page.locator("#wall .card").nth(before).wait_for(timeout=60_000)
    card = someone.page.locator("#wall .card").first
    card.locator("a.art img").wait_for(timeout=60_000)
    page = card.locator("a.art").get_attribute("href")
    told = scene(someone, page)
    assert told["transparent"]
    someone.go(page)
    assert someone.page.locator(".stage.clear").count() == 1
    assert someone.page.locator(".inked circle").count() == 5
