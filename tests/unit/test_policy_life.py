"""The life of a rule: draft, shadow, active, retired; signatures; exchanging packs under load."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.test_policy_packs import PACK, changed, write

from pingxing.errors import BadSettings
from pingxing.policy import packs, words
from pingxing.policy.base import TextSubject
from pingxing.policy.fake import FakeCheck
from pingxing.policy.guard import Guard
from pingxing.policy.match import Matcher
from pingxing.policy.rules import Pack
from pingxing.policy.words import WordsCheck

KEY = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw()


def pack(text: str = PACK) -> Pack:
    return Pack.model_validate(packs.yaml.safe_load(text))


def staged(stage: str) -> Pack:
    return pack(changed("    action: block", f"    stage: {stage}\n    action: block"))


@pytest.mark.parametrize(("stage", "stops"), [("draft", 0), ("shadow", 0), ("active", 1), ("retired", 0)])
def test_only_active_rules_stop(stage: str, stops: int) -> None:
    check = WordsCheck([staged(stage)])
    assert len(Guard([check]).words("sit on wet paint").findings) == stops
    assert check.shadow_counts() == ({"example/sit-on-paint": 1} if stage == "shadow" else {})


@pytest.mark.parametrize("stage", ["draft", "shadow", "retired"])
def test_a_sleeping_rule_keeps_its_promise_too(tmp_path: Path, stage: str) -> None:
    text = changed("    action: block", f"    stage: {stage}\n    action: block").replace("within: 3", "within: 0")
    with pytest.raises(BadSettings, match="pack_case"):
        packs.load(write(tmp_path, text))


def test_a_rule_holds_to_its_last_day() -> None:
    old = pack(changed("    action: block", "    expires: 2026-11-22\n    action: block"))
    assert Matcher([old], today=date(2026, 11, 22)).find("sit on wet paint")
    assert not Matcher([old], today=date(2026, 11, 23)).find("sit on wet paint")


def test_a_rule_may_be_bound_to_forms() -> None:
    plain = pack(changed("    action: block", "    views: [plain]\n    action: block"))
    matcher = Matcher([plain])
    assert matcher.find("SIT ON wet paint")
    assert not matcher.find("s*i*t on w*e*t paint")
    assert not matcher.find("sit on wét paint")
    assert Matcher([pack()]).find("s*i*t on w*e*t paint")


def test_a_signed_pack_is_taken(tmp_path: Path) -> None:
    packs.sign(write(tmp_path, PACK), KEY)
    assert [p.pack for p in packs.load_folder(tmp_path, [bytes(31) + b"\x01", PUBLIC])] == ["example"]


def test_an_unsigned_pack_only_if_the_operator_says_so(tmp_path: Path) -> None:
    write(tmp_path, PACK)
    with pytest.raises(BadSettings, match="not signed"):
        packs.load_folder(tmp_path, [PUBLIC])
    assert packs.load_folder(tmp_path, unsigned=True)


@pytest.mark.parametrize("unsigned", [False, True])
def test_a_changed_pack_is_refused(tmp_path: Path, unsigned: bool) -> None:
    path = write(tmp_path, PACK)
    packs.sign(path, KEY)
    path.write_text(PACK.replace("severity: low", "severity: high"), encoding="utf-8")
    with pytest.raises(BadSettings, match="none of the trusted keys"):
        packs.load_folder(tmp_path, [PUBLIC], unsigned=unsigned)


@pytest.mark.parametrize("signature", [b"", b"not base64!", b"AAAA", b"\xff\xfe"])
def test_a_broken_signature_is_refused(tmp_path: Path, signature: bytes) -> None:
    path = write(tmp_path, PACK)
    path.with_name(path.name + packs.SIGNATURE).write_bytes(signature)
    with pytest.raises(BadSettings):
        packs.load_folder(tmp_path, [PUBLIC], unsigned=True)


def test_two_packs_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, PACK)
    (tmp_path / "other.yaml").write_text(PACK, encoding="utf-8")
    with pytest.raises(BadSettings, match="second pack"):
        packs.load_folder(tmp_path, unsigned=True)


def test_exchange_under_load_loses_nobody() -> None:
    check = WordsCheck([pack()])
    guard = Guard([check])
    other = pack(changed("version: 1.0.0", "version: 2.0.0"))
    stop, seen, faults = threading.Event(), set(), []

    def ask() -> None:
        while not stop.is_set():
            verdict = guard.words("sit on wet paint")
            if len(verdict.findings) != 1:
                faults.append(verdict)
            seen.update(f.version for f in verdict.findings)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    versions = {guard.reload([other] if turn % 2 else [pack()]) for turn in range(100)}
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert seen <= {"1.0.0", "2.0.0"}
    assert len(versions) == 2


def test_a_guard_without_packs_says_so() -> None:
    with pytest.raises(BadSettings):
        Guard([FakeCheck()]).reload([pack()])


def test_terms_nested_without_end_are_refused(tmp_path: Path) -> None:
    nested = ", ".join("炸" * count for count in range(1, 60))
    with pytest.raises(BadSettings, match="more than 16 terms end like"):
        packs.load(write(tmp_path, changed("    zh: [油漆未干]", f"    zh: [油漆未干, {nested}]")))


@pytest.mark.parametrize("term", ["(a+)+$", "[", ".*", "(?:x{9999}){9999}", "\\\\", "a|b"])
def test_signs_of_other_pattern_languages_are_plain_signs(tmp_path: Path, term: str) -> None:
    found = packs.load(write(tmp_path, changed("    en: [wet paint]", f"    en: [wet paint, '{term}']")))
    began = time.process_time()
    Matcher([found]).find("sit on " + "a" * 50_000)
    assert time.process_time() - began < 5


def test_what_did_not_change_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "LARGE", 0)  # every pack counts as large, so each is compiled by itself
    first, other = pack(), pack().model_copy(update={"pack": "other"})
    check = WordsCheck([first, other])
    before = check._compiled.matcher.parts
    check.reload([staged("retired"), other])
    after = check._compiled.matcher.parts
    assert after[0] is not before[0]
    assert after[1] is before[1]
    assert [finding.pack for finding in check.examine(TextSubject("sit on wet paint"))] == ["other"]
    check.reload([first, other])
    assert [finding.pack for finding in check.examine(TextSubject("sit on wet paint"))] == ["example", "other"]
    check.reload([first, other], today=date.today() + timedelta(days=1))
    assert check._compiled.matcher.parts[1] is not before[1]  # rules expire by the day


def test_the_same_packs_are_compiled_once_in_a_process() -> None:
    one, two = WordsCheck([pack()]), WordsCheck([pack()])
    assert two._compiled.matcher.parts[0] is one._compiled.matcher.parts[0]
    later = WordsCheck([pack()], today=date.today() + timedelta(days=1))
    assert later._compiled.matcher.parts[0] is not one._compiled.matcher.parts[0]


def test_packs_that_nobody_asks_by_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Pack] = []

    def reading() -> list[Pack]:
        time.sleep(0.05)  # long enough for all threads to ask meanwhile
        read.append(pack())
        return read

    check = WordsCheck(reading)
    assert Guard([check]).checks == (check,)
    assert read == []
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: check.examine(TextSubject("sit on wet paint")), range(4)))
    assert [len(each) for each in found] == [1, 1, 1, 1]
    assert len(read) == 1
    assert check.version == WordsCheck(read).version


def test_packs_exchanged_before_anybody_asked_are_judged_by() -> None:
    check = WordsCheck(lambda: [pack()])
    assert [found.pack for found in check.packs] == ["example"]
    check.reload([pack().model_copy(update={"pack": "other"})])
    assert [finding.pack for finding in check.examine(TextSubject("sit on wet paint"))] == ["other"]


def test_small_packs_are_read_together() -> None:
    check = WordsCheck([pack(), pack().model_copy(update={"pack": "other"})])
    assert len(check._compiled.matcher.parts) == 1
    assert [finding.pack for finding in check.examine(TextSubject("sit on wet paint"))] == ["example", "other"]
