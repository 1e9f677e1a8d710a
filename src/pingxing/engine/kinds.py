"""A model's folder, whatever it is, looked over and digested: a diffusers checkpoint, or our own model exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pingxing.engine.backends.diffusion import belonging as parts
from pingxing.engine.backends.diffusion import folder as diffusers
from pingxing.engine.backends.diffusion.folder import ALONE, Checkpoint
from pingxing.engine.backends.diffusion.hearing import hearing
from pingxing.engine.backends.diffusion.memory import usual_side
from pingxing.engine.backends.own import folder as own
from pingxing.types import MAX_SIDE, MIN_SIDE, USUAL_SIDE


def inspect(folder: Path) -> Checkpoint:
    """Raises NotFound, UnreadableFile, InvalidRequest naming the file; Unavailable where a library is missing."""
    return own.inspect(folder) if own.is_ours(folder) else diffusers.inspect(folder)


def belonging(found: Checkpoint) -> None:
    """Raises InvalidRequest, UnreadableFile naming the file that is of another model, library or size."""
    if found.family != own.FAMILY:
        parts.belonging(found)


def digest(found: Checkpoint, told: Callable[[int], None] = lambda _: None) -> str:
    """SHA-256 over everything that decides about its pictures; `told` hears how many bytes were read."""
    return own.digest(found.folder, told) if found.family == own.FAMILY else diffusers.digest(found, told)


def simple(family: str) -> bool:
    """Whether it paints squares alone, and has learnt things by their names and little else."""
    return family == own.FAMILY


def usual(found: Checkpoint) -> int:
    """Pixels of a side that it was made for. Configs of families that we do not know may mean anything."""
    if found.family == own.FAMILY:
        return own.facts(found.folder).usual_side
    return USUAL_SIDE if found.family == ALONE else min(max(usual_side(found), MIN_SIDE), MAX_SIDE)


def about(found: Checkpoint) -> tuple[str, str]:
    """What its makers say of it, in English and Chinese; empty where they do not."""
    if found.family != own.FAMILY:
        return "", ""
    facts = own.facts(found.folder)
    return facts.about_en, facts.about_zh


def begins_with(family: str, pipeline: str) -> tuple[bool, bool]:
    """Whether a wish may bring a picture, and a mask."""
    if family != ALONE:
        return (family != own.FAMILY,) * 2
    told = hearing(pipeline)
    return (False, False) if told is None else (told.picture, told.picture and told.mask)
