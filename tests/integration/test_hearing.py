"""What a pipeline's call listens to, read from source: the same as the library's own objects say."""

from __future__ import annotations

import importlib.util
import inspect
import sys

import pytest

from pingxing.engine.backends.diffusion.hearing import Hearing, draws, heard, hearing
from pingxing.types import Request

NAMES = (
    *("QwenImagePipeline", "FluxKontextPipeline", "FluxControlPipeline", "HunyuanDiTPipeline", "ZImagePipeline"),
    *("PixArtAlphaPipeline", "ChromaPipeline", "LatentConsistencyModelPipeline", "StableCascadeCombinedPipeline"),
    *("KolorsPipeline", "Flux2Pipeline", "AuraFlowPipeline", "DDPMPipeline", "StableDiffusionXLPAGPipeline"),
)
needed = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="NOT COMPARED: no torch")


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({"prompt": None}, Hearing(False, "", None, False)),
        ({"guidance_scale": 4.5, "negative_prompt": None}, Hearing(True, "guidance_scale", 4.5, False)),
        ({"guidance_scale": None, "true_cfg_scale": 4.0, "negative_prompt": None, "num_inference_steps": 50},
         Hearing(True, "true_cfg_scale", 4.0, True)),
        ({"guidance_scale": 3.5, "true_cfg_scale": 1.0, "negative_prompt": None},
         Hearing(False, "guidance_scale", 3.5, False)),
        ({"true_cfg_scale": 1, "negative_prompt": None}, Hearing(True, "true_cfg_scale", 1.0, False)),
        ({"guidance_scale": True}, Hearing(False, "guidance_scale", None, False)),
    ],
)  # fmt: skip
def test_what_is_read_from_the_names_of_a_call(parameters: dict[str, object], wanted: Hearing) -> None:
    assert heard(parameters) == wanted


@pytest.mark.parametrize(
    ("hears", "guidance", "wanted"),
    [
        (Hearing(True, "guidance_scale", 4.5, True), None, ()),
        (Hearing(True, "guidance_scale", 4.5, True), 1.0, ("negative",)),
        (Hearing(True, "guidance_scale", 0.0, True), None, ("negative",)),
        (Hearing(True, "guidance_scale", 0.0, True), 2.0, ()),
        (Hearing(True, "guidance_scale", None, True), None, ()),
        (Hearing(True, "", None, False), 1.0, ("guidance", "steps")),
        (Hearing(False, "guidance_scale", 3.5, True), 9.0, ("negative",)),
    ],
)
def test_what_goes_unheeded(hears: Hearing, guidance: float | None, wanted: tuple[str, ...]) -> None:
    assert hears.unheeded(Request(prompt="a", negative="b", guidance=guidance, steps=3)) == wanted
    assert hears.unheeded(Request(prompt="a")) == ()


@needed
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
def test_the_source_says_what_the_class_says(name: str) -> None:
    import diffusers

    call = inspect.signature(getattr(diffusers, name).__call__)
    assert hearing(name) == heard({one: parameter.default for one, parameter in call.parameters.items()})


@needed
def test_who_makes_no_pictures_from_words_is_known_by_its_source() -> None:
    films = ("WanPipeline", "AnimateDiffPipeline", "LTX2Pipeline", "CogVideoXImageToVideoPipeline")
    others = ("StableAudioPipeline", "KandinskyV22PriorPipeline", "DiTPipeline", "StableVideoDiffusionPipeline")
    assert [name for name in (*films, *others, "MarigoldDepthPipeline") if draws(name)] == []
    more = ("ErnieImagePipeline", "Kandinsky5T2IPipeline", "AmusedPipeline", "StableDiffusionPipeline")
    assert [name for name in (*NAMES, *more, "NobodysPipeline") if not draws(name)] == []


def test_a_class_that_is_not_there_is_not_guessed() -> None:
    assert hearing("NobodysPipeline") is None


@needed
def test_nothing_of_the_library_is_imported_for_it() -> None:
    import subprocess

    said = (
        "import sys; from pingxing.engine.backends.diffusion.hearing import hearing;"
        "assert hearing('QwenImagePipeline').negative; print([m for m in ('torch', 'diffusers') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
