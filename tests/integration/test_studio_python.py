"""The house from Python: `from pingxing import Studio`, loaded when it is asked for and not before."""

import subprocess
import sys

import pytest

import pingxing
from pingxing.errors import InvalidRequest, NotFound
from pingxing.studio import Studio


@pytest.fixture
def studio(make_app):
    return Studio(make_app(), "zh")


def test_nothing_is_loaded_before_it_is_asked_for():
    code = "import sys, pingxing; print('pingxing.bootstrap' in sys.modules, pingxing.Studio.__name__)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "Studio"]
    with pytest.raises(AttributeError):
        _ = pingxing.nothing


def test_a_pack_is_made_and_validates(studio, tmp_path):
    pack = studio.stickers("一只柴犬", count=2, platform="slack", seed=3, out=tmp_path)
    assert pack.good
    assert [file.path.name for file in pack.files] == ["01.png", "02.png"]
    assert studio.validate(tmp_path / "slack", "slack") == ()
    with pytest.raises(InvalidRequest):
        studio.stickers("一只柴犬", count=3, platform=["wechat", "slack"], out=tmp_path)
    with pytest.raises(NotFound):
        studio.wallpapers("海", device="moon", out=tmp_path)
