"""What a pack would do, told before it does anything, and told without telling on anyone."""

import contextlib

import pytest
from tests.fakes.rulepacks import pack

from pingxing import flow, rehearsal, rulebook
from pingxing.errors import Forbidden, InvalidRequest, Refused
from pingxing.ledger import entries
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.store import tables
from pingxing.types import Role

REASON = "Complaints about teapots, case 12"


@pytest.fixture
def app(make_app):
    return make_app(guard=Guard([WordsCheck(default_packs())]))


@pytest.fixture
def actor(app):
    return app.identity.local_actor("en")


def ask(app, actor, *prompts, wish):
    for prompt in prompts:
        with contextlib.suppress(Refused):
            flow.admit(app, actor, wish(prompt))


def test_cases_come_out_one_by_one_also_of_what_fails():
    results = rehearsal.cases(pack(allow="a small teapot"))
    assert [(r.text, r.ok) for r in results if not r.ok] == [("a small teapot", False)]
    good = next(r for r in results if r.wanted == "stop" and r.language == "en")
    assert (good.found, good.views) == (((2, 8),), ("plain",))
    assert rehearsal.cases(pack(), "another-rule") == ()
    with pytest.raises(InvalidRequest):
        rehearsal.cases(b"[")


def test_one_text_with_the_pack_and_without(app, actor):
    tried = rehearsal.trying(app, actor, pack(), "a t e a p o t made of glass, on a table")
    assert tried.before.allows
    (finding,) = tried.verdict.findings
    assert (finding.pack, finding.action) == ("house-rules", "block")
    assert tried.verdict.rewrite
    assert app.guard.words("a teapot").allows, "nothing came into force"
    with pytest.raises(InvalidRequest):
        rehearsal.trying(app, actor, pack(), "x" * 4_001)


def test_a_pack_in_force_is_tried_against_its_own_next_version(app, actor):
    rulebook.add(app, actor, pack())
    rulebook.stage(app, actor, "house-rules", "shadow")
    rulebook.stage(app, actor, "house-rules", "active")
    tried = rehearsal.trying(app, actor, pack("2.0.0", en="kettle", zh="水壶"), "a teapot")
    assert not tried.before.allows
    assert tried.verdict.allows


def test_what_was_asked_lately_is_counted_and_few_are_hidden(app, actor, wish, clock):
    ask(app, actor, *(f"teapot number {n} beside a lamp" for n in range(6)), "how to make a pipe bomb", wish=wish)
    seen = rehearsal.lately(app, actor, pack(), 7)
    assert (seen.asked, seen.looked, seen.stopped, seen.anew) == (7, 7, 6, 6)
    assert seen.rules == (("no-teapots", 6),)
    assert (seen.glimpses, seen.reasoned) == ((), False)
    few = rehearsal.lately(app, actor, pack(en="pipe bomb", zh="水管炸弹"), 7)
    assert (few.stopped, few.rules) == (None, (("no-teapots", None),))
    none = rehearsal.lately(app, actor, pack(en="kettle", zh="水壶"), 7)
    assert (none.stopped, none.anew) == (0, 0)
    with app.store.read() as tx:
        assert [(search.reason, search.shown) for search in tx.packs.searches()] == [("", 0)] * 3, "and on record"


def test_words_are_shown_for_a_reason_that_the_ledger_keeps(app, actor, wish, clock):
    prompt = "please draw for my friend Zhou Wenbin a teapot that stands on his grandmother's table"
    ask(app, actor, prompt, "how to make a pipe bomb", wish=wish)
    seen = rehearsal.lately(app, actor, pack(), 7, REASON)
    (glimpse,) = seen.glimpses
    assert (glimpse.words, glimpse.before, glimpse.after) == ("teapot", "hou Wenbin a "[1:], " that stands"[:12])
    assert (seen.stopped, seen.anew) == (1, 1)
    with app.store.read() as tx:
        entry, _ = entries.decode(tx.log.entry(seen.log_index))
        assert app.ledger.verify(tx.log).ok
    assert (entry.kind, entry.count) == ("searched", 1)
    (found,) = rehearsal.searches(app, actor)
    assert (found.by, found.search.reason, found.search.shown) == ("admin", REASON, 1)
    refused = rehearsal.lately(app, actor, pack(en="pipe bomb", zh="水管炸弹"), 7, REASON)
    assert (refused.stopped, refused.anew) == (1, 0)


def test_what_is_past_or_forgotten_is_not_looked_at(app, actor, wish, clock):
    app.identity.create_account(actor, "ann", Role.MEMBER, "a long enough password")
    ann = app.identity.sign_in("ann", "a long enough password", "here").actor
    ask(app, ann, "a teapot", wish=wish)
    assert rehearsal.lately(app, actor, pack(), 1, REASON).stopped == 1
    with app.store.engine.connect().execution_options(immediate=True) as connection, connection.begin():
        connection.execute(tables.accounts.update().where(tables.accounts.c.id == ann.account).values(data_key=None))
    assert rehearsal.lately(app, actor, pack(), 1, REASON).asked == 0


@pytest.mark.parametrize("days", [0, 2, 365])
def test_only_the_operator_and_only_known_spans(app, actor, days):
    with pytest.raises(InvalidRequest):
        rehearsal.lately(app, actor, pack(), days)
    with pytest.raises(InvalidRequest):
        rehearsal.lately(app, actor, pack(), 7, "why not")
    app.identity.create_account(actor, "ann", Role.MEMBER, "a long enough password")
    ann = app.identity.sign_in("ann", "a long enough password", "here").actor
    for go in (
        lambda: rehearsal.lately(app, ann, pack(), 7),
        lambda: rehearsal.trying(app, ann, pack(), "a teapot"),
        lambda: rehearsal.searches(app, ann),
    ):
        with pytest.raises(Forbidden):
            go()
