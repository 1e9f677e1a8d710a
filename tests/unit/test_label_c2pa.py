"""Content Credentials: written, read, trusted with our root, worthless once a byte changes."""

import shutil
import socket
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.timestamping import service

from pingxing.errors import BadSettings, Integrity, ServiceDown
from pingxing.label import c2pa
from pingxing.label.credentials import CHAIN, SIGNER_KEY, Credentials, given, own
from pingxing.types import Mark

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MARK = Mark("zh", "PX-TEST", "receipt-1", "Pingxing", "1.2", "scene", NOW, trained=False)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="red"/></svg>'


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return own(tmp_path_factory.mktemp("keys"), "Test studio", NOW)


def picture(kind: str) -> bytes:
    if kind == "image/svg+xml":
        return SVG
    pixels = np.random.default_rng(1).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    out = BytesIO()
    Image.fromarray(pixels).save(out, kind.partition("/")[2].upper())
    return out.getvalue()


PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/tiff", "image/avif", "image/svg+xml"]


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_of_picture_is_signed_and_trusted(kind: str, ours: Credentials) -> None:
    signed = c2pa.sign(picture(kind), kind, MARK, ours, tag=b"\x01\x02\x03")
    said = c2pa.look(signed, kind, ours.anchors)
    assert said is not None
    assert (said.state, said.source_type, said.system, said.version) == (
        "trusted",
        "algorithmicMedia",
        "Pingxing",
        "1.2",
    )
    assert said.created == "2026-11-22T00:00:00Z"
    assert said.soft_binding == b"\x01\x02\x03"
    assert said.problem == ""
    without = c2pa.look(signed, kind)
    assert without is not None
    assert without.state == "valid"  # whole, by somebody we do not know


def test_a_trained_model_is_said_to_be_one(ours: Credentials) -> None:
    signed = c2pa.sign(picture("image/png"), "image/png", replace(MARK, trained=True), ours)
    said = c2pa.look(signed, "image/png", ours.anchors)
    assert said is not None
    assert said.source_type == "trainedAlgorithmicMedia"


def test_one_changed_pixel_breaks_the_seal(ours: Credentials) -> None:
    signed = bytearray(c2pa.sign(picture("image/jpeg"), "image/jpeg", MARK, ours))
    signed[-40] ^= 1
    said = c2pa.look(bytes(signed), "image/jpeg", ours.anchors)
    assert said is not None
    assert said.state == "invalid"
    assert said.problem == "assertion.dataHash.mismatch"


def test_an_edit_names_what_it_began_with(ours: Credentials) -> None:
    parent = c2pa.sign(picture("image/png"), "image/png", MARK, ours)
    child = c2pa.sign(
        picture("image/jpeg"), "image/jpeg", replace(MARK, trained=True), ours,
        ingredients=[c2pa.Ingredient(parent, "image/png")],
    )  # fmt: skip
    said = c2pa.look(child, "image/jpeg", ours.anchors)
    assert said is not None
    assert said.ingredients == 1
    assert said.source_type == "compositeWithTrainedAlgorithmicMedia"
    from c2pa import Reader

    with Reader("image/jpeg", BytesIO(child)) as reader:
        active = reader.get_active_manifest()
    assert active is not None
    actions = next(a["data"]["actions"] for a in active["assertions"] if a["label"].startswith("c2pa.actions"))
    assert actions[0]["action"] == "c2pa.opened"
    assert not any("thumbnail" in a["label"] for a in active["assertions"])


def test_a_file_without_a_manifest_says_nothing() -> None:
    for kind in PICTURES:
        assert c2pa.look(picture(kind), kind) is None


def test_reading_calls_nobody(ours: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda *a: asked.append(a))
    assert c2pa.look(c2pa.sign(picture("image/png"), "image/png", MARK, ours), "image/png", ours.anchors)
    assert asked == []


def test_the_chain_is_made_once(tmp_path: Path) -> None:
    first = own(tmp_path, "Studio", NOW)
    again = own(tmp_path, "Another name", datetime(2027, 1, 1, tzinfo=UTC))
    assert again.chain == first.chain
    for key in tmp_path.glob("*.key"):
        assert key.stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in first.chain
    assert "sign" not in repr(first)


def test_a_chain_of_another_key_is_refused(tmp_path: Path) -> None:
    own(tmp_path, "Studio", NOW)
    (tmp_path / SIGNER_KEY).write_bytes(bytes(32))
    with pytest.raises(Integrity):
        own(tmp_path, "Studio", NOW)


@pytest.mark.parametrize("kind", ["ES256", "ES384", "PS256", "Ed25519"])
def test_an_operators_own_chain_signs(kind: str, tmp_path: Path) -> None:
    chain, key = operators(kind, tmp_path)
    theirs = given(chain, key)
    assert theirs.algorithm == kind
    signed = c2pa.sign(picture("image/png"), "image/png", MARK, theirs)
    said = c2pa.look(signed, "image/png", theirs.anchors)
    assert said is not None
    assert said.state == "trusted"


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    chain, _ = operators("ES256", tmp_path / "a")
    _, key = operators("ES256", tmp_path / "b")
    with pytest.raises(BadSettings) as caught:
        given(chain, key)
    assert caught.value.params["setting"] == "c2pa_key"
    with pytest.raises(BadSettings):
        given(tmp_path / "nothing.pem", key)
    with pytest.raises(BadSettings):
        given(chain, chain)


def operators(kind: str, folder: Path) -> tuple[Path, Path]:
    """A chain of two certificates as an operator's authority would make it, and its key."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    folder.mkdir(exist_ok=True)
    root = ec.generate_private_key(ec.SECP256R1())
    key = {
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "PS256": lambda: rsa.generate_private_key(65537, 2048),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()

    def called(name: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "O")]
        )

    def usage(above: bool) -> x509.KeyUsage:
        return x509.KeyUsage(not above, False, False, False, False, above, above, False, False)

    def certificate(name: str, public: object, above: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder().subject_name(called(name)).issuer_name(called("root"))
            .public_key(public).serial_number(x509.random_serial_number())  # type: ignore[arg-type]
            .not_valid_before(NOW - dt.timedelta(days=1)).not_valid_after(NOW + dt.timedelta(days=900))
            .add_extension(x509.BasicConstraints(above, None), critical=True)
            .add_extension(usage(above), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        )  # fmt: skip
        if not above:
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, critical=False)
        return builder.sign(root, hashes.SHA256())

    pem = serialization.Encoding.PEM
    chain = folder / "chain.pem"
    chain.write_bytes(
        certificate("signer", key.public_key(), False).public_bytes(pem)
        + certificate("root", root.public_key(), True).public_bytes(pem)
    )
    key_file = folder / "key.pem"
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return chain, key_file


def test_the_first_start_leaves_a_readable_chain(tmp_path: Path) -> None:
    own(tmp_path, "Studio", NOW)
    assert (tmp_path / CHAIN).read_text().count("BEGIN CERTIFICATE") == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="THE TIME STAMP WAS NOT TESTED: there is no openssl here")
def test_ai_act_art_50_2_credentials_carry_the_time_of_a_service(tmp_path: Path, ours: Credentials) -> None:
    with service(tmp_path) as (address, asked):
        stamped = c2pa.sign(picture("image/png"), "image/png", MARK, replace(ours, timestamp_url=address))
        assert len(asked) == 1
    said = c2pa.look(stamped, "image/png", ours.anchors)
    assert said is not None
    assert said.state == "trusted"
    assert said.timestamp.startswith(datetime.now(UTC).strftime("%Y-%m-%d"))


def test_without_an_answer_of_the_time_service_nothing_leaves_and_the_job_waits(ours: Credentials) -> None:
    with pytest.raises(ServiceDown) as failed:
        c2pa.sign(picture("image/png"), "image/png", MARK, replace(ours, timestamp_url="http://127.0.0.1:9/"))
    assert failed.value.waits
