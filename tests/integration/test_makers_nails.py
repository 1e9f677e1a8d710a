"""Press-on nails by the one way: a sheet that measures true in the PDF, tips with their density, both hands."""

from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
from tests.integration.test_copies_pages import member, token

from pingxing.bootstrap import default_guard
from pingxing.engine.backends.scene import SceneBackend
from pingxing.engine.backends.scene.render import RenderPool
from pingxing.errors import InvalidRequest
from pingxing.label.plate import layout
from pingxing.makers.batch import make
from pingxing.makers.facts import facts
from pingxing.makers.nails import DPI, Order, make_nails, measures, plan, tip_side
from pingxing.nails import FINGERS, NAIL_DESIGNS, NAIL_SHAPES
from pingxing.verify import verify

# White nails under dark cut lines: nothing but the lines is measured.
ORDER = Order("樱花", palette=("#ffffff", "#fefefe"), tips=False, hands=False, seed=4)
CUT_MM = 0.25


@pytest.fixture
def scenes(make_app, settings):
    told = settings.model_copy(update={"default_model": "scene", "workers": 2})
    app = make_app(told, loaders={"scene": lambda: SceneBackend(RenderPool(2))}, guard=default_guard(classifier=False))
    app.worker.start()
    return app


def measured(data, dpi=600):
    """Width and height in mm of every nail on a sheet, by its cut line's middle, row by row."""
    page = pypdfium2.PdfDocument(data)[0]
    size = tuple(side / 72 * 25.4 for side in page.get_size())
    gray = np.asarray(page.render(scale=dpi / 72, grayscale=True).to_numpy()).squeeze()
    mm = 25.4 / dpi
    left, bottom = int(14 / mm), int((size[1] - 14) / mm)
    dark = gray[int(12 / mm) : bottom, left:] < 128
    found = []
    rows = runs(dark.any(axis=1), int(15 / mm))
    for top, low in rows:
        band = dark[top:low]
        for x0, x1 in runs(band.any(axis=0), int(5 / mm)):
            tall = band[:, x0:x1].any(axis=1).nonzero()[0]
            found.append(((x1 - x0) * mm - CUT_MM, (tall[-1] - tall[0] + 1) * mm - CUT_MM))
    return size, found


def runs(marked, least):
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= least]


def test_the_sheet_is_true_to_the_tenth_of_a_millimetre(scenes, tmp_path):
    size, shape, paper = "L", "coffin", "a5"
    actor = scenes.identity.local_actor("zh")
    order = replace(ORDER, size=size, shape=shape, paper=paper)
    (file,) = make_nails(scenes, scenes.desk, actor, order, tmp_path, lambda *_: None).files
    assert file.path.name == "sheet.pdf"
    data = file.path.read_bytes()
    assert verify(scenes, data).verdict == "confirmed"
    page, found = measured(data)
    assert page == pytest.approx((210.0, 148.0), abs=0.15)
    widths, lengths = measures().sizes[size], measures().lengths["medium"]
    true = list(zip(widths, lengths, strict=True))
    assert len(found) == 10
    for (wide, tall), (mm_wide, mm_tall) in zip(found, true[::-1] + true, strict=True):
        assert wide == pytest.approx(mm_wide, abs=0.1)
        assert tall == pytest.approx(mm_tall, abs=0.1)


def test_a_nail_and_a_hand_are_confirmed_and_the_seal_stands_beside_the_nail(scenes):
    actor = scenes.identity.local_actor("zh")
    wishes = plan(replace(ORDER, size="XS", length="short", palette=(), tips=True, hands=True))
    names = [f"tips/{hand}-{n}-{finger}.png" for hand in ("left", "right") for n, finger in enumerate(FINGERS, 1)]
    assert [key.name for key, _ in wishes] == ["sheet.pdf", *names, "hand-left.png", "hand-right.png"]
    little, hand = wishes[5][1], wishes[-1][1].model_copy(update={"width": 320, "height": 320})
    tip, worn = make(scenes, scenes.desk, actor, [("tip", little), ("hand", hand)])
    assert all(verify(scenes, one.data).verdict == "confirmed" for one in (tip, worn))
    length, wide = measures().lengths["short"][4], measures().sizes["XS"][4]
    found = facts(tip.data)
    assert (found.width, found.height, round(found.dpi)) == (tip_side(length), tip_side(length), DPI)
    alpha = found.first[..., 3]
    foot, middle = round((length + 0.5) / 25.4 * DPI), found.width // 2
    across = int(wide / 25.4 * DPI / 2)
    # The seal is below: the square about the nail holds the nail and nothing else.
    assert (alpha[:foot, : middle - across - 3] == 0).all()
    assert (alpha[:foot, middle + across + 3 :] == 0).all()
    assert (alpha[round(0.7 * foot), middle - across + 6 : middle + across - 6] == 255).all()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_seal_has_room_below_every_nail(language):
    for name in measures().lengths:
        for length in measures().lengths[name]:
            side = tip_side(length)
            plate = layout(side, side, language)
            assert plate.height + plate.margin <= side - (length + 0.5) / 25.4 * DPI


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"size": "XXL"}, "size"),
        ({"length": "huge"}, "length"),
        ({"paper": "a0"}, "paper"),
        ({"tone": 11}, "tone"),
        ({"accents": ("toe",)}, "accents"),
        ({"shape": "cube"}, "shape"),
        ({"palette": ("red",)}, "palette"),
        ({"decals": 19}, "decals"),
        ({"decals": 81}, "decals"),
        ({"decals": 20, "decal_paper": "2x2"}, "decal_paper"),
    ],
)
def test_what_no_nail_can_be_is_said_before_anything_starts(change, member):
    with pytest.raises(InvalidRequest) as caught:
        plan(replace(ORDER, **change))
    assert caught.value.reason == "nail_measure"
    assert caught.value.params["member"] == member


def test_an_engine_that_paints_pixels_says_that_it_draws_no_nails(make_app, settings, tmp_path):
    app = make_app(settings)
    with pytest.raises(InvalidRequest) as caught:
        make_nails(app, app.desk, app.identity.local_actor("en"), ORDER, tmp_path, lambda *_: None)
    assert caught.value.reason == "not_supported"


def test_the_studio_and_the_api_take_orders_for_nails(make_app, settings):
    client = member(make_app(settings))  # no worker: what is ordered here is only taken
    shown = client.get("/makers?maker=nails").text
    assert all(f'value="{name}"' in shown for name in (*NAIL_SHAPES, *NAIL_DESIGNS))
    form = {"csrf": token(client), "maker": "nails", "wish": "stars", "size": "S", "tone": "7"}
    for wrong in ({"shape": "claw"}, {"design": "x"}, {"size": "XXL"}, {"tone": "11"}, {"tone": "x"}, {"decals": "10"}):
        answer = client.post("/makers", data=form | wrong)
        assert (answer.status_code, "stars" in answer.text) == (400, True), wrong
    assert client.post("/makers", data=form).status_code == 303
    client.headers["x-csrf-token"] = token(client)
    answer = client.post("/api/makers/nails", json={"wish": "stars", "design": "french", "accents": []})
    assert (answer.status_code, answer.json()["kind"], answer.json()["total"]) == (202, "nails", 13)
    answer = client.post("/api/makers/nails", json={"wish": "stars", "decals": 60, "decal_paper": "3x5"})
    assert (answer.status_code, answer.json()["total"]) == (202, 14)
