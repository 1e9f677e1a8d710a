"""Packs against platforms: every rule finds what it is for, and what is repaired validates."""

import contextlib
import json
import re
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from PIL import Image

from pingxing import i18n
from pingxing.errors import InvalidRequest, NotFound, UnreadableFile
from pingxing.label import read_labels, write_label
from pingxing.label.record import Aigc
from pingxing.makers import formats, judging
from pingxing.makers.facts import facts
from pingxing.makers.folder import open_pack
from pingxing.makers.judging import good, is_emoji, judge
from pingxing.makers.mending import mend


def drawing(width=240, height=240, seed=0, *, clear=True, noise=0.0, margin=0.15):
    """A blob of its own on a clear or coloured ground; with noise it packs as badly as can be."""
    chance = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 4), np.uint8)
    if not clear:
        pixels[...] = (*chance.integers(0, 255, 3), 255)
    top, left = round(height * margin), round(width * margin)
    inner = pixels[top : height - top, left : width - left]
    cells = chance.integers(0, 255, (4, 4, 3), np.uint8)
    colour = np.asarray(Image.fromarray(cells).resize(inner.shape[1::-1], Image.Resampling.NEAREST))
    inner[..., :3], inner[..., 3] = colour, 255
    if noise:
        dirt = chance.integers(0, 256, pixels.shape, np.uint8)
        where = chance.random(pixels.shape[:2]) < noise
        pixels[where] = dirt[where]
    return Image.fromarray(pixels)


def saved(image, kind="PNG", **more):
    out = BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def animated(kind, number=6, ms=100, loop=0, size=(240, 240), noise=0.0):
    frames = [drawing(*size, seed=i, noise=noise) for i in range(number)]
    more = {"disposal": 2} if kind in ("GIF", "PNG") else {}
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=ms, loop=loop, **more)


def pack(folder, platform="wechat", number=8):
    """One that is right in every way."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(number):
        (folder / f"{i + 1:02}.png").write_bytes(saved(drawing(seed=i)))
    if platform == "wechat":
        (folder / "cover.png").write_bytes(saved(drawing(seed=50)))
        (folder / "icon.png").write_bytes(saved(drawing(50, 50, seed=50)))
        (folder / "banner.jpg").write_bytes(saved(drawing(750, 400, clear=False).convert("RGB"), "JPEG"))
        (folder / "thumbs").mkdir()
        for i in range(number):
            (folder / "thumbs" / f"{i + 1:02}.png").write_bytes(saved(drawing(120, 120, seed=i)))
        stickers = [{"file": f"{i + 1:02}.png", "meaning": "好早晚谢笑哭跑睡吃喝玩乐"[i] * 2} for i in range(number)]
        words = {"name": "柴犬日常", "intro": "一只柴犬的一天", "copyright": "平行", "stickers": stickers}
        (folder / "pack.json").write_text(json.dumps(words), "utf-8")
    return folder


def told(path, platform):
    return judge(open_pack(path, formats.platform(platform)), formats.platform(platform))


def rules(path, platform):
    return {(finding.file, finding.rule) for finding in told(path, platform)}


def test_a_pack_that_is_right_has_no_findings(tmp_path):
    assert told(pack(tmp_path / "a"), "wechat") == ()


BREAKS = {
    "size": lambda f: (f / "01.png").write_bytes(saved(drawing(200, 240, seed=90))),
    "bytes": lambda f: (f / "icon.png").write_bytes(saved(drawing(50, 50, seed=1)) + b"\0" * 100_000),
    "kind": lambda f: (f / "01.png").write_bytes(saved(drawing(seed=90), "WEBP")),
    "mixed": lambda f: (f / "01.png").write_bytes(animated("GIF")),
    "count": lambda f: (f / "08.png").unlink(),
    "missing": lambda f: (f / "thumbs" / "03.png").unlink(),
    "ground_clear": lambda f: (f / "cover.png").write_bytes(saved(drawing(clear=False, seed=3))),
    "stroke_none": lambda f: (f / "cover.png").write_bytes(saved(ringed())),
    "alike": lambda f: (f / "02.png").write_bytes(saved(drawing(seed=0, noise=0.01))),
    "too_fine": lambda f: (f / "03.png").write_bytes(saved(drawing(seed=2, noise=0.9))),
    "unreadable": lambda f: (f / "01.png").write_bytes(saved(drawing(seed=90))[:300]),
    "text_name": lambda f: edit(f, name="九个字的名字太长了吧"),
    "text_intro": lambda f: edit(f, intro=""),
    "text_copyright": lambda f: edit(f, copyright="十一个字的版权说明文字呀"),
    "text_meaning": lambda f: meaning(f, "五个字的词"),
    "meaning_plain": lambda f: meaning(f, "好!"),
    "meaning_twice": lambda f: meaning(f, "早早"),
    "words_missing": lambda f: (f / "pack.json").unlink(),
}


def ringed():
    image = drawing(seed=3)
    solid = Image.new("RGBA", image.size)
    solid.paste("white", (20, 20, 220, 220))
    solid.alpha_composite(image)
    return solid


def edit(folder, **members):
    words = json.loads((folder / "pack.json").read_text("utf-8"))
    (folder / "pack.json").write_text(json.dumps(words | members), "utf-8")


def meaning(folder, word):
    words = json.loads((folder / "pack.json").read_text("utf-8"))
    words["stickers"][0]["meaning"] = word
    (folder / "pack.json").write_text(json.dumps(words), "utf-8")


@pytest.mark.parametrize("rule", BREAKS)
def test_what_is_wrong_is_found_and_nothing_else(rule, tmp_path):
    folder = pack(tmp_path / "a")
    BREAKS[rule](folder)
    assert {found for _, found in rules(folder, "wechat")} == {rule}


@pytest.mark.parametrize(
    ("platform", "data", "rule"),
    [
        ("telegram", lambda: saved(drawing(500, 400)), "size"),
        ("line", lambda: saved(drawing(369, 320)), "even"),
        ("line", lambda: saved(drawing(370, 320, margin=0.01)), "margin"),
        ("line-animated", lambda: animated("PNG", 4, size=(320, 270), loop=1), "frames"),
        ("line-animated", lambda: animated("PNG", 6, size=(320, 270)), "loops"),
        ("line-animated", lambda: animated("PNG", 10, ms=300, size=(320, 270), loop=2), "seconds"),
        ("discord", lambda: animated("GIF", 6, ms=900, size=(320, 320)), "seconds"),
        ("whatsapp", lambda: saved(drawing(512, 512), "WEBP"), "stroke_advised"),
        ("iphone-16", lambda: saved(drawing(1179, 2556)), "ground_full"),
        ("t-shirt", lambda: saved(drawing(1024, 1024)), "dpi"),
    ],
)
def test_rules_of_other_platforms(platform, data, rule, tmp_path):
    (tmp_path / "01.png").write_bytes(data())
    assert ("01.png", rule) in rules(tmp_path / "01.png", platform)


@pytest.mark.parametrize("rule", ["size", "kind", "missing"])
def test_what_is_mechanical_is_repaired_and_the_old_file_kept(rule, tmp_path):
    folder = pack(tmp_path / "a")
    BREAKS[rule](folder)
    was = (folder / "01.png").read_bytes()
    findings = mend(folder, formats.platform("wechat"))
    assert good(findings)
    assert [(one.rule, one.repaired) for one in findings] == [(rule, True)]
    assert told(folder, "wechat") == ()
    if rule != "missing":
        assert (tmp_path / "a.before" / "01.png").read_bytes() == was


def test_what_needs_a_person_is_left_alone(tmp_path):
    folder = pack(tmp_path / "a")
    BREAKS["alike"](folder)
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    findings = mend(folder, formats.platform("wechat"))
    assert [(one.rule, one.repaired) for one in findings] == [("alike", False)]
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    assert not (tmp_path / "a.before").exists()


def test_a_picture_too_small_for_its_print_is_not_blown_up(tmp_path):
    (tmp_path / "shirt.png").write_bytes(saved(drawing(1200, 1600)))
    findings = mend(tmp_path / "shirt.png", formats.platform("t-shirt"))
    assert [(one.rule, one.found, one.wanted) for one in findings] == [("dpi", "100 DPI", "≥ 150 DPI (1800×2400)")]


def test_a_repaired_file_still_says_who_made_it(tmp_path):
    record = Aigc.first("P", "0" * 32)
    labelled = write_label(saved(drawing(600, 300, seed=4)), "image/png", record)
    (tmp_path / "01.png").write_bytes(labelled)
    mend(tmp_path / "01.png", formats.platform("telegram"))
    mended = (tmp_path / "01.png").read_bytes()
    assert facts(mended).width == 512
    assert [judged.aigc for judged in read_labels(mended)] == [record]


@pytest.mark.parametrize(("kind", "frames", "ms"), [("PNG", 2, 20), ("GIF", 2, 20), ("WEBP", 3, 20), ("PNG", 6, 20)])
def test_a_film_too_short_for_its_frames_lasts_longer(tmp_path, kind, frames, ms):
    """LINE wants five frames; two of 20 ms cannot be shown as five."""
    name = tmp_path / f"01.{kind.lower()}"
    name.write_bytes(animated(kind, frames, ms, size=(96, 96)))
    left = {one.rule for one in mend(name, formats.platform("line-animated")) if one.must}
    assert left.isdisjoint({"frames", "fps", "seconds", "loops"})
    told = facts(next(tmp_path.glob("01.*")).read_bytes())
    assert told.frames >= 5
    assert frames * ms / 1000 <= told.seconds <= 4


KINDS = st.sampled_from(["PNG", "WEBP", "JPEG", "GIF"])
PACKS = [name for name in formats.platforms() if formats.platform(name).media == "pack"]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(PACKS),
    KINDS,
    st.booleans(),
    st.integers(20, 420),
    st.integers(20, 420),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.integers(2, 6),
    st.sampled_from([20, 90, 700]),
    st.integers(0, 2**30),
)
def test_a_repaired_pack_always_validates(platform, kind, moves, width, height, noise, frames, ms, seed):
    """Whatever the size, the weight, the time: nothing mechanical is left, except what is not written here (WEBM)."""
    wanted = formats.platform(platform)
    role = wanted.roles["sticker"]
    moves = moves if role.still and role.moving else role.moving is not None
    if role.shape(moves=moves).kinds == ("webm",) or (moves and kind == "JPEG"):
        return
    event(f"{platform} {moves}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "pack"
        folder.mkdir()
        many = (wanted.count.of or (wanted.count.least,))[0] if wanted.count else 1
        few = drawing(min(width, 160), min(height, 160), seed, noise=noise / 4)
        for i in range(many):
            name = folder / f"{i + 1:02}.{kind.lower()}"
            if moves:
                size = (min(width, 96), min(height, 96))
                name.write_bytes(animated(kind, frames, ms, size=size, noise=noise))
            else:
                one = drawing(width, height, seed + i, noise=noise) if i < 2 else few
                name.write_bytes(saved(one.convert("RGB") if kind == "JPEG" else one, kind))
        findings = mend(folder, wanted)
        left = {one.rule for one in findings if one.must}
        # What a person has to settle: a ground in a JPEG, pictures and words that differ, what has to be drawn.
        assert left <= {"ground_clear", "alike", "missing"}
        missing = {one.file for one in findings if one.rule == "missing" and one.must}
        assert missing <= {"cover.png", "banner.png", "icon.png"}


def test_every_rule_has_words_in_both_languages():
    """Rules as they stand in the source; a new one without words would be told as its key."""
    source = Path(judging.__file__).read_text("utf-8")
    found = set(re.findall(r'(?:yield|Finding\([^,]+,) "([a-z_]+)"', source)) | {"text_name", "text_meaning"}
    assert len(found) >= 25
    for language in ("en", "zh"):
        for rule in found:
            for key in (f"makers.rule.{rule}", f"makers.rule.{rule}.fix"):
                assert i18n.knows(language, key)


def test_every_platform_says_where_its_rules_come_from():
    assert len(formats.platforms()) >= 27
    for name in formats.platforms():
        found = formats.platform(name)
        assert found.source
        assert found.version >= "2026-11"
        assert set(found.names) == {"en", "zh"}


def test_unknown_platforms_and_broken_words_are_told(tmp_path):
    with pytest.raises(NotFound, match="platform"):
        formats.platform("myspace")
    folder = pack(tmp_path / "a")
    (folder / "pack.json").write_text('{"name": "x", "colour": 1}')
    with pytest.raises(InvalidRequest):
        told(folder, "wechat")
    (folder / "pack.json").write_bytes(b"[" * 100_000)
    with pytest.raises(InvalidRequest):
        told(folder, "wechat")


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"\xff\xd8\xff"])
)
def test_damaged_files_are_answered_and_never_crash(rest, head):
    with contextlib.suppress(UnreadableFile):
        facts(head + rest)


def test_more_pixels_than_are_ever_decoded_are_not_decoded():
    frames = [Image.new("1", (4_000, 4_000), i % 2) for i in range(8)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(UnreadableFile):
        facts(data)


@pytest.mark.parametrize(
    ("text", "right"), [("😀", True), ("👩‍🚀", True), ("🇨🇳", True), ("1️⃣", True), ("a", False), ("", False)]
)
def test_what_an_emoji_is(text, right):
    assert is_emoji(text) is right
