"""The embedded scene engine: prompt -> plan (parse) -> composition (compose) -> pixels (render).

Nothing is loaded until `SceneBackend` is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pingxing.engine.backends.scene.backend import SceneBackend

__all__ = ["SceneBackend"]


def __getattr__(name: str) -> Any:
    if name == "SceneBackend":
        from pingxing.engine.backends.scene.backend import SceneBackend

        return SceneBackend
    raise AttributeError(name)
