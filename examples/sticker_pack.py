"""A pack from Python, ready to upload: `python examples/sticker_pack.py "一只柴犬" [FOLDER]`. Needs no server."""

import sys

from pingxing import Studio

subject = sys.argv[1] if len(sys.argv) > 1 else "一只柴犬"
with Studio.local() as studio:
    pack = studio.stickers(subject, count=8, platform="wechat", out=sys.argv[2] if len(sys.argv) > 2 else "stickers")
    for file in pack.files:
        print(file.role, file.path, file.receipt)
    print("ready to upload" if pack.good else [finding.rule for _, finding in pack.findings])
