"""^C on the shell ends the job that is waited for, at whatever moment it comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pingxing import flow
from pingxing.bootstrap import App
from pingxing.cli.console import Console
from pingxing.cli.following import follow
from pingxing.types import Actor, JobState, Request


@pytest.mark.parametrize("moment", ["before there is a bar", "while it waits"])
def test_the_job_is_cancelled_and_nothing_is_charged(
    app: App, actor: Actor, wish: Callable[..., Request], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def interrupted(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    console = Console("en", json_only=True)
    job = flow.admit(app, actor, wish())
    if moment == "while it waits":
        monkeypatch.setattr("pingxing.cli.following.time.sleep", interrupted)
    else:
        monkeypatch.setattr(console, "say", interrupted)
    with pytest.raises(KeyboardInterrupt):
        follow(console, app, actor, job.id)
    ended = app.desk.job(actor, job.id).job
    assert ended.state is JobState.CANCELLED
    assert not ended.spent
