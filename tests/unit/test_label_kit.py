"""All layers at once: what the house's kit puts into a file is found in it, and in what is left of it."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pingxing import label
from pingxing.errors import BadSettings
from pingxing.label.kit import TAG_BYTES, Kit, forge
from pingxing.settings import Settings
from pingxing.types import Format, Mark, Picture

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RECEIPT = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    folder = tmp_path_factory.mktemp("kit")
    return forge(folder, Settings(data_dir=folder), NOW)


def mark() -> Mark:
    return Mark("zh", "PX-TEST", RECEIPT, "Pingxing", "1.2", "scene", NOW, trained=False)


def scene(width: int = 640, height: int = 512) -> Picture:
    """Soft shapes and a little grain, as a drawing has."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    base = np.stack([120 + 90 * np.sin(x / 97 + c) * np.cos(y / 61 - c) for c in range(3)], axis=-1)
    grain = np.random.default_rng(5).normal(0, 6, (height, width, 1))
    pixels = np.clip(base + grain, 0, 255).astype(np.uint8)
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    return Picture(width, height, pixels, f'{svg}<rect width="{width}" height="{height}" fill="#8fb0d0"/></svg>')


@pytest.mark.parametrize("form", [Format.PNG, Format.JPEG, Format.WEBP])
def test_a_picture_has_all_four_layers(form: Format, kit: Kit) -> None:
    data = label.seal(scene(), form, kit.signed(mark()), kit)
    labels = label.read(data, kit)
    assert labels.visible.valid
    assert labels.aigc.valid
    assert labels.c2pa.valid
    assert labels.watermark.valid
    assert labels.tag == int(RECEIPT[: TAG_BYTES * 2], 16)
    assert label.verdict(labels) == "confirmed"


@pytest.mark.parametrize("form", [Format.SVG, Format.PDF])
def test_a_drawing_has_no_pixels_to_weave_into(form: Format, kit: Kit) -> None:
    labels = label.read(label.seal(scene(), form, kit.signed(mark()), kit), kit)
    assert labels.visible.found
    assert labels.aigc.valid
    assert labels.c2pa.valid is (True if form is Format.SVG else None)


def test_what_is_clear_stays_clear(kit: Kit) -> None:
    base = scene()
    alpha = np.zeros((base.height, base.width, 1), np.uint8)
    alpha[100:420, 80:560] = 255
    clear = replace(base, pixels=np.concatenate([base.pixels, alpha], axis=2), svg=None)
    data = label.seal(clear, Format.PNG, kit.signed(mark()), kit)
    with Image.open(BytesIO(data)) as image:
        assert image.mode == "RGBA"
        assert image.getpixel((10, 300)) == (*image.getpixel((10, 300))[:3], 0)
    assert label.read(data, kit).aigc.valid


def test_screenshots_of_it_are_still_known(kit: Kit) -> None:
    with Image.open(BytesIO(label.seal(scene(), Format.PNG, kit.signed(mark()), kit))) as image:
        shot = image.convert("RGB").crop((40, 30, 620, 500))
    out = BytesIO()
    shot.save(out, "JPEG", quality=75)
    labels = label.read(out.getvalue(), kit)
    assert not labels.aigc.found
    assert not labels.c2pa.found
    assert labels.watermark.found
    assert labels.tag == int(RECEIPT[: TAG_BYTES * 2], 16)


def test_another_house_finds_nothing_of_ours(kit: Kit, tmp_path: Path) -> None:
    other = forge(tmp_path, Settings(data_dir=tmp_path), NOW)
    labels = label.read(label.seal(scene(), Format.PNG, kit.signed(mark()), kit), other)
    assert not labels.watermark.found
    assert labels.c2pa.valid is None  # whole, by a signer it does not know
    assert labels.aigc.valid


def test_the_record_is_signed(kit: Kit) -> None:
    from pingxing.label.record import Aigc
    from pingxing.label.signing import check_signature

    signed = kit.signed(mark())
    record = replace(Aigc.first(signed.producer, signed.produce_id), reserved1=signed.signature)
    assert kit.record is not None
    assert check_signature(record, kit.record.public_key()) is True
    assert check_signature(replace(record, produce_id="another"), kit.record.public_key()) is False


def test_nothing_is_woven_where_nothing_is_seen(kit: Kit) -> None:
    pixels = np.full((256, 256, 4), 120, np.uint8)
    pixels[:64, :, 3] = 0
    woven = kit.weave(pixels, 1)
    assert not woven[:64].any()
    assert (woven[64:, :, 3] == 120).all()
    assert woven[64:, :, :3].any(axis=2).all()


def test_half_a_chain_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        forge(tmp_path, Settings(data_dir=tmp_path, c2pa_key=tmp_path / "key.pem"), NOW)


def test_roots_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("no certificate")
    with pytest.raises(BadSettings) as caught:
        forge(tmp_path, Settings(data_dir=tmp_path, trusted_roots=tmp_path / "roots.pem"), NOW)
    assert caught.value.params["setting"] == "trusted_roots"


def test_no_secret_is_shown(kit: Kit) -> None:
    assert kit.watermark is not None
    assert kit.watermark.secret.hex() not in repr(kit)
    assert repr(kit.watermark.secret) not in repr(kit)
