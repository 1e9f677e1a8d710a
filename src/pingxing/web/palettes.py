"""Ready-made palettes for those who do not carry their own: few colours that go together, dark to light among them."""

from __future__ import annotations

# Their names stand under web.palette.* in the catalogues, their pictures in static/art/palette-*.webp.
PALETTES = {
    "seal": ("#1c1b1a", "#6b675f", "#b8b0a0", "#f3eddf", "#b93a27"),
    "sunset": ("#2d1b4e", "#7b2d6b", "#d9566b", "#f79d65", "#fde2a8"),
    "forest": ("#12352b", "#2f6b4f", "#7fae6a", "#e3e8c3", "#8a5a34"),
    "ocean": ("#0b2545", "#13518a", "#3aa1c9", "#a6dbe2", "#f6f2e3"),
    "candy": ("#5a3768", "#f27fa5", "#ffc9d9", "#a8e0cf", "#fff3cf"),
    "autumn": ("#40241a", "#a4471f", "#e08e2b", "#f5d98b", "#7c8a3a"),
    "neon": ("#120630", "#4b1a8f", "#ff2a8a", "#29e7cd", "#f9f871"),
    "poster": ("#22333b", "#c6432f", "#e9b44c", "#f4ead5", "#4f8a8b"),
}
