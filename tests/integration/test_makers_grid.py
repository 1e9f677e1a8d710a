"""Grids by the one way: durable over kill -9, paused and gone on with, chosen from, taken home; CLI, API, studio."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from tests.integration.test_copies_pages import member, token

from pingxing import settings as settings_module
from pingxing.cli.main import main
from pingxing.errors import Conflict, InvalidRequest, NotFound
from pingxing.makers.wanted import GridWanted
from pingxing.makers.workshop import Workshop
from pingxing.verify import verify

SIDE = {"width": 64, "height": 64}
KILLED = """
import sys, time
from tests.conftest import FakeBackend, FakeCheck, Guard
from pingxing.bootstrap import build
from pingxing.makers.wanted import GridWanted
from pingxing.makers.workshop import Workshop
from pingxing.settings import load

app = build(load({}, data_dir=sys.argv[1], default_model="fake", workers=1), loaders={"fake": FakeBackend},
            guard=Guard([FakeCheck()]))
app.worker.start()
workshop = Workshop(app, app.desk)
actor = app.identity.local_actor("en")
order = workshop.order(actor, GridWanted(template="cat {n}", lists=("n=1..9",), width=64, height=64, seed=5))
while True:
    print(order.id, workshop.view(actor, order.id).order.done, flush=True)
    time.sleep(0.02)
"""


@pytest.fixture
def shop(app):
    app.worker.start()
    made = Workshop(app, app.desk)
    yield made
    made.close()


def ended(shop, actor, order, state="done", within=40):
    until = time.monotonic() + within
    while (view := shop.view(actor, order)).order.state != state or order in shop._mine:
        assert time.monotonic() < until, view.order
        time.sleep(0.02)
    return view


def test_a_grid_survives_kill_9_in_the_middle(tmp_path, make_app):
    data = tmp_path / "data"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(data)], stdout=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 60
        done, order = 0, ""
        while done < 2:
            assert time.monotonic() < until
            line = process.stdout.readline()
            assert line, "it ended by itself"
            order, done = line.split()[0], int(line.split()[1])
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    app = make_app(settings_module.load({}, data_dir=data, default_model="fake", workers=1))
    with app.store.read() as tx:
        kept = tx.orders.get(order)
    assert kept.state == "making"
    assert 2 <= kept.done < 9
    before = [piece["receipt"] for piece in kept.made["pieces"]]
    app.worker.start()
    workshop = Workshop(app, app.desk)
    workshop.start()
    actor = app.identity.local_actor("en")
    view = ended(workshop, actor, order)
    workshop.close()
    assert [piece.path for piece in view.pieces] == [f"{n}.png" for n in range(1, 10)]
    assert [piece.receipt for piece in view.pieces][: len(before)] == before  # nothing was drawn a second time
    with app.store.read() as tx:
        assert len(tx.orders.get(order).made["jobs"]) == 9
        assert sum(tx.work.counts().values()) == 9


def test_one_bad_cell_does_not_stop_the_others_and_can_be_tried_again(shop, actor):
    rows = (("forbidden",), ("a cat",), ("=dog",))
    order = shop.order(actor, GridWanted(template="{what}", columns=("what",), rows=rows, seed=1, **SIDE)).id
    view = ended(shop, actor, order)
    assert [piece.path for piece in view.pieces] == ["a-cat.png", "dog.png"]
    assert [(one.file, one.rule) for _, one in view.findings] == [("forbidden.png", "cell_refused")]
    with pytest.raises(NotFound):
        shop.retry(actor, order, ["a-cat.png"])
    assert shop.retry(actor, order, ["forbidden.png"]) == 1
    again = ended(shop, actor, order)
    assert again.pieces == view.pieces
    assert [one.file for _, one in again.findings] == ["forbidden.png"]


def test_paused_chosen_gone_on_with_and_taken_home(shop, actor):
    wanted = GridWanted(template="a cat {n}", lists=("n=1..10",), seed=1, **SIDE)
    order = shop.order(actor, wanted).id
    shop.pause(actor, order)
    resting = ended(shop, actor, order, "paused")
    assert len(resting.pieces) < 10
    with pytest.raises(Conflict):
        shop.pause(actor, order)
    shop.resume(actor, order)
    view = ended(shop, actor, order)
    assert len(view.pieces) == 10
    first, second = (piece.receipt for piece in view.pieces[:2])
    shop.mark(actor, order, first, "keep")
    shop.mark(actor, order, second, "keep")
    shop.mark(actor, order, second, "drop")
    with pytest.raises(NotFound):
        shop.mark(actor, order, "nothing", "keep")
    with ZipFile(shop.parcel(actor, order, "", kept=True)) as archive:
        assert archive.namelist() == ["1.png", "grid.csv"]
        rows = list(csv.reader(StringIO(archive.read("grid.csv").decode("utf-8-sig"))))
    assert rows[1][:3] == ["1.png", "1", "a cat 1"]
    shop.score(actor, order, first, 2)
    shop.score(actor, order, view.pieces[4].receipt, 5)
    with pytest.raises(InvalidRequest):
        shop.score(actor, order, first, 6)
    with ZipFile(shop.parcel(actor, order, "", least=2, by="score")) as archive:
        assert archive.namelist() == ["1.png", "5.png", "grid.csv"]
        rows = list(csv.DictReader(StringIO(archive.read("grid.csv").decode("utf-8-sig"))))
    assert [(row["file"], row["choice"], row["score"]) for row in rows] == [("5.png", "", "5"), ("1.png", "keep", "2")]
    shop.score(actor, order, first, None)
    assert shop.view(actor, order).scores == {view.pieces[4].receipt: 5}
    shop.mark(actor, order, first, None)
    assert shop.view(actor, order).chosen == {second: "drop"}
    with pytest.raises(NotFound):
        shop.parcel(actor, order, "", kept=True)


def test_two_presses_of_one_button_are_one_order_and_two_orders_are_two(shop, actor):
    wanted = GridWanted(template="a cat {n}", lists=("n=1..3",), **SIDE)
    first = shop.order(actor, wanted, once=True)
    assert shop.order(actor, wanted, once=True).id == first.id
    assert shop.order(actor, wanted.model_copy(update={"variants": 2}), once=True).id != first.id
    assert shop.order(actor, wanted).id != first.id


def test_cancelled_half_way_what_was_finished_stays(shop, actor):
    order = shop.order(actor, GridWanted(template="a cat {n}", lists=("n=1..200",), seed=1, **SIDE)).id
    while not shop.view(actor, order).pieces:
        time.sleep(0.02)
    shop.cancel(actor, order)
    view = ended(shop, actor, order, "cancelled")
    assert 0 < len(view.pieces) < 200
    with shop.parcel(actor, order, "") as parcel:
        assert parcel.read(2) == b"PK"


def test_a_command_line_that_was_cut_off_goes_on_where_it_was(shop, actor, tmp_path):
    wanted = GridWanted(template="a cat {n}", lists=("n=1..8",), **SIDE)

    def cut(done, total, newest):
        if done == 3:
            raise KeyboardInterrupt

    order = shop.begin(actor, wanted)
    with pytest.raises(KeyboardInterrupt):
        shop.make_here(actor, order.id, tmp_path, cut)
    held = shop.view(actor, order.id)
    assert (held.order.state, len(held.pieces)) == ("paused", 3)  # a server leaves it alone
    with shop._house.store.begin() as tx:  # as if it had been killed before it noted its newest job
        kept = tx.orders.get(order.id)
        jobs = dict(list(kept.made["jobs"].items())[:2])
        tx.orders.keep(kept, kept.made | {"jobs": jobs}, kept.done, kept.total)
    assert shop.begin(actor, wanted).id == order.id  # the same command: the same order, with its seed
    assert shop.begin(actor, wanted.model_copy(update={"seed": 1})).id != order.id
    counts = []
    made = shop.make_here(actor, order.id, tmp_path, lambda done, *_: counts.append(shop.view(actor, order.id).pieces))
    assert [file.path.name for file in made.files] == [f"{n}.png" for n in range(1, 9)]
    assert [file.receipt for file in made.files][:3] == [piece.receipt for piece in held.pieces]
    assert min(map(len, counts)) == 3  # what was there is not told as lost meanwhile
    assert shop.view(actor, order.id).order.state == "done"
    shop.mark(actor, order.id, made.files[4].receipt, "keep")
    one = shop.sheet(actor, order.id)
    assert shop.sheet(actor, order.id).id == one.id
    shop.mark(actor, order.id, made.files[5].receipt, "keep")
    assert shop.sheet(actor, order.id).id != one.id


def test_the_command_line(make_app, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("pingxing.bootstrap.build", lambda _: make_app())
    table = tmp_path / "table.csv"
    table.write_bytes("主体,备注\n猫,x\n狗,y\n猫,z\n".encode("gb18030"))
    asked = ["make", "grid", str(table), "--template", "{主体}", "--list", "风格=水彩|剪纸", "--json"]

    def call(*more):
        with pytest.raises(SystemExit) as told:
            main([*asked, *more])
        return int(told.value.code or 0), json.loads(capsys.readouterr().out)

    code, planned = call("--dry-run")
    assert (code, planned["cells"], planned["same"], planned["unused"]) == (0, 2, 4, ["备注", "风格"])
    assert planned["charge"] > 0
    code, error = call("--names", "{x}", "--dry-run")
    assert (code, error["error"]["code"]) == (2, "invalid_request")
    assert call("--resume", "x")[0] == 2  # one or the other
    code, made = call("--size", "64x64", "-o", str(tmp_path / "out"), "--contact-sheet")
    assert code == 0
    names = ["contact-sheet.pdf", "grid.csv", "狗.png", "猫.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    assert [file["role"] for file in made["files"]] == ["cell", "cell", "contact-sheet"]
    asked[:] = ["make", "grid", "--json"]
    code, again = call("--resume", made["order"], "-o", str(tmp_path / "again"))
    assert (code, again["files"][0]["receipt"]) == (0, made["files"][0]["receipt"])
    assert call("--resume", "nobody")[0] == 4
    asked[:] = ["make", "choose", made["order"], "--json"]
    code, told = call("--keep", "猫", "--score", "狗=4", "--by", "score", "--least", "1", "-o", str(tmp_path / "good"))
    assert (code, [(cell["path"], cell["choice"], cell["score"]) for cell in told["cells"]]) == (
        0,
        [("狗.png", None, 4)],
    )
    assert sorted(path.name for path in (tmp_path / "good").iterdir()) == ["grid.csv", "狗.png"]
    assert [cell["choice"] for cell in call("--only", "keep")[1]["cells"]] == ["keep"]
    assert (call("--score", "狗=6")[0], call("--keep", "鱼")[0]) == (2, 4)
    with make_app() as app:
        sheet = verify(app, (tmp_path / "out" / names[0]).read_bytes())
        assert (sheet.verdict, sheet.ledger.proof_ok, sheet.ledger.same_bytes) == ("confirmed", True, True)


def test_the_api(make_app, settings):
    app = make_app(settings)
    client = member(app)
    client.headers["x-csrf-token"] = token(client)
    asked = {"template": "{a} cat", "columns": ["a"], "rows": [["red"], ["blue"], ["red"]], **SIDE}
    planned = client.post("/api/makers/grid/plan", json=asked)
    assert (planned.status_code, planned.json()["cells"], planned.json()["same"]) == (200, 2, 1)
    wrong = client.post("/api/makers/grid/plan", json=asked | {"rows": [["x", "y"]]})
    assert (wrong.status_code, "B" in wrong.text) == (400, True)
    made = client.post("/api/makers/grid", json=asked)
    assert made.status_code == 202
    where = made.headers["location"]
    assert client.post(f"{where}/pause").json()["state"] == "paused"
    assert client.post(f"{where}/pause").status_code == 409
    assert client.post(f"{where}/resume").json()["state"] == "making"
    app.worker.start()
    until = time.monotonic() + 60
    while (told := client.get(where).json())["state"] != "done":
        assert time.monotonic() < until, told
        time.sleep(0.05)
    receipt = told["files"][0]["receipt"]
    choice = {"receipt": receipt, "choice": "keep"}
    while (answer := client.post(f"{where}/choice", json=choice)).status_code == 409:
        assert time.monotonic() < until
    assert answer.json()["chosen"] == {receipt: "keep"}
    other = told["files"][1]["receipt"]
    assert client.post(f"{where}/score", json={"receipt": other, "score": 9}).status_code in (400, 422)
    assert client.post(f"{where}/score", json={"receipt": other, "score": 4}).json()["scores"] == {other: 4}
    cells = client.get(f"{where}/cells?by=score").json()
    assert [(cell["receipt"], cell["choice"], cell["score"]) for cell in cells] == [
        (other, None, 4), (receipt, "keep", None),
    ]  # fmt: skip
    assert [cell["receipt"] for cell in client.get(f"{where}/cells?least=1").json()] == [other]
    with ZipFile(BytesIO(client.get(f"{where}/zip?kept=true").content)) as archive:
        assert archive.namelist() == ["grid.csv", "red.png"]
        assert verify(app, archive.read("red.png")).ledger.found
    assert client.get(f"{where}/sheet").content.startswith(b"%PDF")
    assert client.post(f"{where}/retry", json={}).status_code == 404


def test_the_studio_counts_first_then_makes_and_lets_a_person_choose(make_app, settings):
    app = make_app(settings)
    client = member(app)
    assert 'href="/makers/grid"' in client.get("/makers").text
    form = {"csrf": token(client), "template": "{animal} at {n}", "lists": "n=1..2", "size": "256"}
    counted = client.post("/makers/grid", data=form, files={"file": ("t.csv", b"animal,x\ncat,=1\ndog,2\n")})
    assert counted.status_code == 200
    assert "Pictures: 4" in counted.text
    assert "cat,=1" in counted.text  # the file's table, to be mended
    wrong = client.post("/makers/grid", data=form | {"table": "animal\ncat\ndog,x\n"})
    assert (wrong.status_code, "Row 3" in wrong.text, "animal\ncat" in wrong.text) == (400, True, True)
    app.worker.start()
    made = client.post("/makers/grid", data=form | {"table": "animal\ncat\n", "go": "true"})
    where = made.headers["location"]
    until = time.monotonic() + 60
    while 'class="tag good"' not in (shown := client.get(where).text):
        assert time.monotonic() < until, shown
        time.sleep(0.1)
    receipts = [piece.split('"')[0] for piece in shown.split('<li id="p-')[1:]]
    assert len(receipts) == 2
    choice = {"csrf": form["csrf"], "receipt": receipts[0], "choice": "keep", "following": receipts[1]}
    order = where.removesuffix("/grid")
    while (told := client.post(f"{order}/choice", data=choice)).status_code == 409:
        assert time.monotonic() < until
    assert told.headers["location"] == f"{where}#p-{receipts[1]}"
    quiet = client.post(f"{order}/choice", data=choice | {"choice": "drop"}, headers={"x-quiet": "1"})
    assert quiet.status_code == 204
    client.post(f"{order}/choice", data=choice)
    scored = client.post(f"{order}/choice", data=choice | {"choice": "", "receipt": receipts[1], "score": "4"})
    assert scored.headers["location"] == f"{where}#p-{receipts[1]}"
    shown = client.get(f"{where}?only=open&least=4&by=score").text
    assert (receipts[0] in shown, 'data-score="4"' in shown, 'value="4" aria-pressed="true"' in shown) == (
        False,
        True,
        True,
    )
    assert client.get(f"{where}?least=6").status_code == 400
    sheet = client.get(f"{order}/sheet").text
    assert (receipts[0] in sheet, receipts[1] in sheet) == (True, False)
    assert client.get(f"{order}/kept").content.startswith(b"PK")
    paper = client.get(f"{order}/contact-sheet")
    assert (paper.headers["content-type"], verify(app, paper.content).verdict) == ("application/pdf", "confirmed")
    assert f'href="{order}/contact-sheet"' in sheet
    assert client.get(order).headers["location"] == where
