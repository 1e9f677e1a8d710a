"""Pingxing (平行): a studio and server for generative AI that labels, records and checks all it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pingxing.studio import Studio as Studio

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`from pingxing import Studio` without loading anything before it is asked for."""
    if name != "Studio":
        raise AttributeError(f"module 'pingxing' has no attribute {name!r}")
    from pingxing.studio import Studio

    return Studio
