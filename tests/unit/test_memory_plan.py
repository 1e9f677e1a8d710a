"""What fits on a device, by arithmetic; nothing is loaded and torch is not needed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing.engine.backends.diffusion import memory, tensors
from pingxing.engine.backends.diffusion.folder import Checkpoint, Part
from pingxing.engine.backends.diffusion.memory import Room, Weight, Work

GIB = 1 << 30
# About SDXL: two encoders, the network, the decoder.
SDXL = (
    Weight("text_encoder", 123 * 10**6, 85 * 10**6, 38 * 10**6),
    Weight("text_encoder_2", 695 * 10**6, 629 * 10**6, 63 * 10**6),
    Weight("unet", 2_567 * 10**6, 2_100 * 10**6, 29 * 10**6),
    Weight("vae", 84 * 10**6, 0, 3 * 10**6),
)
FLOWING = Work(row=83 * 10**6, decoding=807 * 10**6)


def plan(free_gib: float | None, device: str = "cuda", int8: bool = True) -> tuple[str, str, bool]:
    free = None if free_gib is None else int(free_gib * GIB)
    found = memory.planned(SDXL, FLOWING, Room(device, "fp32" if device == "cpu" else "bf16", free, int8))
    return found.precision, found.placing, found.fits


@pytest.mark.parametrize(
    ("free", "chosen"),
    [
        (None, ("bf16", "whole", True)),
        (24, ("bf16", "whole", True)),
        (8, ("bf16", "parts", True)),
        (6, ("int8", "whole", True)),
        (5, ("int8", "parts", True)),
        (3, ("bf16", "layers", True)),
        (0.5, ("bf16", "layers", False)),
    ],
)
def test_on_an_accelerator_a_picture_changes_only_where_nothing_else_helps(
    free: float | None, chosen: tuple[str, str, bool]
) -> None:
    assert plan(free) == chosen


def test_without_8_bits_parts_take_turns_or_layers_do() -> None:
    assert plan(6, int8=False) == ("bf16", "layers", True)


@pytest.mark.parametrize(("free", "chosen"), [(32, ("fp32", "whole", True)), (12, ("bf16", "whole", True))])
def test_the_cpu_takes_narrower_numbers(free: float, chosen: tuple[str, str, bool]) -> None:
    assert plan(free, "cpu") == chosen
    assert plan(1, "cpu") == ("int8", "whole", False)


@given(st.floats(0.1, 200), st.floats(0, 100), st.sampled_from(["cuda", "cpu"]), st.booleans())
def test_more_memory_never_makes_it_worse_and_what_fits_does(free: float, more: float, device: str, int8: bool) -> None:
    room = Room(device, "bf16", int(free * GIB), int8)
    less = memory.planned(SDXL, FLOWING, room)
    roomier = memory.planned(SDXL, FLOWING, replace(room, free=int((free + more) * GIB)))
    ways = memory._ways(room)
    assert ways.index((roomier.precision, roomier.placing)) <= ways.index((less.precision, less.placing))
    assert roomier.together >= 1
    assert less.free_bytes is not None
    if less.fits:
        assert less.resident_bytes + less.work_bytes <= less.free_bytes
        if less.together > 1:
            taken = less.resident_bytes + less.together * 2 * FLOWING.row * 2
            assert taken <= less.free_bytes


def checkpoint(folder: Path, **configs: dict[str, object]) -> Checkpoint:
    parts = []
    for name, config in configs.items():
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(json.dumps(config))
        file = folder / name / "model.safetensors"
        entries = {
            "layer.weight": tensors.Entry("F32", (128, 64)),
            "token_embedding.weight": tensors.Entry("F32", (100, 64)),
            "norm.weight": tensors.Entry("F32", (64,)),
        }
        tensors.write(file, entries, [bytes(entry.count * 4) for entry in entries.values()], lambda _: None)
        parts.append(Part(name, "diffusers", "Kind", (file,)))
    return Checkpoint(folder, "P", "sd", tuple(parts), 0, "F32", 0, "", "", "")


def test_weights_are_counted_from_the_headers(tmp_path: Path) -> None:
    found = checkpoint(tmp_path, unet={"block_out_channels": [320, 640]}, vae={"block_out_channels": [128, 1, 1, 1]})
    unet, vae = memory.weigh(found)
    assert (unet.values, unet.dense, unet.largest) == (128 * 64 + 6400 + 64, 128 * 64, 128 * 64)
    assert vae.dense == 0, "the decoder stays as it is"
    assert unet.size("fp32") == unet.values * 4
    assert unet.size("int8") == unet.values * 2 - unet.dense
    (tmp_path / "unet" / "model.safetensors").write_bytes(b"\0" * 9)
    with pytest.raises(memory.tensors.UnreadableFile):
        memory.weigh(found)


def test_what_flows_grows_with_the_area(tmp_path: Path) -> None:
    found = checkpoint(
        tmp_path,
        unet={"block_out_channels": [320, 640, 1280, 1280], "sample_size": 64},
        vae={"block_out_channels": [128, 256, 512, 512]},
    )
    assert memory.usual_side(found) == 512
    small, large = memory.work(found, 512, 512), memory.work(found, 1024, 1024)
    # Measured on tensors without data: 8,339 values a latent pixel and row, 768 a pixel of the decoder.
    assert small.row == pytest.approx(8_339 * 64 * 64, rel=0.02)
    assert small.decoding == pytest.approx(768 * 512 * 512, rel=0.02)
    assert large.row == pytest.approx(4 * small.row, rel=0.01)
    assert large.of(1) == large.decoding
    assert small.of(20) == 40 * small.row


def test_convolutions_keep_their_weights_twice_where_there_is_room_besides(tmp_path: Path) -> None:
    weights, flowing = (memory.Weight("unet", 18 << 20, 0, 1 << 20, 9 << 20),), memory.Work(1 << 18, 1 << 18)
    room = Room("cpu", "bf16", 80 << 20, False, turns=True)
    roomy = memory.planned(weights, flowing, room)
    assert (roomy.placing, roomy.resident_bytes, roomy.twice_bytes) == ("whole", 36 << 20, 32 << 20)
    assert roomy.together == memory.planned(weights, flowing, replace(room, turns=False)).together - 32
    for other in (replace(room, free=60 << 20), replace(room, turns=False), replace(room, precision="fp32", free=None)):
        assert memory.planned(weights, flowing, other).twice_bytes == 0
    names = {"up.conv1.weight": 3, "up.downsamplers.0.conv.weight": 3, "up.conv_shortcut.weight": 1}
    for part in ("unet", "vae"):
        file = tmp_path / f"{part}.safetensors"
        entries = {name: tensors.Entry("F32", (2, 640, side, side)) for name, side in names.items()}
        tensors.write(file, entries, [bytes(entry.count * 4) for entry in entries.values()], lambda _: None)
    parts = tuple(Part(part, "diffusers", "Kind", (tmp_path / f"{part}.safetensors",)) for part in ("unet", "vae"))
    found = memory.weigh(Checkpoint(tmp_path, "P", "sd", parts, 0, "F32", 0, "", "", ""))
    assert [one.turned for one in found] == [2 * 640 * 9, 0]


def test_adapters_beside_the_weights_take_their_part_of_the_memory() -> None:
    weights, flowing = (memory.Weight("unet", 10 << 20, 0, 1 << 20),), memory.Work(1 << 18, 1 << 18)
    room = memory.Room("cuda", "fp16", 40 << 20, False)
    bare = memory.planned(weights, flowing, room)
    beside = memory.planned(weights, flowing, replace(room, adapters=(1 << 20, 2 << 20)))
    assert (bare.placing, bare.adapters_bytes) == ("whole", 0)
    assert (beside.placing, beside.adapters_bytes) == ("whole", 6 << 20)
    assert beside.together == bare.together - 6
    assert memory.planned(weights, flowing, replace(room, adapters=(20 << 20,))).placing == "layers"
    many = replace(room, adapters=(300 << 20,) * 4)
    assert many.beside(2) == memory.ADAPTERS_KEPT + (600 << 20), "no more than are kept, and one on its way in"
