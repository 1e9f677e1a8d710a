"""Settings are strict: what is misspelt or out of bounds stops the program and is named."""

import pytest

from pingxing.errors import BadSettings
from pingxing.settings import load


def test_defaults_bind_to_this_machine_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8188)
    assert settings.database.startswith("sqlite:///")
    assert settings.retention_days >= 180  # labelling measures, art. 9


def test_file_then_environment_then_arguments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pingxing.toml").write_text('name = "工作室"\nport = 1\nworkers = 3\n', "utf-8")
    settings = load({"PINGXING_PORT": "2", "PINGXING_DATA_DIR": "/x", "OTHER": "1"}, port=3)
    assert (settings.name, settings.port, settings.workers) == ("工作室", 3, 3)
    assert str(settings.data_dir) == "/x"


@pytest.mark.parametrize(
    ("environ", "setting"),
    [
        ({"PINGXING_PROT": "1"}, "prot"),
        ({"PINGXING_PORT": "many"}, "port"),
        ({"PINGXING_PORT": "70000"}, "port"),
        ({"PINGXING_WORKERS": "0"}, "workers"),
        ({"PINGXING_LANGUAGE": "fr"}, "language"),
        ({"PINGXING_DATABASE_URL": "mysql://x"}, "database_url"),
        ({"PINGXING_PROVIDER_CODE": 'with "quotes"'}, "provider_code"),
        ({"PINGXING_PROVIDER_CODE": "中文"}, "provider_code"),
    ],
)
def test_a_wrong_environment_is_named(environ, setting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadSettings) as caught:
        load(environ)
    assert caught.value.params["setting"] == setting


@pytest.mark.parametrize("text", ["prot = 1", "port = 'many'", "port = ", "\xff"])
def test_a_wrong_file_is_named(text, tmp_path):
    file = tmp_path / "own.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadSettings):
        load({}, file)
    with pytest.raises(BadSettings):
        load({}, tmp_path / "missing.toml")


def test_postgres_addresses_name_our_driver():
    settings = load({}, database_url="postgresql://u:p@h/d")
    assert settings.database == "postgresql+psycopg://u:p@h/d"
