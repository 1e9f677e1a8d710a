"""A time-stamping service of RFC 3161 on 127.0.0.1, made of the `openssl` program and a certificate of its own."""

from __future__ import annotations

import datetime as dt
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

_CONFIG = """[tsa]
default_tsa = here
[here]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@contextmanager
def service(folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Its address, and the queries it was sent."""
    _keys(folder)
    (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    asked: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(query)
            (folder / "query.tsq").write_bytes(query)
            command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-out", "reply.tsr"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            reply = (folder / "reply.tsr").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _keys(folder: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    root, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    now = dt.datetime.now(dt.UTC)

    def called(name: str) -> x509.Name:
        parts = {NameOID.COMMON_NAME: name, NameOID.ORGANIZATION_NAME: "Time test"}
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items()])

    def begun(name: str, public: rsa.RSAPublicKey, above: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(called(name))
            .issuer_name(called("root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=400))
            .not_valid_after(now + dt.timedelta(days=400))
            .add_extension(x509.BasicConstraints(above, None), critical=True)
            .add_extension(
                x509.KeyUsage(not above, False, False, False, False, above, above, False, False), critical=True
            )
        )

    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    tsa = (
        begun("tsa", key.public_key(), False)
        .add_extension(stamping, critical=True)
        .add_extension(identifier, critical=False)
        .sign(root, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(
        begun("root", root.public_key(), True).sign(root, hashes.SHA256()).public_bytes(pem)
    )
    (folder / "tsa.pem").write_bytes(tsa.public_bytes(pem))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
