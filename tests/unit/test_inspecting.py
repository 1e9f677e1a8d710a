"""The function for programs: every layer of a file, with a studio's published keys and without."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pingxing import label
from pingxing.errors import UnreadableFile
from pingxing.inspecting import Trust, inspect_file
from pingxing.label.kit import Kit, forge
from pingxing.settings import Settings
from pingxing.types import LANGUAGES, Format, Mark, Picture

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CODE = "001191110102MACQD9K64010000"


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    folder = tmp_path_factory.mktemp("kit")
    return forge(folder, Settings(data_dir=folder, provider_code=CODE), NOW)


@pytest.fixture(scope="module")
def trust(kit: Kit) -> Trust:
    assert kit.record is not None
    assert kit.credentials is not None
    key = kit.record.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return Trust(
        name="Studio",
        provider_code=CODE,
        record_key=key,
        c2pa_roots=kit.credentials.anchors,
        c2pa_algorithm=kit.credentials.algorithm,
        ledger_vkey="v",
        watermark="w",
        watermark_key=1,
    )


@pytest.fixture(scope="module")
def file(kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "picture.png"
    picture = Picture(160, 128, np.full((128, 160, 3), 180, np.uint8))
    mark = Mark("zh", CODE, "0123456789abcdef" * 2, "Pingxing", "1.2", "scene", NOW)
    path.write_bytes(label.seal(picture, Format.PNG, kit.signed(mark), kit))
    return path


def test_without_anybody_s_keys_labels_are_read_and_nobody_is_vouched_for(file: Path) -> None:
    seen = inspect_file(file)
    assert seen.verdict == "confirmed"
    assert seen.labels.aigc.facts["signature"] == "unknown"
    assert seen.labels.c2pa.found
    assert seen.labels.c2pa.valid is None
    assert not seen.labels.watermark.found


def test_with_what_the_studio_publishes_its_signatures_are_known(file: Path, trust: Trust) -> None:
    seen = inspect_file(file, trust=Trust.load(trust.model_dump_json()))
    assert seen.labels.aigc.facts["signature"] == "known"
    assert seen.labels.c2pa.valid is True
    for language in LANGUAGES:
        said = seen.sentences(language)
        assert set(said) == {"visible", "aigc", "c2pa", "watermark"}
        assert all(said.values())


def test_roots_alone_vouch_for_content_credentials_alone(file: Path, trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text(trust.c2pa_roots)
    seen = inspect_file(file, roots=tmp_path / "roots.pem")
    assert seen.labels.c2pa.valid is True
    assert seen.labels.aigc.facts["signature"] == "unknown"


def test_what_is_no_certificate_or_no_such_key_is_said(file: Path, trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("nothing")
    with pytest.raises(ValueError, match=r"(?i)pem"):
        inspect_file(file, roots=tmp_path / "roots.pem")
    other = X25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="Ed25519"):
        inspect_file(file, trust=trust.model_copy(update={"record_key": other.decode()}))
    with pytest.raises(ValueError, match="provider_code"):
        Trust.load("{}")


def test_a_missing_file_and_half_a_file_are_errors(file: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        inspect_file(tmp_path / "none.png")
    (tmp_path / "half.png").write_bytes(file.read_bytes()[:1000])
    with pytest.raises(UnreadableFile):
        inspect_file(tmp_path / "half.png")
