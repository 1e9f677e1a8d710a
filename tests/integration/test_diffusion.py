"""Open checkpoints of every family: the pictures are diffusers' own, and nobody's picture depends on its company."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps
from tests.fakes import checkpoints

from pingxing.engine import kinds
from pingxing.engine.backends.diffusion import blocks, checkpoint, loading, memory, recorded, wide, winograd
from pingxing.engine.backends.diffusion.backend import DiffusionBackend, DiffusionState, Isolation
from pingxing.engine.backends.diffusion.family import Words
from pingxing.engine.backends.diffusion.folder import ALONE, inspect
from pingxing.engine.backends.diffusion.known import Known
from pingxing.engine.base import NOTHING, Inputs
from pingxing.engine.registry import Registry
from pingxing.engine.scheduler import Scheduler
from pingxing.errors import BackendFailed, InvalidRequest
from pingxing.types import Format, Model, Picture, Placing, Request

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("torch") is None, reason="THE DIFFUSION ENGINE WAS NOT TESTED: no torch"
    ),
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning"),
]
WORDS = ("a red cat", "two boats at sea", "一只白猫", "portrait of a lighthouse keeper, oil on canvas")


@pytest.fixture(scope="module", autouse=True)
def quiet() -> Iterator[None]:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("checkpoints")
    for family in checkpoints.FAMILIES:
        checkpoints.save(family, place / family)
    return place


def backend(shelf: Path, family: str, isolation: Isolation = "shared") -> DiffusionBackend:
    found = inspect(shelf / family)
    formats = (Format.PNG, Format.JPEG, Format.WEBP)
    card = Model(family, found.family, ("image",), "test", "random", "0" * 64, found.size_bytes, formats, ())
    return DiffusionBackend(card, shelf / family, isolation)


def wish(**members: Any) -> Request:
    return Request(**{"prompt": WORDS[0], "width": 64, "height": 64, "seed": 5, "steps": 4, "guidance": 4.0} | members)


def alone(engine: DiffusionBackend, request: Request) -> NDArray[np.uint8]:
    state = engine.prepare(request)
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels


def psnr(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    error = float(((one.astype(float) - other) ** 2).mean())
    return 99.0 if error == 0 else 10 * np.log10(255**2 / error)


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_pictures_are_those_of_the_family_s_own_pipeline(shelf: Path, family: str) -> None:
    import torch
    from diffusers import DiffusionPipeline, EulerDiscreteScheduler

    engine = backend(shelf, family)
    flow = engine.samplers == ("flow-euler",)
    negative = "" if family in ("flux", "sdxl") else "blue"
    ours = alone(engine, wish(negative=negative, steps=6, sampler="flow-euler" if flow else "euler"))
    pipeline = DiffusionPipeline.from_pretrained(shelf / family, local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    if not flow:
        pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    more: dict[str, Any] = {"negative_prompt": negative} if negative else {}
    if family == "pixart":
        more |= {"use_resolution_binning": False, "clean_caption": False}
    theirs = pipeline(
        WORDS[0],
        num_inference_steps=6,
        guidance_scale=4.0,
        width=64,
        height=64,
        generator=torch.Generator().manual_seed(5),
        **more,
    ).images[0]
    assert ours.std() > 5, "a picture of one colour proves nothing"
    assert psnr(ours, np.asarray(theirs)) >= 60


def test_a_flux_that_goes_without_guidance_is_asked_once_a_step_and_as_its_own_pipeline_asks(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch
    from diffusers import FluxPipeline

    checkpoints.save("schnell", shelf / "schnell")
    engine, rows = backend(shelf, "schnell"), list[int]()
    engine.warm()
    family = engine._loaded()
    known = family.predict
    monkeypatch.setattr(family, "predict", lambda given: (rows.append(len(given)), known(given))[1])
    plain = wish(negative="blue", guidance=None, steps=3)
    ours = alone(engine, plain)
    pipeline = FluxPipeline.from_pretrained(shelf / "schnell", local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(5)
    theirs = pipeline(WORDS[0], num_inference_steps=3, width=64, height=64, generator=generator).images[0]
    assert rows == [1, 1, 1]
    assert psnr(ours, np.asarray(theirs)) >= 60
    assert engine.unheeded(plain) == ("negative",)
    guided = plain.model_copy(update={"guidance": 3.0})  # who asks for it gets it
    assert engine.unheeded(guided) == ()
    assert (alone(engine, guided) != ours).any()
    assert rows[3:] == [2, 2, 2]


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
@pytest.mark.parametrize("guidance", [1.0, None, 4.0])
def test_what_is_said_to_go_unheeded_changes_nothing_and_the_rest_does(
    shelf: Path, family: str, guidance: float | None
) -> None:
    engine, asked = backend(shelf, family, "exact"), {"guidance": guidance, "steps": 2}
    avoiding = wish(negative="blue boats, 2 of them " * 9, **asked)  # longer than encoders read at once
    same = bool((alone(engine, avoiding) == alone(engine, wish(**asked))).all())
    assert engine.unheeded(avoiding) == (("negative",) if same else ())
    assert same is (family == "flux" or guidance == 1.0)
    assert engine.unheeded(wish(**asked)) == ()


def test_a_pipeline_that_stumbles_in_its_own_loop_says_so_as_our_error(shelf: Path) -> None:
    """DPM-Solver++ of diffusers 0.42 cannot take a single step, and says that by an index."""
    engine = served_alone(shelf)
    with pytest.raises(BackendFailed) as caught:
        alone(engine, wish(steps=1))
    assert caught.value.params["model"] == "PixArtAlphaPipeline"
    assert alone(engine, wish(steps=3)).shape == (64, 64, 3)


def served_alone(shelf: Path) -> DiffusionBackend:
    folder = shelf / "other"
    if not folder.exists():
        checkpoints.save("other", folder)
    card = Model("other", ALONE, ("image",), "test", "random", "0" * 64, 1, (Format.PNG,), ())
    return checkpoint(card, folder, "exact")


def crowd(engine: DiffusionBackend, wishes: list[Request], seed: int) -> list[NDArray[np.uint8]]:
    """Pictures that join at random moments, in random order, in batches of random size."""
    chance = random.Random(seed)
    states = [engine.prepare(request) for request in wishes]
    waiting, under_way = list(states), []
    chance.shuffle(waiting)
    while waiting or under_way:
        for _ in range(chance.randint(0 if under_way else 1, 2)):
            under_way.extend(waiting[-1:])
            del waiting[-1:]
        batch = chance.sample(under_way, chance.randint(1, len(under_way)))
        engine.step(batch)
        if chance.random() < 0.3:
            engine.preview(chance.choice(batch))
        under_way = [state for state in under_way if state.step < state.steps]
    return [engine.finish(state).pixels for state in states]


def company(engine: DiffusionBackend, seed: int) -> list[Request]:
    chance = random.Random(seed)
    return [
        wish(
            prompt=chance.choice(WORDS),
            seed=chance.randint(0, 9),
            steps=chance.randint(1, 6),
            guidance=chance.choice([1.0, 3.0, 7.5]),
            sampler=chance.choice(engine.samplers),
            negative=chance.choice(["", "blue"]),
        )
        for _ in range(chance.randint(2, 6))
    ]


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_exact_means_the_same_bytes_alone_and_in_any_company(shelf: Path, family: str) -> None:
    engine = backend(shelf, family, "exact")
    for seed in range(5):
        wishes = company(engine, seed)
        for request, pixels in zip(wishes, crowd(engine, wishes, seed), strict=True):
            assert (pixels == alone(engine, request)).all(), request


@pytest.mark.parametrize("family", checkpoints.FAMILIES)
def test_shared_steps_change_no_picture_that_anyone_could_see(shelf: Path, family: str) -> None:
    engine = backend(shelf, family)
    for seed in range(5, 8):
        wishes = company(engine, seed)
        for request, pixels in zip(wishes, crowd(engine, wishes, seed), strict=True):
            assert psnr(pixels, alone(engine, request)) >= 50, request


def test_one_call_of_the_network_serves_everybody(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = backend(shelf, "sd")
    engine.warm()
    calls: list[int] = []
    known = engine._loaded().predict
    monkeypatch.setattr(engine._loaded(), "predict", lambda rows: calls.append(len(rows)) or known(rows))
    states = [engine.prepare(wish(seed=n, steps=n, guidance=1.0 + n)) for n in (1, 2, 3)]
    engine.step(states)
    assert calls == [6]  # with and without words for each


def test_the_scheduler_shares_steps_between_people(shelf: Path) -> None:
    engine = backend(shelf, "sdxl", "exact")
    scheduler = Scheduler(Registry({"sdxl": lambda: engine}, "sdxl"))
    wishes = [wish(model="sdxl", seed=n, steps=3 + n) for n in range(3)]
    made: dict[int, NDArray[np.uint8]] = {}

    def run(n: int) -> None:
        made[n] = scheduler.run(wishes[n], lambda *_: None, threading.Event())[0].pixels

    threads = [threading.Thread(target=run, args=[n]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    scheduler.close()
    for n in range(3):
        assert (made[n] == alone(engine, wishes[n])).all()


@pytest.mark.parametrize("family", ["sd", "sd3"])
def test_a_preview_shows_the_belief_in_the_decoder_s_colours(
    shelf: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    engine = backend(shelf, family)
    engine.warm()
    inks = torch.randn(engine._loaded().channels, 3, generator=torch.Generator().manual_seed(1)) * 0.1

    def decode(latent: Any) -> Any:  # a decoder as real ones are in the main: colours of latent pixels, enlarged
        small = (latent.permute(1, 2, 0) @ inks + 0.5).permute(2, 0, 1)
        return small.repeat_interleave(8, 1).repeat_interleave(8, 2)

    monkeypatch.setattr(engine._loaded(), "decode", decode)
    state = engine.prepare(wish(steps=3))
    assert engine.preview(state) is None
    engine.step([state])
    shown = engine.preview(state)
    assert shown is not None
    assert (shown.width, shown.height) == (256, 256)
    belief = decode(state.making.belief).clamp(0, 1).permute(1, 2, 0).numpy()[::8, ::8] * 255
    assert np.abs(shown.pixels[::32, ::32] - belief).max() <= 1.01


@pytest.mark.parametrize("family", [*checkpoints.FAMILIES, "sd3-bare"])
def test_long_prompts_are_read_to_their_end(shelf: Path, family: str) -> None:
    """Beyond the 77 tokens of CLIP and the 256, 300 and 512 that T5 is given; here a letter is a token."""
    if family == "sd3-bare":
        without_t5(shelf / "sd3", shelf / family)
    engine, few = backend(shelf, family), {"steps": 1, "guidance": 3.0}
    long = "a red cat on a wall, " * 30
    ends = [alone(engine, wish(prompt=long + end, **few)) for end in ("moon", "boat")]
    assert (ends[0] != ends[1]).any()
    beside: list[DiffusionState] = [engine.prepare(wish(prompt=long, **few)), engine.prepare(wish(**few))]
    engine.step(beside)  # of different lengths: two calls, one step
    assert [state.step for state in beside] == [1, 1]
    if family != "flux":  # which is told its guidance, and reads nothing to stay away from
        avoids = [alone(engine, wish(negative=long + end, **few)) for end in ("moon", "boat")]
        assert (avoids[0] != avoids[1]).any()


def without_t5(folder: Path, to: Path) -> None:
    """Stable Diffusion 3 as it is often had: the largest of its three readers left out."""
    shutil.copytree(folder, to)
    index = json.loads((to / "model_index.json").read_text())
    for name in ("text_encoder_3", "tokenizer_3"):
        shutil.rmtree(to / name)
        index[name] = [None, None]
    (to / "model_index.json").write_text(json.dumps(index))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"sampler": "magic"}, "unknown_sampler"),
        ({"transparent": True}, "not_supported"),
        ({"palette": ("#aabbcc",)}, "not_supported"),
    ],
)
def test_what_a_checkpoint_cannot_do_it_says_at_once(shelf: Path, members: dict[str, Any], reason: str) -> None:
    engine = backend(shelf, "sd")
    with pytest.raises(InvalidRequest) as caught:
        engine.prepare(wish(**members))
    assert caught.value.reason == reason
    assert engine._family is None, "nothing was loaded to say so"


def test_any_size_is_delivered_exactly_and_near_ones_share_steps(shelf: Path) -> None:
    engine = backend(shelf, "sd")
    states = [engine.prepare(wish(width=width)) for width in (100, 128)]
    assert states[0].shape == states[1].shape == (128, 64)
    odd, even = alone(engine, wish(width=100)), alone(engine, wish(width=128))
    assert odd.shape == (64, 100, 3)
    assert (odd == even[:, 14:114]).all(), "the middle of it, and nothing was scaled"
    shown = engine.prepare(wish(width=100))
    engine.step([shown])
    preview = engine.preview(shown)
    assert preview is not None
    assert preview.width / preview.height == pytest.approx(100 / 64, rel=0.2)
    state = engine.prepare(wish(width=100, init_image="0" * 32, mask="1" * 32), Inputs(photo(side=100), half(100)))
    while state.step < state.steps:
        engine.step([state])
    same = engine.finish(state).pixels == _kept(photo(side=100), (100, 64))
    assert same[:, :50].all(), "what the mask leaves dark keeps its very pixels, at its place"
    assert not same[:, 50:].all()


def _kept(picture: Picture, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(ImageOps.fit(Image.fromarray(picture.pixels), size, Image.Resampling.LANCZOS))


def test_weights_in_8_bits_make_nearly_the_same_picture_and_keep_the_promise_of_isolation(shelf: Path) -> None:
    plain = alone(backend(shelf, "sd3"), wish())
    engine = backend(shelf, "sd3", "exact")
    engine.limit = 1  # not even the narrowest fits, and the narrowest it is
    assert engine.planned().precision == "int8"
    assert not engine.planned().fits
    narrow = alone(engine, wish())
    assert engine.planned().loaded
    assert 30 < psnr(plain, narrow) < 99
    states = [engine.prepare(wish(seed=seed)) for seed in (5, 6, 7)]
    while states[0].step < states[0].steps:
        engine.step(states)
    assert (engine.finish(states[0]).pixels == narrow).all()


@pytest.mark.parametrize(("family", "placing"), [("sd", "layers"), ("flux", "parts"), ("flux", "layers")])
def test_weights_that_come_when_they_are_needed_draw_the_same_picture(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, family: str, placing: Placing
) -> None:
    """Without an accelerator they have nowhere to come to but the CPU: what is tested is that between two calls nothing
    of ours asks for weights that are not there."""
    import torch
    from accelerate import cpu_offload
    from diffusers import DiffusionPipeline

    def layer_by_layer(pipeline: Any, device: str) -> None:  # diffusers' own, which wants an accelerator
        for part in pipeline.components.values():
            if isinstance(part, torch.nn.Module):
                cpu_offload(part, torch.device(device), offload_buffers=True)

    whole = alone(backend(shelf, family), wish(steps=2))
    plan = loading.plan
    monkeypatch.setattr(DiffusionPipeline, "enable_sequential_cpu_offload", layer_by_layer)
    monkeypatch.setattr(
        loading, "plan", lambda *told: replace(made := plan(*told), memory=replace(made.memory, placing=placing))
    )
    engine = backend(shelf, family)
    states = [engine.prepare(wish(steps=2, seed=seed)) for seed in (5, 6)]
    for _ in range(2):
        engine.step(states)
    network = engine._pipeline.components["unet" if family == "sd" else "transformer"]
    assert {one.device.type for one in network.parameters()} == {"meta" if placing == "layers" else "cpu"}
    assert engine.preview(states[0]) is not None
    assert psnr(engine.finish(states[0]).pixels, whole) >= 50


def test_the_memory_decides_how_many_share_a_call(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = backend(shelf, "sd")
    engine.warm()
    assert engine._family is not None
    assert engine._plan is not None
    calls: list[int] = []
    predict = engine._family.predict
    monkeypatch.setattr(engine._family, "predict", lambda rows: (calls.append(len(rows)), predict(rows))[1])
    states = [engine.prepare(wish(seed=seed, steps=1)) for seed in range(5)]
    flowing = memory.work(engine.checkpoint, 64, 64)
    free = int((engine._plan.memory.resident_bytes + 2.5 * flowing.row * 2 * 4) / memory.ROOM)
    tight = replace(engine._plan.memory, free_bytes=free)
    monkeypatch.setattr(engine, "_plan", replace(engine._plan, memory=tight))
    engine.step(states)
    assert calls == [4, 4, 2], "two pictures with two rows each, at most"


def test_any_other_pipeline_serves_too_one_at_a_time(tmp_path: Path) -> None:
    checkpoints.save("other", tmp_path / "other")
    found = inspect(tmp_path / "other")
    assert found.family == ALONE
    card = Model("other", found.family, ("image",), "test", "random", "0" * 64, 0, (Format.PNG,), ())
    engine = checkpoint(card, tmp_path / "other")
    states = [engine.prepare(wish(seed=n, steps=2)) for n in (1, 1, 2)]
    assert len({state.shape for state in states}) == 3, "nobody shares a step"
    for state in states:
        engine.step([state])
        assert engine.preview(state) is None
    one, same, other = (engine.finish(state).pixels for state in states)
    assert (one == same).all()
    assert (one != other).any()
    assert alone(engine, wish(width=72, steps=2)).shape == (64, 72, 3)
    for members in ({"sampler": "euler"}, {"init_image": "0" * 32}):
        with pytest.raises(InvalidRequest):
            engine.prepare(wish(**members))


def test_noise_and_latents_of_another_kind_are_their_own_pipeline_s(tmp_path: Path) -> None:
    import torch
    from diffusers import DiffusionPipeline

    folder = checkpoints.save("playground", tmp_path / "playground")
    card = Model("playground", inspect(folder).family, ("image",), "test", "random", "0" * 64, 0, (Format.PNG,), ())
    assert card.family == ALONE
    ours = alone(checkpoint(card, folder), wish(steps=3))
    pipeline = DiffusionPipeline.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    asked = {"num_inference_steps": 3, "guidance_scale": 4.0, "width": 64, "height": 64}
    theirs = pipeline(WORDS[0], generator=torch.Generator().manual_seed(5), **asked).images[0]
    assert ours.std() > 5
    assert psnr(ours, np.asarray(theirs)) >= 40  # one of them may compute in bf16


def test_weights_that_do_not_fit_their_config_are_an_error_that_says_so(shelf: Path, tmp_path: Path) -> None:
    import json
    import shutil

    broken = shutil.copytree(shelf / "sd", tmp_path / "sd")
    config = broken / "unet/config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"cross_attention_dim": 24}))
    with pytest.raises(BackendFailed) as caught:
        backend(tmp_path, "sd").warm()
    assert caught.value.reason == "load_part"
    assert caught.value.params["part"] == "unet"


def photo(seed: int = 0, side: int = 96) -> Picture:
    """Smooth colours, as photographs have."""
    from PIL import Image

    small = np.random.default_rng(seed).integers(0, 255, (4, 4, 3), dtype=np.uint8)
    pixels = np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))
    return Picture(side, side, pixels)


def half(side: int = 96) -> Picture:
    """A mask: the right half is to be made anew."""
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[:, side // 2 :] = 255
    return Picture(side, side, pixels)


def changed(engine: DiffusionBackend, inputs: Inputs, **members: Any) -> NDArray[np.uint8]:
    state = engine.prepare(wish(init_image="0" * 32, **members), inputs)
    while state.step < state.steps:
        engine.step([state])
    return engine.finish(state).pixels


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "pixart", "flux"])
def test_less_strength_keeps_more_of_the_picture_it_begins_with(shelf: Path, family: str) -> None:
    engine = backend(shelf, family)
    for strength, steps in ((0.2, 2), (0.9, 9)):
        state = engine.prepare(wish(init_image="0" * 32, steps=10, strength=strength), Inputs(photo()))
        assert state.steps == steps
        engine.step([state])
        assert state.steps == steps
    one, other = (changed(engine, Inputs(photo(n)), strength=0.3) for n in (1, 2))
    assert (one != other).any()


def test_a_variation_is_diffusers_own(shelf: Path) -> None:
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionImg2ImgPipeline
    from PIL import Image

    engine, before = backend(shelf, "sd"), photo(side=64)
    pipeline = StableDiffusionImg2ImgPipeline.from_pretrained(shelf / "sd", local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    pipeline.vae.encode = _mean_only(pipeline.vae.encode)  # theirs draws from the encoder's spread, ours takes its mean
    theirs = pipeline(
        WORDS[0], image=Image.fromarray(before.pixels), strength=0.5, num_inference_steps=6, guidance_scale=4.0,
        generator=torch.Generator().manual_seed(5),
    ).images[0]  # fmt: skip
    ours = changed(engine, Inputs(before), steps=6, strength=0.5, sampler="euler")
    assert psnr(ours, np.asarray(theirs)) >= 50


def _mean_only(encode: Any) -> Any:
    def encoded(pixels: Any) -> Any:
        found = encode(pixels)
        found.latent_dist.sample = lambda generator=None: found.latent_dist.mode()
        return found

    return encoded


@pytest.mark.parametrize("family", ["sd", "sd3", "flux"])
def test_what_the_mask_leaves_dark_keeps_its_pixels(shelf: Path, family: str) -> None:
    engine, before = backend(shelf, family), photo(side=64)
    pixels = changed(engine, Inputs(before, half(64)), mask="1" * 32)
    assert (pixels[:, :32] == before.pixels[:, :32]).all()
    assert np.abs(pixels[:, 32:].astype(int) - before.pixels[:, 32:]).mean() > 5


def test_changed_pictures_too_are_the_same_in_any_company(shelf: Path) -> None:
    engine = backend(shelf, "sdxl", "exact")
    inputs = [Inputs(photo(1)), Inputs(photo(2), half()), NOTHING]
    wishes = [
        wish(init_image="0" * 32 if one.init else "", mask="1" * 32 if one.mask else "", steps=6) for one in inputs
    ]
    together = [engine.prepare(request, one) for request, one in zip(wishes, inputs, strict=True)]
    while going := [state for state in together if state.step < state.steps]:
        engine.step(going)
    for state, request, one in zip(together, wishes, inputs, strict=True):
        lonely = engine.prepare(request, one)
        while lonely.step < lonely.steps:
            engine.step([lonely])
        assert (engine.finish(state).pixels == engine.finish(lonely).pixels).all()


def beginning(engine: DiffusionBackend, picture: Picture, mask: Picture | None, **members: Any) -> NDArray[np.uint8]:
    named = {"init_image": "0" * 32} | ({"mask": "1" * 32} if mask is not None else {})
    state = engine.prepare(wish(**named | members), Inputs(picture, mask))
    engine.step([state])
    return engine.finish(state).pixels


def test_a_pipeline_by_itself_takes_a_picture_and_a_mask_where_its_call_does(shelf: Path) -> None:
    import torch
    from diffusers import StableDiffusionInpaintPipeline

    opened = {}
    for name, takes in (("inpaint", (True, True)), ("kontext", (True, False)), ("other", (False, False))):
        folder = shelf / name
        if not folder.exists():
            checkpoints.save(name, folder)
        found = inspect(folder)
        assert kinds.begins_with(found.family, found.pipeline) == takes
        card = Model(name, found.family, ("image",), "test", "random", "0" * 64, 0, (Format.PNG,), ())
        opened[name] = checkpoint(card, folder)
    picture, mask = photo(side=100), half(100)  # 96 and 112 can be drawn, and the middle of 128 is delivered
    made = beginning(opened["inpaint"], picture, mask, width=100, strength=1.0)
    same = made == _kept(picture, (100, 64))
    assert made.shape == (64, 100, 3)
    assert same[:, :50].all()
    assert not same[:, 50:].all()
    plain = beginning(opened["inpaint"], photo(), half(), strength=1.0)
    pipeline = StableDiffusionInpaintPipeline.from_pretrained(shelf / "inpaint", use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    asked = {"num_inference_steps": 4, "guidance_scale": 4.0, "width": 64, "height": 64, "strength": 1.0}
    brought = {"image": Image.fromarray(photo().pixels), "mask_image": Image.fromarray(half().pixels)}
    theirs = pipeline(WORDS[0], generator=torch.Generator().manual_seed(5), **asked, **brought).images[0]
    assert psnr(plain[:, 32:], np.asarray(theirs)[:, 32:]) >= 35  # one of them may compute in bf16
    with pytest.raises(BackendFailed):
        alone(opened["inpaint"], wish())  # says in its own words that it wants a picture
    changed = beginning(opened["kontext"], photo(), None)
    assert (changed != alone(opened["kontext"], wish())).any()
    assert opened["kontext"].unheeded(wish(init_image="0" * 32, strength=0.5)) == ("strength",)
    assert opened["inpaint"].unheeded(wish(init_image="0" * 32, strength=0.5)) == ()
    for name, members in (("kontext", {"init_image": "0" * 32, "mask": "1" * 32}), ("other", {"init_image": "0" * 32})):
        with pytest.raises(InvalidRequest) as caught:
            opened[name].prepare(wish(**members))
        assert caught.value.params["member"] == list(members)[-1]


@pytest.mark.parametrize(("side", "rows", "stride", "kernel"), [(5, 3, 1, 3), (6, 1, 2, 3), (3, 2, 1, (1, 3))])
def test_a_wide_convolution_gives_what_torch_s_own_gives(
    monkeypatch, side: int, rows: int, stride: int, kernel
) -> None:
    import torch

    torch.manual_seed(1)
    layer = torch.nn.Conv2d(4, 6, kernel, stride=stride, padding=(0, 1) if kernel == (1, 3) else 1)
    heard: list[int] = []
    layer.register_forward_hook(lambda *_: heard.append(1))
    given = torch.randn(rows, 4, side, side + 1)
    with torch.inference_mode():
        before = layer(given)
        monkeypatch.setattr(wide, "WIDE_BYTES", 0)
        assert wide.laid(torch.nn.Sequential(layer, torch.nn.Conv2d(4, 4, 1))) == 1
        few = layer(given)
        monkeypatch.setattr(wide, "FEW", 0)
        many = layer(given)
    assert len(heard) == 3
    for made in (few, many):
        assert made.shape == before.shape
        assert torch.allclose(made, before, atol=1e-5)


def test_wide_convolutions_change_no_picture_that_could_be_seen(shelf: Path, monkeypatch) -> None:
    plain = alone(backend(shelf, "sd"), wish())
    monkeypatch.setattr(wide, "WIDE_BYTES", 1)
    engine = backend(shelf, "sd")
    assert psnr(alone(engine, wish()), plain) >= 60
    laid = [part for part in engine._opened().unet.modules() if getattr(part.forward, "func", None) is wide._convolved]
    assert laid, "none was wide"


def test_what_layers_make_of_words_is_reckoned_once_for_each_prompt(shelf: Path, monkeypatch) -> None:
    engine = backend(shelf, "sd")
    engine.warm()
    family, asked = engine._loaded(), []
    reckon = Known._part

    def heard(self: Known, words: Words, *rest: Any) -> Any:
        asked.append(words)
        return reckon(self, words, *rest)

    monkeypatch.setattr(Known, "_part", heard)
    wishes = [wish(prompt=words, seed=3) for words in WORDS[:2]]
    apart = [alone(engine, one) for one in wishes]
    layers = [part for part in engine._opened().unet.modules() if getattr(part, "is_cross_attention", False)]
    prompts, (tokens, _) = {id(words) for words in asked}, asked[0].signature
    held = sum(2 * layer.inner_dim for layer in layers) * tokens * 4 * len(prompts)
    assert len(prompts) == 3, "two, and what nobody asks for"
    assert family._known.taken == held
    assert len(asked) > 2 * 2 * len(layers) * len(prompts), "asked at every step, and reckoned at the first"
    together = crowd(engine, wishes, 1)
    assert family._known.taken == held
    family._known = None
    for one, other, request in zip(apart, together, wishes, strict=True):
        assert psnr(one, other) >= 50
        assert psnr(one, alone(engine, request)) >= 60


def test_of_what_is_known_the_oldest_goes_and_hooks_are_heard() -> None:
    import torch
    from diffusers.models.attention_processor import Attention

    torch.manual_seed(1)
    layer = Attention(query_dim=8, cross_attention_dim=6, heads=2, dim_head=4)
    words = [Words(torch.randn(5, 6)) for _ in range(3)]
    size = 2 * 5 * 8 * 4
    batch = torch.stack([one.embeds for one in words])
    with torch.inference_mode():
        plain = layer.to_k(batch), layer.to_v(batch)
        known = Known(layer, most=size)
        for _ in range(2):
            with known.told(batch, words):
                assert torch.allclose(layer.to_k(batch), plain[0], atol=1e-6)
                assert torch.allclose(layer.to_v(batch), plain[1], atol=1e-6)
                assert known.taken == 3 * size, "whoever shares the call is known as long as it lasts"
                assert torch.allclose(layer.to_k(batch.clone()), plain[0], atol=1e-6)
            assert known.taken == size
        layer.to_k.register_forward_hook(lambda _, given, output: output + given[0].sum())
        with known.told(batch, words):
            assert torch.allclose(layer.to_k(batch), plain[0] + batch.sum(), atol=1e-5)


@pytest.mark.parametrize(("places", "pictures"), [(1, 16), (3, 7), (70, 5), (300, 3)])
def test_a_row_of_a_dense_layer_is_what_it_is_in_any_company(places: int, pictures: int) -> None:
    import torch

    torch.manual_seed(2)
    layer = torch.nn.Linear(40, 24, bias=places != 3, dtype=torch.bfloat16)
    heard: list[int] = []
    layer.register_forward_hook(lambda *_: heard.append(1))
    given = torch.randn(pictures, places, 40, dtype=torch.bfloat16)
    given = given[:, 0] if places == 1 else given
    with torch.inference_mode():
        before = layer(given)
        assert blocks.laid(torch.nn.Sequential(layer, torch.nn.Linear(4, 4))) == 1
        whole = layer(given)
        for n in range(1, pictures):
            assert torch.equal(layer(given[:n]), whole[:n])
    layer(given).sum().backward()
    assert layer.weight.grad is not None, "and it can be learnt through"
    assert len(heard) == pictures + 2
    assert whole.shape == before.shape
    assert torch.allclose(whole, before, atol=0.05)


@pytest.fixture
def products(monkeypatch) -> Iterator[list[int]]:
    """Heights of products that the library was asked for. It rounds 64 to 128 rows in one way, others in another, as
    with AMX; nothing of it is remembered."""
    import torch

    known, heights = torch.mm, list[int]()

    def told(block: Any, *others: Any, **more: Any) -> Any:
        heights.append(len(block))
        made = known(block, *others)
        made = made if 64 <= len(block) <= 128 else made + 1
        return made if more.get("out") is None else more["out"].copy_(made)

    for kept in (blocks._agreeing, blocks._at_once):
        kept.cache_clear()
    monkeypatch.setattr(torch, "mm", told)
    yield heights
    monkeypatch.undo()
    for kept in (blocks._agreeing, blocks._at_once):
        kept.cache_clear()


def test_a_last_block_is_lower_only_where_a_row_stays_what_it_is(products: list[int]) -> None:
    import torch

    torch.manual_seed(2)
    rows, weight = torch.randn(154, 96).bfloat16(), torch.randn(40, 96).bfloat16()
    alone, both = (blocks.product(rows[:many], weight, None, 77) for many in (77, 154))
    assert torch.equal(both[:77], alone)
    assert blocks._agreeing(40, 96, False, 128, torch.get_num_threads()) == (64, 96)
    assert products[-2:] == [128, 64]  # two blocks, of which the last holds 26


def test_rows_are_taken_at_once_where_the_library_rounds_them_as_in_blocks(products: list[int]) -> None:
    import torch

    torch.manual_seed(3)
    rows, weight = torch.randn(154, 96).bfloat16(), torch.randn(40, 96).bfloat16()
    for many, once in ((77, True), (154, False), (26, False)):
        blocks.product(rows[:many], weight, None, 77)  # now it is known
        products.clear()
        made = blocks.product(rows[:many], weight, None, 77)
        assert torch.equal(made, blocks._blocked(rows[:many], weight, None, 128))
        assert (products[:1] == [many]) is once


def test_on_this_processor_every_number_of_rows_gives_a_row_the_same_bits() -> None:
    """Whatever is taken at once here: companies of all sizes against one person alone, in the network's own numbers."""
    import torch

    torch.manual_seed(4)
    for inputs, outputs, places in ((96, 40, 77), (320, 320, 64), (64, 256, 1), (80, 80, 16)):
        rows = torch.randn(9 * places, inputs).bfloat16()
        weight, bias = torch.randn(outputs, inputs).bfloat16(), torch.randn(outputs).bfloat16()
        whole = blocks.product(rows, weight, bias, places)
        for people in range(1, 9):
            assert torch.equal(blocks.product(rows[: people * places], weight, bias, places), whole[: people * places])


@pytest.mark.parametrize("family", ["sd", "pixart"])
def test_where_the_cpu_is_good_at_bf16_it_is_used_and_company_changes_nothing(
    shelf: Path, family: str, monkeypatch
) -> None:
    plain = alone(backend(shelf, family), wish())
    monkeypatch.setattr("pingxing.engine.devices.multiplies_bf16", lambda: True)
    monkeypatch.setattr(wide, "WIDE_BYTES", 1)
    engine = backend(shelf, family)
    assert engine.planned().precision == "bf16"
    wishes = [wish(prompt=WORDS[n], seed=n, guidance=3.0 + n) for n in range(4)]
    lonely = [alone(engine, one) for one in wishes]
    states = [engine.prepare(one) for one in wishes]
    while states[0].step < states[0].steps:
        engine.step(states)
    for state, own in zip(states, lonely, strict=True):
        assert psnr(engine.finish(state).pixels, own) >= 50
    assert psnr(alone(engine, wish()), plain) >= 25


@pytest.mark.parametrize("bias", [True, False])
def test_turned_convolutions_give_what_the_layer_gives_in_any_company(bias: bool, monkeypatch) -> None:
    import torch

    monkeypatch.setattr(winograd, "WIDE", 24)
    monkeypatch.setattr(winograd, "_TOGETHER", 48)  # three pictures of 8x8 places, one of 12x10
    torch.manual_seed(5)
    layer = torch.nn.Conv2d(24, 40, 3, padding=1, bias=bias, dtype=torch.bfloat16)
    exact = torch.nn.Conv2d(24, 40, 3, padding=1, bias=bias)
    exact.load_state_dict(layer.state_dict())
    others = [torch.nn.Conv2d(24, 40, 3, padding=1, stride=2), torch.nn.Conv2d(8, 40, 3, padding=1)]
    others += [torch.nn.Conv2d(24, 40, 1), torch.nn.Conv2d(24, 40, 3, padding=1, padding_mode="circular")]
    heard: list[int] = []
    layer.register_forward_hook(lambda *_: heard.append(1))
    assert winograd.laid(torch.nn.Sequential(layer, *(other.bfloat16() for other in others))) == 1
    with torch.inference_mode():
        for height, width in ((8, 8), (12, 10)):
            given = torch.randn(5, 24, height, width, dtype=torch.bfloat16)
            made, wanted = layer(given), exact(given.float())
            assert made.is_contiguous()
            assert 0.001 < (made.float() - wanted).norm() / wanted.norm() < 0.012, "it is turned, and near"
            for people in range(1, 5):
                assert torch.equal(layer(given[:people]), made[:people])
            assert torch.equal(layer(given[3:]), made[3:])
        assert len(heard) == 12
        for height, width in ((9, 8), (8, 9), (6, 8)):  # halves of a tile, and too few places
            given = torch.randn(2, 24, height, width, dtype=torch.bfloat16)
            plain = torch.nn.functional.conv2d(given, layer.weight, layer.bias, padding=1)
            assert torch.equal(layer(given), plain)
    layer(torch.randn(1, 24, 8, 8, dtype=torch.bfloat16)).sum().backward()
    assert layer.weight.grad is not None, "and it can be learnt through"


def test_with_turned_convolutions_company_changes_nothing(shelf: Path, monkeypatch) -> None:
    monkeypatch.setattr("pingxing.engine.devices.multiplies_bf16", lambda: True)
    direct = alone(backend(shelf, "sd"), wish())
    monkeypatch.setattr(winograd, "of_use", lambda: True)
    monkeypatch.setattr(winograd, "WIDE", 8)
    monkeypatch.setattr(winograd, "FEW_EACH", 4)
    engine = backend(shelf, "sd")
    plan = engine.planned()
    assert (plan.precision, plan.twice_bytes > 0) == ("bf16", True)
    wishes = [wish(prompt=WORDS[n], seed=n, guidance=3.0 + n) for n in range(4)]
    lonely = [alone(engine, one) for one in wishes]
    laid = [part.forward for part in engine._opened().unet.modules() if isinstance(part.forward, partial)]
    turned = [one for one in laid if one.func is winograd._convolved]
    assert sum(winograd.bytes_of(one.args[0].weight.numel()) for one in turned) == plan.twice_bytes > 0
    states = [engine.prepare(one) for one in wishes]
    while states[0].step < states[0].steps:
        engine.step(states)
    for state, own in zip(states, lonely, strict=True):
        assert np.array_equal(engine.finish(state).pixels, own)
    assert 25 <= psnr(alone(engine, wish()), direct) < 100


@pytest.mark.parametrize(("amx", "use"), [(False, True), (True, False)])
def test_convolutions_are_turned_where_the_cpu_has_bf16_and_no_amx(monkeypatch, amx: bool, use: bool) -> None:
    import torch

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True, "amx_bf16": amx}, raising=False)
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
    assert winograd.of_use() is use
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict, raising=False)
    assert not winograd.of_use()


@pytest.mark.parametrize(("told", "good"), [("", True), ("AVX512_CORE", False), ("AVX512_CORE_AMX", True)])
def test_who_keeps_the_library_from_bf16_is_understood(monkeypatch, told: str, good: bool) -> None:
    import torch

    from pingxing.engine import devices

    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True}, raising=False)
    if told:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", told)
    else:
        monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
    assert devices.multiplies_bf16() is good
    assert devices.dtype_of("cpu") == ("bfloat16" if good else "float32")


# --- recorded calls ------------------------------------------------------------------------------


def recorder(calls: list[str]) -> Any:
    """Records as a device would that runs its work again on whatever the same memory holds then."""

    def record(call: Any) -> Any:
        calls.append("recorded")
        made = call()

        def replay() -> None:
            calls.append("played")
            made.copy_(call())

        return replay, made

    return record


@pytest.mark.parametrize("family", ["sdxl", "flux"])
def test_calls_that_come_back_are_recorded_and_say_the_same(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    """On CUDA a recording is a graph; here it is the same call again, so that what is fed and fetched is tried."""
    plain, calls = backend(shelf, family), list[str]()
    monkeypatch.setattr(loading, "recordings", lambda pipeline, _: recorded.Recordings(
        getattr(pipeline, "unet", None) or pipeline.transformer, recorder(calls)
    ))  # fmt: skip
    engine = backend(shelf, family)
    engine.recording = True
    for seed in (1, 2):
        request = wish(seed=seed, steps=5, prompt=WORDS[seed])
        assert (alone(engine, request) == alone(plain, request)).all()
    assert calls == ["recorded", *["played"] * 7], "three steps are seen first, the other seven played"
    pair = [engine.prepare(wish(seed=seed, steps=2)) for seed in (3, 4)]
    engine.step(pair)
    assert calls.count("recorded") == 1, "another number of rows is another shape"
    monkeypatch.setattr(recorded, "PLACES", 4)
    alone(engine, wish(steps=2))
    engine.recording = False
    monkeypatch.undo()
    alone(engine, wish(steps=2))
    assert calls.count("played") == 7, "large pictures are left alone, and everybody's where it is not wanted"


def test_a_device_that_records_nothing_computes(shelf: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def record(call: Any) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(loading, "recordings", lambda pipeline, _: recorded.Recordings(pipeline.unet, record))
    engine = backend(shelf, "sd")
    engine.recording = True
    assert alone(engine, wish(steps=5)).any()
    assert len([line for line in caplog.messages if "cannot be recorded" in line]) == 1


def test_of_two_checkpoints_that_are_wanted_at_once_one_is_loaded_after_the_other(shelf: Path, monkeypatch) -> None:
    """Two loads at once left torch with the library's own way to make a module: all that came after was empty."""
    import torch
    from diffusers import DiffusionPipeline

    loads, loading, most = DiffusionPipeline.from_pretrained.__func__, 0, 0

    def watched(kind: Any, *given: Any, **named: Any) -> Any:
        nonlocal loading, most
        loading += 1
        most = max(most, loading)
        try:
            time.sleep(0.2)  # long enough for the other to come in
            return loads(kind, *given, **named)
        finally:
            loading -= 1

    before = torch.nn.Module.register_parameter
    monkeypatch.setattr(DiffusionPipeline, "from_pretrained", classmethod(watched))
    engines = [backend(shelf, "sd"), backend(shelf, "flux")]
    threads = [threading.Thread(target=engine.warm) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [engine.loaded for engine in engines] == [True, True]
    assert most == 1
    assert torch.nn.Module.register_parameter is before
    assert torch.nn.Linear(2, 2).weight.device.type == "cpu"
