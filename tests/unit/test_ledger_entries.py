"""What may be written down, and in which bytes."""

import hashlib
import hmac
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.ledger import entries
from pingxing.ledger.entries import (
    Admitted,
    Agreed,
    Answered,
    Appealed,
    Cancelled,
    Consented,
    Copied,
    Decided,
    Declined,
    Delivered,
    Entry,
    Failed,
    Labelled,
    Listed,
    Looked,
    Noticed,
    Opened,
    Pleaded,
    Previewed,
    Refused,
    Review,
    Searched,
    Staged,
    Vetted,
    commit,
    decode,
    encode,
)

AT = datetime(2026, 11, 22, 1, 2, 3, 456789, UTC)
JOB, RECEIPT, APPEAL = "0193a1b2c3d4e5f6a7b8", "r-0193a1b2c3d4e5f6", "a-0193a1b2c3d4e5f6"
ACTOR, D1, D2 = "0f" * 16, "ab" * 32, "cd" * 32
PROMPT = "a white cat left of the tree"

EACH = [
    Admitted(JOB, ACTOR, D1, "scene", 4),
    Refused(JOB, ACTOR, D1, ("protect.minors.sexual", "fraud.3"), "input"),
    Labelled(JOB, D1, D2),
    Delivered(JOB, ACTOR, RECEIPT, 0, D1, "scene"),
    Previewed(JOB, RECEIPT, 3, D1, D2),
    Cancelled(JOB, ACTOR),
    Failed(JOB, "backend_failed.timeout"),
    Appealed(JOB, ACTOR, APPEAL, D1),
    Review(JOB, APPEAL),
    Decided(JOB, ACTOR, APPEAL, "overturned", D1),
    Agreed(ACTOR, D1),
    Copied(JOB, ACTOR, "r-0193a1b2c3d4e5f7", RECEIPT, D1, D2, D1),
    Staged(ACTOR, "house-rules", "1.0.0", D1, "draft"),
    Searched(ACTOR, D1, 3, D2),
    Noticed(JOB, ACTOR, RECEIPT, "withdrawn", D1),
    Consented(ACTOR, "0193a1b2c3d4e5f6a7b9", D1, D2, "agreed"),
    Declined(ACTOR, ("pictures/nudity",)),
    Pleaded(ACTOR, APPEAL, D1, ("pictures/nudity",), D2),
    Answered(ACTOR, APPEAL, "withdrawn", D1),
    Looked(ACTOR, APPEAL),
    Listed(ACTOR, "0193a1b2c3d4e5f6a7ba", "added", D1),
    Vetted(ACTOR, "1f" * 16, "verified", "by_hand"),
    Opened(ACTOR, "1f" * 16, "0193a1b2c3d4e5f6a7bb", "asked", D1),
]


def test_every_kind_is_tried_here():
    assert {type(entry) for entry in EACH} == set(entries.KINDS.values())
    assert len(EACH) == 23


@pytest.mark.parametrize("entry", EACH, ids=lambda entry: entry.kind)
def test_an_entry_comes_back_as_it_was(entry):
    data = encode(entry, AT)
    assert decode(data) == (entry, AT)
    assert len(data) < 1024


def test_bytes_are_canonical():
    data = encode(Labelled(JOB, D1, D2), AT)
    at = 1795309323456789
    assert data == f'{{"artifact":"{D1}","at":{at},"job":"{JOB}","kind":"labelled","label":"{D2}","v":1}}'.encode()


def test_time_is_kept_to_the_microsecond_in_any_zone():
    east = AT.astimezone(timezone(timedelta(hours=8)))
    assert encode(EACH[0], east) == encode(EACH[0], AT)
    with pytest.raises(ValueError, match="zone"):
        encode(EACH[0], AT.replace(tzinfo=None))


TEXTS = [name for cls in entries.KINDS.values() for name in (f.name for f in fields(cls))]


@pytest.mark.parametrize("entry", EACH, ids=lambda entry: entry.kind)
@pytest.mark.parametrize("leak", [PROMPT, "夜晚,树的左边有一只白猫", "cat and dog", "a\nb", "", "Zhang San"])
def test_free_text_fits_into_no_member(entry, leak):
    values = {f.name: getattr(entry, f.name) for f in fields(entry)}
    for name in values:
        with pytest.raises(ValueError, match=f"{entry.kind}.{name}") as caught:
            type(entry)(**{**values, name: leak})
        assert leak == "" or leak not in str(caught.value)
        with pytest.raises(ValueError, match=name):
            type(entry)(**{**values, name: (leak,)})


@pytest.mark.parametrize("word", ["cat", "elephant", "张三", "猫"])
@pytest.mark.parametrize("member", ["job", "actor", "receipt", "artifact"])
def test_single_words_fit_into_no_identifier_or_digest(member, word):
    values = {f.name: getattr(EACH[3], f.name) for f in fields(EACH[3])}
    with pytest.raises(ValueError, match=member):
        Delivered(**{**values, member: word})


@pytest.mark.parametrize("position", [-1, 1.0, True, "1", 2**53, None])
def test_numbers_are_integers_within_json(position):
    with pytest.raises(ValueError, match="position"):
        Delivered(JOB, ACTOR, RECEIPT, position, D1, "scene")


@pytest.mark.parametrize("rules", [(), ["a.rule"], ("a rule",), "a.rule", ("a.rule",) * 51])
def test_rules_are_identifiers(rules):
    with pytest.raises(ValueError, match="rules"):
        Refused(JOB, ACTOR, D1, rules, "input")


def test_only_known_kinds_are_written():
    class Secret(Entry):
        kind = "admitted"

    with pytest.raises(ValueError, match="no kind"):
        encode(Secret(), AT)
    with pytest.raises(ValueError, match="no kind"):
        encode(Entry(), AT)


def record(**changes):
    return {**json.loads(encode(EACH[2], AT)), **changes}


@pytest.mark.parametrize(
    "changed",
    [
        record(prompt=PROMPT),
        record(kind="whispered"),
        record(v=2),
        record(at="1"),
        record(at=-1),
        record(at=2**53),
        record(at=True),
        record(artifact=["x"]),
        record(artifact=None),
        {k: v for k, v in record().items() if k != "label"},
        [],
        "x",
        None,
        {"kind": ["labelled"], "v": 1, "at": 1},
    ],
)
def test_other_records_are_not_read(changed):
    with pytest.raises(ValueError):  # noqa: PT011
        decode(json.dumps(changed, sort_keys=True, separators=(",", ":")).encode())


def test_one_entry_has_one_spelling():
    data = encode(EACH[2], AT)
    for other in (
        data.replace(b":", b": ", 1),
        data + b"\n",
        json.dumps(dict(reversed(list(json.loads(data).items())))).replace(" ", "").encode(),
        data.replace(b'"v":1', b'"v":1,"v":1'),
        data.replace(b'"v":1', b'"v":1.0'),
        data.replace(b"labelled", b"l\\u0061belled"),
    ):
        assert other != data
        with pytest.raises(ValueError):  # noqa: PT011
            decode(other)


@given(st.one_of(st.binary(max_size=300), st.just(b"[" * 8000), st.just(b"x" * 9000)))
def test_any_bytes_are_an_entry_or_a_value_error(data):
    with pytest.raises(ValueError):  # noqa: PT011
        decode(data)


@given(st.text())
def test_a_commitment_is_salted_sha256(text):
    salt = bytes(range(16))
    expected = hashlib.sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()
    assert commit(text, salt) == expected
    assert commit(text, bytes(16)) != expected


def test_a_short_salt_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        commit(PROMPT, b"salt")


def test_a_pseudonym_is_a_truncated_hmac():
    expected = hmac.digest(b"k" * 32, b"account-1", "sha256")[:16].hex()
    assert entries.pseudonym(b"k" * 32, "account-1") == expected
    assert entries.pseudonym(b"l" * 32, "account-1") != expected


def test_members_have_one_form_wherever_they_appear():
    assert set(TEXTS) == set(entries._MEMBERS)
