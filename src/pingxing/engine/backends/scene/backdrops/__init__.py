"""Settings drawn as vectors: one painter each, from far to near, under the light of the hour."""

from __future__ import annotations

from collections.abc import Callable

from pingxing.engine.backends.scene.backdrops.air import moon, sky, space
from pingxing.engine.backends.scene.backdrops.indoors import plain, room, stage, table
from pingxing.engine.backends.scene.backdrops.land import desert, forest, meadow, mountains, road, snow
from pingxing.engine.backends.scene.backdrops.shore import beach, lake, sea, underwater
from pingxing.engine.backends.scene.backdrops.town import chinatown, city
from pingxing.engine.backends.scene.sky import View

Painter = Callable[[View], None]
# setting -> (painter, horizon as a part of the height, part of the land on which nothing stands; 1: things float)
SETTINGS: dict[str, tuple[Painter, float, float]] = {
    "meadow": (meadow, 0.6, 0.0),
    "forest": (forest, 0.6, 0.0),
    "mountains": (mountains, 0.62, 0.0),
    "lake": (lake, 0.52, 0.46),
    "beach": (beach, 0.48, 0.42),
    "sea": (sea, 0.5, 0.2),
    "underwater": (underwater, 0.86, 1.0),
    "desert": (desert, 0.6, 0.0),
    "snow": (snow, 0.6, 0.0),
    "city": (city, 0.62, 0.1),
    "chinatown": (chinatown, 0.62, 0.0),
    "road": (road, 0.5, 0.2),
    "room": (room, 0.62, 0.0),
    "table": (table, 0.56, 0.0),
    "sky": (sky, 0.9, 1.0),
    "space": (space, 0.95, 1.0),
    "moon": (moon, 0.68, 0.0),
    "stage": (stage, 0.66, 0.0),
    "plain": (plain, 0.66, 0.0),
}
