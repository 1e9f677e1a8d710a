"""A training job in a process of its own, so that it outlives the server that started it and takes it not along."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from pingxing.errors import Conflict
from pingxing.tuning.jobs import Job


def start(job: Job, data_dir: Path) -> int:
    """The process that goes on with this job; its number. Raises Conflict where one does already."""
    if job.running:
        raise Conflict("train_running", job=job.id)
    job.reopen()
    command = [sys.executable, "-m", "pingxing", "train", "resume", job.id, "--json", "--reopened"]
    environment = {**os.environ, "PINGXING_DATA_DIR": str(data_dir.resolve())}
    with (job.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    threading.Thread(target=process.wait, name=f"train-{job.id}", daemon=True).start()  # leaves no zombie
    return process.pid
