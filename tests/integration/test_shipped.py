"""The picture model that comes with the package: it is there, small, whole, and draws what it was asked for."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from tests.conftest import finish

from pingxing import flow, label
from pingxing.bootstrap import default_loaders
from pingxing.engine.backends.own import folder, shipped
from pingxing.types import JobState


def test_every_file_is_as_it_was_exported_and_all_are_small() -> None:
    told = folder.facts(shipped.FOLDER)
    names = [part.files[0].name for part in folder.inspect(shipped.FOLDER).parts]
    assert len(names) == 4
    for name in names:
        assert folder.graph(shipped.FOLDER, told, name)
    assert sum(file.stat().st_size for file in shipped.FOLDER.rglob("*")) < 60e6
    assert len(told.tuned) == told.steps
    for name, digest in told.files.items():
        assert hashlib.sha256((shipped.FOLDER / name).read_bytes()).hexdigest() == digest, "what is trained on from too"
    card = shipped.card()
    assert card.about[0]
    assert card.about[1]
    assert card.trained


@pytest.mark.parametrize(("prompt", "wanted"), [("a red apple", (180, 60, 60)), ("一棵树", (60, 140, 60))])
def test_it_draws_through_the_one_way_and_the_same_again(make_app, settings, wish, prompt, wanted) -> None:
    app = make_app(settings.model_copy(update={"default_model": "scene"}), loaders=default_loaders(settings))
    actor = app.identity.local_actor("en")
    app.worker.start()
    files = []
    for _ in range(2):
        asked = wish(prompt, model=shipped.NAME, width=256, height=256, seed=4, format="png")
        told = finish(app, actor, flow.admit(app, actor, asked).id)
        assert told.job.state is JobState.DELIVERED
        files.append(flow.release(app, actor, told.receipts[0].id).data)
        assert label.read(files[-1]).produce_id == told.receipts[0].id
    first, second = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int) for data in files)
    assert np.abs(first[:192] - second[:192]).mean() < 5, "but for the watermarks"
    middle = first[80:170, 80:170].reshape(-1, 3)
    near = np.abs(middle - np.array(wanted)).max(axis=1) < 90
    assert near.mean() > 0.25, "and it is no blank"
