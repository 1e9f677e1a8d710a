"""Label closure: whatever leaves, in whatever container, carries exactly one valid label; so say other libraries.

200 random files on every day, 2,000 with PINGXING_THOROUGH=1.
"""

from __future__ import annotations

import ast
import json
import os
import random
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.fakes import files
from tests.fakes.pictures import BACKGROUNDS, drawing, mark, picture
from tests.independent import reader

from pingxing.label import seal, seal_moving
from pingxing.label.metadata.labels import KINDS, republish, write_label
from pingxing.label.record import Aigc
from pingxing.label.signing import check_signature, sign_record
from pingxing.label.xmp import Provenance
from pingxing.motion import MotionForm
from pingxing.types import LANGUAGES, MOVING_MEDIA, Format, Motion, Picture

FILES = 2_000 if os.environ.get("PINGXING_THOROUGH") else 200
ALLOWED = [c for c in string.printable[:94] if c not in '"\\']
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PARTS = 10


def word(rng: random.Random) -> str:
    return "".join(rng.choice(ALLOWED) for _ in range(rng.randint(1, 64)))


def unlabelled(rng: random.Random, kind: str) -> bytes:
    """A file of random content; one in three has metadata of its own or an older label."""
    seed = rng.randrange(10_000)
    if kind in files.PICTURES:
        data = files.image(kind, rng.randint(16, 90), rng.randint(16, 90), seed)
    elif kind in files.VIDEOS:
        tags = {"title": f"片 {seed}"} if rng.random() < 0.3 else {}
        mp4 = kind in ("video/mp4", "video/quicktime")
        flags = rng.choice(["", "faststart", "use_metadata_tags", "frag_keyframe+empty_moov"]) if mp4 else ""
        data = files.video(kind, rng.randint(1, 4), tags, **({"movflags": flags} if flags else {}))
    elif kind == "audio/ogg":
        data = files.sound(kind, {"title": "T" * rng.choice([1, 300, 70_000])}, rng.choice(["libopus", "vorbis"]))
    elif kind in files.OFFICE:
        data = files.office(kind, custom=rng.random() < 0.5)
    elif kind == "text/markdown":
        data = rng.choice([files.MARKDOWN, b"# Plan\n", "正文。\r\n".encode(), b"---\r\na: 1\r\n---\r\nx\r\n", b""])
    elif kind == "text/plain":
        data = bytes(rng.choice(b"abc \n") for _ in range(rng.randint(0, 50)))
    else:
        data = files.sample(kind)
    if rng.random() < 0.3 and kind != "text/plain":
        data = write_label(data, kind, Aigc.first(word(rng), word(rng)))
    return data


@pytest.mark.parametrize("part", range(PARTS))
def test_label_closure_every_written_file_has_exactly_one_valid_label(part: int) -> None:
    rng = random.Random(part)
    for number in range(FILES // PARTS):
        kind = KINDS[(part * FILES // PARTS + number) % len(KINDS)]
        record = Aigc.first(word(rng), word(rng))
        if rng.random() < 0.5:
            record = sign_record(record, KEY)
        made = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(10**7))
        provenance = Provenance("Pingxing", "0.2", "模型 <1>", made, rng.random() < 0.5) if rng.random() < 0.7 else None
        data = write_label(unlabelled(rng, kind), kind, record, provenance)
        if rng.random() < 0.3 and kind != "text/plain":
            record = record.passed_on(word(rng), word(rng))
            data = republish(data, record.propagator, record.propagate_id)
        assert reader.problems(data) == [], (kind, part, number)
        assert json.loads(reader.labels(data)[0]) == dict(zip(reader.MEMBERS, record.values, strict=True))
        if record.reserved1:
            assert check_signature(record, KEY.public_key())


@pytest.mark.parametrize("format", list(Format))
@pytest.mark.parametrize("number", range(2 if FILES == 200 else 20))
def test_label_closure_every_sealed_picture_has_exactly_one_valid_label(format: Format, number: int) -> None:
    rng = random.Random(f"{format} {number}")
    size = rng.randint(64, 300), rng.randint(64, 300)
    source = drawing(*size) if format.vector else picture(*size, rng.choice(BACKGROUNDS), number)
    data = seal(source, format, mark(rng.choice(LANGUAGES), producer=word(rng), produce_id=word(rng)))
    assert reader.problems(data) == []


@pytest.mark.parametrize("form", list(MOVING_MEDIA))
@pytest.mark.parametrize("number", range(1 if FILES == 200 else 20))
def test_label_closure_every_moving_picture_has_exactly_one_valid_label(form: MotionForm, number: int) -> None:
    if form == "webm":
        pytest.importorskip("av")
    rng = random.Random(f"moving {form} {number}")
    width, height = rng.randint(50, 200), rng.randint(50, 200)
    frames = tuple(picture(width, height, "gradient", n).pixels // (n + 1) for n in range(rng.randint(2, 5)))
    motion = Motion(name="bounce", form=form, frames=len(frames), seconds=0.5, loops=rng.randint(0, 3))
    source = Picture(width, height, frames[0], frames=frames)
    data = seal_moving(source, motion, mark(rng.choice(LANGUAGES), producer=word(rng), produce_id=word(rng)))
    assert reader.problems(data) == []


def test_the_reader_is_independent() -> None:
    tree = ast.parse(Path(reader.__file__).read_text("utf-8"))
    imported = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert len(imported) >= 10
    assert not [name for name in imported if name.startswith(("pingxing", "tests"))]


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "text/plain"])
def test_the_reader_finds_fault_with_files_without_a_label(kind: str) -> None:
    assert reader.problems(files.sample(kind))


@pytest.mark.parametrize(
    "text",
    [
        '{"Label":"1"}',
        '{"Label":"4","ContentProducer":"P","ProduceID":"1","ReservedCode1":"","ContentPropagator":"P",'
        '"PropagateID":"1","ReservedCode2":""}',
        '{"label":"1","ContentProducer":"P","ProduceID":"1","ReservedCode1":"","ContentPropagator":"P",'
        '"PropagateID":"1","ReservedCode2":""}',
        '{"Label":"1","ContentProducer":"a b","ProduceID":"1","ReservedCode1":"","ContentPropagator":"P",'
        '"PropagateID":"1","ReservedCode2":""}',
        '{"Label":1,"ContentProducer":"P","ProduceID":"1","ReservedCode1":"","ContentPropagator":"P",'
        '"PropagateID":"1","ReservedCode2":""}',
        "eyJMYWJlbCI6IjEifQ==",
    ],
)
def test_the_reader_finds_fault_with_labels_that_break_annex_e(text: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/"><T:AIGC>{text}</T:AIGC></svg>'
    assert reader.problems(svg.encode())
