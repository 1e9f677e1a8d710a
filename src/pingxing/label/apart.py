"""Strangers' PDFs are opened in a process of their own, which may be killed.

A page can ask for more drawing than anybody can wait for (ten forms, each drawn ten times inside the
next, are ten thousand million operations), and PDFium's own pause is not asked inside nested forms.
A limit that holds must therefore stand outside: CPU seconds and memory of a child, set by the kernel,
and a clock in the parent. The child speaks first of what the metadata say, then tries to draw.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from pingxing.errors import UnreadableFile
from pingxing.label.alone import begun
from pingxing.label.pdf import PdfContents, contents

PAGE_SIDE = 2_048  # pixels at which a page is looked at
_MEMORY = 2 << 30  # bytes of address space


def read_pdf(data: bytes, seconds: int, wait: float) -> tuple[PdfContents, NDArray[np.uint8] | None]:
    """What an untrusted PDF's metadata say, and its first page as (height, width, 3).

    The page is None where drawing failed, or took more than `seconds` of a processor or a `wait` of so many seconds:
    on a crowded machine an honest page waits long for its turn and computes little. Raises UnreadableFile
    (damaged, too_slow).
    """
    child = begun(f"from pingxing.label.apart import child; child({seconds})")
    try:
        said, _ = child.communicate(data, timeout=wait)
    except subprocess.TimeoutExpired:
        child.kill()
        said, _ = child.communicate()
    header, _, rest = said.partition(b"\n")
    if not header:
        raise UnreadableFile("too_slow" if -child.returncode in (signal.SIGKILL, signal.SIGXCPU) else "damaged")
    found = json.loads(header)
    if found is None:
        raise UnreadableFile("damaged")
    xmp = found.pop("xmp")
    return PdfContents(**found, xmp=None if xmp is None else xmp.encode("latin-1")), _pixels(rest)


def _pixels(rest: bytes) -> NDArray[np.uint8] | None:
    """The child's second answer: a line with rows and columns, then the pixels; cut short if it was killed."""
    shape, _, pixels = rest.partition(b"\n")
    if not shape:
        return None
    rows, columns = (int(n) for n in shape.split())
    if len(pixels) != rows * columns * 3:
        return None
    return np.frombuffer(pixels, dtype=np.uint8).reshape(rows, columns, 3)


def child(seconds: int) -> None:
    """What runs in the other process: standard input in, two answers out."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from pingxing.label.pages import draw

    data, out = sys.stdin.buffer.read(), sys.stdout.buffer
    try:
        found = asdict(contents(data))
    except UnreadableFile:
        out.write(b"null\n")
        return
    found["xmp"] = None if found["xmp"] is None else found["xmp"].decode("latin-1")
    out.write(json.dumps(found).encode() + b"\n")
    out.flush()
    if not found["encrypted"]:
        page = draw(data, PAGE_SIDE)
        out.write(f"{page.shape[0]} {page.shape[1]}\n".encode() + page.tobytes())
