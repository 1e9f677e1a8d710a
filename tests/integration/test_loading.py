"""What operators bring besides diffusers folders: adapters, embeddings, single files, encoders of other makes."""

from __future__ import annotations

import importlib.util
import json
import math
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.fakes import checkpoints, single_files
from tests.integration.test_diffusion import alone, crowd, psnr, quiet, wish

from pingxing.engine.backends.diffusion import checkpoint, kits, single
from pingxing.engine.backends.diffusion.adapters import fitted
from pingxing.engine.backends.diffusion.backend import DiffusionBackend, Isolation
from pingxing.engine.backends.diffusion.extras import digest
from pingxing.engine.backends.diffusion.folder import ALONE, inspect
from pingxing.engine.backends.diffusion.tensors import Entry, Held
from pingxing.engine.shelf import Shelf
from pingxing.errors import Conflict, Integrity, InvalidRequest, NotFound, PingxingError
from pingxing.types import AdapterUse

__all__ = ["quiet"]
pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("torch") is None, reason="THE DIFFUSION ENGINE WAS NOT TESTED: no torch"
    ),
    pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning"),
]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
INK = (AdapterUse(name="ink", weight=0.8),)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operator")


@pytest.fixture(scope="module")
def shelf(place: Path) -> Shelf:
    return Shelf(place / "data")


@pytest.fixture(scope="module")
def stocked(place: Path, shelf: Shelf) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint of a family, on the shelf under the family's name."""

    def of(family: str) -> Path:
        if family not in shelf.names():
            shelf.add(checkpoints.save(family, place / family), family, NOW)
        return place / family

    return of


def opened(shelf: Shelf, name: str, isolation: Isolation = "shared") -> DiffusionBackend:
    found = shelf.get(name)
    return checkpoint(found.card, found.path, isolation, lambda: shelf.extras(name))


def theirs(folder: Path, file: Path | None, weight: float = 1.0, prompt: str = "a red cat") -> NDArray[np.uint8]:
    """The picture of diffusers itself, with an adapter laid into its layers by peft."""
    import torch
    from diffusers import DiffusionPipeline, EulerDiscreteScheduler

    pipeline = DiffusionPipeline.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    if "beta_start" in pipeline.scheduler.config:
        pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    if file is not None:
        pipeline.load_lora_weights(str(file.parent), weight_name=file.name, adapter_name="x")
        pipeline.set_adapters("x", weight)
    image = pipeline(
        prompt, num_inference_steps=4, guidance_scale=4.0, width=64, height=64,
        generator=torch.Generator().manual_seed(5),
    ).images[0]  # fmt: skip
    return np.asarray(image)


# --- adapters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "layout"),
    [
        ("sd", "diffusers"),
        ("sdxl", "kohya"),
        ("sd3", "diffusers"),
        ("flux", "kohya"),
    ],
)
def test_a_picture_with_an_adapter_is_diffusers_own(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path, family: str, layout: str
) -> None:
    folder, file = stocked(family), tmp_path / "ink.safetensors"
    if family == "flux":
        checkpoints.flux_kohya(file)
    else:
        checkpoints.adapter(folder, file, layout)
    joined = shelf.join(file, "", [family], NOW, licence="cc0")
    try:
        assert (joined.name, joined.kind, joined.rank, joined.licence) == ("ink", "adapter", 2, "cc0")
        engine = opened(shelf, family)
        plain = alone(engine, wish())
        ours = alone(engine, wish(adapters=INK))
        assert psnr(ours, theirs(folder, file, 0.8)) >= 60
        assert psnr(ours, plain) < 45, "it changes what one can see"
        assert (alone(engine, wish()) == plain).all(), "and nothing stays behind"
        assert (alone(engine, wish(adapters=({"name": "ink", "weight": 0},))) == plain).all()
    finally:
        shelf.part("ink")


def test_every_layout_means_the_same_matrices(stocked: Callable[[str], Path], tmp_path: Path) -> None:
    base = inspect(stocked("sd"))
    read = {
        layout: fitted(base, checkpoints.adapter(base.folder, tmp_path / f"{layout}.safetensors", layout)).parts
        for layout in ("diffusers", "old diffusers", "kohya")
    }
    assert set(read["diffusers"]) == {"unet", "text_encoder"}
    for layout, scale in (("old diffusers", 1), ("kohya", 0.5)):  # whose alpha is half the rank
        for part, layers in read["diffusers"].items():
            assert read[layout][part].keys() == layers.keys()
            for name, delta in layers.items():
                other = read[layout][part][name]
                assert (other.down == delta.down).all()
                assert (other.up == delta.up * scale).all()


@pytest.mark.parametrize("named", ["kohya", "peft"])
def test_loha_and_lokr_mean_what_peft_computes(stocked: Callable[[str], Path], tmp_path: Path, named: str) -> None:
    import torch
    from peft.tuners.loha.layer import make_weight
    from peft.tuners.lokr.layer import make_kron
    from safetensors.torch import save_file

    base, chance, alpha = inspect(stocked("sd")), torch.Generator().manual_seed(1), 3.0

    def some(*size: int) -> Any:
        return torch.randn(size, generator=chance)

    block = "down_blocks.0.attentions.0.transformer_blocks.0.attn2"
    shapes = {f"{block}.to_q": (16, 16), f"{block}.to_k": (16, 32), "down_blocks.0.resnets.0.conv1": (16, 16, 3, 3)}
    wanted, told, rank = dict[str, Any](), dict[str, Any](), 2
    for layer, (out, deep, *sides) in shapes.items():
        wide = deep * math.prod(sides)
        loha = {"w1_a": some(out, rank), "w1_b": some(rank, wide), "w2_a": some(out, rank), "w2_b": some(rank, wide)}
        lokr = {"w1": some(4, 2), "w2_a": some(out // 4, rank), "w2_b": some(rank, wide // 2)}
        whole = {"w1_a": some(2, rank), "w1_b": some(rank, 4), "w2": some(out // 2, deep // 4, *sides)}
        for kind, parts in (("hada", loha), ("lokr", lokr), ("lokr", whole)):
            if kind == "hada":
                product = make_weight(*parts.values(), scale=torch.tensor(alpha / rank))
            else:
                first = parts["w1"] if "w1" in parts else parts["w1_a"] @ parts["w1_b"]
                second = parts["w2"] if "w2" in parts else parts["w2_a"] @ parts["w2_b"]
                product = make_kron(first, second, alpha / rank)
            stem = f"lora_unet_{layer.replace('.', '_')}" if named == "kohya" else f"base_model.model.{layer}"
            told = {f"{stem}.{kind}_{name}": value for name, value in parts.items()}
            if named == "kohya":
                told[f"{stem}.alpha"] = torch.tensor(alpha)
            else:
                facts = {"peft_type": "LOHA" if kind == "hada" else "LOKR", "alpha": alpha, "r": rank}
                (tmp_path / "adapter_config.json").write_text(json.dumps(facts))
            save_file(told, tmp_path / "adapter_model.safetensors")
            delta = fitted(base, tmp_path / "adapter_model.safetensors").parts["unet"][layer]
            made = delta.up.flatten(1) @ delta.down.flatten(1)
            wanted = product.reshape(out, wide)
            assert torch.allclose(made, wanted, atol=1e-4 * float(wanted.abs().max())), (layer, parts.keys())
    save_file({**told, next(iter(told)).partition("_w")[0].replace("lokr", "hada") + "_t1": some(2, 2, 3, 3)},
              tmp_path / "adapter_model.safetensors")  # fmt: skip
    with pytest.raises(InvalidRequest) as caught:
        fitted(base, tmp_path / "adapter_model.safetensors")
    assert (caught.value.reason, caught.value.params["kind"]) == ("adapter_kind", "LoHa")


def test_what_peft_writes_beside_its_matrices_counts(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    """peft's own folder says alpha in a file; twice the rank there is twice the weight elsewhere."""
    base = stocked("sd")
    folder = tmp_path / "trained"
    folder.mkdir()
    checkpoints.adapter(base, folder / "adapter_model.safetensors", "peft")
    shelf.join(folder, "twice", ["sd"], NOW)
    config = folder / "adapter_config.json"
    engine = opened(shelf, "sd")
    twice = alone(engine, wish(adapters=({"name": "twice", "weight": 0.5},)))
    config.write_text(config.read_text().replace('"lora_alpha": 4', '"lora_alpha": 2'))
    with pytest.raises(Integrity):
        shelf.check("twice")
    shelf.part("twice")
    shelf.join(folder, "once", ["sd"], NOW)
    once = alone(opened(shelf, "sd"), wish(adapters=({"name": "once", "weight": 1},)))
    assert psnr(once, twice) >= 60
    shelf.part("once")


@pytest.mark.parametrize("family", ["sd", "pixart"])
def test_people_with_and_without_adapters_share_steps_and_nothing_else(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path, family: str
) -> None:
    folder = stocked(family)
    for number, name in enumerate(("ink", "oil")):
        file = checkpoints.adapter(folder, tmp_path / f"{name}.safetensors", "diffusers", seed=number, rank=number + 2)
        shelf.join(file, name, [family], NOW)
    try:
        chance = random.Random(3)
        uses: list[tuple[dict[str, Any], ...]] = [
            (), ({"name": "ink", "weight": 0.7},), ({"name": "oil", "weight": -0.5},),
            ({"name": "ink", "weight": 0.7}, {"name": "oil", "weight": 1.1}), ({"name": "ink", "weight": 1.5},),
        ]  # fmt: skip
        wishes = [
            wish(seed=n % 2, steps=chance.randint(2, 4), guidance=chance.choice([1.0, 4.0]), adapters=use)
            for n, use in enumerate(uses)
        ]
        for isolation, least in (("exact", 99), ("shared", 50)):
            engine = opened(shelf, family, isolation)  # type: ignore[arg-type]
            lonely = [alone(opened(shelf, family, "exact"), request) for request in wishes[:1]]
            lonely += [alone(engine, request) for request in wishes[1:]]
            for made, pixels in zip(crowd(engine, wishes, 7), lonely, strict=True):
                assert psnr(made, pixels) >= least
            assert len({pixels.tobytes() for pixels in lonely}) == len(wishes)
        calls: list[int] = []
        known = engine._loaded().predict
        engine._loaded().predict = lambda rows: calls.append(len(rows)) or known(rows)  # type: ignore
        engine.step([engine.prepare(wish(guidance=4.0, adapters=use)) for use in uses])
        assert calls == [10], "one call of the network for all of them"
    finally:
        for name in ("ink", "oil"):
            shelf.part(name)


def test_a_pipeline_that_serves_one_at_a_time_takes_adapters_too(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    file = checkpoints.adapter(stocked("other"), tmp_path / "ink.safetensors", "diffusers")
    shelf.join(file, "ink", ["other"], NOW)
    engine = opened(shelf, "other")
    plain, inked, again = (alone(engine, wish(steps=2, adapters=use)) for use in ((), INK, ()))
    assert psnr(plain, inked) < 45
    assert (plain == again).all()
    shelf.part("ink")


def test_what_does_not_fit_the_base_is_refused_by_name(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    file = checkpoints.adapter(stocked("sd"), tmp_path / "ink.safetensors", "diffusers")
    whole = load_file(file)
    key = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    changes: dict[str, dict[str, Any]] = {
        "adapter_shape": {f"{key}.lora_A.weight": whole[f"{key}.lora_A.weight"][:, :-1]},
        "adapter_half": {f"{key}.lora_A.weight": None},
        "adapter_key": {f"unet.somewhere.else.lora_{x}.weight": whole[f"{key}.lora_{x}.weight"] for x in "AB"},
        "adapter_kind": {f"{key}.dora_scale": whole[f"{key}.lora_A.weight"][:1]},
    }
    for reason, change in changes.items():
        told = {name: value for name, value in (whole | change).items() if value is not None}
        save_file({name: value.clone() for name, value in told.items()}, file)
        with pytest.raises(InvalidRequest) as caught:
            shelf.join(file, "wrong", ["sd"], NOW)
        assert (caught.value.reason, caught.value.params["file"]) == (reason, "ink.safetensors")
        assert caught.value.params.get("kind", "DoRA") == "DoRA"
        assert str(caught.value.params["key"]).startswith(
            next(iter(change)).partition(".lora_")[0].partition(".dora")[0]
        )
    save_file(whole, file)
    stocked("sdxl")
    with pytest.raises(InvalidRequest):
        shelf.join(file, "wrong", ["sdxl"], NOW)
    with pytest.raises(NotFound):
        shelf.join(file, "wrong", ["nobody"], NOW)
    assert shelf.additions() == ()


def test_an_adapter_that_has_changed_is_the_trouble_of_whoever_asked_for_it(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    file = checkpoints.adapter(stocked("sd"), tmp_path / "ink.safetensors", "diffusers")
    shelf.join(file, "ink", ["sd"], NOW)
    engine = opened(shelf, "sd", "exact")
    with pytest.raises(Conflict):
        shelf.join(file, "ink", ["sd"], NOW)
    with pytest.raises(InvalidRequest) as caught:
        engine.prepare(wish(adapters=({"name": "chalk"},)))
    assert (caught.value.reason, caught.value.params["known"]) == ("unknown_adapter", "ink")
    file.write_bytes(file.read_bytes()[:-1] + b"\1")
    states = [engine.prepare(wish(adapters=INK)), engine.prepare(wish())]
    engine.step(states)
    with pytest.raises(PingxingError) as told:
        engine.finish(states[0])
    assert (told.value.code, told.value.reason) == ("integrity", "model_changed")
    while states[1].step < states[1].steps:
        engine.step(states[1:])
    assert (engine.finish(states[1]).pixels == alone(engine, wish())).all()
    shelf.part("ink")


# --- embeddings ----------------------------------------------------------------------------------


def test_a_learned_word_is_read_as_diffusers_reads_it(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline

    folder, file = stocked("sd"), checkpoints.embedding(tmp_path / "x.safetensors", "diffusers", 32, count=3)
    engine = opened(shelf, "sd", "exact")
    untold = alone(engine, wish(prompt="a <ink> cat"))
    joined = shelf.join(file, "ink", ["sd"], NOW)
    assert (joined.kind, joined.trigger, joined.rank, joined.parts) == ("embedding", "<ink>", 3, ("text_encoder",))
    ours = alone(engine, wish(prompt="a <ink> cat"))
    pipeline = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    pipeline.load_textual_inversion(str(file))
    image = pipeline(
        "a <ink> cat", num_inference_steps=4, guidance_scale=4.0, width=64, height=64,
        generator=torch.Generator().manual_seed(5),
    ).images[0]  # fmt: skip
    assert psnr(ours, np.asarray(image)) >= 60
    assert psnr(ours, untold) < 45
    assert (alone(engine, wish(prompt="a <inky> cat")) == alone(opened(shelf, "sd"), wish(prompt="a <inky> cat"))).all()
    words = engine._loaded().pipeline  # type: ignore[attr-defined]
    assert "<ink>" not in words.tokenizer.get_vocab()
    assert words.text_encoder.get_input_embeddings().num_embeddings == 94
    shelf.part("ink")
    assert (alone(engine, wish(prompt="a <ink> cat")) == untold).all(), "gone from the shelf, it is a word like others"


def test_learned_words_reach_nobody_who_does_not_write_them(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    stocked("sdxl")
    bad = checkpoints.embedding(tmp_path / "BadHands.safetensors", "sdxl", 32, second=32, seed=1)
    oil = checkpoints.embedding(tmp_path / "oil.safetensors", "sdxl", 32, second=32, count=5, seed=2)
    shelf.join(bad, "", ["sdxl"], NOW)
    shelf.join(oil, "oil", ["sdxl"], NOW, trigger="<oil>")
    try:
        assert [extra.addition.trigger for extra in shelf.extras("sdxl")] == ["BadHands", "<oil>"]
        long = "a red cat on a wall, " * 5  # in pieces: a word of many vectors is not cut through
        wishes = [
            wish(prompt=prompt, negative=negative, steps=2)
            for prompt, negative in (
                ("a red cat", ""), ("a red cat", "BadHands"), ("一只<oil>猫", ""), (f"{long}<oil>", "BadHands"),
                ("a BadHandsome cat", ""),
            )
        ]  # fmt: skip
        engine = opened(shelf, "sdxl", "exact")
        lonely = [alone(opened(shelf, "sdxl", "exact"), wishes[0])] + [alone(engine, one) for one in wishes[1:]]
        for made, pixels in zip(crowd(engine, wishes, 4), lonely, strict=True):
            assert (made == pixels).all()
        shelf.part("badhands")
        fresh = opened(shelf, "sdxl", "exact")
        assert (alone(fresh, wishes[4]) == lonely[4]).all(), "part of another word is not the word"
        assert (alone(fresh, wishes[1]) != lonely[1]).any()
    finally:
        shelf.part("oil")


def test_embeddings_that_fit_no_encoder_or_take_everyday_words(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    stocked("sd")
    wide = checkpoints.embedding(tmp_path / "wide.safetensors", "a1111", 33)
    fits = checkpoints.embedding(tmp_path / "fits.safetensors", "a1111", 32)
    second = checkpoints.embedding(tmp_path / "second.safetensors", "sdxl", 32, second=32)
    for file, trigger, reason in (
        (wide, "", "adapter_shape"),
        (second, "", "adapter_key"),
        (fits, "a", "trigger"),
        (fits, "two words", "trigger"),
        (fits, "<|endoftext|>", "trigger_known"),
    ):
        with pytest.raises(InvalidRequest) as caught:
            shelf.join(file, "x", ["sd"], NOW, trigger=trigger)
        assert caught.value.reason == reason
    shelf.join(fits, "x", ["sd"], NOW)
    with pytest.raises(Conflict):
        shelf.join(fits, "y", ["sd"], NOW, trigger="fits")
    shelf.part("x")


# --- single files --------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3"])
def test_a_file_in_its_makers_layout_becomes_the_folder_that_it_would_be(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path, family: str
) -> None:
    import torch

    file = single_files.save(family, stocked(family), tmp_path / "Dream v2.safetensors", ztsnr=torch.zeros(0))
    heard: list[tuple[int, int]] = []
    made = shelf.convert(file, "", NOW, like=family, told=lambda done, whole: heard.append((done, whole)))
    try:
        assert (made.name, made.family, made.source) == ("dream-v2", family, "Dream v2.safetensors")
        assert made.source_sha256 == digest(file)
        assert heard[0][0] < heard[-1][0]
        converted, known = single_files.parts(made.path), single_files.parts(stocked(family))
        assert converted.keys() == known.keys()
        for part, tensors in known.items():
            assert all((converted[part][name] == value).all() for name, value in tensors.items()), part
        shelf.check("dream-v2")
        if family == "sd":
            assert made.path.parent.stat().st_ino != stocked(family).parent.stat().st_ino
            assert '"rescale_betas_zero_snr": true' in (made.path / "scheduler/scheduler_config.json").read_text()
            assert alone(opened(shelf, "dream-v2"), wish(sampler="euler")).std() > 5
    finally:
        shelf.remove("dream-v2")
    assert not made.path.exists()
    assert (stocked(family) / "model_index.json").exists()


PUBLISHED = {  # parameters, as their makers and everybody else count them
    "sd1": {"unet": 859_520_964, "vae": 83_653_863, "text_encoder": 123_060_480},
    "sd2": {"unet": 865_910_724, "text_encoder": 340_387_840},
    "sdxl": {"unet": 2_567_463_684, "text_encoder": 123_060_480, "text_encoder_2": 694_659_840},
    "sd3": {"transformer": 2_028_328_000},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_configs_of_published_models_are_known_and_found_by_their_layers(name: str) -> None:
    """In the real shapes, without memory: each part is built, named as its makers name it, known again, and read."""
    import torch

    like = {"sd1": "sd", "sd2": "sd", "sdxl": "sdxl", "sd3": "sd3"}[name]
    blocks = {f"joint_blocks.{number}.x": Entry("F16", (1,)) for number in range(24)}
    kit = kits.sd3(blocks) if name == "sd3" else getattr(kits, name)()
    told: dict[str, dict[str, Any]] = {}
    for part, value in kit["model_index.json"].items():
        if f"{part}/config.json" in kit:
            shapes = single._expected(*value, kit[f"{part}/config.json"])
            told[part] = {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}
            learned = {key: shape for key, shape in shapes.items() if key != "pos_embed.pos_embed"}
            if part in PUBLISHED[name]:
                assert sum(map(math.prod, learned.values())) == PUBLISHED[name][part], part
    opened = {"text_encoder": told["text_encoder"]} if name == "sd2" else {}
    whole = single_files.settled(single_files.original(like, {k: v for k, v in told.items() if k not in opened}, 2))
    for tensors in opened.values():  # OpenCLIP's, and a layer more than is used
        more = single_files.open_clip(tensors)
        more |= {key.replace("blocks.22.", "blocks.23."): value for key, value in more.items() if "blocks.22." in key}
        more["text_projection"] = torch.empty(1024, 1024, device="meta")
        whole |= {f"cond_stage_model.model.{key}": value for key, value in more.items()}
    found = Held({key: Entry("F16", tuple(value.shape)) for key, value in whole.items()}, {})
    file = Path("dream.safetensors")
    plan = single._planned(found, file, None)
    assert plan.index == kit["model_index.json"]
    for part, tensors in told.items():
        read = single._fitting(part, single._converted(part, whole, plan, file), {k: tuple(v.shape) for k, v in
                                                                                  tensors.items()}, file)  # fmt: skip
        assert read.keys() == tensors.keys()
    if name == "sd2":
        with pytest.raises(InvalidRequest) as caught:
            single._scheduler(found, plan, "", file)
        assert caught.value.reason == "single_prediction"
        assert single._scheduler(found, plan, "epsilon", file)["prediction_type"] == "epsilon"


def test_flux_in_its_real_width_is_read_with_what_a_folder_lends(stocked: Callable[[str], Path]) -> None:
    """Its converter knows one width only, so the shapes are checked and no weights are there."""
    import torch
    from diffusers import FluxTransformer2DModel

    with torch.device("meta"):
        network = FluxTransformer2DModel(num_layers=2, num_single_layers=2, guidance_embeds=True)
    shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    told = {"transformer": {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}}
    whole = single_files.original("flux", told, 1)
    found = Held({key: Entry("BF16", tuple(value.shape)) for key, value in whole.items()}, {})
    file = Path("flux1-dev.safetensors")
    with pytest.raises(InvalidRequest) as caught:
        single._planned(found, file, None)
    assert "tokenizer_2" in str(caught.value.params["part"])
    plan = single._planned(found, file, inspect(stocked("flux")))
    assert single._fitting("transformer", single._converted("transformer", whole, plan, file), shapes, file).keys() == (
        shapes.keys()
    )


@pytest.mark.parametrize("made", ["z-image", "qwen"])
def test_one_file_of_a_family_without_shared_steps_is_read_with_what_a_folder_lends(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path, made: str
) -> None:
    from safetensors.torch import save_file

    base = stocked(made)
    network = single_files.parts(base)["transformer"]
    told = single_files.z_image(network) if made == "z-image" else network
    file = tmp_path / "turbo.safetensors"
    save_file({f"model.diffusion_model.{key}": value for key, value in told.items()}, file)
    with pytest.raises(InvalidRequest):
        shelf.convert(file, "", NOW)
    found = shelf.convert(file, "", NOW, like=made)
    try:
        assert (found.name, found.family, found.pipeline) == ("turbo", ALONE, shelf.get(made).pipeline)
        converted = single_files.parts(found.path)
        assert all((converted["transformer"][name] == value).all() for name, value in network.items())
        assert converted["transformer"].keys() == network.keys()
        pictures = [alone(opened(shelf, name), wish(steps=2)) for name in (made, "turbo")]
        assert (pictures[0] == pictures[1]).all()
    finally:
        shelf.remove("turbo")
    lacking = {key: value for key, value in told.items() if key != sorted(told)[0]}
    save_file(lacking, file)
    with pytest.raises(InvalidRequest) as caught:
        shelf.convert(file, "", NOW, like=made)
    assert (caught.value.reason, caught.value.params["part"]) == ("single_key", "transformer")
    with pytest.raises(InvalidRequest) as caught:  # diffusers has no converter for this network
        shelf.convert(file, "", NOW, like=str(stocked("hunyuan")))
    assert (caught.value.reason, caught.value.params["key"]) == ("single_layout", "HunyuanDiT2DModel")


def test_what_a_file_lacks_or_the_disk_has_no_room_for_is_said_and_leaves_nothing(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import load_file, save_file

    base, file = stocked("sd"), tmp_path / "dream.safetensors"
    whole = load_file(single_files.save("sd", base, file))

    def refused(like: str = "sd", **changes: Any) -> PingxingError:
        told = {key: value for key, value in (whole | changes).items() if value is not None}
        save_file(told, file)
        with pytest.raises(PingxingError) as caught:
            shelf.convert(file, "dream", NOW, like=like)
        assert "dream" not in shelf.names()
        assert not shelf.made("dream").exists()
        assert not list(shelf.made("dream").parent.glob(".*"))
        return caught.value

    key = "model.diffusion_model.input_blocks.1.0.in_layers.2.weight"
    error = refused(**{key: None})
    assert (error.reason, error.params["part"]) == ("single_key", "unet")
    assert refused(**{key: whole[key][:, :, :1].contiguous()}).reason == "adapter_shape"
    assert refused(like="").reason == "single_layout"  # of a size that nobody has published
    stocked("flux")
    assert refused(like="flux").reason == "single_like"
    alone_there = {name: value for name, value in whole.items() if not name.startswith("model.")}
    assert refused(**{name: None for name in whole if name not in alone_there}).reason == "single_layout"
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1 << 20))
    error = refused()
    assert (error.code, error.reason) == ("storage_failed", "room")
    monkeypatch.undo()
    lent = {name: None for name in whole if name.startswith("first_stage_model.")}
    save_file({name: value for name, value in whole.items() if name not in lent}, file)
    made = shelf.convert(file, "dream", NOW, like="sd")  # the decoder is the other folder's
    assert (made.path / "vae/diffusion_pytorch_model.safetensors").samefile(
        base / "vae/diffusion_pytorch_model.safetensors"
    )
    shelf.remove("dream")
    adapter = checkpoints.adapter(base, tmp_path / "ink.safetensors")
    with pytest.raises(InvalidRequest) as caught:
        shelf.convert(adapter, "", NOW)
    assert caught.value.reason == "model_for"


def test_clip_s_own_tokenizer_is_made_from_its_merges(tmp_path: Path) -> None:
    from transformers import CLIPTokenizer

    kits.clip_tokenizer(tmp_path / "tokenizer")
    read = CLIPTokenizer.from_pretrained(tmp_path / "tokenizer")
    assert (len(read), read.model_max_length) == (49_408, 77)
    assert read("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]


# --- encoders of other makes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "family"),
    [
        ("taiyi", "sd"),
        ("chinese-clip", "sd"),
        ("mt5", "pixart-sigma"),
        ("hunyuan", ALONE),
        ("qwen", ALONE),
        ("kolors", ALONE),
    ],
)
def test_chinese_is_read_by_the_encoders_that_a_folder_names(
    stocked: Callable[[str], Path], shelf: Shelf, made: str, family: str
) -> None:
    stocked(made)
    assert shelf.get(made).family == family
    engine = opened(shelf, made, "exact")
    wishes = [wish(prompt=prompt, steps=2, seed=1) for prompt in ("一只白猫在海上", "两条黑狗在山上", "一只白猫在海上")]
    lonely = [alone(engine, request) for request in wishes]
    assert (lonely[0] == lonely[2]).all()
    assert (lonely[0] != lonely[1]).any()
    states = [engine.prepare(request) for request in wishes[:2]]
    assert (states[0].shape == states[1].shape) == (family != ALONE), "steps are shared where the family is known"
    if family != ALONE:
        for pixels, known in zip(crowd(engine, wishes, 2), lonely, strict=True):
            assert (pixels == known).all()


def test_a_tokenizer_that_sets_no_bounds_is_held_to_what_its_encoder_reads(
    stocked: Callable[[str], Path], shelf: Shelf, tmp_path: Path
) -> None:
    folder = shutil.copytree(stocked("taiyi"), tmp_path / "unbound")
    config = folder / "tokenizer/tokenizer_config.json"
    told = json.loads(config.read_text())
    del told["model_max_length"]
    config.write_text(json.dumps(told))
    shelf.add(folder, "unbound", NOW)
    same = wish(prompt="一只白猫", steps=1)
    assert (alone(opened(shelf, "unbound"), same) == alone(opened(shelf, "taiyi"), same)).all()
    shelf.remove("unbound")
