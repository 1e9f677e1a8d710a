"""What a stranger's file is said to be, each rule at its edge: what mutation testing showed that other tests let pass.

Nothing is believed where it is wrong, and nothing is followed beyond its bounds. Numbers are written out once more on
purpose.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from time import monotonic
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray
from PIL import Image

from pingxing.errors import TooLarge, UnreadableFile
from pingxing.label import apart, c2pa, plate, reading
from pingxing.label.c2pa import Manifest
from pingxing.label.finding import Found
from pingxing.label.kit import Kit, Maker
from pingxing.label.measure import Measured
from pingxing.label.media import looking
from pingxing.label.media.looking import Looked
from pingxing.label.pdf import PdfContents
from pingxing.label.reading import read, verdict
from pingxing.label.recognising import Recognised
from pingxing.label.record import Aigc, judge
from pingxing.label.signing import sign_record
from pingxing.label.watermark import Detection, Key
from pingxing.settings import UNREGISTERED
from pingxing.types import Labels, Layer

CODE = "001191110102MACQD9K64010000"
FIRST = Aigc.first(CODE, "r-1")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
WATERMARK = Key(7, bytes(range(32)))
IPTC_SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
NOTHING = Layer(False, None, "label.not_a_picture")


def png(*, ground: str = "white", size: tuple[int, int] = (8, 6), mode: str = "RGB", **options: Any) -> bytes:
    out = BytesIO()
    Image.new(mode, size, ground).save(out, "PNG", **options)
    return out.getvalue()


# --- reading: bounds, and which layer looks at what -------------------------------------------------


def test_the_bounds_of_reading() -> None:
    default = {name: one.default for name, one in inspect.signature(read).parameters.items()}
    assert default["max_bytes"] == reading.MAX_BYTES == 268_435_456
    assert (default["max_pixels"], default["seconds"]) == (8_192 * 8_192, 10.0)
    assert (reading._PDF_SECONDS, reading._FILM_SECONDS) == (3, 4.0)
    assert (reading._SOUND_SECONDS, reading._LONGEST_SOUND) == (4, 1_000_000)
    assert (reading._TEXT_END, reading._LEAST_CHANCE, reading.SMALLEST_READ) == (4_000, 1e-15, 96)
    assert reading._NOT_A_PICTURE == NOTHING
    kinds = ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "AVIF")
    assert {f"image/{kind.lower()}": kind for kind in kinds} == reading._PILLOW


def test_a_file_is_read_up_to_its_longest_and_not_when_empty() -> None:
    assert read(b"x" * 10, max_bytes=10).media_type is None
    with pytest.raises(TooLarge) as failed:
        read(b"x" * 11, max_bytes=10)
    assert failed.value.reason == "bytes"
    with pytest.raises(UnreadableFile) as empty:
        read(b"")
    assert empty.value.reason == "empty"


def test_what_is_no_file_of_ours_may_still_be_a_marked_text() -> None:
    assert read(b"hello") == Labels(NOTHING, NOTHING, NOTHING, NOTHING)
    marked = read("本文由AI生成\n正文很长".encode())
    assert marked.visible == Layer(True, True, "label.visible.notice", {"wording": "本文由AI生成"})
    assert (marked.aigc, marked.c2pa, marked.watermark) == (NOTHING, NOTHING, NOTHING)


@dataclass
class Asked:
    """What `read` asked of its parts, and with what."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)

    def part(self, name: str, answer: Any) -> Callable[..., Any]:
        def said(*given: Any) -> Any:
            self.calls.append((name, *given))
            return answer

        return said


LAYERS = {name: Layer(True, True, name) for name in ("outlines", "notice", "heard", "sealed", "seen", "pixels", "film")}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    parts = Asked()
    for name, answer in {
        "_picture": "picture",
        "_page": "page",
        "_look": "looked",
        "_frames_marked": (LAYERS["film"], 5),
        "_watermark": (LAYERS["pixels"], 6),
        "_outlines": LAYERS["outlines"],
        "_noticed": LAYERS["notice"],
        "_heard": LAYERS["heard"],
        "_frames_sealed": LAYERS["sealed"],
        "_visible": LAYERS["seen"],
    }.items():
        monkeypatch.setattr(reading, name, parts.part(name, answer))
    return parts


@pytest.mark.parametrize(
    ("kind", "visible", "watermark", "parts"),
    [
        ("image/png", "seen", "pixels", ["_picture", "_watermark", "_visible"]),
        ("image/svg+xml", "outlines", "pixels", ["_picture", "_watermark", "_outlines"]),
        ("text/markdown", "notice", "pixels", ["_picture", "_watermark", "_noticed"]),
        ("audio/wav", "heard", "pixels", ["_picture", "_watermark", "_heard"]),
        ("video/mp4", "sealed", "film", ["_picture", "_look", "_frames_marked", "_frames_sealed"]),
        ("application/pdf", "seen", "pixels", ["_page", "_watermark", "_visible"]),
    ],
)
def test_every_kind_is_looked_at_in_its_own_way(
    kind: str, visible: str, watermark: str, parts: list[str], asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Found(kind, records=[judge(FIRST.passed_on("Q", "q-2").text())])
    contents = PdfContents(1, 1, None, None, c2pa=False, encrypted=False)
    given: list[Any] = []
    monkeypatch.setattr(reading, "sniff", lambda data: kind)

    def opened(*said: Any) -> tuple[PdfContents, str]:
        given.append(said)
        return contents, "drawn"

    def find(data: bytes, document: PdfContents | None) -> Found:
        given.append(document)
        return found

    monkeypatch.setattr(apart, "read_pdf", opened)
    monkeypatch.setattr(reading, "find", find)
    kit = Kit(watermark=WATERMARK)
    begun = monotonic()
    said = read(b"bytes", kit, max_pixels=77, seconds=5.0)
    assert [call[0] for call in asked.calls] == parts
    assert said.visible == LAYERS[visible]
    assert (said.watermark, said.tag) == (LAYERS[watermark], 5 if watermark == "film" else 6)
    assert (said.produce_id, said.propagate_id, said.media_type) == ("r-1", "q-2", kind)
    document = kind == "application/pdf"
    assert given == ([(b"bytes", 3, 5.0), contents] if document else [None])
    image = "page" if document else "picture"
    for name, *rest in asked.calls:
        if name in ("_picture", "_page"):
            assert rest == ([found, "drawn"] if document else [found, b"bytes", 77])
        elif name == "_watermark":
            assert rest == [image, kit]
        elif name == "_visible":
            assert rest[:2] == [found, image]
        elif name == "_look":
            assert rest[:3] == [b"bytes", kit, 77]
        if name in ("_visible", "_look", "_heard"):
            assert 4.9 < rest[-1] - begun < 6


def test_a_markdown_without_notice_says_so(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_noticed", lambda data: None)
    said = read(b"---\na: b\n---\ntext")
    assert said.visible == Layer(False, None, "label.visible.no_notice")
    assert (said.produce_id, said.propagate_id) == (None, None)


def test_a_record_that_is_not_valid_names_nobody(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = Found("image/png", records=[judge(FIRST.text())] * 2)
    monkeypatch.setattr(reading, "find", lambda data, document: twice)
    said = read(b"bytes")
    assert (said.aigc.valid, said.produce_id, said.propagate_id) == (False, None, None)


# --- the verdict ----------------------------------------------------------------------------------

NO = Layer(False, None, "no")


def labels(**layers: Layer) -> Labels:
    return Labels(**(dict.fromkeys(("visible", "aigc", "c2pa", "watermark"), NO) | layers))  # type: ignore[arg-type]


@pytest.mark.parametrize(("label", "word"), [("1", "confirmed"), ("2", "possible"), ("3", "suspected")])
def test_labelling_measures_art_6_a_valid_record_decides(label: str, word: str) -> None:
    assert verdict(labels(aigc=Layer(True, True, "", {"label": label}))) == word


def test_labelling_measures_art_6_what_else_is_found_is_suspected_and_nothing_is_none() -> None:
    made, taken = {"source_type": "algorithmicMedia"}, {"source_type": "digitalCapture"}
    assert verdict(labels()) == "none"
    assert verdict(labels(c2pa=Layer(True, True, "", made))) == "confirmed"
    assert verdict(labels(c2pa=Layer(True, True, "", taken))) == "none"
    assert verdict(labels(c2pa=Layer(True, True, ""))) == "none"
    for valid in (False, None):
        assert verdict(labels(c2pa=Layer(True, valid, "", made))) == "suspected"
        assert verdict(labels(c2pa=Layer(True, valid, "", taken))) == "none"
    for name in ("aigc", "visible", "watermark"):
        assert verdict(labels(**{name: Layer(True, False, "")})) == "suspected"
    assert verdict(labels(aigc=Layer(False, None, "", made))) == "suspected"
    assert verdict(labels(visible=Layer(False, None, "", made))) == "none"


# --- the record -----------------------------------------------------------------------------------


def one(record: Aigc = FIRST, **more: Any) -> Found:
    return Found("image/png", records=[judge(record.text())], **more)


def test_annex_e_one_record_is_valid_and_says_what_it_says() -> None:
    for label, key in (("1", "confirmed"), ("2", "possible"), ("3", "suspected")):
        said = reading._aigc(one(replace(FIRST, label=label)), Kit())
        facts = {"signature": "unknown", "label": label, "producer": CODE, "produce_id": "r-1"}
        assert said == Layer(True, True, f"label.aigc.{key}", facts)


@pytest.mark.parametrize(
    ("found", "detail", "more"),
    [
        (Found(None, records=[judge(FIRST.text())] * 2), "several", {"count": "2"}),
        (Found(None, records=[judge(FIRST.text())] * 3), "several", {"count": "3"}),
        (one(stray=True), "several", {"count": "2"}),
        (Found(None, records=[judge("{"), judge(FIRST.text())]), "several", {"count": "2"}),
        (Found(None, records=[judge("{")]), "broken.json", {}),
        (Found(None, records=[judge("{")], broken_packet=True), "broken.json", {}),
        (one(broken_packet=True), "broken.packet", {}),
        (Found(None, broken_packet=True), "broken.packet", {}),
        (one(trailing=5), "trailing", {"bytes": "5"}),
        (Found(None, stray=True), "stray", {}),
    ],
)
def test_annex_e_what_is_wrong_with_a_label(found: Found, detail: str, more: dict[str, str]) -> None:
    assert reading._aigc(found, Kit()) == Layer(True, False, f"label.aigc.{detail}", more)
    found.facts = {"system": "S", "source_type": IPTC_SOURCE + "algorithmicMedia"}
    facts = {"system": "S", "source_type": "algorithmicMedia"}
    assert reading._aigc(found, Kit()) == Layer(True, False, f"label.aigc.{detail}", facts | more)


def test_without_a_record_there_is_no_label() -> None:
    assert reading._aigc(Found(None), Kit()) == Layer(False, None, "label.aigc.none")
    assert reading._aigc(Found(None, trailing=5), Kit()) == Layer(False, None, "label.aigc.none")
    locked = Found(None, encrypted=True, facts={"source_type": "algorithmicMedia"})
    assert reading._aigc(locked, Kit()) == Layer(False, None, "label.aigc.encrypted")
    told = Found(None, facts={"source_type": IPTC_SOURCE + "algorithmicMedia", "version": "2"})
    wanted = {"version": "2", "source_type": "algorithmicMedia"}
    assert reading._aigc(told, Kit()) == Layer(False, None, "label.aigc.source_only", wanted)
    assert reading._aigc(Found(None, facts={"system": "camera"}), Kit()) == Layer(False, None, "label.aigc.none")


def test_a_record_in_the_name_of_somebody_who_signs_must_be_signed() -> None:
    maker = Kit(makers=(Maker(CODE, KEY.public_key()),))
    forged = reading._aigc(one(facts={"system": "S"}), maker)
    assert forged == Layer(True, False, "label.aigc.forged", {"system": "S", "producer": CODE})
    wrong = sign_record(FIRST, OTHER)
    assert reading._aigc(one(wrong), maker).detail == "label.aigc.forged"
    good = reading._aigc(one(sign_record(FIRST, KEY)), maker)
    assert (good.valid, good.facts["signature"]) == (True, "known")


def test_who_may_have_signed() -> None:
    mine, shared = Maker(CODE, KEY.public_key()), Maker(UNREGISTERED, KEY.public_key())
    second_key = Maker(CODE, OTHER.public_key())
    strangers = Aigc.first("somebody", "r-1")
    assert reading._signed(one(strangers), Kit(makers=(mine,))) == "unknown"
    assert reading._signed(one(sign_record(strangers, KEY)), Kit(makers=(mine,))) == "unknown"
    assert reading._signed(one(sign_record(FIRST, OTHER)), Kit(makers=(mine, second_key))) == "known"
    assert reading._signed(one(), Kit(makers=(mine, shared))) == "false"
    assert reading._signed(one(Aigc.first(UNREGISTERED, "r-1")), Kit(makers=(shared,))) == "unknown"
    assert reading._signed(Found(None, records=[judge("{")]), Kit(makers=(mine,))) == "unknown"


def test_what_a_file_says_of_its_making_is_printable_and_short() -> None:
    said = {"system": "a\nb\x00c", "version": "v" * 300, "created": "2026", "other": "x"}
    facts = {"system": "a b c", "version": "v" * 200, "created": "2026"}
    assert reading._facts(one(facts=said)) == facts
    assert reading._facts(Found(None, facts=said)) == {}
    assert reading._facts(one(facts={"source_type": "digitalCapture"})) == {}


def test_nothing_personal_and_nothing_endless_is_repeated() -> None:
    number = "11010519491231002X"
    said = one(Aigc.first(number, number))
    assert reading._maker(said) == {"producer": "—", "produce_id": "—"}
    assert reading._maker(one(Aigc.first("P" * 300, "r" * 300))) == {"producer": "P" * 200, "produce_id": "r" * 200}
    assert reading._maker(one(Aigc.first(number, "r")))["produce_id"] == "r"
    assert reading._maker(one(Aigc.first("P", number)))["producer"] == "P"


# --- what is signed -------------------------------------------------------------------------------


def manifest(monkeypatch: pytest.MonkeyPatch, said: Manifest | None) -> Callable[[Found], Layer]:
    def look(data: bytes, kind: str, anchors: str) -> Manifest | None:
        assert (data, kind, anchors) == (b"bytes", "image/png", "roots")
        return said

    monkeypatch.setattr(c2pa, "look", look)
    return lambda found: reading._c2pa(found, b"bytes", Kit(anchors="roots"))


def test_without_a_manifest_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c2pa, "look", lambda *_: pytest.fail("there is nothing to look at"))
    assert reading._c2pa(Found("image/png"), b"", Kit()) == Layer(False, None, "label.c2pa.none")


def test_a_manifest_is_trusted_whole_or_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Manifest("trusted", "algorithmicMedia", "S", "1", "2026", "2027")
    facts = {"source_type": "algorithmicMedia", "system": "S", "version": "1", "created": "2026", "timestamp": "2027"}
    found = Found("image/png", c2pa=b"")
    assert manifest(monkeypatch, full)(found) == Layer(True, True, "label.c2pa.trusted", facts)
    whole = replace(full, state="valid", version="", timestamp="")
    fewer = {"source_type": "algorithmicMedia", "system": "S", "created": "2026"}
    assert manifest(monkeypatch, whole)(found) == Layer(True, None, "label.c2pa.unknown_signer", fewer)
    wrong = Manifest("invalid", problem="assertion.dataHash.mismatch")
    problem = {"problem": "assertion.dataHash.mismatch"}
    assert manifest(monkeypatch, wrong)(found) == Layer(True, False, "label.c2pa.invalid", problem)
    vague = manifest(monkeypatch, replace(full, state="invalid"))(found)
    assert vague == Layer(True, False, "label.c2pa.invalid", facts | {"problem": "claim"})


def test_a_manifest_that_cannot_be_read_still_names_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = manifest(monkeypatch, None)
    said = asked(Found("image/png", c2pa=b"..digitalsourcetype/trainedAlgorithmicMedia.."))
    assert said == Layer(True, False, "label.c2pa.unreadable", {"source_type": "trainedAlgorithmicMedia"})
    for box in (b"", b"trainedAlgorithmicMedia", b"/digitalCapture"):
        assert asked(Found("image/png", c2pa=box)) == Layer(True, False, "label.c2pa.unreadable")
    monkeypatch.setattr(c2pa, "look", lambda *_: pytest.fail("no kind for this library"))
    assert reading._c2pa(Found("image/bmp", c2pa=b""), b"", Kit()).detail == "label.c2pa.unreadable"


# --- the watermark --------------------------------------------------------------------------------

WOVEN = Kit(watermark=WATERMARK)
HIT = Detection(True, 7, 99, 3e-12)


def test_a_watermark_is_looked_for_with_a_key_in_a_picture_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def detect(pixels: NDArray[np.uint8], keys: Sequence[Key]) -> Detection:
        seen.append((pixels.shape, keys))
        return HIT

    monkeypatch.setattr(reading, "detect", detect)
    found = Layer(True, True, "label.watermark.found", {"false_alarm": "3e-12"})
    for size in ((96, 96), (96, 8_192), (8_192, 96)):
        assert reading._watermark(Image.new("L", size), WOVEN) == (found, 99)
        assert seen.pop() == ((size[1], size[0], 3), (WATERMARK,))
    for image, kit, why in (
        (Image.new("L", (95, 200)), WOVEN, "too_small"),
        (Image.new("L", (200, 95)), WOVEN, "too_small"),
        (Image.new("L", (8_193, 96)), WOVEN, "too_long"),
        (Image.new("L", (96, 8_193)), WOVEN, "too_long"),
        (Image.new("L", (200, 200)), Kit(), "not_looked_for"),
        (None, WOVEN, "not_looked_for"),
    ):
        assert reading._watermark(image, kit) == (Layer(False, None, f"label.watermark.{why}"), None)
    assert seen == []


def test_what_was_seen_is_told_and_nothing_is_certain() -> None:
    assert reading._told(Detection(False)) == (Layer(False, None, "label.watermark.none"), None)
    for alarm, words in ((1e-10, "1e-10"), (1e-15, "1e-15"), (1e-30, "1e-15"), (0.0, "1e-15")):
        layer, tag = reading._told(replace(HIT, false_alarm=alarm))
        assert (layer.found, layer.valid, tag) == (True, True, 99)
        assert (layer.detail, layer.facts) == ("label.watermark.found", {"false_alarm": words})


def test_a_film_is_looked_at_no_longer_than_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    monkeypatch.setattr(looking, "look", lambda *given: said.append(given))
    reading._look(b"film", WOVEN, 77, monotonic() + 100)
    reading._look(b"film", WOVEN, 77, monotonic() + 2)
    assert [one[:3] for one in said] == [(b"film", (WATERMARK,), 77)] * 2
    assert said[0][3] == 4.0
    assert 1.5 < said[1][3] <= 2.0


def test_what_the_frames_of_a_film_say() -> None:
    nothing = (Layer(False, None, "label.watermark.not_looked_for"), None)
    assert reading._frames_marked(None, WOVEN) == nothing
    assert reading._frames_marked(Looked(HIT), Kit()) == nothing
    assert reading._frames_marked(Looked(HIT, small=True), WOVEN)[0].detail == "label.watermark.too_small"
    assert reading._frames_marked(Looked(HIT, small=True), WOVEN)[0].found is False
    assert reading._frames_marked(Looked(HIT, small=True), WOVEN)[0].valid is None
    assert reading._frames_marked(Looked(HIT, small=True), WOVEN)[1] is None
    assert reading._frames_marked(Looked(HIT), WOVEN)[1] == 99


# --- the seal -------------------------------------------------------------------------------------

LAWFUL = Measured(ink=12.0, required=10.0, contrast=6.0, likeness=0.99)
SEAL = Recognised("zh", "bottom-right", 0.99, LAWFUL)
SCALED = replace(SEAL, measured=None)


def test_a_seal_is_lawful_faint_or_scaled() -> None:
    facts = {"wording": "AI生成", "share": "6.0", "contrast": "6.0"}
    assert reading._seen(SEAL) == Layer(True, True, "label.visible.valid", facts)
    low = replace(SEAL, measured=replace(LAWFUL, ink=9.0, contrast=4.04))
    assert reading._seen(low) == Layer(
        True, False, "label.visible.faint", {"wording": "AI生成", "share": "4.5", "contrast": "4.0"}
    )
    assert reading._seen(SCALED) == Layer(True, None, "label.visible.scaled", {"wording": "AI生成"})


def test_of_several_frames_the_worst_seal_is_told() -> None:
    tall = replace(SEAL, measured=replace(LAWFUL, ink=14.0))
    low = replace(SEAL, measured=replace(LAWFUL, ink=9.0))
    lower = replace(SEAL, measured=replace(LAWFUL, ink=18.0, required=30.0))
    assert reading._kept(SCALED) == (True, 0.0)
    assert reading._kept(low) == (False, 0.9)
    assert reading._kept(SEAL) == (True, 1.2)

    def told(*seals: Recognised | None) -> Layer:
        return reading._frames_sealed(Looked(Detection(False), seals=seals))

    assert told(tall, SEAL) == told(SEAL, tall) == reading._seen(SEAL)
    assert told(SCALED, low, SEAL) == reading._seen(low)
    assert told(low, lower) == reading._seen(lower)
    assert told(SEAL, SCALED) == reading._seen(SCALED)
    assert told(SEAL, None) == Layer(True, None, "label.visible.some_frames", {"wording": "AI生成"})
    english = replace(SEAL, language="en")
    assert told(None, english, SEAL).facts == {"wording": plate.wording("en")}
    for none in (told(None), told(None, None), told()):
        assert none == Layer(False, None, "label.visible.not_recognised")
    assert reading._frames_sealed(None) == Layer(False, None, "label.visible.no_frames")


@pytest.mark.parametrize(
    ("kind", "more", "image", "seal", "wanted"),
    [
        ("image/png", {}, True, SEAL, reading._seen(SEAL)),
        ("image/png", {}, True, SCALED, reading._seen(SCALED)),
        ("image/png", {}, True, None, Layer(False, None, "label.visible.not_recognised")),
        ("image/png", {}, False, SEAL, Layer(False, None, "label.visible.no_time")),
        ("application/pdf", {}, True, SEAL, reading._seen(SEAL)),
        ("application/pdf", {}, True, SCALED, Layer(True, None, "label.visible.page", {"wording": "AI生成"})),
        ("application/pdf", {"encrypted": True}, True, SEAL, Layer(False, None, "label.visible.not_looked_for")),
        ("application/x-document", {}, True, SEAL, Layer(False, None, "label.visible.not_looked_for")),
        ("image/heic", {}, False, SEAL, Layer(False, None, "label.visible.not_looked_for")),
    ],
)
def test_what_is_said_of_the_seal(
    kind: str,
    more: dict[str, Any],
    image: bool,
    seal: Recognised | None,
    wanted: Layer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = Image.new("RGB", (1, 1))
    monkeypatch.setattr(reading, "recognise", lambda *given: seal if given == (pixels, 3.0) else None)
    assert reading._visible(Found(kind, **more), pixels if image else None, 3.0) == wanted


def test_the_outlines_of_a_drawing_in_both_languages() -> None:
    none = Layer(False, None, "label.visible.not_recognised")
    for language in ("zh", "en"):
        drawn = Found("image/svg+xml", outlines=plate.outlines(language))
        wanted = Layer(True, None, "label.visible.outlines", {"wording": plate.wording(language)})
        assert reading._outlines(drawn) == wanted
        assert reading._outlines(Found(None, outlines=plate.outlines(language)[:-1])) == none
    assert reading._outlines(Found(None)) == none


def test_a_missing_outline_is_no_seal_even_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plate, "outlines", lambda language: ())
    assert reading._outlines(Found(None)).found is False


# --- texts and sounds -----------------------------------------------------------------------------

NOTICE = "本文由AI生成"


def noticed(text: str | bytes) -> str | None:
    layer = reading._noticed(text if isinstance(text, bytes) else text.encode())
    if layer is None:
        return None
    assert (layer.found, layer.valid, layer.detail) == (True, True, "label.visible.notice")
    return layer.facts["wording"]


def test_a_notice_stands_at_the_start_or_at_the_end() -> None:
    filling = "x" * 3_000 + "\n"
    assert noticed(NOTICE) == noticed(f"\n \n{NOTICE}\n") == NOTICE
    assert noticed(f"\ufeff{NOTICE}\ntext") == NOTICE
    assert noticed(f"---\na: b\n---\n{NOTICE}\ntext") == NOTICE
    assert noticed(f"{NOTICE}\n{filling * 4}") == noticed(f"{filling * 4}{NOTICE}") == NOTICE
    assert noticed("nothing of the kind") is None
    assert noticed(f"{filling * 3}{NOTICE}\n{filling * 3}") is None


def test_of_a_long_text_only_the_ends_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(reading, "notice_line", lambda text: seen.append(text))
    assert reading._noticed(b"a" * 8_000) is None
    assert seen == ["a" * 8_000]
    seen.clear()
    assert reading._noticed(b"a" * 4_001 + b"b" * 4_000) is None
    assert seen == ["a" * 4_000, "b" * 4_000]


def test_what_holds_a_nought_is_no_text() -> None:
    assert noticed(f"{NOTICE}\n\0") is None
    far = NOTICE.encode() + b"\n" + b"x" * 9_000
    assert noticed(far[:5_000] + b"\0" + far[5_000:]) == NOTICE
    assert noticed(far + b"\0") is None


def test_a_character_cut_at_an_end_is_left_out() -> None:
    assert noticed("中" * 5_000 + f"\n{NOTICE}") == NOTICE


def heard(monkeypatch: pytest.MonkeyPatch, answer: Any, left: float = 100.0) -> Layer:
    from pingxing.label.foreign import apart as workshop

    def run(*given: Any, **asked: Any) -> tuple[dict[str, Any], bytes]:
        assert (given, asked) == (("sound.listen", b"sound", 4), {"seconds": 1e6})
        if isinstance(answer, Exception):
            raise answer
        return {"at": answer}, b""

    monkeypatch.setattr(workshop, "run", run)
    return reading._heard(b"sound", monotonic() + left)


def test_what_is_heard_in_a_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    rhythm = Layer(True, True, "label.visible.rhythm", {"wording": "▪ ▬ ▪ ▪", "at": "1.3"})
    assert heard(monkeypatch, 1.26) == rhythm
    assert heard(monkeypatch, 0.0).found is True
    assert heard(monkeypatch, None) == Layer(False, None, "label.visible.no_rhythm")
    assert heard(monkeypatch, UnreadableFile("damaged")) == Layer(False, None, "label.visible.unheard")
    assert heard(monkeypatch, 1.0, left=-1.0) == Layer(False, None, "label.visible.no_time")
    monkeypatch.setattr(reading, "monotonic", lambda: 7.0)
    assert reading._heard(b"sound", 7.0).found is True
    assert reading._heard(b"sound", 6.9).found is False


# --- pixels ---------------------------------------------------------------------------------------


def test_only_still_pictures_are_decoded_and_only_so_many_pixels() -> None:
    data = png(size=(8, 6))
    for kind in ("image/heic", "image/svg+xml", "audio/wav", None):
        assert reading._picture(Found(kind, 8, 6), data, 48) is None
    image = reading._picture(Found("image/png", 8, 6), data, 48)
    assert image is not None
    assert image.size == (8, 6)
    with pytest.raises(TooLarge) as failed:
        reading._picture(Found("image/png", 8, 6), b"not even opened", 47)
    assert failed.value.reason == "pixels"
    with pytest.raises(TooLarge) as lied:  # the container said less than there is
        reading._picture(Found("image/png", 1, 1), data, 47)
    assert lied.value.reason == "pixels"


def test_a_page_of_a_locked_document_is_not_looked_at() -> None:
    pixels = np.zeros((3, 4, 3), np.uint8)
    page = reading._page(Found("application/pdf"), pixels)
    assert page is not None
    assert page.size == (4, 3)
    assert reading._page(Found("application/pdf", encrypted=True), pixels) is None
    assert reading._page(Found("application/pdf"), None) is None


def test_what_is_clear_is_seen_over_white() -> None:
    for mode, ground in (("RGBA", (10, 20, 30, 0)), ("LA", (10, 0))):
        out = BytesIO()
        Image.new(mode, (2, 1), ground).save(out, "PNG")
        assert reading._decode(out.getvalue(), "PNG", 9).getpixel((0, 0)) == (255, 255, 255)
    out = BytesIO()
    palette = Image.new("P", (2, 1), 1)
    palette.putpalette([9, 9, 9, 30, 20, 10])
    palette.putpixel((0, 0), 0)
    palette.save(out, "PNG", transparency=0)
    seen = reading._decode(out.getvalue(), "PNG", 9)
    assert [seen.getpixel((x, 0)) for x in (0, 1)] == [(255, 255, 255), (30, 20, 10)]
    out = BytesIO()
    Image.new("RGBA", (2, 1), (0, 0, 0, 128)).save(out, "PNG")
    assert reading._decode(out.getvalue(), "PNG", 9).getpixel((0, 0)) == (127, 127, 127)
    seen = reading._decode(png(ground="#0a141e"), "PNG", 48)
    assert (seen.mode, seen.getpixel((0, 0))) == ("RGB", (10, 20, 30))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Image.DecompressionBombError("x"), "bomb"),
        (Image.DecompressionBombWarning("x"), "bomb"),
        (MemoryError(), "bomb"),
        (OSError("x"), "damaged"),
        (SyntaxError("x"), "damaged"),
        (ValueError("x"), "damaged"),
        (KeyError("x"), "damaged"),
        (TypeError("x"), "damaged"),
        (AttributeError("x"), "damaged"),
        (ZeroDivisionError("x"), "damaged"),
        (RuntimeError("x"), "damaged"),
        (UserWarning("x"), "damaged"),
    ],
)
def test_whatever_a_decoder_meets_has_a_reason(error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any, **asked: Any) -> None:
        raise error

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(UnreadableFile) as failed:
        reading._decode(b"", "PNG", 9)
    assert failed.value.reason == reason


def test_a_picture_cut_short_is_damaged_and_another_kind_too() -> None:
    whole = png(size=(60, 60), ground="red", compress_level=0)
    for data, kind in ((whole[:-600], "PNG"), (whole, "JPEG"), (b"", "PNG")):
        with pytest.raises(UnreadableFile) as failed:
            reading._decode(data, kind, 10_000)
        assert failed.value.reason == "damaged"
