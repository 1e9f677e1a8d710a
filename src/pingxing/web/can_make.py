"""What the makers make, for the start page: one example each, made by the product (`scripts/makers_gallery.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Example:
    """`static/makers/<name>.webp` with its size in pixels, and the maker that it leads to."""

    name: str
    maker: str
    width: int = 720
    height: int = 540
    more: str = ""  # of the address

    def address(self, say: Callable[[str], str]) -> str:
        """The maker's page with an example of a wish already written."""
        if self.maker == "grid":
            return "/makers/grid"
        return f"/makers?maker={self.maker}&wish={quote(say(f'makers.example.{self.maker}.1'))}{self.more}"


EXAMPLES = (
    Example("stickers", "stickers"),
    Example("moving", "stickers", 300, 300, "&moving=true"),
    Example("wallpapers", "wallpapers"),
    Example("prints", "prints"),
    Example("patterns", "patterns"),
    Example("nails", "nails"),
    Example("grid", "grid"),
)
