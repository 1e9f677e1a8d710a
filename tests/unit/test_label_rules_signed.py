"""Manifests, certificates and the kit, each rule at its edge: what other tests let pass."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from PIL import Image

from pingxing.errors import BadSettings, Integrity, LabelFailed, StorageFailed
from pingxing.label import c2pa, credentials
from pingxing.label import kit as kits
from pingxing.label.c2pa import Ingredient, Manifest
from pingxing.label.credentials import CHAIN, ROOT_KEY, SIGNER_KEY, Credentials, own
from pingxing.label.kit import Kit, Maker, forge
from pingxing.label.watermark import Key
from pingxing.settings import UNREGISTERED, Settings
from pingxing.types import Format, Mark

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
MARK = Mark("zh", "PX-TEST", "0123456789abcdef", "Pingxing", "1.2", "scene", NOW)
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def png() -> bytes:
    out = BytesIO()
    Image.fromarray(np.full((64, 64, 3), 99, np.uint8)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return own(tmp_path_factory.mktemp("keys"), "Test studio", NOW)


# --- the manifest ---------------------------------------------------------------------------------


def action(**changes: Any) -> dict[str, Any]:
    return {
        "action": "c2pa.created",
        "when": "2026-11-22T08:30:00Z",
        "softwareAgent": {"name": "Pingxing", "version": "1.2"},
        "digitalSourceType": TERMS + "trainedAlgorithmicMedia",
        "parameters": {"model": "scene", "org.pingxing.receipt": "0123456789abcdef"},
    } | changes


def manifest(*actions: dict[str, Any], more: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "claim_generator_info": [{"name": "Pingxing", "version": "1.2"}],
        "title": "0123456789abcdef",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": list(actions)}}, *more],
    }


def test_c2pa_18_15_a_made_picture_is_created_by_a_trained_model_or_by_rule() -> None:
    assert c2pa._definition(MARK, b"", ()) == manifest(action())
    by_rule = action(digitalSourceType=TERMS + "algorithmicMedia")
    assert c2pa._definition(replace(MARK, trained=False), b"", ()) == manifest(by_rule)
    there = replace(MARK, created_at=NOW.astimezone(timezone(timedelta(hours=8))))
    assert c2pa._definition(there, b"", ()) == manifest(action())


def test_c2pa_18_15_an_edit_is_opened_and_names_its_parents_only() -> None:
    went_in = (Ingredient(b"", "image/png", relation="componentOf"), Ingredient(b"", "image/png"))
    opened = action(action="c2pa.opened", digitalSourceType=TERMS + "compositeWithTrainedAlgorithmicMedia")
    opened["parameters"] = {**opened["parameters"], "ingredientIds": ["ingredient-1"]}
    assert c2pa._definition(MARK, b"", went_in) == manifest(opened)
    opened["digitalSourceType"] = TERMS + "composite"
    assert c2pa._definition(replace(MARK, trained=False), b"", went_in) == manifest(opened)
    assert c2pa._definition(MARK, b"", went_in[:1]) == manifest(action())  # only a component: still created
    assert (went_in[1].title, went_in[1].relation) == ("input", "parentOf")


def test_c2pa_18_12_the_watermark_is_a_soft_binding() -> None:
    bound = {"action": "c2pa.watermarked.bound", "when": "2026-11-22T08:30:00Z"}
    block = {"scope": {}, "value": b64encode(b"\x01\x02").decode()}
    soft = {"label": "c2pa.soft-binding", "data": {"alg": "org.pingxing.lattice.1", "blocks": [block]}}
    assert c2pa._definition(MARK, b"\x01\x02", ()) == manifest(action(), bound, more=(soft,))


@pytest.mark.parametrize("anchors", ["", "PEM"])
def test_reading_a_file_makes_us_call_nobody_and_no_thumbnail_is_made(anchors: str) -> None:
    assert c2pa._settings(anchors) == {
        "trust": {"user_anchors": "PEM"} if anchors else {},
        "verify": {
            "verify_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
            "verify_after_sign": False,
        },
        "builder": {"thumbnail": {"enabled": False}},
    }


def test_what_leaves_the_house_can_be_signed() -> None:
    assert {form.media_type for form in Format} - {Format.PDF.media_type} < c2pa.SIGNABLE
    assert {
        "image/png", "image/jpeg", "image/webp", "image/gif", "image/tiff", "image/avif", "image/svg+xml",
        "video/mp4", "video/quicktime", "video/avi", "audio/wav", "audio/mpeg", "audio/flac",
    } == c2pa.SIGNABLE  # fmt: skip


@pytest.mark.parametrize(
    "found",
    [
        None,
        Manifest("valid", soft_binding=b"\1"),
        Manifest("invalid", soft_binding=b"\1"),
        Manifest("trusted"),
        Manifest("trusted", soft_binding=b"\2"),
    ],
)
def test_a_manifest_that_does_not_read_back_trusted_and_bound_does_not_leave(
    found: Manifest | None, ours: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(c2pa, "look", lambda data, media_type, anchors: found)
    with pytest.raises(LabelFailed) as failed:
        c2pa.sign(png(), "image/png", MARK, ours, tag=b"\1")
    assert failed.value.reason == "c2pa"


def test_a_signature_of_another_key_than_the_chains_does_not_leave(ours: Credentials) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    with pytest.raises(LabelFailed) as failed:
        c2pa.sign(png(), "image/png", MARK, replace(ours, sign=other.sign))
    assert failed.value.reason == "c2pa"
    with pytest.raises(LabelFailed):
        c2pa.sign(png(), "image/png", MARK, replace(ours, anchors=""))
    with pytest.raises(LabelFailed):
        c2pa.sign(b"no picture", "image/png", MARK, ours)


def test_ingredients_are_kept_with_their_names(ours: Credentials) -> None:
    import json

    from c2pa import Reader

    parts = [Ingredient(png(), "image/png"), Ingredient(png(), "image/png", "a mask", "componentOf")]
    data = c2pa.sign(png(), "image/png", MARK, ours, ingredients=parts)
    with Reader("image/png", BytesIO(data)) as reader:
        store = json.loads(reader.json())
    active = store["manifests"][store["active_manifest"]]
    said = {(one["title"], one["relationship"]) for one in active["ingredients"]}
    assert said == {("input", "parentOf"), ("a mask", "componentOf")}
    found = c2pa.look(data, "image/png", ours.anchors)
    assert found is not None
    assert found.ingredients == 2


def store(**changes: Any) -> dict[str, Any]:
    block = {"value": b64encode(b"\x09\x08").decode()}
    return {
        "assertions": [
            {"label": "c2pa.hash.data", "data": {"actions": [{"when": "never"}], "alg": "org.pingxing.lattice.1"}},
            {"label": "c2pa.actions.v2", "data": {"actions": [action(), {"action": "x", "when": "later"}]}},
            {"label": "c2pa.soft-binding", "data": {"alg": "com.other.1", "blocks": [{"value": "AAAA"}]}},
            {"label": "c2pa.soft-binding__1", "data": {"alg": "org.pingxing.lattice.1", "blocks": [block]}},
        ],
        "claim_generator_info": [{"name": "Camera", "version": "9"}],
        "signature_info": {"time": "2026-11-22T08:31:00+00:00", "issuer": "Ann"},
        "ingredients": [{}, {}],
    } | changes


@pytest.mark.parametrize("state", ["trusted", "valid", "invalid"])
def test_what_a_manifest_says_is_told_and_nobodys_name(state: str) -> None:
    failure = [{"code": "assertion.dataHash.mismatch"}, {"code": "second"}]
    told = c2pa._told(store(), {"validation_results": {"activeManifest": {"failure": failure}}}, state)
    assert told == Manifest(
        state=state,  # type: ignore[arg-type]
        source_type="trainedAlgorithmicMedia",
        system="Pingxing",
        version="1.2",
        created="2026-11-22T08:30:00Z",
        timestamp="2026-11-22T08:31:00+00:00",
        soft_binding=b"\x09\x08",
        ingredients=2,
        problem="assertion.dataHash.mismatch",
    )


def test_a_failure_without_a_code_has_no_name() -> None:
    results = {"validation_results": {"activeManifest": {"failure": [{}]}}}
    assert c2pa._told({}, results, "invalid") == Manifest("invalid")


def test_a_manifest_that_says_little_is_told_as_far_as_it_goes() -> None:
    for empty in ({}, dict.fromkeys(["assertions", "claim_generator_info", "signature_info", "ingredients"])):
        assert c2pa._told(empty, {"validation_results": None}, "valid") == Manifest("valid")
        assert c2pa._told(empty, {}, "something new") == Manifest("invalid")
    assert c2pa._told({"claim_generator_info": [{"name": "Camera", "version": "9"}]}, {}, "valid") == Manifest(
        "valid", system="Camera", version="9"
    )
    plain = {"assertions": [{"label": "c2pa.actions", "data": {"actions": [{"softwareAgent": "Old one"}]}}]}
    assert c2pa._told(plain, {}, "valid") == Manifest("valid", system="Old one")
    for nothing in ({"label": "c2pa.actions.v2"}, {"label": "c2pa.actions.v2", "data": {}}, {}):
        assert c2pa._told({"assertions": [nothing]}, {}, "valid") == Manifest("valid")


@pytest.mark.parametrize(
    ("data", "bound"),
    [
        ({"alg": "org.pingxing.lattice.1", "blocks": [{"value": "AQI="}, {"value": "AAAA"}]}, b"\1\2"),
        ({"alg": "org.pingxing.lattice.1", "blocks": []}, b""),
        ({"alg": "org.pingxing.lattice.1"}, b""),
        ({"alg": "org.pingxing.lattice.1", "blocks": [{}]}, b""),
        ({"alg": "org.pingxing.lattice.1", "blocks": [{"value": "no base64"}]}, b""),
        ({"alg": "org.pingxing.lattice.1", "blocks": [{"value": "A" * 64}]}, bytes(48)),
        ({"alg": "org.pingxing.lattice.1", "blocks": [{"value": "A" * 68}]}, bytes(48)),
        ({"alg": "com.other.1", "blocks": [{"value": "AQI="}]}, b""),
        ({}, b""),
    ],
)
def test_only_a_soft_binding_to_our_watermark_counts(data: dict[str, Any], bound: bytes) -> None:
    assert c2pa._bound({"assertions": [{"label": "c2pa.soft-binding", "data": data}]}) == bound
    assert c2pa._bound({"assertions": [{"label": "c2pa.other", "data": data}]}) == b""


def test_words_of_strangers_are_printable_and_short() -> None:
    assert c2pa._plain("a\x00b\u2028c平") == "a b c平"
    assert c2pa._plain("x" * 200) == "x" * 200
    assert c2pa._plain("x" * 201) == "x" * 200


class FakeReader:
    """What c2pa.Reader would say."""

    said: tuple[object, str] = ("Valid", "{}")

    def __init__(self, media_type: str, stream: object, context: object = None) -> None: ...

    def __enter__(self) -> FakeReader:
        return self

    def __exit__(self, *_: object) -> None: ...

    def get_validation_state(self) -> object:
        return self.said[0]

    def json(self) -> str:
        return self.said[1]


@pytest.mark.parametrize(
    ("said", "state", "problem"),
    [
        (("Trusted", '{"active_manifest": "a", "manifests": {"a": {}}}'), "trusted", ""),
        (("Valid", '{"active_manifest": "a", "manifests": {"a": {}}}'), "valid", ""),
        (("Odd", '{"active_manifest": "a", "manifests": {"a": {}}}'), "invalid", ""),
        ((None, '{"active_manifest": "a", "manifests": {"a": {}}}'), "invalid", ""),
        (("Trusted", '{"active_manifest": "b", "manifests": {"a": {}}}'), "invalid", "manifest.missing"),
        (("Trusted", "{}"), "invalid", "manifest.missing"),
    ],
)
def test_only_an_active_manifest_of_a_known_state_counts(
    said: tuple[object, str], state: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import c2pa as library

    monkeypatch.setattr(library, "Reader", FakeReader)
    monkeypatch.setattr(FakeReader, "said", said)
    assert c2pa.look(b"", "image/png") == Manifest(state, problem=problem)  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "state"), [(64, "trusted"), (65, "invalid")])
def test_a_store_of_more_manifests_than_edits_can_be_is_invalid(
    count: int, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    import c2pa as library

    many = json.dumps({"active_manifest": "0", "manifests": {str(i): {} for i in range(count)}})
    monkeypatch.setattr(library, "Reader", FakeReader)
    monkeypatch.setattr(FakeReader, "said", ("Trusted", many))
    found = c2pa.look(b"", "image/png")
    assert found is not None
    assert found.state == state


# --- keys and certificates ------------------------------------------------------------------------


@pytest.fixture
def chain(tmp_path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(own(tmp_path, "Test studio", NOW).chain.encode())


def test_c2pa_14_5_1_the_signer_is_issued_by_a_root_that_only_signs_certificates(chain: list[x509.Certificate]) -> None:
    signer, root = chain
    signer.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    assert [c.subject.rfc4514_string() for c in chain] == [
        "CN=Test studio signer,O=Test studio",
        "CN=Test studio root,O=Test studio",
    ]
    assert signer.issuer == root.subject == root.issuer
    usages = [c.extensions.get_extension_for_class(x509.KeyUsage) for c in chain]
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign")  # fmt: skip
    assert [[name for name in names if getattr(usage.value, name)] for usage in usages] == [
        ["digital_signature"],
        ["key_cert_sign", "crl_sign"],
    ]
    assert all(usage.critical for usage in usages)
    basics = [c.extensions.get_extension_for_class(x509.BasicConstraints) for c in chain]
    assert [(b.value.ca, b.value.path_length, b.critical) for b in basics] == [(False, None, True), (True, 0, True)]
    purpose = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert (list(purpose.value), purpose.critical) == ([ExtendedKeyUsageOID.EMAIL_PROTECTION], False)
    above = signer.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    named = [c.extensions.get_extension_for_class(x509.SubjectKeyIdentifier) for c in chain]
    assert above.value.key_identifier == named[1].value.digest != named[0].value.digest
    assert not above.critical
    assert not any(one.critical for one in named)


def test_certificates_hold_from_the_day_before_for_ten_and_twenty_years(chain: list[x509.Certificate]) -> None:
    for certificate, years in zip(chain, (10, 20), strict=True):
        assert certificate.not_valid_before_utc == NOW - dt.timedelta(days=1)
        assert certificate.not_valid_after_utc == NOW + dt.timedelta(days=365 * years)
    serials = [c.serial_number for c in chain]
    assert len(set(serials)) == 2
    assert all(0 < s < 2**159 and s % 2 == 1 and s > 2**100 for s in serials)


def test_the_chain_does_not_depend_on_chance(tmp_path: Path) -> None:
    own(tmp_path, "Studio", NOW)
    first = (tmp_path / CHAIN).read_bytes()
    (tmp_path / CHAIN).unlink()
    own(tmp_path, "Studio", NOW)
    assert (tmp_path / CHAIN).read_bytes() == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c2pa-chain.pem", "c2pa-root.key", "c2pa-signer.key"]
    assert (ROOT_KEY, SIGNER_KEY, CHAIN) == ("c2pa-root.key", "c2pa-signer.key", "c2pa-chain.pem")


def test_our_credentials_trust_our_root_alone(ours: Credentials, tmp_path: Path) -> None:
    assert ours.algorithm == "Ed25519"
    assert ours.chain.endswith(ours.anchors)
    assert ours.anchors.count("BEGIN CERTIFICATE") == 1
    assert ours.timestamp_url == ""
    assert own(tmp_path, "Studio", NOW, "http://stamp").timestamp_url == "http://stamp"


@pytest.mark.parametrize("keep", [1, 3])
def test_a_chain_of_another_length_is_refused(keep: int, tmp_path: Path) -> None:
    made = own(tmp_path, "Studio", NOW)
    parts = made.chain.split("-----END CERTIFICATE-----\n")[:2]
    blocks = [part + "-----END CERTIFICATE-----\n" for part in parts]
    (tmp_path / CHAIN).write_text("".join([*blocks, blocks[1]][:keep]))
    with pytest.raises(Integrity):
        own(tmp_path, "Studio", NOW)


def test_a_chain_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, *_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(StorageFailed):
        own(tmp_path, "Studio", NOW)
    assert not (tmp_path / CHAIN).exists()


@pytest.mark.parametrize(
    "key",
    [
        lambda: ec.generate_private_key(ec.SECP256K1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 1024),
        lambda: rsa.generate_private_key(65537, 2047),
        x25519.X25519PrivateKey.generate,
    ],
)
def test_a_key_that_c2pa_does_not_know_is_named(key: Any) -> None:
    with pytest.raises(BadSettings) as failed:
        credentials._signing(key())
    assert failed.value.params["setting"] == "c2pa_key"


# --- the kit --------------------------------------------------------------------------------------


def test_the_kit_is_made_of_four_files(tmp_path: Path) -> None:
    made = forge(tmp_path, Settings(data_dir=tmp_path, provider_code="001191110102MACQD9K64010000"), NOW)
    assert {p.name for p in tmp_path.iterdir()} == {
        "c2pa-chain.pem", "c2pa-root.key", "c2pa-signer.key", "watermark-1.key", "record-signing.key",
    }  # fmt: skip
    assert made.watermark is not None
    assert made.record is not None
    assert made.credentials is not None
    assert (made.watermark.id, made.watermark.secret) == (1, (tmp_path / "watermark-1.key").read_bytes())
    assert made.record.private_bytes_raw() == (tmp_path / "record-signing.key").read_bytes()
    assert made.anchors == made.credentials.anchors
    assert made.keys == (made.watermark,)
    maker, propagator = made.makers
    assert maker.code == "001191110102MACQD9K64010000"
    assert propagator.code == "001191110102MACQD9K64020000", "what it declares of files that others made"
    assert maker.own_code
    assert propagator.own_code
    assert not Maker(UNREGISTERED, maker.key).own_code
    assert maker.key.public_bytes_raw() == made.record.public_key().public_bytes_raw()


def test_an_operators_chain_takes_the_place_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    theirs = Credentials("chain", "ES256", "anchors", lambda data: data)
    monkeypatch.setattr(kits, "given", lambda *a: asked.append(a) or theirs)
    settings = Settings(data_dir=tmp_path, c2pa_chain=tmp_path / "c", c2pa_key=tmp_path / "k")
    made = forge(tmp_path, settings, NOW)
    assert made.credentials is theirs
    assert made.anchors == "anchors"
    assert asked == [(tmp_path / "c", tmp_path / "k", settings.timestamp_url)]
    assert not (tmp_path / CHAIN).exists()


def test_a_plain_kit_has_nothing_and_a_kit_shows_no_secret(tmp_path: Path) -> None:
    assert (Kit().credentials, Kit().watermark, Kit().record, Kit().anchors, Kit().makers) == (None, None, None, "", ())
    shown = repr(forge(tmp_path, Settings(data_dir=tmp_path), NOW))
    assert "watermark=" not in shown
    assert "record=" not in shown


def test_half_a_chain_is_named_whichever_half(tmp_path: Path) -> None:
    for given in ({"c2pa_key": tmp_path / "k"}, {"c2pa_chain": tmp_path / "c"}):
        with pytest.raises(BadSettings) as failed:
            forge(tmp_path, Settings(data_dir=tmp_path, **given), NOW)
        assert failed.value.params["setting"] == "c2pa_key"


def test_roots_of_others_are_added_to_ours(tmp_path: Path, ours: Credentials) -> None:
    (tmp_path / "roots.pem").write_text(ours.anchors)
    made = forge(tmp_path, Settings(data_dir=tmp_path, trusted_roots=tmp_path / "roots.pem"), NOW)
    assert made.credentials is not None
    assert made.anchors == made.credentials.anchors + "\n" + ours.anchors


def test_the_tag_is_the_first_40_bits_of_the_receipt() -> None:
    kit = Kit(watermark=Key(1, bytes(32)))
    assert kit.tag("0123456789abcdef0123456789abcdef") == 0x0123456789
    assert Kit().tag("0123456789abcdef") is None
    assert (kits.TAG_BYTES, kits.SMALLEST) == (5, 256)
    assert Kit().keys == ()


def test_weaving_leaves_the_alpha_and_a_plain_kit_weaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def embed(pixels: np.ndarray, message: Any, key: Key) -> np.ndarray:
        asked.append((message.key_id, message.tag, key))
        return pixels ^ np.uint8(1)

    monkeypatch.setattr(kits, "embed", embed)
    kit = Kit(watermark=Key(1, bytes(32)))
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 4), dtype=np.uint8)
    woven = kit.weave(pixels, 77)
    assert np.array_equal(woven, np.dstack([pixels[..., :3] ^ np.uint8(1), pixels[..., 3]]))
    assert np.array_equal(kit.weave(pixels[..., :3], 77), pixels[..., :3] ^ np.uint8(1))
    assert asked == [(1, 77, kit.watermark)] * 2
    assert Kit().weave(pixels, 77) is pixels


def test_a_mark_is_signed_where_there_is_a_key() -> None:
    assert Kit().signed(MARK) is MARK
    signed = Kit(record=Ed25519PrivateKey.from_private_bytes(bytes(32))).signed(MARK)
    assert signed.signature.startswith("ed25519:")
    assert replace(signed, signature="") == MARK
