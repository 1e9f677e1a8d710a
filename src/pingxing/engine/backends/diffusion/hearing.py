"""What the call of a pipeline listens to, read from the library's source: nothing of it is imported, nothing is run.

    hearing("QwenImagePipeline") -> Hearing(negative=True, guidance="true_cfg_scale", usual=4.0, steps=True)

It is asked in the process that serves the pages, which never holds torch; so the source is read as text.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pingxing.types import Request

_OWN, _TRUE = "guidance_scale", "true_cfg_scale"
_MOST_BASES = 8


@dataclass(frozen=True, slots=True)
class Hearing:
    """Which members of a wish a pipeline takes."""

    negative: bool
    guidance: str  # the name that it gives to guidance; "": it takes none
    usual: float | None  # its guidance where nobody says; None: not known
    steps: bool
    picture: bool = False  # to begin with, or to go by
    mask: bool = False
    strength: bool = False

    def unheeded(self, request: Request) -> tuple[str, ...]:
        """Members that are asked for and change nothing. Guidance of 1 and below is none at all (`family.guided`)."""
        strength = self.usual if request.guidance is None or not self.guidance else request.guidance
        away = self.negative and (strength is None or strength > 1)
        found = {
            "negative": request.negative and not away,
            "guidance": request.guidance is not None and not self.guidance,
            "steps": request.steps is not None and not self.steps,
            "strength": bool(request.init_image) and request.strength is not None and not self.strength,
        }
        return tuple(name for name, meant in found.items() if meant)


def heard(parameters: Mapping[str, Any]) -> Hearing:
    """From the names of a call's parameters and their defaults.

    Two guidances are of models that were distilled: one that is told to the model, and one that takes a second row,
    which is off unless the pipeline says otherwise. What is off stays off: its model was not made for it.
    """
    doubled = _number(parameters.get(_TRUE))
    if _TRUE in parameters and (_OWN not in parameters or (doubled or 0) > 1):
        name, usual = _TRUE, doubled
    elif _OWN in parameters:
        name, usual = _OWN, _number(parameters[_OWN])
    else:
        name, usual = "", None
    negative = "negative_prompt" in parameters and (name == _TRUE or _TRUE not in parameters)
    told = {"picture": "image", "mask": "mask_image", "strength": "strength"}
    return Hearing(
        negative,
        name,
        usual,
        "num_inference_steps" in parameters,
        **{member: parameter in parameters for member, parameter in told.items()},
    )


@cache
def hearing(pipeline: str) -> Hearing | None:
    """None for a class that the installed library has not, or without the library."""
    call = _call(pipeline, 0)
    return None if call is None else heard(_parameters(call.args))


@cache
def draws(pipeline: str) -> bool:
    """Whether it makes pictures and can do so from words alone; False only where its source says otherwise: by what it
    cannot be called without, or by what it names what it gives back (frames, audios, embeddings)."""
    call = _call(pipeline, 0)
    if call is None:
        return True
    plain = call.args.args
    asked = {one.arg for one in plain[1 : len(plain) - len(call.args.defaults)]}
    ends = (part.value for part in ast.walk(call) if isinstance(part, ast.Return))
    given = {word.arg for end in ends if isinstance(end, ast.Call) for word in end.keywords}
    return asked <= {"prompt"} and (not given or bool(given & {"images", "image"}))


def _call(name: str, depth: int) -> ast.FunctionDef | None:
    """`__call__` of the class itself or of the nearest base that has one."""
    found = _written(name)
    if found is None or depth > _MOST_BASES:
        return None
    call = next((part for part in found.body if isinstance(part, ast.FunctionDef) and part.name == "__call__"), None)
    if call is not None:
        return call
    bases = (base.id for base in found.bases if isinstance(base, ast.Name))
    return next((told for base in bases if (told := _call(base, depth + 1)) is not None), None)


def _written(name: str) -> ast.ClassDef | None:
    known = importlib.util.find_spec("diffusers")
    if known is None or known.origin is None:
        return None
    for file in sorted((Path(known.origin).parent / "pipelines").rglob("pipeline_*.py")):
        text = file.read_text("utf-8")
        if re.search(rf"^class {re.escape(name)}\(", text, re.MULTILINE):
            body = ast.parse(text).body
            return next(part for part in body if isinstance(part, ast.ClassDef) and part.name == name)
    return None


def _parameters(arguments: ast.arguments) -> dict[str, Any]:
    plain = arguments.args
    pairs = [*zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True)]
    pairs += [(one, value) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    told: dict[str, Any] = {one.arg: None for one in (*plain, *arguments.kwonlyargs)}
    return told | {one.arg: value.value for one, value in pairs if isinstance(value, ast.Constant)}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
