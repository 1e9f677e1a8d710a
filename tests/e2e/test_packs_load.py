"""Rules change while people ask, changed by a process beside the server; no request is lost or judged wrongly."""

from __future__ import annotations

import threading
import time

import httpx
from tests.fakes.rulepacks import pack

from pingxing import rulebook
from pingxing.bootstrap import build
from pingxing.settings import load

ASKING = 2


def test_rules_come_and_go_under_load_without_a_lost_or_wrongly_judged_request(server):
    headers = {"authorization": f"Bearer {server.key()}", "accept-language": "en"}
    stop, told, faults = threading.Event(), [], []

    def ask() -> None:
        with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
            while not stop.is_set():
                start = time.monotonic()
                answer = client.post("/api/check", json={"text": "a glass teapot"})
                job = client.post("/api/jobs", json={"prompt": "a glass teapot", "width": 64, "height": 64})
                if answer.status_code != 200 or job.status_code not in (202, 400, 429):
                    faults.append((answer.status_code, job.status_code, job.text))
                    return
                told.append((start, time.monotonic(), answer.json()["decision"], job.status_code))
                time.sleep(0.1)

    threads = [threading.Thread(target=ask) for _ in range(ASKING)]
    for thread in threads:
        thread.start()

    def wait() -> None:
        """Until everybody has asked and been answered once more, from the beginning."""
        until, wanted = time.monotonic() + 60, len(told) + 2 * ASKING
        while len(told) < wanted and time.monotonic() < until:
            time.sleep(0.02)

    wait()
    with build(load({}, data_dir=server.data_dir)) as app:  # this process, beside the server's
        operator = app.identity.local_actor("en")
        for version in ("1.0.0", "1.1.0"):
            rulebook.add(app, operator, pack(version))
            rulebook.stage(app, operator, "house-rules", "shadow", version)
            begun = time.monotonic()
            rulebook.stage(app, operator, "house-rules", "active", version)
            if version == "1.0.0":
                trying, active = begun, time.monotonic()
            wait()
        assert rulebook.roll_back(app, operator, "house-rules").version == "1.0.0"
        wait()
        retiring = time.monotonic()
        rulebook.stage(app, operator, "house-rules", "retired", "1.0.0")
        retired = time.monotonic()
    wait()
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(told) > 20
    before = [(decision, code) for start, end, decision, code in told if end < trying]
    during = [(decision, code) for start, end, decision, code in told if start > active and end < retiring]
    after = [decision for start, _, decision, _ in told if start > retired]
    assert {decision for decision, _ in before} == {"allow"}
    assert {decision for decision, _ in during} == {"block"}, "also while one version gives way to another"
    assert {code for _, code in during} == {400}
    assert set(after) == {"allow"}
