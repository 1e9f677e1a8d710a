"""What is kept of passwords, at the strength that people's have; other tests stretch theirs by as little as can be."""

from argon2.profiles import RFC_9106_LOW_MEMORY
from tests.conftest import STRETCHED

from pingxing.identity import secrets


def test_passwords_are_stretched_as_rfc_9106_recommends(monkeypatch) -> None:
    monkeypatch.setattr(secrets, "_hasher", STRETCHED)
    kept = secrets.hash_password("a long pass phrase")
    low = RFC_9106_LOW_MEMORY
    assert kept.startswith(f"$argon2id$v=19$m={low.memory_cost},t={low.time_cost},p={low.parallelism}$")
    assert secrets.password_matches(kept, "a long pass phrase")
    assert not secrets.password_matches(kept, "another pass phrase")
    assert not secrets.password_matches(None, "a long pass phrase")
