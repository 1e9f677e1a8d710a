"""Shares as arithmetic: the weights, no starvation, deadlines and urgency, over random crowds."""

from collections import Counter, deque
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from pingxing.engine.shares import Shares, Terms
from pingxing.types import BATCH


@dataclass(eq=False)
class Asked:
    terms: Terms
    work: int = 4096
    left: int = 10**9  # steps


def serve(asked, turns, batch=1):
    """Who is stepped at each turn; whoever was goes to the back of the line."""
    shares, ready, order = Shares(), deque(asked), []
    for _ in range(turns):
        if not ready:
            break
        group = shares.line(ready)[:batch]
        shares.take(group)
        for one in group:
            ready.remove(one)
            one.left -= 1
        order.append(group)
        ready.extend(one for one in group if one.left > 0)
    return order


accounts = st.lists(
    st.tuples(st.integers(1, 100), st.integers(1, 4), st.integers(1, 16), st.booleans()), min_size=1, max_size=6
)


def crowd(described):
    """For each account: its weight, how many pictures it has, how large they are, and whether they are batch work."""
    return [
        Asked(Terms(str(n), weight, batch), size * 4096)
        for n, (weight, pictures, size, batch) in enumerate(described)
        for _ in range(pictures)
    ]


@given(accounts, st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_work_is_shared_by_weight_however_many_and_however_large_the_pictures_are(described, batch):
    asked = crowd(described)
    done = Counter()
    for group in serve(asked, 400, batch):
        for one in group:
            done[one.terms.account] += one.work
    told = {str(n): (weight / (BATCH if slow else 1), size) for n, (weight, _, size, slow) in enumerate(described)}
    if batch >= len(asked):
        return  # everybody is stepped every time
    served = {account: done[account] / weight for account, (weight, _) in told.items()}
    # Nobody is ahead of anybody who waits by more than a batch of its own steps (Goyal et al. 1996, theorem 1); who
    # has fewer pictures than its share lets it step at once is no measure of the others.
    pictures = Counter(one.terms.account for one in asked)
    limited = {account for account in told if pictures[account] < batch}
    for account, ahead in served.items():
        for other, behind in served.items():
            if other in limited or account == other:
                continue
            step = told[account][1] * 4096 / told[account][0] + told[other][1] * 4096 / told[other][0]
            assert ahead - behind <= batch * step * 1.001


few = st.lists(
    st.tuples(st.integers(1, 10), st.integers(1, 4), st.integers(1, 4), st.booleans()), min_size=1, max_size=4
)


@given(few, st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_nobody_starves(described, batch):
    asked = crowd(described)
    weights = {str(n): weight / (BATCH if slow else 1) for n, (weight, _, _, slow) in enumerate(described)}
    # Of one account's turns every eighth goes to the picture that waited longest, so n of them wait 8 n turns.
    lightest = min(weights[one.terms.account] / one.work for one in asked)
    heaviest = max(weights[one.terms.account] / one.work for one in asked)
    turns = int(8 * 4 * (len(described) * (heaviest / lightest) + len(described))) + 8
    stepped = {id(one) for group in serve(asked, turns, batch) for one in group}
    assert len(stepped) == len(asked)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1e6)), min_size=2, max_size=7), st.integers(0, 10**6))
def test_nearer_deadlines_go_first_within_an_account(deadlines, seed):
    asked = [Asked(Terms("one", until=until), left=1) for until in deadlines]
    order = [group[0].terms.until for group in serve(asked, 7)]  # the eighth turn would be another's
    assert order == sorted(order, key=lambda until: float("inf") if until is None else until)


@given(st.integers(1, 7), st.integers(1, 7))
def test_an_account_cannot_get_more_than_its_share_by_deadlines_or_urgency(hurried, calm):
    asked = [Asked(Terms("hurried", until=float(n))) for n in range(hurried)]
    asked += [Asked(Terms("calm")) for _ in range(calm)]
    done = Counter(group[0].terms.account for group in serve(asked, 200))
    assert abs(done["hurried"] - done["calm"]) <= 1


def test_batch_work_yields_to_pictures_that_somebody_waits_for_and_has_all_when_alone():
    slow = [Asked(Terms("nightly", batch=True)) for _ in range(5)]
    quick = Asked(Terms("person"))
    done = Counter(group[0].terms.account for group in serve([*slow, quick], 100))
    assert done == {"nightly": 20, "person": 80}
    assert sum(len(group) for group in serve(slow, 100, batch=4)) == 400


def test_of_one_account_interactive_goes_first_and_its_batch_work_still_moves():
    slow, quick = Asked(Terms("one", batch=True)), Asked(Terms("one"))
    order = [group[0].terms.batch for group in serve([slow, quick], 80)]
    assert order[:7] == [False] * 7
    assert order.count(True) == 10, "every eighth turn goes to whoever waited longest"


def test_a_stream_of_nearer_deadlines_starves_no_picture_of_the_same_account():
    shares, patient, seen = Shares(), Asked(Terms("one")), 0
    ready = deque([patient])
    for turn in range(64):
        ready.append(Asked(Terms("one", until=float(turn)), left=1))
        (chosen,) = shares.line(ready)[:1]
        shares.take([chosen])
        ready.remove(chosen)
        if chosen is patient:
            seen += 1
            ready.append(patient)
    assert seen == 8


def test_who_was_away_has_saved_nothing_up():
    shares = Shares()
    first = Asked(Terms("first"))
    for _ in range(50):
        shares.take(shares.line([first]))
    second = Asked(Terms("second"))
    order = []
    for _ in range(20):
        (chosen, *_) = shares.line([first, second])
        shares.take([chosen])
        order.append(chosen.terms.account)
    assert abs(order.count("first") - order.count("second")) <= 1


def test_an_account_whose_pictures_are_being_stepped_keeps_its_clock():
    shares = Shares()
    ahead, behind = Asked(Terms("ahead")), Asked(Terms("behind"))
    shares.line([ahead, behind])
    for _ in range(10):
        shares.take([ahead])
    shares.line([behind], away=["ahead"])
    assert shares.line([ahead, behind])[0] is behind
