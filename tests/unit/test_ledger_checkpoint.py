"""Signed notes and keys, against the reference implementation's published key and note."""

import base64
import os
import stat

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pingxing.errors import Integrity, StorageFailed
from pingxing.ledger import checkpoint, keys
from pingxing.ledger.checkpoint import Checkpoint

# golang.org/x/mod/sumdb/note: the example key and note of its documentation and tests.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = TEXT + (
    "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = keys.from_seed("log.example/one", bytes(32))
POINT = Checkpoint("log.example/one", 7, bytes(range(32)))


def test_the_reference_note_is_reproduced_byte_for_byte():
    key = keys.from_seed("PeterNeumann", SEED)
    assert key.vkey == VKEY
    assert checkpoint.note(TEXT, key) == NOTE


def test_a_checkpoint_is_the_text_that_c2sp_describes():
    lines = checkpoint.sign(POINT, KEY).split("\n")
    assert lines[:4] == ["log.example/one", "7", base64.b64encode(bytes(range(32))).decode(), ""]
    assert lines[4].startswith("— log.example/one ")
    assert len(base64.b64decode(lines[4].split(" ")[2])) == 68
    assert lines[5:] == [""]


def test_what_was_signed_comes_back():
    text = checkpoint.sign(POINT, KEY)
    assert checkpoint.verify(text, KEY.vkey) == POINT
    assert checkpoint.sign(POINT, KEY) == text


def test_extensions_and_other_signatures_are_passed_over():
    witness = keys.from_seed("witness.example", bytes(range(32)))
    body = POINT.body + "extension line\n"
    text = checkpoint.note(body, KEY) + checkpoint.note(body, witness).split("\n\n")[1]
    assert checkpoint.verify(text, KEY.vkey) == POINT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda t: t.replace("\n7\n", "\n8\n"), "signature is wrong"),
        (lambda t: t.replace("log.example/one\n7", "log.example/two\n7"), "another log"),
        (lambda t: t.replace("— log.example/one", "— log.example/two"), "not signed by"),
        (lambda t: t.replace("\n7\n", "\n07\n"), "not a checkpoint"),
        (lambda t: t.replace("\n7\n", "\n-7\n"), "not a checkpoint"),
        (lambda t: t.replace("\n7\n", "\n" + "9" * 5000 + "\n"), "not a checkpoint"),
        (lambda t: t.replace("\n\n", "\n"), "not a signed note"),
        (lambda t: t.rstrip("\n"), "not a signed note"),
        (lambda t: t + "\n", "not a checkpoint|not a signature|not a signed"),
        (lambda t: t.replace("— ", "- "), "not a signature line"),
        (lambda t: t.replace("log.example", "log\x00example"), "control"),
        (lambda t: t + "— x" * 10_000 + "\n", "not a signed note"),
    ],
)
def test_a_changed_checkpoint_is_refused(change, reason):
    changed = change(checkpoint.sign(POINT, KEY))
    with pytest.raises(ValueError, match=reason):
        checkpoint.verify(changed, KEY.vkey)


def test_another_key_of_the_same_name_is_refused():
    other = keys.from_seed("log.example/one", bytes(range(32)))
    with pytest.raises(ValueError, match="not signed by"):
        checkpoint.verify(checkpoint.sign(POINT, other), KEY.vkey)


@given(st.integers(0, 400), st.characters())
def test_one_changed_character_is_refused(at, character):
    text = checkpoint.sign(POINT, KEY)
    at %= len(text)
    changed = text[:at] + character + text[at + 1 :]
    if changed != text:
        with pytest.raises(ValueError):  # noqa: PT011
            checkpoint.verify(changed, KEY.vkey)


@given(st.text())
@example("=")
def test_any_text_is_a_key_or_a_value_error(text):
    for vkey in (text, f"name+{text}", f"PeterNeumann+c74f20a3+{text}", VKEY + text if text else ""):
        with pytest.raises(ValueError):  # noqa: PT011
            checkpoint.parse_vkey(vkey)


def test_the_reference_key_is_read():
    assert checkpoint.parse_vkey(VKEY) == ("PeterNeumann", keys.from_seed("x", SEED).public)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u3000b"])
def test_a_name_that_would_break_the_format_is_refused(name):
    with pytest.raises(ValueError, match="name"):
        keys.from_seed(name, bytes(32))


def test_keys_are_made_once_and_kept_private(tmp_path):
    folder = tmp_path / "keys"
    first = keys.signing_key(folder, "log.example/one")
    assert keys.signing_key(folder, "log.example/one").vkey == first.vkey
    assert keys.pseudonym_key(folder) == keys.pseudonym_key(folder)
    assert keys.pseudonym_key(folder) != (folder / keys.SIGNING_FILE).read_bytes()
    assert sorted(f.name for f in folder.iterdir()) == [keys.PSEUDONYM_FILE, keys.SIGNING_FILE]
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    keys.signing_key(tmp_path, "log")
    (tmp_path / keys.SIGNING_FILE).chmod(mode)
    with pytest.raises(Integrity):
        keys.signing_key(tmp_path, "log")


def test_a_damaged_key_is_refused_and_left_alone(tmp_path):
    keys.signing_key(tmp_path, "log")
    (tmp_path / keys.SIGNING_FILE).write_bytes(b"short")
    with pytest.raises(Integrity):
        keys.signing_key(tmp_path, "log")
    assert (tmp_path / keys.SIGNING_FILE).read_bytes() == b"short"


def test_a_folder_that_cannot_be_written_is_storage_failed(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageFailed):
        keys.signing_key(tmp_path / "file" / "keys", "log")


def test_a_key_never_shows_its_secret():
    seed = os.urandom(32)
    shown = repr(keys.from_seed("log", seed))
    assert seed.hex() not in shown
    assert base64.b64encode(seed).decode() not in shown
    assert shown.startswith("SigningKey(log+")
