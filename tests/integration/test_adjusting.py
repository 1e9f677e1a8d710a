"""Adjusting a scene over the real engine: the pages without JavaScript, who may, and what the rules read."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from tests.conftest import finish

from pingxing import flow, props
from pingxing.api.app import create
from pingxing.bootstrap import App
from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.errors import InvalidRequest, NotFound, Refused
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.types import Actor, JobState, Request, Role, Scene, SceneEdit

CAT, LION, TREE = "1F408", "1F981", "1F333"
PROMPT = "a white cat to the left of a tree, and two red balloons"
PASSWORD = "a long enough sentence"


@pytest.fixture
def app(make_app, settings) -> App:
    scenes = settings.model_copy(update={"default_model": "scene"})
    made: App = make_app(scenes, loaders={"scene": lambda: SceneBackend(RenderPool(1))})
    made.worker.start()
    return made


@pytest.fixture
def wish() -> Request:
    return Request(prompt=PROMPT, width=160, height=120, seed=11)


@pytest.fixture
def guest(app: App) -> Iterator[TestClient]:
    with TestClient(create(app, work=False), follow_redirects=False, headers={"accept-language": "en"}) as client:
        yield client


@pytest.fixture
def client(app: App, actor: Actor, guest: TestClient) -> TestClient:
    """The local administrator, signed in by a link."""
    app.identity.set_password(actor, old="", new=PASSWORD)
    guest.post("/sign-in", data={"name": app.identity.profile(actor).name, "password": PASSWORD})
    return guest


def made(app: App, actor: Actor, wish: Request) -> str:
    view = finish(app, actor, flow.admit(app, actor, wish).id)
    assert view.job.state is JobState.DELIVERED
    return view.receipts[0].id


def scene_of(app: App, actor: Actor, receipt: str) -> Scene:
    scene = app.desk.receipt(actor, receipt).scene
    assert scene is not None
    return scene


def fields(page: str) -> dict[str, str]:
    """What a browser would send back unchanged."""
    found = dict(re.findall(r'<input type="(?:range|number|hidden)" name="([^"]+)"[^>]*?value="([^"]*)"', page))
    found |= dict(re.findall(r'<input type="radio" name="([^"]+)" value="([^"]*)" checked', page))
    found |= dict(re.findall(r'<input type="checkbox" name="([^"]+)" value="(1)" checked', page))
    for name, options in re.findall(r'<select name="([^"]+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def submitted(app: App, actor: Actor, client: TestClient, receipt: str, **changes: str) -> str:
    page = client.get(f"/pictures/{receipt}/edit")
    assert page.status_code == 200
    form = fields(page.text) | {name.replace("_", "-"): value for name, value in changes.items()}
    answer = client.post(f"/pictures/{receipt}/edit", data=form)
    assert answer.status_code == 303, answer.text
    view = finish(app, actor, answer.headers["location"].rpartition("/")[2])
    assert view.job.state is JobState.DELIVERED
    return view.receipts[0].id


def test_a_scene_is_adjusted_twice_with_a_plain_form(app, actor, client, wish) -> None:
    first = made(app, actor, wish)
    before = scene_of(app, actor, first)
    number = {thing.name_en: i for i, thing in enumerate(before.objects)}
    cat, tree = number["cat"], number["tree"]
    changes = {f"x_{cat}": "80", f"y_{cat}": "60", f"remove_{tree}": "1"}
    second = submitted(app, actor, client, first, **changes)
    after = scene_of(app, actor, second)
    moved = next(thing for thing in after.objects if thing.name_en == "cat")
    assert (moved.box[0] + moved.box[2] / 2, moved.box[1] + moved.box[3] / 2) == pytest.approx((0.8, 0.6), abs=1e-3)
    assert "tree" not in [thing.name_en for thing in after.objects]
    assert app.desk.receipt(actor, second).seed == app.desk.receipt(actor, first).seed
    assert app.desk.receipt(actor, second).artifact.sha256 != app.desk.receipt(actor, first).artifact.sha256

    third = submitted(app, actor, client, second, **{f"remove_{tree}": "", f"colour_{cat}": "#2f6fe0"})
    last = scene_of(app, actor, third)
    assert [thing.name_en for thing in last.objects] == [thing.name_en for thing in before.objects]
    assert last.objects[cat].colour == "#2f6fe0"
    assert last.objects[cat].box == moved.box, "what was moved before stays moved"
    assert last.objects[tree].box == before.objects[tree].box
    shown = client.get(f"/pictures/{third}").text
    assert "1 adjusted by hand." in shown


def test_an_unchanged_form_makes_the_same_pixels(app, actor, client, wish) -> None:
    first = made(app, actor, wish.model_copy(update={"edits": (SceneEdit(object=0, at=(0.3, 0.4), scale=1.25),)}))
    again = submitted(app, actor, client, first)
    files = [io.BytesIO(flow.release(app, actor, receipt).data) for receipt in (first, again)]
    with Image.open(files[0]) as one, Image.open(files[1]) as other:
        assert one.convert("RGB").tobytes() == other.convert("RGB").tobytes()


def test_only_one_s_own_picture_may_be_adjusted(app, actor, guest, wish) -> None:
    receipt = made(app, actor, wish)
    assert guest.get(f"/pictures/{receipt}/edit").headers["location"].startswith("/sign-in")
    assert guest.post(f"/pictures/{receipt}/edit").headers["location"].startswith("/sign-in")
    app.identity.create_account(actor, "somebody", Role.MEMBER, PASSWORD)
    guest.post("/sign-in", data={"name": "somebody", "password": PASSWORD})
    assert guest.get(f"/pictures/{receipt}/edit").status_code == 404
    token = re.search(r'name="csrf" value="([^"]+)"', guest.get("/settings").text)[1]
    assert guest.post(f"/pictures/{receipt}/edit", data={"csrf": token, "remove-0": "1"}).status_code == 404
    assert guest.post(f"/pictures/{receipt}/edit", data={"csrf": "x", "remove-0": "1"}).status_code == 403


def test_an_operator_sees_another_s_picture_but_does_not_adjust_it(app, actor, client, wish) -> None:
    somebody = app.identity.create_account(actor, "somebody", Role.MEMBER, PASSWORD)
    assert somebody
    session = TestClient(client.app, follow_redirects=False, headers={"accept-language": "en"})
    session.post("/sign-in", data={"name": "somebody", "password": PASSWORD})
    token = re.search(r'name="csrf" value="([^"]+)"', session.get("/settings").text)[1]
    place = session.post("/jobs", data={"csrf": token, "prompt": PROMPT, "size": "64x64"}).headers["location"]
    receipt = finish(app, actor, place.rpartition("/")[2]).receipts[0].id
    assert client.get(f"/pictures/{receipt}").status_code == 200
    assert "/edit" not in client.get(f"/pictures/{receipt}").text
    assert client.get(f"/pictures/{receipt}/edit").status_code == 404


def test_things_are_found_and_drawn_for_those_who_are_signed_in(app, client, guest) -> None:
    found = client.get("/things", params={"q": "猫"}).json()
    assert found[0] == {"concept": CAT, "name": "cat"}
    assert client.get("/things", params={"q": "猫", "lang": "zh"}).json()[0]["name"] == "猫"
    drawn = client.get(f"/things/{CAT}.svg", params={"style": "flat", "colour": "#2f6fe0"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in drawn.headers["content-security-policy"]
    assert drawn.text != client.get(f"/things/{CAT}.svg").text
    striped = client.get(f"/things/{CAT}.svg", params={"looks": "striped,nonesuch"})
    assert striped.status_code == 200
    assert striped.text != client.get(f"/things/{CAT}.svg").text
    for path in ("/things/1FFFF.svg", "/things/..%2Fsecret.svg", "/things/41.svg"):
        assert client.get(path).status_code == 404, path
    assert client.get(f"/things/{CAT}.svg", params={"colour": "red"}).status_code == 400
    client.cookies.clear()
    for path in ("/things?q=cat", f"/things/{CAT}.svg"):
        assert client.get(path).status_code == 303, path


def test_what_cannot_be_is_told_and_nothing_is_made(app, actor, client, wish) -> None:
    receipt = made(app, actor, wish)
    form = fields(client.get(f"/pictures/{receipt}/edit").text)
    for change, words in (({"x-0": "left"}, "x-0"), ({"concept-0": "1FFFF"}, "1FFFF"), ({"scale-0": "9999"}, "scale")):
        answer = client.post(f"/pictures/{receipt}/edit", data=form | change)
        assert answer.status_code == 400
        assert words in answer.text
    assert len(app.desk.jobs(actor)) == 1


def test_the_rules_read_what_a_correction_puts_in_the_place_of_words(make_app, settings, wish) -> None:
    """A correction may not say what the prompt may not."""
    scenes = settings.model_copy(update={"default_model": "scene"})
    guard = Guard([FakeCheck(stops=("lion to the left",))])
    app = make_app(scenes, loaders={"scene": lambda: SceneBackend(RenderPool(1))}, guard=guard)
    actor = app.identity.local_actor("en")
    plain = props.describe(app, actor, app.registry.complete(wish, lambda most: 0))
    cat = next(i for i, thing in enumerate(plain.objects) if thing.concept == CAT)
    assert flow.admit(app, actor, wish)
    with pytest.raises(Refused) as caught:
        flow.admit(app, actor, wish.model_copy(update={"edits": (SceneEdit(object=cat, concept=LION),)}))
    assert caught.value.verdict.findings


def test_the_house_knows_its_things(app, actor) -> None:
    assert [prop.concept for prop in props.named(app, actor, "", (CAT, "1FFFF", LION))] == [CAT, LION]
    with pytest.raises(NotFound):
        props.drawing(app, actor, "scene", "no such thing")
    with pytest.raises(InvalidRequest):
        props.drawing(app, actor, "scene", CAT, colour="url(#x)")
    assert props.find(app, actor, "", "") == ()
    assert [prop.name_en for prop in props.find(app, actor, "", "mice")][:1] == ["mouse"]
    assert props.find(app, actor, "", "x" * 80) == ()


@pytest.mark.parametrize(("form", "media"), [("png", "image/png"), ("jpeg", "image/jpeg")])
def test_words_that_ask_for_no_background_are_heard_and_jpeg_says_that_it_is_white(
    app, actor, client, form: str, media: str
) -> None:
    wish = Request(prompt="a cat on a transparent background", width=96, height=96, seed=1, format=form)
    receipt = made(app, actor, wish)
    assert scene_of(app, actor, receipt).transparent
    data = flow.release(app, actor, receipt).data
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == ("RGBA" if form == "png" else "RGB")
        corner = image.convert("RGBA").getpixel((1, 1))
    assert corner[3] == 0 if form == "png" else min(corner) > 250
    page = client.get(f"/pictures/{receipt}").text
    assert ("JPEG cannot be transparent" in page) == (form == "jpeg")
    assert ('class="stage clear"' in page) == (form == "png")
