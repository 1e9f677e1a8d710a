"""Keys and certificates with which files are signed (C2PA 2.x, section 14: X.509 certificates and COSE).

A chain of ours is made at the first start: a root that signs nothing but the signer, and the signer. An
operator's own chain takes its place by two settings. A verifier who trusts the root says "Trusted"; one who
does not still sees that the file is whole since it was signed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pingxing.errors import BadSettings, Integrity
from pingxing.store.blobs import storage_failed
from pingxing.store.vault import secret_file

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT_KEY, SIGNER_KEY, CHAIN = "c2pa-root.key", "c2pa-signer.key", "c2pa-chain.pem"
_YEARS = {"root": 20, "signer": 10}
_EVE = dt.timedelta(days=1)  # clocks of verifiers may be behind ours


@dataclass(frozen=True, slots=True)
class Credentials:
    """`chain` is PEM, the signer first and the root last; `anchors` is PEM of all roots that are trusted here."""

    chain: str
    algorithm: str  # of C2PA's list: "Ed25519", "ES256", "ES384", "PS256"
    anchors: str
    sign: Callable[[bytes], bytes] = field(repr=False)
    timestamp_url: str = ""  # RFC 3161 service of the operator; empty: none is asked


def own(folder: Path, name: str, now: dt.datetime, timestamp_url: str = "") -> Credentials:
    """The chain that is made at the first start, kept in `folder` from then on.

    Raises Integrity where the files do not belong together or others can read a key, StorageFailed where they
    cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    root = Ed25519PrivateKey.from_private_bytes(secret_file(folder / ROOT_KEY))
    signer = Ed25519PrivateKey.from_private_bytes(secret_file(folder / SIGNER_KEY))
    chain = _kept(folder / CHAIN, lambda: _make(root, signer, name, now))
    certificates = _load(chain)
    if len(certificates) != 2 or certificates[0].public_key() != signer.public_key():
        raise Integrity("key_length", path=folder / CHAIN)
    return Credentials(chain, "Ed25519", _pem(certificates[-1]), signer.sign, timestamp_url)


def given(chain_file: Path, key_file: Path, timestamp_url: str = "") -> Credentials:
    """The operator's chain (PEM, signer first, root last) and unencrypted PKCS #8 key.

    Raises BadSettings that names the setting whose file cannot be used.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        chain = chain_file.read_text("ascii")
        certificates = _load(chain)
    except (OSError, ValueError) as error:
        raise BadSettings("value", setting="c2pa_chain", problem=str(error)) from error
    try:
        key = load_pem_private_key(key_file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise BadSettings("value", setting="c2pa_key", problem=str(error)) from error
    if not certificates or certificates[0].public_key() != key.public_key():
        raise BadSettings("value", setting="c2pa_key", problem="not the key of the first certificate")
    algorithm, sign = _signing(key)
    return Credentials(chain, algorithm, _pem(certificates[-1]), sign, timestamp_url)


def _signing(key: object) -> tuple[str, Callable[[bytes], bytes]]:
    """C2PA's name of the algorithm and a function that signs with it, in COSE's form (RFC 9053, 2.1: r || s)."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "Ed25519", key.sign
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in ("secp256r1", "secp384r1"):
        size = key.curve.key_size // 8
        digest = hashes.SHA256() if size == 32 else hashes.SHA384()

        def sign(message: bytes) -> bytes:
            r, s = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
            return r.to_bytes(size, "big") + s.to_bytes(size, "big")

        return "ES256" if size == 32 else "ES384", sign
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        probabilistic = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size)
        return "PS256", lambda message: key.sign(message, probabilistic, hashes.SHA256())
    raise BadSettings("value", setting="c2pa_key", problem="wanted Ed25519, P-256, P-384 or RSA of 2048 bits or more")


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The text of `path`, made and written whole where it is missing."""
    try:
        if not path.exists():
            draft = path.with_name(f".{path.name}.draft")
            draft.write_text(make(), "ascii")
            draft.replace(path)
        return path.read_text("ascii")
    except OSError as error:
        raise storage_failed(error) from error


def _make(root: Ed25519PrivateKey, signer: Ed25519PrivateKey, name: str, now: dt.datetime) -> str:
    """Signer and root, PEM. The profile of C2PA 2.x, 14.5.1: v3, key usage, an extended usage on its list."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def called(role: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {role}"),
            ]
        )

    def begun(role: str, key: Ed25519PrivateKey) -> x509.CertificateBuilder:
        public = key.public_key()
        digest = hashlib.sha256(role.encode() + public.public_bytes_raw()).digest()
        return (
            x509.CertificateBuilder()
            .subject_name(called(role))
            .issuer_name(called("root"))
            .public_key(public)
            .serial_number(int.from_bytes(digest[:19], "big") | 1)
            .not_valid_before(now - _EVE)
            .not_valid_after(now + dt.timedelta(days=365 * _YEARS[role]))
            .add_extension(x509.BasicConstraints(role == "root", 0 if role == "root" else None), critical=True)
            .add_extension(_usage(signs_certificates=role == "root"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    above = begun("root", root).sign(root, None)
    below = (
        begun("signer", signer)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root, None)
    )
    return _pem(below) + _pem(above)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _load(chain: str) -> list[x509.Certificate]:
    from cryptography import x509

    return x509.load_pem_x509_certificates(chain.encode("ascii"))


def _pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode("ascii")
