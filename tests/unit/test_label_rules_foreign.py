"""Pictures and drawings of elsewhere, marked: every form, mark and word that stays, as mutation testing asked for."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.fakes.pictures import mark, photo

from pingxing.errors import LabelFailed, UnreadableFile
from pingxing.label import vector
from pingxing.label.finding import Found, find
from pingxing.label.foreign import drawings, kinds, pictures
from pingxing.label.foreign.drawings import SIDE
from pingxing.label.foreign.kinds import brought
from pingxing.label.foreign.ordering import Order, order
from pingxing.label.kit import PLAIN, Kit
from pingxing.label.measure import Measured
from pingxing.label.metadata.labels import read_labels
from pingxing.label.opening import open_picture
from pingxing.label.recognising import Recognised, recognise
from pingxing.label.watermark import Key, detect
from pingxing.label.xmp import SOURCE_TYPES
from pingxing.types import MAX_SIDE, MIN_SIDE, Labels, Layer, Picture

NONE = Layer(False, None, "label.aigc.none")
NOTHING = Labels(NONE, NONE, NONE, NONE)
OURS = mark(producer="001191110102MACQD9K64010000", produce_id="0123456789abcdef" * 2)
WOVEN = Kit(watermark=Key(7, b"s" * 16))
FACTS = {"source_type": "trainedAlgorithmicMedia", "system": "A B", "version": "7", "created": "2026-01-02"}


def ordered(kit: Kit = PLAIN, had: Labels = NOTHING) -> Order:
    return order(OURS, kit, Found("image/png"), had)


def saved(form: str, size=(120, 96), mode: str = "RGB", **more: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(photo(*size, 4)).convert(mode).save(out, form, **more)
    return out.getvalue()


def marked(data: bytes, order_: Order, facts: dict[str, str] | None = None) -> tuple[bytes, int | None]:
    file = brought(data, "a")
    found = Found(file.media_type, facts=facts or {})
    return pictures.mark(file, open_picture(data, max_bytes=1 << 22), order_, found)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_ai_act_art_50_2_every_form_carries_seal_record_and_what_was_said_before(form: str) -> None:
    data, tag = marked(saved(form), ordered(), FACTS)
    assert tag is None
    found = find(data)
    assert [judged.aigc for judged in read_labels(data)] == [ordered().record]
    assert found.facts == FACTS | {"source_type": SOURCE_TYPES + "trainedAlgorithmicMedia"}
    assert (found.stray, found.trailing, found.broken_packet) == (0, 0, False)
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == form
        seen = recognise(image.convert("RGB"), 0.0)
    assert seen is not None
    assert seen.measured is not None
    assert seen.measured.keeps_the_law


def test_a_source_that_is_an_address_stays_and_no_other_word_is_made_up() -> None:
    address = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
    packet = pictures.packet(ordered(), Found("image/png", facts={"source_type": address})).decode()
    assert packet.count(address) == packet.count("http://cv.iptc.org/newscodes/") == 1
    bare = pictures.packet(ordered(), Found("image/png")).decode()
    assert not any(word in bare for word in ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed", "CreateDate"))
    long = pictures.packet(ordered(), Found("image/png", facts={"system": "a\nb" + "c" * 300})).decode()
    assert "a b" + "c" * 197 + "<" in long.replace('"', "<")


def test_transparency_stays_where_the_form_has_any() -> None:
    seen_through = io.BytesIO()
    Image.fromarray(np.dstack([photo(120, 96, 4), np.full((96, 120), 90, np.uint8)])).save(seen_through, "PNG")
    data, _ = marked(seen_through.getvalue(), ordered())
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGBA"
    half = np.dstack([photo(120, 96, 4), np.full((96, 120), 90, np.uint8)])
    opened = replace(open_picture(saved("JPEG"), max_bytes=1 << 22), picture=Picture(120, 96, half))
    data, _ = pictures.mark(brought(saved("JPEG"), "a.jpg"), opened, ordered(), Found("image/jpeg"))
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGB"
        assert np.asarray(image)[4:20, 4:20].mean() > 150, "on white"


@pytest.mark.parametrize(("size", "there"), [((300, 255), False), ((320, 256), True)])
def test_ai_act_art_50_2_the_watermark_is_woven_where_there_is_room(size: tuple[int, int], there: bool) -> None:
    data, tag = marked(saved("PNG", size), ordered(WOVEN))
    assert tag == (WOVEN.tag(OURS.produce_id) if there else None)
    if min(size) >= 256:
        with Image.open(io.BytesIO(data)) as image:
            found = detect(np.asarray(image.convert("RGB")), WOVEN.keys)
        assert found.tag == tag


def test_what_is_woven_already_is_not_woven_again() -> None:
    once = saved("PNG", (320, 256))
    data, tag = marked(once, replace(ordered(WOVEN), woven=True))
    assert tag is None
    with Image.open(io.BytesIO(data)) as image, Image.open(io.BytesIO(once)) as before:
        assert (np.asarray(image.convert("RGB"))[:100, :100] == np.asarray(before)[:100, :100]).all()


def test_gb45438_a_seal_that_is_not_lawful_in_the_finished_file_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "stamp", lambda image, placed: None)
    with pytest.raises(LabelFailed) as told:
        marked(saved("PNG"), ordered())
    assert (told.value.reason, told.value.params) == ("read_back", {"part": "visible"})
    with pytest.raises(LabelFailed):
        marked(saved("PNG"), replace(ordered(), sealed=True))


def test_profile_and_density_stay_within_bounds() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for form, dpi in (("PNG", (299.9994, 299.9994)), ("JPEG", (300, 150)), ("WEBP", None)):
        more = {"icc_profile": profile} | ({"dpi": (300, 150) if form == "JPEG" else (300, 300)} if dpi else {})
        data, _ = marked(saved(form, **more), ordered())
        with Image.open(io.BytesIO(data)) as image:
            assert image.info["icc_profile"] == profile
            assert image.info.get("dpi") == dpi
    assert pictures._MOST_PROFILE == 131_072
    data, _ = marked(saved("PNG", icc_profile=profile + bytes(131_073 - len(profile))), ordered())
    with Image.open(io.BytesIO(data)) as image:
        assert "icc_profile" not in image.info
    data, _ = marked(saved("JPEG", mode="L", icc_profile=profile), ordered())
    with Image.open(io.BytesIO(data)) as image:
        assert "icc_profile" not in image.info, "of grey, where the pixels are colours now"


def test_the_smallest_lawful_side() -> None:
    assert marked(saved("PNG", (MIN_SIDE, 90)), ordered())[0]
    with pytest.raises(UnreadableFile):
        marked(saved("PNG", (MIN_SIDE - 1, 90)), ordered())


def test_limits_and_endings_are_what_the_guide_says() -> None:
    assert (kinds.MAX_PAGES, kinds.MAX_SOUND_SECONDS, kinds.MAX_FILM_SECONDS) == (60, 1800, 180)
    assert (kinds.MAX_FRAMES, kinds.MAX_FRAME_PIXELS, kinds.MAX_FILM_PIXELS) == (10_800, 2_088_960, 2_500_000_000)
    assert kinds.ENDINGS["application/json"] == ".json"
    assert {kind: kinds.ENDINGS.get(kind) for kind in kinds.FAMILIES} == {
        "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/svg+xml": ".svg",
        "application/pdf": ".pdf", "text/plain": ".txt", "text/markdown": ".md", "audio/wav": ".wav",
        "audio/mpeg": ".mp3", "audio/flac": ".flac", "audio/ogg": ".ogg", "audio/mp4": ".m4a", "video/mp4": ".mp4",
        "video/quicktime": None, "video/webm": None, "video/x-matroska": None, "video/x-msvideo": None,
    }  # fmt: skip


# --- drawings

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {0}>{1}</svg>'


@pytest.mark.parametrize("name", ["fill", "stroke", "filter", "mask", "style", "cursor", "clip-path", "marker-start"])
@pytest.mark.parametrize(
    "value", ["url(https://e.example/x)", "url( '//e.example/x')", "url(x.svg#a)", "image-set('a')"]
)
def test_a_drawing_fetches_nothing_from_outside(name: str, value: str) -> None:
    inner = f'<rect {name}="{value}"/>'
    with pytest.raises(UnreadableFile) as told:
        drawings.look(SVG.format('width="90" height="90"', inner).encode(), {"width": 90, "height": 90})
    assert (told.value.reason, told.value.params) == ("active", {"what": name})


@pytest.mark.parametrize(
    "value", ["https://e.example/a", "//e.example/a", "a.png", " javascript:x", "data:text/html,x"]
)
@pytest.mark.parametrize("name", ["href", "src", "x:href"])
def test_a_drawing_refers_to_itself_alone(name: str, value: str) -> None:
    inner = f'<image xmlns:x="http://www.w3.org/1999/xlink" {name}="{value}"/>'
    with pytest.raises(UnreadableFile) as told:
        drawings.look(SVG.format('width="90" height="90"', inner).encode(), {"width": 90, "height": 90})
    assert (told.value.reason, told.value.params) == ("active", {"what": name.removeprefix("x:")})


@pytest.mark.parametrize(
    "style", ["fill:u\\72l(https://e.example/x)", "@import 'a.css';", "a{b:url(a.css)}", "@imp<b/>ort 'a.css'"]
)
def test_a_style_sheet_fetches_nothing_and_hides_nothing(style: str) -> None:
    for inner in (f"<style>{style}</style>", f"<style><b/>{style}</style>"):
        with pytest.raises(UnreadableFile):
            drawings.look(SVG.format('width="90" height="90"', inner).encode(), {"width": 90, "height": 90})


PLAIN_DRAWINGS = (
    '<rect style="fill:red;stroke : blue"/>',
    "<rect style='fill:url( \"#g\" )'/>",
    '<use href="#a"/><use href=""/>',
    "<style/>",
    "<style>rect{fill:red}</style>",
    '<rect data-x="transition:all 1s"/>',
    '<a id="https://x.y/"/>',
    "<text>animation, transition, url(https://x.y/)</text>",
)


@pytest.mark.parametrize("inner", PLAIN_DRAWINGS)
def test_a_drawing_that_only_draws_is_shown(inner: str) -> None:
    told, _ = drawings.look(SVG.format('width="90" height="90"', inner).encode(), {"width": 90, "height": 90})
    assert told["rows"] == 90


def test_a_drawing_is_looked_at_no_larger_than_needed_and_all_its_words_are_read() -> None:
    inner = "<title>one</title><desc>two</desc><text>three<tspan>four</tspan></text>"
    data = ("\ufeff" + SVG.format('width="4000" height="80"', inner)).encode()
    told, pixels = drawings.look(data, {"width": 4000, "height": 80})
    assert (told["columns"], told["rows"]) == (SIDE, round(80 * SIDE / 4000))
    assert len(pixels) == told["rows"] * told["columns"] * 4
    assert told["words"].split("\n")[:2] == ["one", "two"]
    assert told["words"].split("\n")[2:][0] == "three four"


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        (f'width="{MIN_SIDE}" height="{MAX_SIDE}"', (MIN_SIDE, MAX_SIDE)),
        (f'width="{MIN_SIDE - 1}" height="90"', None),
        (f'width="90" height="{MIN_SIDE - 1}"', None),
        (f'width="90" height="{MAX_SIDE + 1}"', None),
        ('width="90" viewBox="0 0 300 200"', (300, 200)),
        ('viewBox="0 0 300"', None),
        ('viewBox="0 0 300 200 5"', (300, 200)),
        ("", None),
    ],
)
def test_a_drawing_s_sides_are_within_bounds(attributes: str, size: tuple[int, int] | None) -> None:
    data = SVG.format(attributes, "").encode()
    if size is not None:
        assert drawings.sides(data) == size
        return
    with pytest.raises(UnreadableFile) as told:
        drawings.sides(data)
    assert told.value.reason == "small"


@pytest.mark.parametrize("style", ["animation:a 1s", "transition: all 1s"])
def test_a_drawing_moves_nothing_by_its_style(style: str) -> None:
    for inner in (f'<rect style="{style}"/>', f"<style>rect{{{style}}}</style>"):
        with pytest.raises(UnreadableFile) as told:
            drawings.look(SVG.format('width="90" height="90"', inner).encode(), {"width": 90, "height": 90})
        assert (told.value.reason, told.value.params) == ("active", {"what": "style"})


def test_a_drawing_that_cannot_be_drawn_or_read_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Picture(90, 90, np.full((90, 90, 4), 255, np.uint8))
    for data in (b"<svg", "<svg xmlns='x'>\u00e9</svg>".encode("latin-1")):
        with pytest.raises(UnreadableFile) as told:
            drawings.sides(data)
        assert told.value.reason == "damaged"
    with pytest.raises(UnreadableFile) as told:
        drawings.mark(b"<g/>", (90, 90), shown, ordered())
    assert told.value.reason == "damaged"


def test_words_of_a_drawing_are_bounded() -> None:
    inner = f"<desc>{'a' * 200_001}</desc>"
    told, _ = drawings.look(SVG.format('width="90" height="90"', inner).encode(), {"width": 90, "height": 90})
    assert len(told["words"]) == 200_000


@pytest.mark.parametrize(
    ("dpi", "kept"), [((1, 1), True), ((9600, 9600), True), ((9601, 300), False), ((300, 9601), False)]
)
def test_a_density_that_no_printer_has_does_not_stay(dpi: tuple[int, int], kept: bool) -> None:
    data, _ = marked(saved("JPEG", dpi=dpi), ordered())
    with Image.open(io.BytesIO(data)) as image:
        assert (image.info.get("dpi") == dpi) is kept


def test_the_record_is_an_element_and_the_rest_are_attributes() -> None:
    packet = pictures.packet(ordered(), Found("image/png", facts=FACTS)).decode()
    assert packet.count("<TC260:AIGC>") == 1
    assert "TC260:AIGC=" not in packet
    assert "<Iptc4xmpExt:AISystemUsed>" not in packet or "Iptc4xmpExt:AISystemUsed=" not in packet


def test_the_largest_profile_that_stays() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data, _ = marked(saved("PNG", icc_profile=profile + bytes(131_072 - len(profile))), ordered())
    with Image.open(io.BytesIO(data)) as image:
        assert len(image.info["icc_profile"]) == 131_072


def test_a_lawful_seal_that_is_there_is_enough() -> None:
    once, _ = marked(saved("PNG", (320, 256)), ordered())
    again, _ = marked(once, replace(ordered(), sealed=True))
    with Image.open(io.BytesIO(once)) as before, Image.open(io.BytesIO(again)) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))


def test_gb45438_a_drawing_leaves_with_a_lawful_seal_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    data = ("\ufeff" + SVG.format('width="90" height="90"', '<rect width="90" height="90" fill="red"/>')).encode()
    shown = Picture(90, 90, np.full((90, 90, 4), 255, np.uint8))
    made = drawings.mark(data, (90, 90), shown, ordered())
    assert [judged.aigc for judged in read_labels(made)] == [ordered().record]
    genuine = vector.document
    monkeypatch.setattr(
        vector, "document", lambda svg, width, height, placed, mark: genuine(svg, width, height, None, None)
    )
    with pytest.raises(LabelFailed) as told:
        drawings.mark(data, (90, 90), shown, ordered())
    assert told.value.params == {"part": "visible"}


def test_a_drawing_that_no_renderer_takes_is_damaged() -> None:
    with pytest.raises(UnreadableFile) as told:
        drawings.look(b'<g width="90" height="90"/>', {"width": 90, "height": 90})
    assert told.value.reason == "damaged"


def test_gb45438_a_picture_that_keeps_its_seal_shows_one_that_is_lawful(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    Image.fromarray(photo(96, 80, 1)).save(out, "PNG")
    lawful = Measured(ink=10.0, required=10.0, contrast=4.5, likeness=0.8)
    for measured, good in ((lawful, True), (replace(lawful, ink=9.9), False), (None, False)):
        seal = Recognised("zh", "top-left", 0.9, measured)
        monkeypatch.setattr(pictures, "recognise", lambda image, deadline, seal=seal: seal)
        if good:
            pictures._check(out.getvalue(), None)
            continue
        with pytest.raises(LabelFailed) as failed:
            pictures._check(out.getvalue(), None)
        assert failed.value.reason == "read_back"
    monkeypatch.setattr(pictures, "recognise", lambda image, deadline: None)
    with pytest.raises(LabelFailed) as none:
        pictures._check(out.getvalue(), None)
    assert none.value.reason == "read_back"
