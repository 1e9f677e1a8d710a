"""An engine in a process of its own: its death takes along nobody but the culprit. The child here is quick and fake."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.conftest import finish
from tests.fakes.child import POISON
from tests.unit.test_checkpoint_folder import folder

from pingxing import flow
from pingxing.engine.backends.apart import wire
from pingxing.engine.backends.apart.backend import ApartBackend, ApartState
from pingxing.engine.backends.apart.hall import Hall
from pingxing.engine.backends.apart.workshop import Died, Workshop
from pingxing.engine.base import Inputs
from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.engine.shelf import Shelf
from pingxing.errors import BackendFailed, InvalidRequest
from pingxing.types import JobState, Picture, Request, Role

__all__ = ["folder"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def workshop(log: Path) -> Iterator[Workshop]:
    made = Workshop((sys.executable, "-m", "tests.fakes.child", str(log)))
    yield made
    while made.pid is not None:
        made.leave()


@pytest.fixture
def serve(folder: Path, workshop: Workshop, tmp_path: Path) -> Callable[..., ApartBackend]:
    from datetime import UTC, datetime

    card = Shelf(tmp_path / "models").add(folder, "dream", datetime.now(UTC)).card

    def make(name: str = "dream", hall: Hall | None = None) -> ApartBackend:
        return ApartBackend(replace(card, name=name), folder, "shared", hall or Hall((workshop,)))

    return make


def wish(**members: Any) -> Request:
    return Request(**{"prompt": "a red cat", "width": 64, "height": 64, "seed": 5, "steps": 4} | members)


def run(engine: ApartBackend, state: ApartState) -> NDArray[np.uint8]:
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels


def kill(workshop: Workshop) -> None:
    assert workshop.pid is not None
    os.kill(workshop.pid, signal.SIGKILL)


def test_pictures_come_across_whole(serve: Callable[..., ApartBackend]) -> None:
    engine = serve()
    states = [engine.prepare(wish(seed=n, steps=n)) for n in (1, 2, 3)]
    assert engine.preview(states[0]) is None
    while going := [state for state in states if state.step < state.steps]:
        engine.step(going)
        shown = engine.preview(going[0])
        assert shown is not None
        assert (shown.width, shown.height) == (128, 128)
    pictures = [engine.finish(state).pixels for state in states]
    assert [picture.shape for picture in pictures] == [(64, 64, 3)] * 3
    assert (pictures[0] != pictures[1]).any()


def test_what_it_cannot_do_is_said_without_a_child(serve: Callable[..., ApartBackend], workshop: Workshop) -> None:
    with pytest.raises(InvalidRequest):
        serve().prepare(wish(sampler="magic"))
    assert workshop.pid is None


def test_errors_come_across(serve: Callable[..., ApartBackend]) -> None:
    engine = serve()
    with pytest.raises(BackendFailed) as caught:
        run(engine, engine.prepare(wish(prompt="fail always")))
    assert caught.value.reason == "asked"
    with pytest.raises(BackendFailed) as caught:
        engine._hall.workshops[0].call({"do": "dance"})
    assert "dance" in str(caught.value.params["problem"])
    with pytest.raises(BackendFailed) as caught:
        engine._hall.workshops[0].call({"do": "finish", "id": 10**9})
    assert caught.value.params["problem"] == "KeyError"


def test_after_a_kill_everybody_comes_to_their_own_picture(
    serve: Callable[..., ApartBackend], workshop: Workshop
) -> None:
    engine = serve()
    whole = {n: run(engine, engine.prepare(wish(seed=n))) for n in (1, 2)}
    states = [engine.prepare(wish(seed=n)) for n in (1, 2)]
    engine.step(states)
    engine.step(states)
    kill(workshop)
    while going := [state for state in states if state.step < state.steps]:
        engine.step(going[:1])
    kill(workshop)  # even between the last step and the picture
    for n, state in zip((1, 2), states, strict=True):
        assert (engine.finish(state).pixels == whole[n]).all()


def test_what_goes_on_killing_is_given_up_and_the_others_are_not(
    serve: Callable[..., ApartBackend], workshop: Workshop
) -> None:
    engine = serve()
    whole = run(engine, engine.prepare(wish(seed=1)))
    poison, good = engine.prepare(wish(seed=POISON)), engine.prepare(wish(seed=1))
    engine.step([good, poison])
    assert good.shape != poison.shape, "from now on each is alone"
    engine.step([poison])
    with pytest.raises(BackendFailed):
        engine.step([poison])
    assert (run(engine, good) == whole).all()
    engine.close()
    assert workshop.pid is None, "the child ends with its last model"


def test_what_nobody_waits_for_is_forgotten(serve: Callable[..., ApartBackend], monkeypatch: Any) -> None:
    engine = serve()
    state = engine.prepare(wish(steps=9))
    engine.step([state])
    number = state.number
    del state
    gc.collect()
    heads: list[dict[str, Any]] = []
    sent = wire.send
    monkeypatch.setattr(wire, "send", lambda stream, head, blobs=(): (heads.append(head), sent(stream, head, blobs)))
    engine.warm()
    assert number in heads[-1]["drop"]
    with pytest.raises(BackendFailed):
        engine._hall.workshops[0].call({"do": "step", "ids": [number]})


def test_the_model_that_was_used_last_stays(serve: Callable[..., ApartBackend], log: Path) -> None:
    one, two, three = (serve(name) for name in ("one", "two", "three"))
    for engine in (one, two, one, three, one):
        run(engine, engine.prepare(wish(steps=1)))
    assert log.read_text().splitlines() == ["load one", "load two", "unload two", "load three"]


def test_pictures_that_people_bring_come_across(serve: Callable[..., ApartBackend], monkeypatch: Any) -> None:
    engine, init = serve(), Picture(5, 4, np.arange(60, dtype=np.uint8).reshape(4, 5, 3))
    heads: list[tuple[dict[str, Any], Any]] = []
    sent = wire.send
    monkeypatch.setattr(wire, "send", lambda s, head, blobs=(): (heads.append((head, blobs)), sent(s, head, blobs)))
    engine.step([engine.prepare(wish(init_image="0" * 32), Inputs(init))])
    head, blobs = next(pair for pair in heads if pair[0]["do"] == "begin")
    assert head["inputs"] == [[4, 5, 3], None]
    back = wire.picture(head["inputs"][0], bytes(blobs[0]))
    assert back is not None
    assert (back.pixels == init.pixels).all()


def test_nonsense_on_the_wire_is_the_end_of_it(tmp_path: Path) -> None:
    for noise in (b"", b"\xff\xff\xff\xff", b"\x05\0\0\0hello", b"\x02\0\0\0{}", b'\x10\0\0\0{"blobs": [9999]}'):
        file = tmp_path / "noise"
        file.write_bytes(noise)
        with file.open("rb") as stream, pytest.raises(wire.Broken):
            wire.receive(stream)
    silent = Workshop((sys.executable, "-c", "print('hello')"))
    with pytest.raises(Died):
        silent.call({"do": "warm"})


def test_the_child_ends_when_nobody_asks_any_more() -> None:
    child = subprocess.Popen([sys.executable, "-m", "tests.fakes.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(20) == 0
    assert child.stdout is not None
    assert child.stdout.read() == b""
    child.stdout.close()


def test_through_the_one_way_kills_lose_no_acknowledged_job(make_app, settings, serve, workshop) -> None:
    engine = serve()
    app = make_app(settings.model_copy(update={"default_model": "dream"}), loaders={"dream": lambda: engine})
    actor = app.identity.local_actor("en")
    app.worker.start()
    jobs = [flow.admit(app, actor, wish(model="dream", seed=n, steps=60)).id for n in range(4)]
    poison = flow.admit(app, actor, wish(model="dream", seed=POISON)).id
    for _ in range(2):
        time.sleep(0.7)
        if workshop.pid is not None:
            kill(workshop)
    assert [finish(app, actor, job, within=60).job.state for job in jobs] == [JobState.DELIVERED] * 4
    assert finish(app, actor, poison, within=60).job.state is JobState.FAILED


def test_a_kill_in_the_middle_of_a_shared_step_costs_nobody_anything(
    make_app, settings, serve, workshop, monkeypatch
) -> None:
    """Pictures of three people share a step when the engine process dies, and dies again at somebody's next one. Each
    gets the picture that they would have got, its receipt, and is charged for its own steps, once."""
    engine = serve()
    whole = {n: run(engine, engine.prepare(wish(seed=n, steps=40 + n))) for n in range(3)}
    app = make_app(
        settings.model_copy(update={"default_model": "dream", "workers": 3}), loaders={"dream": lambda: engine}
    )
    admin = app.identity.local_actor("en")
    people = [admin]
    for name in ("ada", "bai"):
        app.identity.create_account(admin, name, Role.MEMBER, "a long enough password")
        people.append(app.identity.sign_in(name, "a long enough password", "test").actor)
    jobs = [flow.admit(app, actor, wish(model="dream", seed=n, steps=40 + n)).id for n, actor in enumerate(people)]
    made: dict[int, NDArray[np.uint8]] = {}
    deaths: list[tuple[int, int]] = []  # how many pictures were in that step, and how far the first was
    stepped, finished = engine._stepped, engine.finish

    def dying(states: Any) -> bool:
        together = len(states) == 3 and min(state.step for state in states) >= 2
        if (not deaths and together) or (len(deaths) == 1 and states[0].step == 1):
            deaths.append((len(states), states[0].step))
            kill(workshop)
        if not deaths:
            time.sleep(0.05)  # so that all of them have come before the first one is done
        return stepped(states)

    def kept(state: ApartState) -> Any:
        picture = finished(state)
        made[state.request.seed or 0] = picture.pixels
        return picture

    monkeypatch.setattr(engine, "_stepped", dying)
    monkeypatch.setattr(engine, "finish", kept)
    app.worker.start()
    for n, (actor, job) in enumerate(zip(people, jobs, strict=True)):
        view = finish(app, actor, job, within=60)
        assert (view.job.state, len(view.receipts)) == (JobState.DELIVERED, 1)
        assert view.job.spent == view.job.cost
        assert flow.release(app, actor, view.receipts[0].id).data
        assert (made[n] == whole[n]).all()
        assert app.desk.usage(actor).reserved == 0
    assert deaths[0][0] == 3
    assert len(deaths) == 2
    with app.store.read() as tx:
        app.ledger.attest(tx.log)


def test_a_model_with_pictures_under_way_is_not_put_away_and_nobody_waits_for_ever(
    make_app, settings, tmp_path, folder, log
):
    """Two models, room for one; a stream of wishes for both. Each gets its turns, and every picture is the one it
    would have been alone."""
    from datetime import UTC, datetime

    workshop = Workshop((sys.executable, "-m", "tests.fakes.child", str(log), "1"), stay_s=0.1)
    card = Shelf(tmp_path / "models").add(folder, "dream", datetime.now(UTC)).card
    one, two = (ApartBackend(replace(card, name=name), folder, "shared", Hall((workshop,))) for name in ("one", "two"))
    scheduler = Scheduler(Registry({"one": lambda: one, "two": lambda: two}, "one"), batch=2)
    made: dict[tuple[str, int], NDArray[np.uint8]] = {}

    def ask(name: str, seed: int) -> None:
        request = wish(model=name, seed=seed, steps=12)
        (picture,) = scheduler.run(request, lambda *_: None, threading.Event())
        made[name, seed] = picture.pixels

    threads = [threading.Thread(target=ask, args=(name, seed)) for seed in range(20, 32) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    scheduler.close()
    assert len(made) == 24
    notes = log.read_text().splitlines()
    assert notes[0].startswith("load")
    assert len(notes) < 2 * 24, "not a swap for every picture"
    assert [line.split()[0] for line in notes] == ["load", *["unload", "load"] * (len(notes) // 2)]
    for name in ("one", "two"):
        assert (made[name, 20] == made[{"one": "two", "two": "one"}[name], 20]).all(), "the same engine, the same seed"
    assert one.model.plan is not None
    assert one.planned().loaded == (notes[-1] == "load one") == ("one" in workshop.loaded)
    while workshop.pid is not None:
        workshop.leave()


def test_a_child_that_was_replaced_unseen_counts_against_nobody(
    serve: Callable[..., ApartBackend], workshop: Workshop
) -> None:
    """Between two calls of one model another one may find the child dead and start the next."""
    engine, other = serve("one"), serve("two")
    whole = run(engine, engine.prepare(wish(seed=3)))
    state = engine.prepare(wish(seed=3))
    engine.step([state])
    begun = engine._begin

    def meanwhile(workshop: Workshop, states: Any) -> int:
        life = begun(workshop, states)
        if state.step == 1:
            kill(workshop)
            time.sleep(0.2)
            other.warm()
        return life

    engine._begin = meanwhile  # type: ignore[method-assign]
    engine.step([state])
    engine._begin = begun  # type: ignore[method-assign]
    assert (state.deaths, state.shape) == (0, (64, 64))
    while state.step < state.steps:
        engine.step([state])
    kill(workshop)
    time.sleep(0.2)
    other.warm()
    assert (engine.finish(state).pixels == whole).all()
    assert state.deaths == 0


# --- several devices ------------------------------------------------------------------------------


@pytest.fixture
def hall(log: Path) -> Iterator[Hall]:
    """Two devices; each child writes down what it loads."""
    made = Hall(
        [Workshop((sys.executable, "-m", "tests.fakes.child", str(log.with_name(f"log{n}")))) for n in range(2)]
    )
    yield made
    for one in made.workshops:
        while one.pid is not None:
            one.leave()


def meet(engine: ApartBackend) -> None:
    """The first step at one device waits for the first at the other: it ends only if both go on side by side."""
    stepped, both, seen = engine._stepped, threading.Barrier(2, timeout=30), set[int]()

    def waiting(states: Any) -> bool:
        place = id(engine._place(states))
        if place not in seen:
            seen.add(place)
            both.wait()
        return stepped(states)

    engine._stepped = waiting  # type: ignore[method-assign]


def test_two_devices_work_side_by_side_and_each_has_the_model(make_app, settings, serve, hall, log) -> None:
    """Through the one way: the engine processes are not the server's, both draw, and nobody's picture differs."""
    engine = serve(hall=hall)
    app = make_app(
        settings.model_copy(update={"default_model": "dream", "workers": 4}), loaders={"dream": lambda: engine}
    )
    actor = app.identity.local_actor("en")
    alone = serve("alone")
    whole = {seed: run(alone, alone.prepare(wish(seed=seed, steps=20))) for seed in range(20, 26)}
    made: dict[int, tuple[int, NDArray[np.uint8]]] = {}
    finished = engine.finish
    meet(engine)

    def kept(state: ApartState) -> Picture:
        picture = finished(state)
        assert state.place is not None
        made[state.request.seed or 0] = state.place.pid or 0, picture.pixels
        return picture

    engine.finish = kept  # type: ignore[method-assign]
    jobs = [flow.admit(app, actor, wish(model="dream", seed=seed, steps=20)).id for seed in whole]
    app.worker.start()
    assert {finish(app, actor, job, within=60).job.state for job in jobs} == {JobState.DELIVERED}
    assert {seed: (made[seed][1] == whole[seed]).all() for seed in whole} == dict.fromkeys(whole, True)
    pids = {pid for pid, _ in made.values()}
    assert len(pids) == 2
    assert os.getpid() not in pids
    assert [log.with_name(f"log{n}").read_text() for n in range(2)] == ["load dream\n"] * 2


def test_the_death_of_one_device_s_process_loses_no_acknowledged_job(make_app, settings, serve, hall) -> None:
    engine = serve(hall=hall)
    app = make_app(
        settings.model_copy(update={"default_model": "dream", "workers": 4}), loaders={"dream": lambda: engine}
    )
    actor = app.identity.local_actor("en")
    meet(engine)
    stepped, died = engine._stepped, threading.Event()

    def dying(states: Any) -> bool:
        place = engine._place(states)
        if not died.is_set() and place is hall.workshops[1] and states[0].step >= 1:
            died.set()
            kill(place)
        return stepped(states)

    engine._stepped = dying  # type: ignore[method-assign]
    jobs = [flow.admit(app, actor, wish(model="dream", seed=seed, steps=30)).id for seed in range(20, 28)]
    app.worker.start()
    for job in jobs:
        view = finish(app, actor, job, within=60)
        assert (view.job.state, len(view.receipts), view.job.spent) == (JobState.DELIVERED, 1, view.job.cost)
    assert died.is_set()
    with app.store.read() as tx:
        app.ledger.attest(tx.log)


def test_at_one_device_there_is_never_more_than_one_step(serve: Callable[..., ApartBackend], hall: Hall) -> None:
    engine = serve(hall=hall)
    scheduler, busy, seen = Scheduler(Registry({"dream": lambda: engine}, "dream"), batch=2), set[int](), set[int]()
    meet(engine)
    stepped = engine._stepped

    def watched(states: Any) -> bool:
        place = id(engine._place(states))
        assert place not in busy
        assert {id(state.place) for state in states} == {place}
        busy.add(place)
        seen.add(place)
        try:
            return stepped(states)
        finally:
            busy.discard(place)

    engine._stepped = watched  # type: ignore[method-assign]
    made: list[Picture] = []

    def ask(seed: int) -> None:
        made.extend(scheduler.run(wish(model="dream", seed=seed), lambda *_: None, threading.Event()))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(20, 32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    scheduler.close()
    assert len(made) == 12
    assert len(seen) == 2
