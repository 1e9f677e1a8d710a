"""A job followed on the shell until it has ended: run in this process, or by the server of this data folder."""

from __future__ import annotations

import time
from typing import Any

from pingxing.cli.console import Console

_LOOK_EVERY_S = 0.03
_ASK_EVERY_S = 1.0


def follow(
    console: Console, app: Any, actor: Any, job_id: str, *, waiting: str = "cli.queued", running: str = "cli.running"
) -> Any:
    """The `JobView` of the job once it has ended, well or not. A bar tells how far it is by the words of two keys, of
    which the first may name its `{place}`. ^C ends the job, and is raised again."""
    from pingxing import flow

    try:
        return _followed(console, app, actor, job_id, waiting, running)
    except KeyboardInterrupt:  # also one that comes before there is a bar to see: the job exists already
        flow.cancel(app, actor, job_id)
        raise


def _followed(console: Console, app: Any, actor: Any, job_id: str, waiting: str, running: str) -> Any:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from pingxing.types import JobState

    columns = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console.rich, transient=True, disable=console.json_only) as bar:
        task = bar.add_task(console.say(waiting, place=1), total=None)
        asked = time.monotonic()
        while not (view := app.desk.job(actor, job_id)).job.state.final:
            if view.job.state is JobState.RUNNING:
                with app.store.read() as tx:
                    tick = tx.work.ticks([job_id])[job_id]
                bar.update(task, description=console.say(running), total=tick.steps or None, completed=tick.step)
            else:
                bar.update(task, description=console.say(waiting, place=view.place))
            if time.monotonic() - asked > _ASK_EVERY_S:  # the server that held the lock may have gone
                app.worker.start()
                asked = time.monotonic()
            time.sleep(_LOOK_EVERY_S)
    return view
