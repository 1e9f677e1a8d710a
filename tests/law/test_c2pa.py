"""C2PA 2.x and IPTC 2025.1, as signed into our pictures."""

from __future__ import annotations

import contextlib
import json
from io import BytesIO

import pytest
from tests.unit.test_label_kit import mark, scene

from pingxing import label
from pingxing.errors import UnreadableFile
from pingxing.label.kit import Kit, forge
from pingxing.settings import Settings
from pingxing.types import Format

FORMS = [Format.PNG, Format.JPEG, Format.WEBP]
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    from datetime import UTC, datetime

    folder = tmp_path_factory.mktemp("kit")
    return forge(folder, Settings(data_dir=folder), datetime(2026, 11, 22, tzinfo=UTC))


def manifest(data: bytes, form: Format) -> dict[str, object]:
    import c2pa

    with c2pa.Reader(form.media_type, BytesIO(data)) as reader:
        store = json.loads(reader.json())
    return store["manifests"][store["active_manifest"]]


@pytest.mark.parametrize("form", FORMS)
def test_c2pa_2_actions_the_first_is_created_with_source_type_agent_and_time(form: Format, kit: Kit) -> None:
    data = label.seal(scene(), form, mark(), kit)
    assertions = {a["label"].removesuffix(".v2"): a["data"] for a in manifest(data, form)["assertions"]}  # type: ignore[attr-defined]
    first = assertions["c2pa.actions"]["actions"][0]
    assert first["action"] == "c2pa.created"
    assert first["digitalSourceType"] in (IPTC + "trainedAlgorithmicMedia", IPTC + "algorithmicMedia")
    agent = first["softwareAgent"]
    assert (agent["name"], agent["version"]) == ("Pingxing", "1.2")
    assert first["when"]
    assert "c2pa.soft-binding" in assertions  # names the watermark


@pytest.mark.parametrize("form", FORMS)
def test_c2pa_2_a_manifest_does_not_replace_the_aigc_label(form: Format, kit: Kit) -> None:
    labels = label.read(label.seal(scene(), form, mark(), kit), kit)
    assert labels.aigc.valid
    assert labels.c2pa.valid


@pytest.mark.parametrize("form", FORMS)
def test_c2pa_2_one_changed_byte_of_the_pixels_breaks_the_binding(form: Format, kit: Kit) -> None:
    data = bytearray(label.seal(scene(), form, mark(), kit))
    at = {Format.PNG: data.rfind(b"IDAT") + 600, Format.WEBP: data.find(b"VP8 ") + 4_000}.get(form, len(data) - 2_000)
    data[at] ^= 1
    with contextlib.suppress(UnreadableFile):  # the change may damage the picture itself
        assert label.read(bytes(data), kit).c2pa.valid is not True


def test_iptc_2025_1_source_type_system_and_version_stand_in_xmp(kit: Kit) -> None:
    data = label.seal(scene(), Format.JPEG, mark(), kit)
    for element in ("DigitalSourceType", "AISystemUsed", "AISystemVersionUsed"):
        assert f"<Iptc4xmpExt:{element}>".encode() in data
