"""A film of the studio's, in strangers' hands: re-encoded, stripped, and still led back to its receipt."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pingxing import flow, label
from pingxing.label.media.video import mark_video
from pingxing.label.watermark import Message
from pingxing.label.watermark.film import Weaver
from pingxing.types import Format
from pingxing.verify import verify

av = pytest.importorskip("av")


def _film(frames: list[np.ndarray], crf: int) -> bytes:
    out = BytesIO()
    with av.open(out, "w", format="mp4") as target:
        stream = target.add_stream("h264", rate=12, options={"crf": str(crf), "preset": "veryfast"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode(None))
    return out.getvalue()


def _frames(film: bytes) -> list[np.ndarray]:
    with av.open(BytesIO(film)) as source:
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]


def test_a_film_re_encoded_and_stripped_is_led_back_to_its_receipt(app, actor, wish) -> None:
    job = flow.admit(app, actor, wish(width=512, height=512, format=Format.PNG))
    flow.fulfil(app, job.id)
    released = flow.release(app, actor, app.desk.job(actor, job.id).receipts[0].id)
    produce_id = label.read(released.data, app.kit).produce_id
    assert produce_id is not None
    tag, key = app.kit.tag(produce_id), app.kit.watermark
    with Image.open(BytesIO(released.data)) as image:
        still = image.convert("RGB")
    # The camera goes over the picture. Its colours are turned round, and its own mark with them: what is found is the
    # film's.
    frames = [np.asarray(still.crop((4 * n, 60, 4 * n + 352, 348))) for n in range(24)]
    weaver = Weaver(Message(key.id, tag), key)
    film = _film(_frames(mark_video(_film([255 - frame for frame in frames], 12), "zh", weaver=weaver)), 28)
    answer = verify(app, film)
    assert not answer.labels.aigc.found
    assert answer.labels.watermark.found
    assert answer.ledger.found
    assert answer.ledger.by == "watermark"
    assert answer.ledger.proof_ok
    assert answer.verdict == "confirmed"
    clean = verify(app, _film([frame[:, ::-1] // 2 + 30 for frame in frames], 23))
    assert not clean.labels.watermark.found
    assert not clean.ledger.found
