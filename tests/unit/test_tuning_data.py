"""Somebody's pictures and captions, before anything is trained: what is wrong is named, and nothing hostile gets in."""

from __future__ import annotations

import json
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound, PingxingError, TooLarge, UnreadableFile
from pingxing.tuning.data import FEWEST, gather, pixels, read
from pingxing.tuning.jobs import Job, Jobs, State, wished

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "mine"
    (place / "more").mkdir(parents=True)
    for number in range(FEWEST):
        name = f"more/p{number}.jpg" if number % 2 else f"p{number}.png"
        Image.new("RGB", (40 + number, 32), (number * 40, 9, 9)).save(place / name)
    return place


NAMES = ["more/p1.jpg", "more/p3.jpg", "p0.png", "p2.png"]


def captions(folder: Path, kind: str, rows: list[tuple[str, str]]) -> Path:
    file = folder.parent / f"captions.{kind}"
    if kind == "jsonl":
        text = "\n".join(json.dumps({"file_name": name, "text": words}) for name, words in rows)
    else:
        gap = "," if kind == "csv" else "\t"
        text = "\n".join([f"file{gap}caption", *(f"{name}{gap}{words}" for name, words in rows)])
    file.write_text(text, "utf-8-sig")
    return file


@pytest.mark.parametrize("kind", ["csv", "tsv", "txt", "jsonl"])
def test_every_form_says_the_same(folder: Path, kind: str) -> None:
    found = gather(folder, captions(folder, kind, [(name, f"一只  猫 {name}") for name in reversed(NAMES)]), 64)
    assert [one.file for one in found] == NAMES
    assert [one.caption for one in found] == [f"一只 猫 {name}" for name in NAMES]
    assert (found[2].width, found[2].height) == (40, 32)
    assert pixels(folder, found[0], 16).shape == (16, 16, 3)


def test_captions_may_lie_beside_the_pictures(folder: Path) -> None:
    for name in NAMES:
        (folder / name).with_suffix(".txt").write_text(f"about {name}\n")
    assert gather(folder, None, 32)[3].caption == "about p2.png"
    (folder / "p2.txt").unlink()
    with pytest.raises(InvalidRequest) as caught:
        gather(folder, None, 32)
    assert (caught.value.reason, caught.value.params["file"]) == ("train_no_caption", "p2.png")
    assert caught.value.params["captions"] == "p2.txt"


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (NAMES[:3], "train_no_caption"),
        ([*NAMES, "gone.png"], "train_no_picture"),
        ([*NAMES, "p0.png"], "train_twice"),
        ([*NAMES, "../secret.png"], "train_name"),
        ([*NAMES, "/etc/passwd"], "train_name"),
        ([*NAMES, "C:\\x.png"], "train_name"),
        ([*NAMES, "p0.png\ta\tb"], "train_line"),
    ],
)
def test_a_line_that_is_wrong_is_named(folder: Path, rows: list[str], reason: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        gather(folder, captions(folder, "tsv", [(row, "words") for row in rows]), 32)
    assert caught.value.reason == reason


@pytest.mark.parametrize("words", ["", "  ", "x" * 1001, "bell \a"])
def test_captions_are_words(folder: Path, words: str) -> None:
    with pytest.raises(InvalidRequest, match="line=2"):
        read(captions(folder, "tsv", [("p0.png", words)]))


@given(st.binary(max_size=400), st.sampled_from([".csv", ".tsv", ".txt", ".jsonl"]))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_rows_or_an_error_of_ours(tmp_path: Path, data: bytes, ending: str) -> None:
    file = tmp_path / f"c{ending}"
    file.write_bytes(data)
    try:
        rows = read(file)
    except PingxingError:
        return
    assert all(name and words and ".." not in name.split("/") and not name.startswith("/") for _, name, words in rows)


def test_pictures_that_are_none_too_small_too_few_or_all_the_same(folder: Path, tmp_path: Path) -> None:
    said = captions(folder, "csv", [(name, "words") for name in NAMES])
    with pytest.raises(InvalidRequest) as small:
        gather(folder, said, 128)
    assert (small.value.reason, small.value.params["more"], small.value.params["least"]) == ("train_small", 3, 64)
    (folder / "p0.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(UnreadableFile, match=r"p0\.png"):
        gather(folder, said, 32)
    (folder / "p0.png").write_bytes((folder / "p2.png").read_bytes())
    with pytest.raises(InvalidRequest, match="train_same"):
        gather(folder, said, 32)
    (folder / "p0.png").unlink()
    with pytest.raises(InvalidRequest, match="train_few"):
        gather(folder, captions(folder, "csv", [(name, "words") for name in NAMES if name != "p0.png"]), 32)
    (folder / "p0.png").symlink_to(Path(__file__))
    with pytest.raises(InvalidRequest, match="train_name"):
        gather(folder, captions(folder, "csv", [(name, "words") for name in NAMES]), 32)
    with pytest.raises(NotFound):
        gather(tmp_path / "none", said, 32)


def test_a_picture_of_too_many_pixels_is_never_unpacked(folder: Path) -> None:
    head = struct.pack(">4sIIBBBBB", b"IHDR", 20_000, 20_000, 1, 0, 0, 0, 0)
    size, check = struct.pack(">I", len(head) - 4), struct.pack(">I", zlib.crc32(head))
    (folder / "p0.png").write_bytes(b"\x89PNG\r\n\x1a\n" + size + head + check + b"\0\0\0\4IDAT")
    with pytest.raises(TooLarge, match=r"p0\.png"):
        gather(folder, captions(folder, "csv", [(name, "words") for name in NAMES]), 32)


def test_a_picture_that_changed_is_noticed(folder: Path) -> None:
    found = gather(folder, captions(folder, "csv", [(name, "words") for name in NAMES]), 32)
    Image.new("RGB", (40, 40)).save(folder / found[0].file)
    with pytest.raises(InvalidRequest, match="train_changed"):
        pixels(folder, found[0], 16)


def test_transparent_pictures_lie_on_white(folder: Path) -> None:
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(folder / "p0.png")
    found = gather(folder, captions(folder, "csv", [(name, "words") for name in NAMES]), 32)
    assert np.all(pixels(folder, found[2], 8) == 255)


def job(folder: Path, **more: object) -> Job:
    found = gather(folder, captions(folder, "csv", [(name, "words") for name in NAMES]), 32)
    return Jobs(folder.parent / "jobs").create(wished(images=folder, base="dream", **more), "a" * 64, found, NOW)


def test_the_same_wish_is_the_same_job_and_another_is_not(folder: Path) -> None:
    one, again, other = job(folder), job(folder), job(folder, steps=9)
    assert one == again
    assert one.id != other.id
    assert {found.id for found in Jobs(folder.parent / "jobs")} == {one.id, other.id}
    assert [example.file for example in one.examples] == NAMES
    Image.new("RGB", (64, 64), "blue").save(folder / "p0.png")
    assert job(folder).id != one.id


def test_one_trains_and_others_can_ask_it_to_stop(folder: Path) -> None:
    found = job(folder)
    assert not found.running
    with pytest.raises(Conflict, match="train_idle"):
        found.pause()
    with found.held():
        assert found.running
        with pytest.raises(Conflict, match="train_running"), found.held():
            raise AssertionError("held twice")
        found.note(State(stage="training", step=3, steps=9))
        assert not found.interrupted
        found.pause()
        assert found.asked() == "pause"
        found.cancel()
        assert found.asked() == "cancel"
    assert found.interrupted
    found.cancel()
    assert (found.state.stage, found.asked()) == ("cancelled", "cancel")
    found.reopen()
    assert (found.state.stage, found.asked()) == ("ready", "")


def test_records_that_were_changed_by_hand_are_noticed(folder: Path) -> None:
    found = job(folder)
    (found.folder / "state.json").write_text('{"stage": "flying"}')
    with pytest.raises(Integrity):
        _ = found.state
    jobs = Jobs(folder.parent / "jobs")
    for name in ("../x", "zz", "f" * 16):
        with pytest.raises(NotFound):
            jobs.get(name)


@pytest.mark.parametrize("more", [{"steps": 0}, {"rate": float("nan")}, {"name": "../x"}, {"rank": 10**6}, {"what": 1}])
def test_wishes_beyond_their_limits_name_the_member(more: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        wished(**({"images": Path("x"), "base": "dream"} | more))
    assert caught.value.params["member"] == next(iter(more))
