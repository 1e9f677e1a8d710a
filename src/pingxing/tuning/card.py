"""The data card of what was trained: what was in it, whose it was, and that it was nothing else. Facts, no prose."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from statistics import median
from typing import Any

from pingxing.tuning.data import Example
from pingxing.tuning.jobs import Job


def data_card(
    job: Job, examples: Sequence[Example], trained_at: datetime, loss: float | None, kind: str
) -> dict[str, Any]:
    """JSON values. The digest is over all names, captions and picture digests, in order.

    `kind`: "lora", or "whole" where every weight was trained.
    """
    wish = job.wish
    rows = json.dumps([[e.file, e.caption, e.sha256] for e in examples], ensure_ascii=False).encode()
    sides = [min(example.width, example.height) for example in examples]
    lengths = [len(example.caption) for example in examples]
    return {
        "pictures": len(examples),
        "different_pictures": len({example.sha256 for example in examples}),
        "captions": len({example.caption for example in examples}),
        "chinese_captions": sum(any(0x3400 <= ord(letter) <= 0x9FFF for letter in e.caption) for e in examples),
        "shorter_side": {"least": min(sides), "median": int(median(sides)), "most": max(sides)},
        "caption_characters": {"least": min(lengths), "median": int(median(lengths)), "most": max(lengths)},
        "licence_stated": wish.licence or None,
        "data_sha256": hashlib.sha256(rows).hexdigest(),
        "files": {example.file: example.sha256 for example in examples},
        "base": wish.base,
        "base_sha256": job.base_sha256,
        "recipe": {"kind": kind, **wish.model_dump(include={"steps", "batch", "rank", "rate", "side", "seed"})},
        "last_loss": loss,
        "job": job.id,
        "trained_at": trained_at.isoformat(),
    }
