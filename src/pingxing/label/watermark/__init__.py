"""The imperceptible mark: 64 bits spread over a picture, found again after what people do to pictures.

    embed(pixels, message, key) -> pixels       42 dB PSNR or better, deterministic
    detect(pixels, keys) -> Detection           who marked it and for which receipt, with a false-alarm bound

code (64 bits <-> 256) -> pattern (keyed waves on a lattice) -> sense (where a picture hides them) -> embed;
detect: sense (residual) -> spectrum -> sync (scale, rotation, family, offset) -> code.
Films: film.Weaver marks frames one by one, film.seek reads them.
"""

from pingxing.label.watermark.code import Message
from pingxing.label.watermark.detect import Detection, detect
from pingxing.label.watermark.embed import embed
from pingxing.label.watermark.pattern import Key

__all__ = ["Detection", "Key", "Message", "detect", "embed"]
