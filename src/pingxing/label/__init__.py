"""Labels: what every file that leaves says about itself, and what any file says when it comes back.

    seal(picture, format, mark, kit) -> bytes the only encoder in the house; reads back what it wrote
    read(data, kit) -> Labels                 four layers of any file, however hostile
    forge(folder, settings, now) -> Kit       the keys to sign and to mark with
    verdict(labels) -> LabelVerdict           confirmed, possible, suspected or none
    aigc_record(mark) -> str                  the JSON text of GB 45438-2025 annex E

Path of a seal: visible (where) -> plate (what) -> writing (encode) -> finding, measure (read back).
"""

from pingxing.label.kit import PLAIN, Kit, forge
from pingxing.label.reading import read, verdict
from pingxing.label.record import aigc_record
from pingxing.label.writing import bare, seal

__all__ = ["PLAIN", "Kit", "aigc_record", "bare", "forge", "read", "seal", "verdict"]
