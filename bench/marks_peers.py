"""Other makers' watermarks under the same attacks, in their own environment: it wants opencv and torch, not us.

PYTHON_OF_THEIRS -m bench.marks_peers PICTURES.npz RESULT.json
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.marks_attacks import ATTACKS, Pixels, psnr

Bits = list[int]


def _invisible(method: str, length: int) -> tuple[Callable[[Pixels, Bits], Pixels], Callable[[Pixels], Bits]]:
    from imwatermark import WatermarkDecoder, WatermarkEncoder

    if method == "rivaGan":
        WatermarkEncoder.loadModel()
        WatermarkDecoder.loadModel()

    def put(pixels: Pixels, bits: Bits) -> Pixels:
        encoder = WatermarkEncoder()
        encoder.set_watermark("bits", bits)
        return encoder.encode(np.ascontiguousarray(pixels[:, :, ::-1]), method)[:, :, ::-1]

    def get(pixels: Pixels) -> Bits:
        decoder = WatermarkDecoder("bits", length)
        return [int(bit) for bit in decoder.decode(np.ascontiguousarray(pixels[:, :, ::-1]), method)]

    return put, get


def _blind(length: int) -> tuple[Callable[[Pixels, Bits], Pixels], Callable[[Pixels], Bits]]:
    from blind_watermark import WaterMark, bw_notes

    bw_notes.close()

    def put(pixels: Pixels, bits: Bits) -> Pixels:
        mark = WaterMark(password_img=1, password_wm=1)
        mark.read_img(img=np.ascontiguousarray(pixels[:, :, ::-1]))
        mark.read_wm(np.array(bits, bool), mode="bit")
        return np.clip(np.rint(mark.embed()), 0, 255).astype(np.uint8)[:, :, ::-1]

    def get(pixels: Pixels) -> Bits:
        mark = WaterMark(password_img=1, password_wm=1)
        found = mark.extract(embed_img=np.ascontiguousarray(pixels[:, :, ::-1]), wm_shape=length, mode="bit")
        return [int(bit > 0.5) for bit in found]

    return put, get


PEERS: dict[str, tuple[int, Callable[[], Any]]] = {
    "invisible-watermark dwtDct": (64, lambda: _invisible("dwtDct", 64)),
    "invisible-watermark dwtDctSvd": (64, lambda: _invisible("dwtDctSvd", 64)),
    "blind-watermark": (64, lambda: _blind(64)),
    "invisible-watermark rivaGan": (32, lambda: _invisible("rivaGan", 32)),  # slowest, so last: it gets what is left
}


def _measured(length: int, make: Callable[[], Any], pictures: list[Pixels], seconds: float) -> dict[str, Any]:
    put, get = make()
    begun = time.monotonic()
    chance = np.random.default_rng(1)
    right = dict.fromkeys(ATTACKS, 0)
    quality, embedding, decoding, failed = [], [], [], 0
    for index, pixels in enumerate(pictures):
        if time.monotonic() - begun > seconds:
            break
        bits = [int(bit) for bit in chance.integers(0, 2, length)]
        start = time.process_time()
        marked = np.ascontiguousarray(put(pixels, bits))
        embedding.append(time.process_time() - start)
        quality.append(min(psnr(pixels, marked), 99.0))
        for name, attack in ATTACKS.items():
            hit = np.ascontiguousarray(attack(marked, np.random.default_rng(index)))
            start = time.process_time()
            try:
                right[name] += get(hit) == bits
            except Exception:  # noqa: BLE001 - a peer that falls over an attacked picture has not read it
                failed += 1
            decoding.append((time.process_time() - start) / (hit.shape[0] * hit.shape[1] / 1e6))
    size = pictures[0].shape[0] * pictures[0].shape[1] / 1e6
    return {
        "bits": length,
        "pictures": len(quality),
        "psnr_db_mean": round(float(np.mean(quality)), 2),
        "exact": {name: round(count / len(quality), 4) for name, count in right.items()},
        "embed_ms_per_megapixel": round(float(np.median(embedding)) / size * 1000, 1),
        "decode_ms_per_megapixel": round(float(np.median(decoding)) * 1000, 1),
        "decoder_fell_over": failed,
    }


def main(source: str, target: str) -> None:
    pictures = list(np.load(source)["pictures"])
    end = time.monotonic() + float(os.environ.get("PINGXING_MARKS_PEER_SECONDS", "inf"))
    found: dict[str, Any] = {}
    for rank, (name, (length, make)) in enumerate(PEERS.items()):
        seconds = (end - time.monotonic()) / (len(PEERS) - rank)
        try:
            found[name] = _measured(length, make, pictures, seconds)
        except Exception as error:  # noqa: BLE001 - said in the result: a peer that is missing or broken
            found[name] = {"missing": f"{type(error).__name__}: {error}"}
        print(name, json.dumps(found[name])[:200], file=sys.stderr, flush=True)
    Path(target).write_text(json.dumps(found))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main(*sys.argv[1:3])
