"""What parent and child say to one another: a JSON head of known size, then bytes whose sizes the head tells.

No objects travel, so neither side can be made to run anything by the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import IO, Any

import numpy as np

from pingxing import errors
from pingxing.errors import PingxingError
from pingxing.types import Picture

_HEAD = 16 << 20  # bytes
_BODY = 2 << 30


class Broken(Exception):
    """The other side has gone, or says what makes no sense."""


def send(stream: IO[bytes], head: dict[str, Any], blobs: Sequence[bytes | memoryview] = ()) -> None:
    """Raises OSError where nobody listens any more."""
    text = json.dumps({**head, "blobs": [len(blob) for blob in blobs]}).encode()
    stream.write(len(text).to_bytes(4, "little") + text)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Raises Broken at the end of the stream, or where it is no message."""
    length = int.from_bytes(_exactly(stream, 4), "little")
    if length > _HEAD:
        raise Broken("head")
    try:
        head = json.loads(_exactly(stream, length))
        sizes = [int(size) for size in head.pop("blobs")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Broken("head") from error
    if sum(sizes) > _BODY or any(size < 0 for size in sizes):
        raise Broken("body")
    return head, [_exactly(stream, size) for size in sizes]


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if data is None or len(data) < length:
        raise Broken("end")
    return data


def shape(picture: Picture | None) -> list[int] | None:
    return None if picture is None else list(picture.pixels.shape)


def pixels(picture: Picture | None) -> bytes:
    return b"" if picture is None else picture.pixels.tobytes()


def picture(shape: list[int] | None, data: bytes) -> Picture | None:
    """Raises Broken where the bytes are not as many as the shape says."""
    if shape is None:
        return None
    height, width, channels = shape
    if height * width * channels != len(data):
        raise Broken("picture")
    return Picture(width, height, np.frombuffer(data, np.uint8).reshape(height, width, channels).copy())


def told(error: PingxingError) -> dict[str, Any]:
    """An error as the other side can raise it again."""
    params = {key: value if isinstance(value, int | float | str) else str(value) for key, value in error.params.items()}
    return {"kind": type(error).__name__, "reason": error.reason, "params": params}


def raised(told: dict[str, Any]) -> PingxingError:
    """The error again; one of an unknown kind is a backend's failure."""
    kind = getattr(errors, str(told.get("kind")), None)
    known = isinstance(kind, type) and issubclass(kind, PingxingError)
    params = {str(key): value for key, value in dict(told.get("params", {})).items()}
    if not known or kind is None:
        return errors.BackendFailed("engine", problem=str(told.get("kind")))
    made: PingxingError = kind(str(told.get("reason", "")), **params)
    return made
