"""What every check promises, asked of every check there is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pingxing.policy.base import Check, PictureSubject, Subject, TextSubject
from pingxing.policy.classifier import ClassifierCheck
from pingxing.policy.fake import FakeCheck
from pingxing.policy.hashes import Entry, ForbiddenCheck, HashList, hash_of
from pingxing.policy.ocr import Line, Reading, WritingCheck
from pingxing.policy.packs import default_packs
from pingxing.policy.picture import NudityCheck
from pingxing.policy.words import WordsCheck
from pingxing.types import Picture

NOISE = Picture(64, 64, np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8))
LISTED = HashList([Entry("ab" * 16, hash_of(NOISE).hex, "a test", "test")])


def said(picture: Picture) -> Reading:
    return Reading((Line("forbidden", 0.9, (0.1, 0.1, 0.5, 0.1)),), whole=picture.width > 64)


MAKERS: dict[str, Callable[[], Check]] = {
    "words": lambda: WordsCheck(default_packs()),
    "nudity": lambda: NudityCheck(score=lambda image: 0.6),
    "writing": lambda: WritingCheck(FakeCheck(["forbidden"]), read=said),
    "forbidden": lambda: ForbiddenCheck(lambda held: None if held else (1, LISTED)),
    "classifier": ClassifierCheck,
    "fake": lambda: FakeCheck(pictures="review"),
}
PLAN = "plans for a homemade explosive device with wiring"
SUBJECTS: list[Subject] = [
    *(
        TextSubject(text, purpose)
        for text in ("", " ", "\ud800", "how to make a bomb", "怎么做炸弹", "forbidden", "x" * 4000, PLAN)
        for purpose in ("prompt", "negative", "output")
    ),
    *(PictureSubject(Picture(w, h, np.zeros((h, w, 3), np.uint8))) for w, h in ((64, 64), (1, 900), (1024, 600))),
    PictureSubject(NOISE),
]


@pytest.fixture(params=sorted(MAKERS))
def check(request: pytest.FixtureRequest) -> Check:
    return MAKERS[request.param]()


def read(check: Check) -> list[Subject]:
    found = [subject for subject in SUBJECTS if check.reads(subject)]
    assert len(found) >= 3
    return found


def test_it_names_itself_and_its_version(check: Check) -> None:
    assert check.name
    assert check.name.isascii()
    assert check.version
    assert " " not in check.name + check.version


def test_the_same_is_made_the_same(check: Check) -> None:
    twin = MAKERS[check.name]()
    assert twin.version == check.version
    for subject in read(check):
        assert list(twin.examine(subject)) == list(check.examine(subject)) == list(check.examine(subject))


def test_it_finds_something(check: Check) -> None:
    assert any(check.examine(subject) for subject in read(check))


def test_findings_are_complete_and_lie_inside_the_subject(check: Check) -> None:
    for subject in read(check):
        for finding in check.examine(subject):
            start, end = finding.span
            if isinstance(subject, TextSubject):
                assert 0 <= start < end <= len(subject.text)
            else:
                assert (start, end) == (0, 0)
            assert finding.action in ("review", "block")
            for value in (finding.rule, finding.pack, finding.version, finding.category, finding.clause):
                assert value
            assert finding.reason("en") != finding.reason("zh")


def test_subjects_are_left_as_they_were(check: Check) -> None:
    pixels = np.full((70, 70, 3), 9, np.uint8)
    subject = PictureSubject(Picture(70, 70, pixels))
    if check.reads(subject):
        check.examine(subject)
    assert (pixels == 9).all()


def test_threads_may_share_it(check: Check) -> None:
    subjects = read(check) * 5
    alone = [list(check.examine(subject)) for subject in subjects]
    with ThreadPoolExecutor(8) as pool:
        assert [list(found) for found in pool.map(check.examine, subjects)] == alone
