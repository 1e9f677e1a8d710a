"""Ask, follow the events, fetch, verify: `PX_KEY=px-… python examples/follow_a_job.py [ADDRESS]`. Needs httpx."""

import json
import os
import sys
from pathlib import Path

import httpx

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8188"
with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {os.environ['PX_KEY']}"}, timeout=60) as studio:
    wish = {"prompt": "a dragon flying above a castle at sunset", "width": 768, "height": 512, "format": "webp"}
    asked = studio.post("/api/jobs", json=wish)
    if asked.status_code == 400:  # a refusal says which rule, where, why, and how to contest it
        sys.exit(f"{asked.json()['title']} {asked.json()['detail']}")
    job = asked.raise_for_status().json()["job"]

    done = {}
    with studio.stream("GET", f"/api/jobs/{job}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                done = json.loads(line.removeprefix("data:"))
                print(done.get("kind") or done["state"], done.get("place", ""))

    receipt = done["artifacts"][0]["receipt"]["id"]
    picture = studio.get(f"/api/receipts/{receipt}/file").content
    Path("dragon.webp").write_bytes(picture)
    print("verify says:", studio.post("/api/verify", content=picture).json()["verdict"])
