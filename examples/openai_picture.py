"""One picture with the unmodified OpenAI client: `OPENAI_API_KEY=px-… python examples/openai_picture.py [ADDRESS]`."""

import base64
import sys
from pathlib import Path

from openai import OpenAI

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8188"
client = OpenAI(base_url=f"{address}/v1")
answer = client.images.generate(
    model="scene",
    prompt="海底有三条鱼和一只章鱼",
    size="512x512",
    response_format="b64_json",
    extra_body={"seed": 7, "style": "flat"},  # ours: the same seed draws the same picture
)
image = answer.data[0]
Path("fish.png").write_bytes(base64.b64decode(image.b64_json))
print(f"fish.png, ledger entry {image.receipt['log_index']}")
