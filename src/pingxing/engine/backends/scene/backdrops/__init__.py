"""Settings drawn as vectors: one painter each, from far to near, under the light of the hour."""

from __future__ import annotations

from collections.abc import Callable

from pingxing.engine.backends.scene.backdrops.air import moon, sky, space
from pingxing.engine.backends.scene.backdrops.bathroom import bathroom
from pingxing.engine.backends.scene.backdrops.canal import canal
from pingxing.engine.backends.scene.backdrops.concourse import airport, aquarium, castle, station
from pingxing.engine.backends.scene.backdrops.country import farm, field, garden, park, village
from pingxing.engine.backends.scene.backdrops.fields import (
    blossom,
    flowers,
    lavender,
    paddy,
    sunflowers,
    terraces,
    wheat,
)
from pingxing.engine.backends.scene.backdrops.great_wall import great_wall
from pingxing.engine.backends.scene.backdrops.halls import gym, office, restaurant
from pingxing.engine.backends.scene.backdrops.homes import bedroom, classroom, kitchen, library
from pingxing.engine.backends.scene.backdrops.indoors import room, stage, table
from pingxing.engine.backends.scene.backdrops.land import desert, forest, meadow, mountains, road, snow
from pingxing.engine.backends.scene.backdrops.leisure import balcony, fairground, pool
from pingxing.engine.backends.scene.backdrops.museum import museum
from pingxing.engine.backends.scene.backdrops.shops import SHOPS
from pingxing.engine.backends.scene.backdrops.shore import beach, lake, sea, underwater
from pingxing.engine.backends.scene.backdrops.squares import courtyard, market, street
from pingxing.engine.backends.scene.backdrops.studio import plain
from pingxing.engine.backends.scene.backdrops.town import chinatown, city
from pingxing.engine.backends.scene.backdrops.waterside import harbour, island, river
from pingxing.engine.backends.scene.backdrops.wild import bamboo, cave, jungle, savanna, waterfall
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
    "village": (village, 0.58, 0.1),
    "farm": (farm, 0.56, 0.2),
    "park": (park, 0.56, 0.1),
    "garden": (garden, 0.54, 0.16),
    "field": (field, 0.5, 0.2),
    "savanna": (savanna, 0.6, 0.0),
    "jungle": (jungle, 0.6, 0.05),
    "bamboo": (bamboo, 0.62, 0.05),
    "waterfall": (waterfall, 0.56, 0.48),
    "cave": (cave, 0.66, 0.0),
    "harbour": (harbour, 0.46, 0.54),
    "river": (river, 0.48, 0.46),
    "island": (island, 0.46, 0.44),
    "street": (street, 0.62, 0.05),
    "market": (market, 0.54, 0.25),
    "courtyard": (courtyard, 0.6, 0.05),
    "kitchen": (kitchen, 0.62, 0.05),
    "bedroom": (bedroom, 0.62, 0.2),
    "classroom": (classroom, 0.58, 0.3),
    "library": (library, 0.62, 0.0),
    "paddy": (paddy, 0.5, 0.1),
    "terraces": (terraces, 0.44, 0.3),
    "wheat": (wheat, 0.52, 0.1),
    "flowers": (flowers, 0.5, 0.15),
    "lavender": (lavender, 0.5, 0.15),
    "sunflowers": (sunflowers, 0.5, 0.15),
    "blossom": (blossom, 0.52, 0.1),
    "canal": (canal, 0.48, 0.56),
    "restaurant": (restaurant, 0.58, 0.3),
    "office": (office, 0.58, 0.3),
    "gym": (gym, 0.56, 0.15),
    "station": (station, 0.54, 0.2),
    "airport": (airport, 0.56, 0.25),
    "castle": (castle, 0.56, 0.1),
    "aquarium": (aquarium, 0.64, 0.1),
    "pool": (pool, 0.42, 0.56),
    "balcony": (balcony, 0.62, 0.1),
    "bathroom": (bathroom, 0.6, 0.2),
    "fairground": (fairground, 0.54, 0.15),
    "great-wall": (great_wall, 0.6, 0.1),
    "museum": (museum, 0.58, 0.12),
    **{trade: (painter, 0.58, 0.2) for trade, painter in SHOPS.items()},
}
# Settings under a roof: no sky to put anything into, no ground for posts.
INDOORS = frozenset(
    ("room", "table", "stage", "plain", "kitchen", "bedroom", "classroom", "library", "cave", "restaurant", "office",
     "gym", "station", "airport", "castle", "aquarium", "bathroom", "museum", *SHOPS)
)  # fmt: skip
