"""Shared steps, isolation, fairness of turns, cancel and errors: the scheduler over the fake engine."""

import threading
import time

import numpy as np
import pytest

from pingxing.engine.backends.fake import FakeBackend
from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.engine.shares import Terms
from pingxing.errors import BackendFailed, Conflict, DeadlinePassed, InvalidRequest, Stopping, UnknownModel
from pingxing.types import Request


def request(prompt="a", **members):
    return Request(prompt=prompt, model="fake", **({"width": 64, "height": 64, "seed": 7, "steps": 3} | members))


@pytest.fixture
def engine():
    backend = FakeBackend()
    registry = Registry({"fake": lambda: backend}, "fake")
    scheduler = Scheduler(registry)
    yield backend, scheduler
    scheduler.close()


def run(scheduler, wish, news=None, cancelled=None):
    return scheduler.run(wish, news or (lambda *_: None), cancelled or threading.Event())


def together(scheduler, wishes):
    """Run all at once, each from a thread of its own."""
    answers = [None] * len(wishes)

    def one(i):
        answers[i] = run(scheduler, wishes[i])

    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(wishes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_a_picture_has_the_same_bytes_alone_and_in_a_crowd(engine):
    backend, scheduler = engine
    wishes = [request(f"prompt {i}", seed=i, steps=2 + i % 3) for i in range(12)]
    alone = [run(scheduler, wish)[0].pixels for wish in wishes]
    backend.batches.clear()
    step = backend.step
    backend.step = lambda states: (time.sleep(0.03), step(states))  # long enough for the others to come
    crowd = together(scheduler, wishes)
    assert max(backend.batches) > 1, "nobody shared a step, so this showed nothing"
    for left, (right,) in zip(alone, crowd, strict=True):
        assert np.array_equal(left, right.pixels)


def test_only_equal_shapes_share_a_step(engine):
    backend, scheduler = engine
    seen = []
    step = backend.step
    backend.step = lambda states: (seen.append({state.shape for state in states}), step(states))
    together(scheduler, [request(width=64 if i % 2 else 128) for i in range(6)])
    assert seen
    assert all(len(shapes) == 1 for shapes in seen)


def test_each_of_several_pictures_has_its_own_seed(engine):
    _, scheduler = engine
    three = run(scheduler, request(count=3))
    singles = [run(scheduler, request(seed=7 + i))[0] for i in range(3)]
    for left, right in zip(three, singles, strict=True):
        assert np.array_equal(left.pixels, right.pixels)


def test_progress_counts_up_and_is_told_on_the_callers_thread(engine):
    _, scheduler = engine
    told = []
    run(scheduler, request(count=2), lambda step, steps, _: told.append((step, steps, threading.current_thread())))
    assert all(thread is threading.current_thread() for _, _, thread in told)
    assert all(steps == 6 for _, steps, _ in told)
    assert [step for step, _, _ in told] == sorted(step for step, _, _ in told)
    assert told[-1][0] == 6


def test_cancel_between_steps(engine):
    backend, scheduler = engine
    cancelled, step = threading.Event(), backend.step

    def waiting(states):  # however slow the one who cancels is
        if states[0].step == 1:
            cancelled.wait(60)
        step(states)

    backend.step = waiting
    with pytest.raises(Conflict, match="cancelled"):
        run(scheduler, request(steps=150), lambda *_: cancelled.set(), cancelled)
    assert run(scheduler, request())  # the lane goes on


def test_an_engines_error_reaches_its_caller_and_nobody_else(engine):
    _, scheduler = engine
    answers = {}

    def one(name, wish):
        try:
            answers[name] = run(scheduler, wish)
        except BackendFailed as error:
            answers[name] = error

    threads = [
        threading.Thread(target=one, args=("bad", request("fail always", width=128))),
        threading.Thread(target=one, args=("good", request("fine"))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert isinstance(answers["bad"], BackendFailed)
    assert len(answers["good"]) == 1


def test_closing_answers_whoever_waits(engine):
    backend, scheduler = engine
    begun, go = threading.Event(), threading.Event()
    step = backend.step

    def slow(states):
        begun.set()
        go.wait(60)
        step(states)

    backend.step = slow
    caught = []

    def one():
        try:
            run(scheduler, request())
        except Stopping as error:
            caught.append(error)

    thread = threading.Thread(target=one)
    thread.start()
    begun.wait(60)
    closer = threading.Thread(target=scheduler.close)
    closer.start()
    go.set()
    closer.join(60)
    thread.join(60)
    assert caught
    with pytest.raises(Stopping):
        run(scheduler, request())


def test_registry_fills_in_what_was_left_open_and_refuses_what_it_cannot_do():
    registry = Registry({"fake": FakeBackend}, "fake")
    complete = registry.complete(Request(prompt="x"), lambda below: below - 1)
    assert (complete.model, complete.seed) == ("fake", 2**53 - 1)
    assert registry.complete(complete, lambda _: 0) == complete
    with pytest.raises(UnknownModel):
        registry.complete(Request(prompt="x", model="other"), lambda _: 0)
    with pytest.raises(InvalidRequest):
        registry.complete(Request(prompt="x", style="other"), lambda _: 0)
    with pytest.raises(UnknownModel):
        Registry({"fake": FakeBackend}, "other")


def served(scheduler, backend, asked):
    """Whose pictures were stepped, in order, when all of `asked` (account, wish) are there before the first step."""
    order, gate, step = [], threading.Event(), backend.step
    accounts, first = {}, []

    def stepping(states):
        first.extend(states[: 0 if first else None])
        gate.wait(60)
        order.append([accounts[state.request.prompt] for state in states])
        step(states)

    backend.step = stepping
    threads = []
    for account, wish in asked:
        accounts[wish.prompt] = account
        arguments = (wish, lambda *_: None, threading.Event())
        threads.append(threading.Thread(target=scheduler.run, args=arguments, kwargs={"terms": Terms(account)}))
        threads[-1].start()
        while not first:  # the first one is alone in the first step, which waits at the gate
            time.sleep(0.001)
    until = time.monotonic() + 60
    while not first or len(first) + len(scheduler._lanes["fake"]._ready) < len(asked):  # the first wait at the gate
        assert time.monotonic() < until
        time.sleep(0.001)
    gate.set()
    for thread in threads:
        thread.join(60)
    return order


def test_who_asks_for_many_pictures_gets_no_more_steps_than_who_asks_for_one():
    backend = FakeBackend()
    scheduler = Scheduler(Registry({"fake": lambda: backend}, "fake"), batch=1)
    many = [("many", request(f"many {n}", steps=4)) for n in range(12)]
    order = [who for (who,) in served(scheduler, backend, [*many, ("one", request("one", steps=6))])]
    scheduler.close()
    assert len(order) == 12 * 4 + 6
    last = max(place for place, who in enumerate(order) if who == "one")
    assert order[: last + 1].count("many") <= 6 + 1 + 6, "one step each, and those taken before the other came"


def test_a_full_batch_is_shared_out_between_accounts():
    backend = FakeBackend()
    scheduler = Scheduler(Registry({"fake": lambda: backend}, "fake"), batch=4)
    many = [("many", request(f"many {n}", steps=3)) for n in range(9)]
    few = [("few", request(f"few {n}", steps=3)) for n in range(2)]
    order = served(scheduler, backend, [*many, *few])
    scheduler.close()
    both = [batch for batch in order[1:] if "few" in batch]
    assert len(both) == 3
    assert all(sorted(batch) == ["few", "few", "many", "many"] for batch in both)


def test_what_is_late_is_dropped_with_an_answer_of_its_own_and_nobody_else_is():
    backend = FakeBackend()
    scheduler = Scheduler(Registry({"fake": lambda: backend}, "fake"))
    step, heard = backend.step, []

    def slow(states):
        time.sleep(0.02)
        step(states)

    backend.step = slow
    until = time.monotonic() + 1.5
    with pytest.raises(DeadlinePassed):
        scheduler.run(
            request(steps=150), lambda done, *_: heard.append(done), threading.Event(), terms=Terms(until=until)
        )
    assert 0 < heard[-1] < 150, "what was run is told, since it is charged"
    assert run(scheduler, request())
    with pytest.raises(DeadlinePassed):
        scheduler.run(request(), lambda *_: None, threading.Event(), terms=Terms(until=until))
    scheduler.close()


def test_the_steps_of_a_cancelled_picture_are_told_to_the_last():
    backend = FakeBackend()
    scheduler = Scheduler(Registry({"fake": lambda: backend}, "fake"))
    cancelled, heard, run_, step = threading.Event(), [], [], backend.step

    def counting(states):
        step(states)
        run_.append(len(states))
        if len(run_) == 5:
            cancelled.set()

    backend.step = counting
    with pytest.raises(Conflict):
        scheduler.run(request(steps=50, count=2), lambda done, *_: heard.append(done), cancelled)
    scheduler.close()
    assert heard[-1] == sum(run_)
