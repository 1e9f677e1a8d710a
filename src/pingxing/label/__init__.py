"""Labels: what every file that leaves says about itself, and what any file says when it comes back.

    seal(picture, format, mark, kit) -> bytes the only encoder in the house; reads back what it wrote
    seal_moving(picture, motion, mark, kit)   the same for what moves, the seal in every frame
    read(data, kit) -> Labels                 four layers of any file, however hostile
    forge(folder, settings, now) -> Kit       the keys to sign and to mark with
    verdict(labels) -> LabelVerdict           confirmed, possible, suspected or none
    aigc_record(mark) -> str                  the JSON text of GB 45438-2025 annex E
    bind(source, files, side, mark) -> bytes  PDFs of many pages, the seal on each
    write_label(data, kind, record) -> bytes  exactly one label in any container (metadata/), read back
    republish(data, propagator, id) -> bytes  the same content published by somebody else

Path of a seal: visible (where) -> plate (what) -> writing (encode) -> finding, measure (read back).
"""

from pingxing.label.booklet import bind
from pingxing.label.kit import PLAIN, Kit, forge
from pingxing.label.metadata.labels import read_labels, republish, write_label
from pingxing.label.moving import seal_moving
from pingxing.label.reading import read, verdict
from pingxing.label.record import Aigc, aigc_record
from pingxing.label.writing import bare, seal

__all__ = [
    "PLAIN",
    "Aigc",
    "Kit",
    "aigc_record",
    "bare",
    "bind",
    "forge",
    "read",
    "read_labels",
    "republish",
    "seal",
    "seal_moving",
    "verdict",
    "write_label",
]
