from pingxing.label.watermark.code import Message
from pingxing.label.watermark.detect import Detection, detect
from pingxing.label.watermark.embed import embed
from pingxing.label.watermark.pattern import Key

__all__ = ["Detection", "Key", "Message", "detect", "embed"]
