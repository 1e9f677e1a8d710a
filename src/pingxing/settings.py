"""One frozen, strictly parsed object. Defaults, then `pingxing.toml`, then `PINGXING_*`; unknown keys fail.

An operator's typing error must never be silently ignored: a setting that does not exist, a number
that does not parse or a limit below one stops the program with the name of what is wrong.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from pingxing.errors import BadSettings
from pingxing.types import Language

PREFIX = "PINGXING_"
UNREGISTERED = "PINGXING-UNREGISTERED"  # provider code of a studio whose operator has none yet
COPY_LOG_DAYS = 184  # six months: labelling measures art. 9
_LABEL_WORD = r"^[\x21\x23-\x5b\x5d-\x7e]{1,64}$"  # GB 45438-2025 annex E: 0x21-0x7E without " and \


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)] = "Pingxing"
    """What the studio calls itself on its pages."""
    data_dir: Path = Path.home() / ".local" / "share" / "pingxing"
    """All state: database, pictures, keys. Nothing is written elsewhere."""
    database_url: str = ""
    """Empty: SQLite in the data folder. Or postgresql://user:password@host/database."""
    host: str = "127.0.0.1"
    """Address to listen on. Put a proxy with https in front before you open it to others."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8188
    """Port to listen on; 0 takes a free one."""
    public_url: str = ""
    """How the outside reaches the studio; used in links. Empty: http://host:port."""
    language: Language = "en"
    """Language of the terminal and of pages whose reader asks for none."""
    label_language: Language = "zh"
    """Wording of the visible mark for new accounts: `AI生成` or `AI generated`."""
    provider_code: Annotated[str, Field(pattern=_LABEL_WORD)] = UNREGISTERED
    """ContentProducer of the AIGC label: the operator's 27-character code (TC260 practice guide)."""
    c2pa_chain: Path | None = None
    """Certificates (PEM, signer first, root last) for Content Credentials. Empty: a chain made at the first start."""
    c2pa_key: Path | None = None
    """The signer's unencrypted PKCS #8 key; with c2pa_chain."""
    trusted_roots: Path | None = None
    """PEM file of further roots whose Content Credentials `verify` calls trusted."""
    timestamp_url: str = ""
    """RFC 3161 service that time-stamps Content Credentials. Empty: none is asked."""
    default_model: str = "scene"
    """The model of requests that name none."""
    exact: bool = False
    """Whether a picture of a checkpoint has the same bytes alone and in any company; steps are then not shared."""
    queue_limit: Annotated[int, Field(ge=1, le=1_000_000)] = 2_000
    """How many jobs may wait in all; beyond it 429."""
    queue_limit_account: Annotated[int, Field(ge=1, le=100_000)] = 50
    """How many jobs of one account may wait; beyond it 429."""
    steps_per_day: Annotated[int, Field(ge=0, le=10**9)] = 0
    """Steps (of 1024x1024) that an account may have run in 24 hours, where it has no number of its own; 0: no limit."""
    devices: Annotated[str, Field(pattern=r"^([a-z]+(:\d+)?( *, *[a-z]+(:\d+)?)*)?$")] = ""
    """What checkpoints run on, an engine process each: `cuda:0,cuda:1`, `cpu`. Empty: every accelerator, or the CPU."""
    device_memory_gib: Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)] = 0
    """How much of a device's memory all checkpoints together may take; 0: what is free there."""
    record_calls: bool = False
    """Whether CUDA devices record the calls of small pictures and play them again: more memory, less waiting."""
    workers: Annotated[int, Field(ge=1, le=64)] = max(1, os.cpu_count() or 1)
    """How many jobs run side by side."""
    retries: Annotated[int, Field(ge=1, le=10)] = 3
    """How often a job is tried when the failure may pass (backend, disk)."""
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 180
    """How long encrypted prompts are kept (labelling measures art. 9: at least six months of logs)."""
    unlabelled_copies: bool = False
    """Whether accounts that agree to the terms may have copies without a visible mark (labelling measures art. 9)."""
    real_names: Literal["off", "asked", "required"] = "off"
    """Whether people are verified before they may make anything: deep-synthesis provisions art. 9 ask it of services
    for the public in mainland China. `asked`: their account says so, and nothing is refused."""
    verifier: Literal["operator", "service"] = "operator"
    """Who says that people are who they say: whoever operates, with the document before them, or a service that is
    asked at verifier_url and answers by itself (a carrier, a national identity service)."""
    verifier_url: str = ""
    """Address of that service, and the only one that a name is ever sent to: https, or http on this machine."""
    verifier_key: SecretStr = SecretStr("")
    """The key that signs questions and answers, 32 characters or more. Only in the environment, never in a file."""
    verifier_seconds: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] = 10
    """How long the service may take for its whole answer."""
    appeal_days: Annotated[int, Field(ge=1, le=90)] = 7
    """By when a person answers an appeal or a review; promised to whoever asked."""
    read_pictures: Literal["auto", "always", "never"] = "auto"
    """Whether words in finished pictures are read and judged: "auto" leaves out engines that set every word themselves.
    Needs the extra `pictures`; without it models whose pictures must be read are not offered."""
    classifier: bool = True
    """Whether a small network weighs every wording too and may ask a person to look; it never blocks by itself."""
    upload_days: Annotated[int, Field(ge=1, le=90)] = 7
    """How long an uploaded picture is kept, sealed with its account's key."""
    uploads_per_account: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How many uploaded pictures an account may keep at once."""
    uploads_per_minute: Annotated[int, Field(ge=1, le=1_000)] = 10
    """Uploads per minute of one account."""
    pack_keys: Path | None = None
    """File of Ed25519 public keys (Base64, one a line). Set: only rule packs signed by one of them are taken."""
    session_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 24 * 14
    """How long a sign-in lasts."""
    verify_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 30
    """Public verifications per minute and client address."""
    verify_links: bool = True
    """Whether the public may give a web address instead of a file (California SB 942); only public ones are asked."""
    sign_in_per_minute: Annotated[int, Field(ge=1, le=1_000)] = 10
    """Tries to sign in per minute, for one name and for one address."""
    max_upload_bytes: Annotated[int, Field(ge=1024, le=1 << 30)] = 32 << 20
    """Largest file that can be verified."""
    cookie_secure: bool = False
    """Set where the studio is served over https."""

    @field_validator("timestamp_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @field_validator("verifier_url")
    @classmethod
    def _never_in_the_clear(cls, value: str) -> str:
        parts = urlsplit(value)
        here = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if value and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and here))):
            raise ValueError("must start with https:// (http:// only on this machine)")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("must hold no name, password, question or fragment")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("must start with postgresql:// or sqlite:///")
        return value

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'pingxing.db'}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load(environ: Mapping[str, str] = os.environ, file: Path | None = None, **given: Any) -> Settings:
    """Settings from `file` (or ./pingxing.toml, or $PINGXING_CONFIG), the environment and `given`, later ones winning.

    Raises BadSettings that names the setting and what is wrong with it.
    """
    explicit = file or (Path(environ[f"{PREFIX}CONFIG"]) if environ.get(f"{PREFIX}CONFIG") else None)
    values: dict[str, Any] = _from_file(explicit, required=True) if explicit else _from_file(Path("pingxing.toml"))
    if "verifier_key" in values:  # a file is copied, kept in backups and shown to whoever helps
        raise BadSettings("secret", setting="verifier_key", variable=f"{PREFIX}VERIFIER_KEY")
    for key, text in environ.items():
        if key.startswith(PREFIX) and key != f"{PREFIX}CONFIG":
            values[key.removeprefix(PREFIX).lower()] = text
    values.update({k: v for k, v in given.items() if v is not None})
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise BadSettings("unknown", setting=setting) from None
        raise BadSettings("value", setting=setting, problem=first["msg"]) from None


def _from_file(path: Path, *, required: bool = False) -> dict[str, Any]:
    if not path.is_file():
        if required:
            raise BadSettings("no_file", path=path)
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings("file", path=path, problem=error) from error
