"""Ways in, what they may do, and that nothing secret is kept as it was given."""

from datetime import timedelta

import pytest

from pingxing.errors import Conflict, Forbidden, InvalidRequest, NotFound, Overloaded, Unauthenticated
from pingxing.identity.authority import may_see, require
from pingxing.types import ROLE_SCOPES, Actor, Role, Scope

PASSWORD = "a sentence of my own"


@pytest.fixture
def identity(app):
    return app.identity


@pytest.fixture
def member(identity, actor):
    identity.create_account(actor, "mei", Role.MEMBER, PASSWORD)
    return identity.sign_in("mei", PASSWORD, "here").actor


def test_the_first_link_works_once_and_opens_an_administrators_session(identity):
    secret = identity.first_link()
    signed_in = identity.sign_in_by_link(secret)
    session = identity.session(signed_in.cookie)
    assert session.actor.role is Role.ADMIN
    assert session.csrf
    with pytest.raises(Unauthenticated, match="link"):
        identity.sign_in_by_link(secret)
    with pytest.raises(Unauthenticated, match="link"):
        identity.sign_in_by_link("nonsense")


def test_a_link_expires(identity, clock):
    secret = identity.first_link()
    clock.offset = timedelta(hours=25)
    with pytest.raises(Unauthenticated, match="link"):
        identity.sign_in_by_link(secret)


def test_once_a_password_is_set_no_link_is_offered(identity, actor):
    identity.set_password(actor, old="", new=PASSWORD)
    assert identity.first_link() is None
    assert identity.sign_in("admin", PASSWORD, "here").actor.account == actor.account
    with pytest.raises(Unauthenticated):
        identity.set_password(actor, old="wrong", new=PASSWORD + "!")


def test_sign_in_says_the_same_for_a_wrong_name_and_a_wrong_password(identity, member):
    for name, password in (("mei", "wrong password"), ("nobody", PASSWORD), ("admin", "")):
        with pytest.raises(Unauthenticated) as caught:
            identity.sign_in(name, password, "elsewhere")
        assert caught.value.reason == "password"


def test_guessing_is_slowed_down(make_app, settings):
    identity = make_app(settings.model_copy(update={"sign_in_per_minute": 2})).identity
    for client in ("one", "two"):
        with pytest.raises(Unauthenticated):
            identity.sign_in("mei", "guess", client)
    with pytest.raises(Overloaded):  # a third address does not help: the name is slowed down too
        identity.sign_in("mei", "guess", "three")


def test_a_session_ends_by_signing_out_by_time_and_by_closing_the_account(identity, actor, clock, app):
    identity.create_account(actor, "mei", Role.MEMBER, PASSWORD)
    cookies = [identity.sign_in("mei", PASSWORD, f"{i}").cookie for i in range(3)]
    identity.sign_out(cookies[0])
    with pytest.raises(Unauthenticated):
        identity.session(cookies[0])
    mei = identity.session(cookies[1]).actor
    clock.offset = timedelta(hours=app.settings.session_hours + 1)
    with pytest.raises(Unauthenticated):
        identity.session(cookies[1])
    clock.offset = timedelta()
    identity.set_active(actor, mei.account, False)
    with pytest.raises(Unauthenticated):
        identity.session(cookies[2])
    with pytest.raises(Unauthenticated):
        identity.sign_in("mei", PASSWORD, "again")
    with pytest.raises(Forbidden):
        identity.set_active(actor, actor.account, False)


def test_keys_open_what_they_were_made_for_until_they_are_revoked(identity, member):
    key, secret = identity.make_key(member, "shop", frozenset({Scope.CHECK}))
    assert secret.startswith("px-")
    program = identity.by_key(secret)
    assert program.scopes == {Scope.CHECK}
    assert program.credential == f"key:{key.id}"
    require(program, Scope.CHECK)
    with pytest.raises(Forbidden):
        require(program, Scope.GENERATE)
    identity.revoke_key(member, key.id)
    with pytest.raises(Unauthenticated) as caught:
        identity.by_key(secret)
    assert caught.value.reason == "key_revoked"
    for wrong in ("px-unknown", "sk-unknown", ""):
        with pytest.raises(Unauthenticated):
            identity.by_key(wrong)


def test_a_key_never_carries_more_than_its_maker(identity, member):
    with pytest.raises(Forbidden):
        identity.make_key(member, "too much", frozenset({Scope.OPERATE}))
    with pytest.raises(Forbidden):
        identity.make_key(member, "nothing", frozenset())
    with pytest.raises(InvalidRequest):
        identity.make_key(member, "  ", frozenset({Scope.CHECK}))


def test_one_member_cannot_touch_anothers_key_but_the_operator_can(identity, actor, member):
    key, _ = identity.make_key(member, "mine", frozenset({Scope.CHECK}))
    identity.create_account(actor, "other", Role.MEMBER, PASSWORD)
    other = identity.sign_in("other", PASSWORD, "there").actor
    with pytest.raises(NotFound):
        identity.revoke_key(other, key.id)
    identity.revoke_key(actor, key.id)
    assert identity.keys(member)[0].revoked_at is not None


def test_nothing_secret_is_kept_as_it_was_given(identity, member, app):
    _, secret = identity.make_key(member, "mine", frozenset({Scope.CHECK}))
    cookie = identity.sign_in("mei", PASSWORD, "x").cookie
    link = identity.first_link()
    app.store.engine.dispose()
    kept = b"".join(path.read_bytes() for path in app.settings.data_dir.glob("pingxing.db*"))
    assert b"mei" in kept
    for given in (secret, cookie, link, PASSWORD):
        assert given.encode() not in kept


def test_only_the_operator_sees_and_makes_accounts(identity, actor, member):
    for call in (
        lambda: identity.accounts(member),
        lambda: identity.create_account(member, "x", Role.ADMIN, PASSWORD),
        lambda: identity.set_active(member, actor.account, False),
        lambda: identity.new_link(member, actor.account),
    ):
        with pytest.raises(Forbidden):
            call()
    assert {profile.name for profile in identity.accounts(actor)} == {"admin", "mei"}
    with pytest.raises(Conflict):
        identity.create_account(actor, "mei", Role.MEMBER, PASSWORD)
    with pytest.raises(InvalidRequest):
        identity.create_account(actor, "short", Role.MEMBER, "short")


def test_roles_grant_no_more_than_they_should():
    assert Scope.OPERATE not in ROLE_SCOPES[Role.MEMBER] | ROLE_SCOPES[Role.AUDITOR]
    assert Scope.GENERATE not in ROLE_SCOPES[Role.AUDITOR]
    auditor = Actor("a", Role.AUDITOR, ROLE_SCOPES[Role.AUDITOR], "local")
    assert not may_see(auditor, "b")
    assert may_see(auditor, "a")


def test_one_changes_ones_own_language_and_nothing_else(identity, member):
    profile = identity.update_profile(member, language="zh", label_language="en")
    assert (profile.language, profile.label_language, profile.role) == ("zh", "en", Role.MEMBER)
    with pytest.raises(InvalidRequest):
        identity.update_profile(member, language="fr")
