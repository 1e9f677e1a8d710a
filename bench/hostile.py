"""Truncated and hostile pictures through verify's decoders: `python -m bench.hostile [--quick]`.

Small pictures of every kind that Pillow decodes for `label.read` are cut, bent and lied about by a seeded generator,
then read in child processes with limits of memory and of a processor's time, as many in one child as survive. An
answer, UnreadableFile and TooLarge are clear; anything else that a reader raises, a child that dies, and a file that
takes longer than LIMIT_S are counted and told, with the seed that makes the file again.
"""

from __future__ import annotations

import json
import os
import random
import struct
import subprocess
import sys
import time
import zlib
from collections import Counter
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from bench.common import ROOT, Result, Target, conditions, run

COUNT, QUICK = 5_000, 300
KINDS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 80},
    "WEBP": {"quality": 80},
    "GIF": {},
    "TIFF": {"compression": "tiff_lzw"},
    "AVIF": {"speed": 10},
}
LIMIT_S = 10.0  # seconds of a processor for one file
MEMORY = 2 << 30  # bytes of address space of a child
_BATCH = 250  # files of one child


def seeds(kind: str) -> list[bytes]:
    """Whole files of one kind: smooth and noisy, grey, clear, small and with metadata."""
    noise = np.random.default_rng(7).integers(0, 256, (72, 96, 4), dtype=np.uint8)
    slope = np.broadcast_to(np.arange(96, dtype=np.uint8)[None, :, None] * 2, (72, 96, 4)).copy()
    out = []
    large = np.tile(slope, (2, 2, 1))  # large enough that a watermark is looked for
    for pixels, mode in ((noise, "RGB"), (slope, "RGBA"), (slope, "L"), (large, "RGB"), (noise[:1, :1], "RGB")):
        image = Image.fromarray(pixels).convert("RGB" if kind == "JPEG" and mode == "RGBA" else mode)
        data = BytesIO()
        image.save(data, kind, **KINDS[kind])
        out.append(data.getvalue())
    return out


def hostile(number: int) -> tuple[str, bytes]:
    """The file of this number: kind and bytes. The same for ever."""
    chance = random.Random(number)
    kind = tuple(KINDS)[number % len(KINDS)]
    data = bytearray(chance.choice(_seeds(kind)))
    for _ in range(chance.choice((1, 1, 2, 4))):
        _bend(data, chance)
    if kind == "PNG" and chance.random() < 0.5:
        _mend(data)
    return kind, bytes(data)


@cache
def _seeds(kind: str) -> tuple[bytes, ...]:
    return tuple(seeds(kind))


def _bend(data: bytearray, chance: random.Random) -> None:
    """One thing that goes wrong with files, or that somebody makes go wrong."""
    if len(data) < 16:
        return
    at = chance.randrange(4, len(data))
    what = chance.randrange(8)
    if what == 0:
        del data[at:]
    elif what == 1:
        data[at] ^= 1 << chance.randrange(8)
    elif what == 2:
        data[at : at + 4] = struct.pack(
            chance.choice("<>") + "I", chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 1 << 16))
        )
    elif what == 3:
        data[at : at + chance.randrange(64)] = bytes(chance.randrange(256) for _ in range(chance.randrange(64)))
    elif what == 4:
        data[at:at] = data[chance.randrange(at) : at] * chance.randrange(1, 40)
    elif what == 5:
        head = chance.randrange(min(64, len(data) - 2))  # where sizes are said
        data[head : head + 2] = chance.choice((b"\xff\xff", b"\x7f\xff", b"\0\0", b"\x20\x00"))
    elif what == 6:
        other = bytes(chance.choice(_seeds(chance.choice(tuple(KINDS)))))
        data[at:] = other[chance.randrange(len(other)) :]
    else:
        data += bytes(chance.randrange(256) for _ in range(chance.randrange(4_096)))


def _mend(data: bytearray) -> None:
    """Checksums of the chunks put right, so that what was bent is believed."""
    at = 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        if at + 12 + size > len(data):
            return
        struct.pack_into(">I", data, at + 8 + size, zlib.crc32(data[at + 4 : at + 8 + size]))
        at += 12 + size


# --- the child ----------------------------------------------------------------------------------------------


def child(first: int, behind: int) -> None:
    """Reads the files of these numbers; a line of JSON for each, flushed before the next begins."""
    import resource
    import signal
    import warnings

    from pingxing import label
    from pingxing.errors import TooLarge, UnreadableFile
    from pingxing.label.kit import Kit
    from pingxing.label.watermark import Key

    kit = Kit(watermark=Key(1, bytes(range(32))))
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)  # a file that takes too long ends this process
    for number in range(first, behind):
        kind, data = hostile(number)
        signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_S)
        begun = time.process_time()
        try:
            label.read(data, kit, seconds=LIMIT_S)
            said = "answer"
        except UnreadableFile as error:
            said = f"unreadable.{error.reason}"
        except TooLarge as error:
            said = f"too_large.{error.reason}"
        except Exception as error:  # noqa: BLE001 - nothing else may come out, and that is what is counted
            said = f"!{type(error).__name__}: {error}"[:200]
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        spent = round(time.process_time() - begun, 3)
        print(json.dumps([number, kind, said, spent]), flush=True)


# --- the parent ---------------------------------------------------------------------------------------------


def measure(quick: bool) -> Result:
    count = QUICK if quick else COUNT
    told: list[tuple[int, str, str, float]] = []
    number = 0
    while number < count:
        behind = min(count, number + _BATCH)
        rows = _asked(number, behind)
        told += rows
        number = number + len(rows)
        if number < behind:  # the child died over this one
            told.append((number, hostile(number)[0], "!died", LIMIT_S))
            number += 1
    bad = [row for row in told if row[2].startswith("!")]
    by_kind = {kind: dict(Counter(said.partition(":")[0] for _, k, said, _ in told if k == kind)) for kind in KINDS}
    slowest = max(spent for *_, spent in told)
    return Result(
        name="hostile",
        ours={"files": len(told), "by_kind": by_kind, "slowest_s": slowest, "unclear": len(bad)},
        peers={},
        ratio={},
        targets=[
            Target("hostile pictures without a clear answer", 0, len(bad), "files"),
            Target("seconds of a processor for the slowest", LIMIT_S, slowest, "s"),
        ],
        conditions=conditions(files=count, memory_mb=MEMORY >> 20, limit_s=LIMIT_S),
        problems=[f"file {number} ({kind}): {said}" for number, kind, said, _ in bad],
    )


def _asked(first: int, behind: int) -> list[tuple[int, str, str, float]]:
    code = f"from bench.hostile import child; child({first}, {behind})"
    environ = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, stdout=subprocess.PIPE, check=False)
    return [(row[0], row[1], row[2], row[3]) for row in map(json.loads, ran.stdout.splitlines())]


if __name__ == "__main__":
    sys.exit(run("hostile", measure))
