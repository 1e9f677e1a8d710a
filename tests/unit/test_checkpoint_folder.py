"""What is known of a checkpoint's folder before anything is loaded, and what is said of one that cannot be served."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingxing import i18n
from pingxing.engine.backends.diffusion.blame import brief
from pingxing.engine.backends.diffusion.folder import ALONE, Checkpoint, digest, inspect
from pingxing.errors import InvalidRequest, NotFound, PingxingError, Unavailable, UnreadableFile

PARTS = {
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
}


def weights(*shapes: tuple[int, ...], dtype: str = "F32") -> bytes:
    """A safetensors file of zeros."""
    size, header, at = {"F32": 4, "F16": 2}[dtype], {}, 0
    for number, shape in enumerate(shapes):
        length = size
        for side in shape:
            length *= side
        header[f"w{number}"] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + length]}
        at += length
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(at)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "dream"
    place.mkdir()
    (place / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline", **PARTS}))
    for name in PARTS:
        if name != "safety_checker":
            (place / name).mkdir()
            (place / name / "config.json").write_text("{}")
    (place / "tokenizer/vocab.json").write_text("{}")
    (place / "scheduler/scheduler_config.json").write_text("{}")
    (place / "unet/config.json").write_text(json.dumps({"block_out_channels": [320, 640, 1280, 1280]}))
    (place / "vae/config.json").write_text(json.dumps({"block_out_channels": [128, 256, 512, 512]}))
    for name in ("unet", "vae"):
        (place / name / "diffusion_pytorch_model.safetensors").write_bytes(weights((4, 3), (5,)))
    (place / "text_encoder/model.safetensors").write_bytes(weights((2, 2), dtype="F16"))
    return place


def test_what_a_folder_says_of_itself(folder: Path) -> None:
    (folder / "README.md").write_text("---\nlicense: openrail++\nbase_model:\n- someone/base\n---\n# Dream\n")
    found = inspect(folder)
    assert (found.family, found.pipeline, found.parameters, found.dtype) == ("sd", "StableDiffusionPipeline", 38, "F32")
    assert (found.licence, found.lineage, found.variant) == ("openrail++", "someone/base", "")
    assert [part.name for part in found.parts] == ["scheduler", "text_encoder", "tokenizer", "unet", "vae"]
    assert (found.scale, found.multiple) == (8, 64)
    assert found.size_bytes == sum(path.stat().st_size for path in folder.glob("*/*.safetensors"))


def test_the_digest_is_of_every_weight_and_config(folder: Path) -> None:
    before, read = digest(inspect(folder)), []
    assert digest(inspect(folder), read.append) == before
    assert sum(read) > inspect(folder).size_bytes
    for name in ("unet/diffusion_pytorch_model.safetensors", "vae/config.json"):
        path = folder / name
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + b"\1" if name.endswith("safetensors") else whole + b" ")
        assert digest(inspect(folder)) != before
        path.write_bytes(whole)
    assert digest(inspect(folder)) == before


def test_shards_and_half_precision_are_found(folder: Path) -> None:
    (folder / "unet/diffusion_pytorch_model.safetensors").unlink()
    for number in (1, 2):
        shard = folder / f"unet/diffusion_pytorch_model-{number}.safetensors"
        shard.write_bytes(weights((number, 10)))
    names = {"a": "diffusion_pytorch_model-1.safetensors", "b": "diffusion_pytorch_model-2.safetensors"}
    (folder / "unet/diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    assert inspect(folder).parameters == 30 + 17 + 4
    for path in folder.glob("*/*.safetensors"):
        path.rename(path.with_name(path.name.replace(".safetensors", ".fp16.safetensors")))
    with pytest.raises(NotFound):  # the index still speaks of files without the ending
        inspect(folder)
    for path in (folder / "unet").glob("*.safetensors"):
        path.unlink()
    (folder / "unet/diffusion_pytorch_model.fp16.safetensors").write_bytes(weights((4,), dtype="F16"))
    assert inspect(folder).variant == "fp16"


def test_other_pipelines_are_known_as_such(folder: Path) -> None:
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "KolorsPipeline", **PARTS}))
    assert inspect(folder).family == ALONE


def test_weights_may_come_in_a_mixture_of_variants_as_diffusers_reads_them(folder: Path) -> None:
    """The network in half precision alone, the decoder plain alone, the encoder in both."""
    plain, half = ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors")
    (folder / "unet" / plain).rename(folder / "unet" / half)
    (folder / "text_encoder/model.fp16.safetensors").write_bytes(weights((2,), dtype="F16"))
    found = inspect(folder)
    assert found.variant == "fp16"
    assert {part.name: part.files[0].name for part in found.parts if part.files} == {
        "unet": half, "vae": plain, "text_encoder": "model.fp16.safetensors"
    }  # fmt: skip
    (folder / "unet" / half).rename(folder / "unet" / plain)
    assert inspect(folder).variant == "", "what is there in full is taken in full"
    for file in (folder / "unet" / plain, folder / "vae" / plain, folder / "text_encoder/model.safetensors"):
        file.rename(file.with_name(file.name.replace(".safetensors", ".bf16.safetensors")))
    (folder / "text_encoder/model.fp16.safetensors").unlink()
    assert inspect(folder).variant == "bf16"


def test_what_is_stepped_in_another_way_than_ours_is_left_to_its_own_pipeline(folder: Path) -> None:
    index, scheduler, vae = (folder / name for name in ("model_index.json", "scheduler/scheduler_config.json",
                                                        "vae/config.json"))  # fmt: skip
    pipeline = {"_class_name": "StableDiffusionPipeline"}
    (folder / "scheduler/config.json").unlink()

    def family(scheduling: str = "DDIMScheduler", decoder: str = "AutoencoderKL", **told: object) -> str:
        parts = PARTS | {"scheduler": ["diffusers", scheduling], "vae": ["diffusers", decoder]}
        index.write_text(json.dumps(pipeline | parts))
        scheduler.write_text(json.dumps({name: one for name, one in told.items() if name != "latents_mean"}))
        vae.write_text(json.dumps({name: one for name, one in told.items() if name == "latents_mean"}))
        return inspect(folder).family

    for known in ("PNDMScheduler", "EulerAncestralDiscreteScheduler", "UniPCMultistepScheduler", "LCMScheduler"):
        assert family(known) == "sd"
    assert family(prediction_type="v_prediction", latents_mean=None) == "sd"
    assert family("EDMEulerScheduler") == family("CMStochasticIterativeScheduler") == ALONE
    assert family("DPMSolverMultistepScheduler", use_flow_sigmas=True) == ALONE
    assert family(prediction_type="flow_prediction") == family(latents_mean=[0.1] * 4) == ALONE
    assert family(decoder="AutoencoderTiny") == ALONE


def test_an_error_of_a_library_is_its_first_line_with_words() -> None:
    assert brief(ImportError("\nLMSDiscreteScheduler requires the scipy library.\nInstall it.")).endswith(
        "scipy library."
    )
    assert brief(KeyError()) == "KeyError"


def refused(folder: Path) -> PingxingError:
    with pytest.raises((NotFound, InvalidRequest, UnreadableFile)) as caught:
        inspect(folder)
    return caught.value


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("model_index.json", "model_index.json"),
        ("unet/config.json", "unet/config.json"),
        ("unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.safetensors"),
        ("scheduler/scheduler_config.json", "scheduler/scheduler_config.json"),
        ("tokenizer/vocab.json", "tokenizer/tokenizer.json"),
    ],
)
def test_a_missing_file_is_named(folder: Path, missing: str, named: str) -> None:
    (folder / missing).unlink()
    error = refused(folder)
    assert error.params["file"] == named
    for language in ("en", "zh"):
        assert named in i18n.explain(error, language)[0]  # type: ignore[arg-type]


def test_pickles_are_not_opened_and_named(folder: Path) -> None:
    (folder / "unet/diffusion_pytorch_model.safetensors").rename(folder / "unet/diffusion_pytorch_model.bin")
    error = refused(folder)
    assert (error.reason, error.params["file"]) == ("model_pickle", "unet/diffusion_pytorch_model.bin")


def test_code_beside_weights_is_not_run(folder: Path) -> None:
    parts = {**PARTS, "unet": ["my_unet", "MyUNet"]}
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline", **parts}))
    assert refused(folder).reason == "model_code"


def test_code_within_a_part_is_not_run_even_where_it_has_a_known_name(folder: Path) -> None:
    parts = {**PARTS, "unet": ["kolors", "UNet2DConditionModel"]}
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "KolorsPipeline", **parts}))
    inspect(folder)
    (folder / "unet/kolors.py").write_text("raise SystemExit")
    assert refused(folder).reason == "model_code"


def test_a_tokenizer_that_only_another_library_reads_is_said_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "tokenizer/vocab.json").rename(folder / "tokenizer/spiece.model")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Unavailable) as caught:
        inspect(folder)
    assert (caught.value.reason, caught.value.params["file"]) == ("no_sentencepiece", "tokenizer/spiece.model")


def test_shards_cannot_lead_out_of_the_folder(folder: Path) -> None:
    (folder / "unet/diffusion_pytorch_model.safetensors").unlink()
    listing = folder / "unet/diffusion_pytorch_model.safetensors.index.json"
    listing.write_text(json.dumps({"weight_map": {"a": "../vae/diffusion_pytorch_model.safetensors"}}))
    assert refused(folder).params["file"] == f"unet/{listing.name}"


@pytest.mark.parametrize("cut", [0, 5, 60, -1])
def test_a_download_that_was_cut_off_is_noticed(folder: Path, cut: int) -> None:
    file = folder / "vae/diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:cut])
    error = refused(folder)
    assert (error.reason, error.params["file"]) == ("model_file", "vae/diffusion_pytorch_model.safetensors")


@given(
    st.binary(max_size=200),
    st.sampled_from(["model_index.json", "unet/config.json", "vae/diffusion_pytorch_model.safetensors"]),
)
def test_any_bytes_get_an_answer(tmp_path_factory: pytest.TempPathFactory, noise: bytes, name: str) -> None:
    place = tmp_path_factory.mktemp("any")
    for part in ("unet", "vae"):
        (place / part).mkdir()
        (place / part / "config.json").write_text("{}")
        (place / part / "diffusion_pytorch_model.safetensors").write_bytes(weights((2,)))
    parts = {name: PARTS[name] for name in ("unet", "vae")}
    (place / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline", **parts}))
    (place / name).write_bytes(noise)
    try:
        found = inspect(place)
    except (NotFound, InvalidRequest, UnreadableFile):
        return
    assert isinstance(found, Checkpoint)


def test_no_folder_is_said_so(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere").reason == "model_folder"
