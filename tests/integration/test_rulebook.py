"""An operator's packs, from the file to the verdict: loaded, tried, brought into force, taken back, under load."""

import threading
import time
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.testclient import TestClient
from tests.fakes.rulepacks import pack

from pingxing import flow, oversight, rulebook
from pingxing.api.app import create
from pingxing.errors import BadSettings, Conflict, Forbidden, Integrity, InvalidRequest, NotFound, Refused
from pingxing.ledger import audit
from pingxing.ledger.export import export
from pingxing.policy.guard import Guard
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.store import tables
from pingxing.types import JobState, Role, Scope


@pytest.fixture
def studio(make_app, settings):
    """An App whose guard reads words; further ones on the same database are made with `studio(settings)`."""

    def make(with_settings=settings):
        return make_app(with_settings, guard=Guard([WordsCheck(default_packs()[:1])]))

    return make


def stops(app, text="a teapot on a table"):
    return not app.guard.words(text).allows


def force(app, actor, body):
    edition = rulebook.add(app, actor, body)
    rulebook.stage(app, actor, edition.name, "shadow", edition.version)
    return rulebook.stage(app, actor, edition.name, "active", edition.version)


def test_the_life_of_a_pack_is_followed_by_every_process_and_stands_in_the_ledger(studio, database, tmp_path):
    app, other = studio(database), studio(database)
    actor = app.identity.local_actor("en")
    assert not stops(app)
    assert rulebook.add(app, actor, pack()).stage == "draft"
    assert rulebook.add(app, actor, pack()).stage == "draft", "the same bytes again change nothing"
    assert not stops(app)
    assert rulebook.stage(app, actor, "house-rules", "shadow").next == ("active", "retired")
    assert not stops(other)
    assert dict(oversight.on_trial(other, actor))["house-rules@1.0.0/no-teapots"] == 1
    rulebook.stage(app, actor, "house-rules", "active")
    assert stops(app)
    assert stops(other), "before its next verdict"
    (finding,) = other.guard.words("a teapot").findings
    assert (finding.pack, finding.version, finding.automatic) == ("house-rules", "1.0.0", True)
    force(other, actor, pack("1.1.0", en="kettle", zh="水壶"))
    assert [(e.version, e.stage) for e in rulebook.shelf(app, actor)] == [("1.1.0", "active"), ("1.0.0", "retired")]
    assert (stops(app), stops(app, "a kettle")) == (False, True)
    assert rulebook.roll_back(app, actor, "house-rules").version == "1.0.0"
    assert (stops(other), stops(other, "a kettle")) == (True, False)
    rulebook.stage(app, actor, "house-rules", "retired", "1.0.0")
    assert not stops(other)
    steps = [(step.version, step.stage) for step in rulebook.history(app, actor, "house-rules")]
    assert steps[:3] == [("1.0.0", "retired"), ("1.0.0", "active"), ("1.1.0", "retired")]
    with app.store.read() as tx:
        file = tmp_path / "log.jsonl"
        file.write_bytes(b"".join(export(tx.log, app.ledger)))
        assert app.ledger.verify(tx.log).ok
    found = audit.audit(file, app.ledger.vkey)
    assert found.ok, found.problems
    assert found.size == len(steps)
    assert b"teapot" not in file.read_bytes()


def test_a_new_version_is_tried_beside_the_one_in_force(studio):
    app = studio()
    actor = app.identity.local_actor("en")
    force(app, actor, pack())
    rulebook.add(app, actor, pack("2.0.0", en="kettle", zh="水壶"))
    rulebook.stage(app, actor, "house-rules", "shadow", "2.0.0")
    assert stops(app)
    assert not stops(app, "a kettle")
    counted = dict(oversight.on_trial(app, actor))
    assert counted == {"house-rules@2.0.0/no-teapots": 1}


def test_counts_of_rules_on_trial_outlive_the_process(studio):
    app = studio()
    actor = app.identity.local_actor("en")
    rulebook.add(app, actor, pack())
    rulebook.stage(app, actor, "house-rules", "shadow")
    for _ in range(3):
        stops(app)
    app.guard.close()
    again = studio()
    stops(again)
    assert dict(oversight.on_trial(again, actor)) == {"house-rules@1.0.0/no-teapots": 4}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (pack(allow="a small teapot"), "pack_case.*a small teapot"),
        (b"pack: [", "pack_unreadable"),
        (b"\xff\xfe", "pack_unreadable"),
        (pack().replace(b"house-rules", b"house/rules"), "no '/'"),
        (pack().replace(b"action: block", b"action: allow"), "action"),
        (pack().replace(b"[teapot]", b"[" + b",".join(b"w%d" % n for n in range(200_001)) + b"]"), "pack_limit"),
        (b"#" * (rulebook.MOST_BYTES + 1), "pack_limit"),
    ],
)
def test_what_breaks_its_promise_is_not_loaded(studio, body, says):
    app = studio()
    actor = app.identity.local_actor("en")
    with pytest.raises(InvalidRequest, match=says):
        rulebook.add(app, actor, body)
    assert rulebook.shelf(app, actor) == ()
    with app.store.read() as tx:
        assert tx.log.size() == 0


def test_stages_are_taken_in_order_and_versions_never_change(studio):
    app = studio()
    actor = app.identity.local_actor("en")
    rulebook.add(app, actor, pack())
    with pytest.raises(Conflict, match="pack_stage"):
        rulebook.stage(app, actor, "house-rules", "active")
    with pytest.raises(Conflict, match="pack_version"):
        rulebook.add(app, actor, pack(action="review"))
    with pytest.raises(Conflict, match="pack_name"):
        rulebook.add(app, actor, pack(name=default_packs()[0].pack))
    with pytest.raises(Conflict, match="pack_first"):
        rulebook.roll_back(app, actor, "house-rules")
    with pytest.raises(NotFound):
        rulebook.stage(app, actor, "nowhere", "shadow")
    with pytest.raises(NotFound):
        rulebook.show(app, actor, "house-rules", "9.9.9")
    rulebook.add(app, actor, pack("1.0.1", action="review"))
    assert "-    action: block" in rulebook.difference(app, actor, "house-rules", "1.0.0", "1.0.1")


def test_only_the_operator(studio):
    app = studio()
    admin = app.identity.local_actor("en")
    app.identity.create_account(admin, "ann", Role.MEMBER, "a long enough password")
    actor = app.identity.sign_in("ann", "a long enough password", "here").actor
    assert not actor.may(Scope.OPERATE)
    for ask in (
        lambda: rulebook.add(app, actor, pack()),
        lambda: rulebook.stage(app, actor, "house-rules", "shadow"),
        lambda: rulebook.roll_back(app, actor, "house-rules"),
        lambda: rulebook.shelf(app, actor),
        lambda: rulebook.show(app, actor, "house-rules"),
        lambda: rulebook.history(app, actor, "house-rules"),
        lambda: rulebook.difference(app, actor, "house-rules", "1.0.0", "1.0.1"),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_where_people_sign_a_pack_needs_the_hand_of_one_of_them(studio, settings, tmp_path):
    person, stranger = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    keys = tmp_path / "keys.txt"
    keys.write_bytes(b64encode(person.public_key().public_bytes_raw()) + b"\n")
    app = studio(settings.model_copy(update={"pack_keys": keys}))
    actor = app.identity.local_actor("en")
    for signature in (None, b"", stranger.sign(pack()), person.sign(pack("1.0.1"))):
        with pytest.raises(InvalidRequest, match="pack_signature"):
            rulebook.add(app, actor, pack(), signature)
    edition = rulebook.add(app, actor, pack(), person.sign(pack()))
    assert not edition.house_signed
    rulebook.stage(app, actor, "house-rules", "shadow")
    rulebook.stage(app, actor, "house-rules", "active")
    assert stops(app)
    keys.write_text("not a key")
    with pytest.raises(BadSettings, match="pack_keys"):
        studio(settings.model_copy(update={"pack_keys": keys}))


def test_a_pack_changed_in_the_database_judges_nobody(studio):
    app = studio()
    actor = app.identity.local_actor("en")
    force(app, actor, pack())
    with app.store.engine.begin() as connection:
        connection.execute(tables.packs.update().values(body=pack(en="kettle")))
    fresh = studio()
    with pytest.raises(Integrity, match="house-rules"):
        stops(fresh)
    with TestClient(create(fresh, work=False)) as client:
        assert client.get("/readyz").json()["reason"] == "pack"
    rulebook.stage(fresh, actor, "house-rules", "retired")
    assert not stops(fresh), "out of the way again"


def test_no_request_is_lost_or_wrongly_judged_while_rules_come_and_go(studio, database, wish):
    """Jobs from four clients of two processes' guards while packs are loaded, tried, brought in force and rolled back.

    A request may be judged by any rules that were in force between its start and its end, and by no others.
    """
    apps = [studio(database), studio(database)]
    actor = apps[0].identity.local_actor("en")
    clock = time.monotonic
    force(apps[0], actor, pack("1.0.0"))
    reigns = [[0.0, float("inf"), "1.0.0"]]  # from and until when at most a version was in force
    judged: list[tuple[float, float, str]] = []
    faults: list[BaseException] = []
    stop = threading.Event()

    def ask(app):
        while not stop.is_set():
            start = clock()
            try:
                flow.admit(app, actor, wish("a teapot", negative="a teapot"))
                faults.append(AssertionError("admitted"))
            except Refused as refused:
                versions = {finding.version for finding in refused.verdict.findings}
                judged.append((start, clock(), " and ".join(sorted(versions))))
            except Exception as error:
                faults.append(error)

    def change(act, version):
        coming = [clock(), float("inf"), version]
        assert act().version == version
        reigns[-1][1] = clock()  # nobody is judged by the rules of before once the change is answered
        reigns.append(coming)
        enough, patience = len(judged) + 8, clock() + 30  # a count and no time: a slow machine judges as many
        while len(judged) < enough and not faults and clock() < patience:
            time.sleep(0.01)

    threads = [threading.Thread(target=ask, args=(apps[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(1, 3):
        app, before, version = apps[turn % 2], reigns[-1][2], f"1.{turn}.0"
        rulebook.add(app, actor, pack(version))
        rulebook.stage(app, actor, "house-rules", "shadow", version)
        change(lambda a=app, v=version: rulebook.stage(a, actor, "house-rules", "active", v), version)
        change(lambda a=app: rulebook.roll_back(a, actor, "house-rules"), before)
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(judged) >= 32
    assert len({version for _, _, version in judged}) > 1
    for start, end, version in judged:
        assert any(name == version and since <= end and start <= until for since, until, name in reigns), version
    with apps[0].store.read() as tx:
        assert tx.work.counts()[JobState.REFUSED] == len(judged)
