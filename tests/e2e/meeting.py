"""Two people in a real browser: whoever runs the studio, and a member who asks for pictures in Chinese."""

from __future__ import annotations

import pytest
from tests.e2e.test_studio import Person, browser, person, sign_in

__all__ = ["ask", "asking", "browser", "operator", "quiet"]
NAME, PASSWORD = "wenlin", "a long enough sentence"


@pytest.fixture(scope="module")
def operator(browser, server):
    someone = person(browser, server, "en")
    sign_in(someone, server)
    yield someone
    someone.page.context.close()


@pytest.fixture(scope="module")
def asking(browser, server, operator):
    """A member with an account of their own, on Chinese pages."""
    page = operator.page
    operator.go("/operator")
    page.click("#accounts > details summary")
    page.fill("#accounts [name=name]", NAME)
    page.fill("#accounts [name=password]", PASSWORD)
    page.click("#accounts > details button")
    someone = person(browser, server, "zh")
    someone.go("/sign-in")
    someone.page.fill("main [name=name]", NAME)
    someone.page.fill("main [name=password]", PASSWORD)
    someone.page.click("main button")
    someone.page.wait_for_url(server.url + "/")
    yield someone
    someone.page.context.close()


@pytest.fixture(autouse=True)
def quiet(operator, asking):
    """After each test: no page of the two complained."""
    yield
    for someone in (operator, asking):
        found, someone.complaints[:] = list(someone.complaints), []
        assert not found, found


def ask(someone: Person, prompt: str):
    """Type and make; what the studio then tells of the refusal."""
    someone.go("/")
    someone.page.fill("#prompt", prompt)
    someone.page.keyboard.press("Control+Enter")
    told = someone.page.locator("#wall .refused[role=alert]").first
    told.wait_for()
    return told
