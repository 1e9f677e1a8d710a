"""Which noise levels a picture passes, by the checkpoint's own scheduler config.

The arithmetic of the levels (betas, spacing, shifts) is the diffusers library's; the steps between them are ours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from pingxing.engine.samplers import FLOW_SAMPLERS, SAMPLERS

_SHARED = ("beta_start", "beta_end", "beta_schedule", "trained_betas", "num_train_timesteps", "prediction_type",
           "timestep_spacing", "steps_offset", "rescale_betas_zero_snr", "use_karras_sigmas")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schedule:
    levels: tuple[float, ...]  # one more than there are steps; the last is 0, or as low as the config goes
    times: tuple[float, ...]  # what the model is told at each step
    start: float  # the standard deviation of the sample at the first level

    def later(self, strength: float) -> Schedule:
        """The last part of it, for a picture that begins as another one; all of it at strength 1."""
        kept = kept_steps(len(self.times), strength)
        return Schedule(self.levels[-kept - 1 :], self.times[-kept:], self.start)


def kept_steps(steps: int, strength: float) -> int:
    return min(steps, max(1, math.ceil(steps * strength)))


def is_flow(config: dict[str, Any]) -> bool:
    return str(config.get("_class_name", "")).startswith("FlowMatch")


def samplers(config: dict[str, Any]) -> tuple[str, ...]:
    """The samplers that a checkpoint with this scheduler config can use, its own choice first."""
    if is_flow(config):
        return tuple(FLOW_SAMPLERS)
    kind = str(config.get("_class_name", ""))
    first = {
        "LCMScheduler": "lcm",
        "UniPCMultistepScheduler": "unipc",
        "DPMSolverMultistepScheduler": "dpm++-2m",
        "EulerAncestralDiscreteScheduler": "euler-a",
    }.get(kind, "euler")
    return (first, *(name for name in SAMPLERS if name != first))


def schedule(config: dict[str, Any], sampler: str, steps: int, tokens: int) -> Schedule:
    """`tokens` is the length of the image sequence, by which some flow models shift their levels."""
    if is_flow(config):
        return _flow(config, steps, tokens)
    kept = {key: config[key] for key in _SHARED if key in config}
    return _consistency(kept, steps) if sampler == "lcm" else _diffusion(kept, steps)


def _diffusion(config: dict[str, Any], steps: int) -> Schedule:
    from diffusers import EulerDiscreteScheduler

    made = EulerDiscreteScheduler(**config)
    made.set_timesteps(steps)
    return Schedule(_floats(made.sigmas), _floats(made.timesteps), float(made.init_noise_sigma))


def _consistency(config: dict[str, Any], steps: int) -> Schedule:
    from diffusers import LCMScheduler

    made = LCMScheduler(**{key: value for key, value in config.items() if key != "use_karras_sigmas"})
    made.set_timesteps(steps, original_inference_steps=max(50, steps))
    times = [int(t) for t in made.timesteps]
    kept = [float(made.alphas_cumprod[t]) for t in times]
    levels = (*(math.sqrt((1 - alpha) / alpha) for alpha in kept), 0.0)
    return Schedule(levels, tuple(map(float, times)), math.sqrt(levels[0] ** 2 + 1))


def _flow(config: dict[str, Any], steps: int, tokens: int) -> Schedule:
    from diffusers import FlowMatchEulerDiscreteScheduler

    made = FlowMatchEulerDiscreteScheduler.from_config(config)
    more: dict[str, Any] = {}
    if made.config.use_dynamic_shifting:  # Esser et al. 2024, 5.3.2: larger pictures stay noisy longer
        low, high = made.config.base_image_seq_len, made.config.max_image_seq_len
        slope = (made.config.max_shift - made.config.base_shift) / (high - low)
        more["mu"] = made.config.base_shift + slope * (tokens - low)
        more["sigmas"] = [1 - i * (1 - 1 / steps) / max(1, steps - 1) for i in range(steps)]
        made.set_timesteps(**more)
    else:
        made.set_timesteps(steps)
    return Schedule(_floats(made.sigmas), _floats(made.timesteps), 1.0)


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
