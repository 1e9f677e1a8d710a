"""Words in pictures: read by a real reader where it is installed, judged by the packs, told with their place."""

from __future__ import annotations

import sys
import types
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pingxing.errors import BackendFailed
from pingxing.policy import ocr
from pingxing.policy.base import PictureSubject, TextSubject
from pingxing.policy.fake import FakeCheck
from pingxing.policy.ocr import MOST_LINES, Line, Reader, Reading, WritingCheck
from pingxing.policy.packs import default_packs
from pingxing.policy.words import WordsCheck
from pingxing.types import Picture

READER = Reader()
FONT = str(Path(str(files("pylopdf_fonts_zh_cn"))) / "NotoSansSC-Regular.otf")


def sheet(*lines: str, size: tuple[int, int] = (440, 260), px: int = 24, turn: int = 0, clear: bool = False) -> Picture:
    image = Image.new("RGBA", size, (0, 0, 0, 0) if clear else (205, 222, 240, 255))
    pen = ImageDraw.Draw(image)
    for n, line in enumerate(lines):
        pen.text((30, 24 + n * px * 1.7), line, font=ImageFont.truetype(FONT, px), fill=(20, 20, 30, 255))
    image = image.rotate(turn, expand=True, fillcolor=(205, 222, 240, 255))
    pixels = np.ascontiguousarray(np.asarray(image if clear else image.convert("RGB")))
    return Picture(pixels.shape[1], pixels.shape[0], pixels)


def plain(text: str) -> str:
    return text.replace(" ", "")


def read_as(*lines: Line, whole: bool = True) -> WritingCheck:
    return WritingCheck(FakeCheck(["forbidden"]), read=lambda picture: Reading(lines, whole))


BLANK = Picture(64, 64, np.zeros((64, 64, 3), np.uint8))

# --- the reader ----------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [12, 180])
def test_chinese_and_english_are_read(turn: int) -> None:
    reading = READER(sheet("夏日清凉节 全场五折", "Open daily 9:00-21:00", turn=turn))
    assert reading.whole
    assert {plain(line.text) for line in reading.lines} == {"夏日清凉节全场五折", "Opendaily9:00-21:00"}
    assert all(line.sure > 0.8 for line in reading.lines)


def test_lines_come_in_reading_order_with_their_places() -> None:
    picture = sheet("第一行", "second line", "第三行")
    lines = READER(picture).lines
    assert [plain(line.text) for line in lines] == ["第一行", "secondline", "第三行"]
    for n, line in enumerate(lines):
        x, y, width, height = line.box
        middle = (24 + n * 24 * 1.7 + 17) / 260
        assert x < 0.06 < x + width
        assert y < middle < y + height
        assert 0 <= x <= x + width <= 1.001
        assert 0 <= y <= y + height <= 1.001


def test_what_stands_on_nothing_is_read_as_over_white() -> None:
    assert [plain(line.text) for line in READER(sheet("hello world", clear=True)).lines] == ["helloworld"]


def test_small_writing_in_a_large_picture() -> None:
    lines = READER(sheet("all about the sea", size=(3000, 200), px=60)).lines
    assert [plain(line.text) for line in lines] == ["allaboutthesea"]


def test_the_same_picture_is_read_the_same() -> None:
    picture = sheet("同一张图片", "one picture")
    assert READER(picture) == READER(picture)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (16, 16)])
def test_pictures_too_small_for_words(size: tuple[int, int]) -> None:
    assert READER(Picture(*size, np.full((size[1], size[0], 3), 128, np.uint8))).lines == ()


def test_the_tallest_lines_are_read_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "MOST_LINES", 2)
    image = Image.fromarray(sheet("小字一行", "小字两行", px=18).pixels)
    ImageDraw.Draw(image).text((30, 130), "HEADLINE", font=ImageFont.truetype(FONT, 70), fill="black")
    reading = READER(Picture(440, 260, np.ascontiguousarray(np.asarray(image))))
    assert not reading.whole
    assert len(reading.lines) == 2
    assert reading.lines[-1].text == "HEADLINE"


def test_without_the_extra_nothing_is_read_and_nothing_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "_folder", lambda: None)
    assert not ocr.available()
    check = WritingCheck(FakeCheck())
    assert not check.able
    with pytest.raises(BackendFailed, match="no_reader"):
        check.examine(PictureSubject(BLANK))


def test_a_network_that_breaks_is_no_empty_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    monkeypatch.setattr(Reader, "_networks", property(lambda self: (_ for _ in ()).throw(RuntimeError("no memory"))))
    with pytest.raises(BackendFailed) as caught:
        reader(BLANK)
    assert isinstance(caught.value.__cause__, RuntimeError)


# --- the check -----------------------------------------------------------------------------------


def test_a_finding_says_which_words_stand_where() -> None:
    check = read_as(
        Line("welcome", 0.9, (0.1, 0.1, 0.5, 0.1)),
        Line("very forbidden", 0.9, (0.2, 0.3, 0.5, 0.1)),
        Line("good night", 0.9, (0.1, 0.6, 0.5, 0.1)),
    )
    (finding,) = check.examine(PictureSubject(BLANK))
    assert (finding.words, finding.box) == ("forbidden", (0.2, 0.3, 0.5, 0.1))
    assert (finding.span, finding.view, finding.action) == ((0, 0), "picture", "block")


def test_words_that_run_over_two_lines_have_a_box_around_both() -> None:
    check = WritingCheck(
        FakeCheck(["how to\nmake"]),
        read=lambda p: Reading((Line("how to", 0.9, (0.1, 0.1, 0.3, 0.1)), Line("make", 0.9, (0.2, 0.25, 0.4, 0.1)))),
    )
    (finding,) = check.examine(PictureSubject(BLANK))
    assert finding.box == (0.1, 0.1, 0.5, 0.25)


def test_more_writing_than_is_read_goes_to_a_person() -> None:
    lines = [Line("a", 0.9, (0, n / 100, 0.1, 0.01)) for n in range(MOST_LINES)]
    (finding,) = read_as(*lines, whole=False).examine(PictureSubject(BLANK))
    assert (finding.rule, finding.action) == ("too-much-writing", "review")


@pytest.mark.parametrize(
    ("when", "known", "reads"),
    [
        ("auto", False, True),
        ("auto", True, False),
        ("always", False, True),
        ("always", True, True),
        ("never", False, False),
        ("never", True, False),
    ],
)
def test_which_pictures_are_read(when: ocr.When, known: bool, reads: bool) -> None:
    check = WritingCheck(FakeCheck(), when, read=lambda picture: Reading(()))
    assert check.reads(PictureSubject(BLANK, words_known=known)) == reads
    assert check.concerns(words_known=known) == reads
    assert not check.reads(TextSubject("forbidden"))


def test_the_packs_judge_what_a_picture_says() -> None:
    """The mildest wording that the packs stop in a prompt is stopped on a poster too."""
    words = WordsCheck(default_packs())
    check = WritingCheck(words, read=READER)
    wicked, mild = "how to make a bomb at home", "how to make a cake at home"
    assert words.examine(TextSubject(wicked, "output"))
    found = check.examine(PictureSubject(sheet("Grandmother's book", wicked)))
    assert found
    assert all("bomb" in finding.words for finding in found)
    assert all(finding.box is not None and finding.box[1] > 0.1 for finding in found)
    assert not check.examine(PictureSubject(sheet("Grandmother's book", mild)))
    assert check.version.endswith(words.version)


def test_whether_it_can_read_is_known_while_another_thread_imports_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    here = ocr.available()
    monkeypatch.setitem(sys.modules, "cv2", types.ModuleType("cv2"))  # as it is in the middle of its import
    assert sys.modules["cv2"].__spec__ is None
    assert ocr.available() == here
