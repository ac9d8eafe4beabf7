"""An https server on this machine with a certificate that it signed itself."""

from __future__ import annotations

import datetime
import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Secure:
    """Where it listens, its certificate, and a folder as SSL_CERT_DIR wants it."""

    url: str
    certificate: Path
    folder: Path


@contextmanager
def secure_server(folder: Path, reply: Any) -> Iterator[Secure]:
    """A running server for localhost alone that answers every POST with `reply`."""
    pem, key, hashed_name = _certificate()
    both, alone, hashed = folder / "both.pem", folder / "certificate.pem", folder / "hashed"
    both.write_bytes(pem + key)
    alone.write_bytes(pem)
    hashed.mkdir()
    (hashed / f"{hashed_name}.0").write_bytes(pem)
    body = json.dumps(reply).encode()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        def finish_request(self, request: Any, address: Any) -> None:
            with suppress(OSError):  # a client that trusts no such certificate hangs up
                super().finish_request(request, address)

    with Server(("127.0.0.1", 0), Handler) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Secure(f"https://localhost:{server.server_address[1]}", alone, hashed)
        finally:
            server.shutdown()
            thread.join()


def _certificate() -> tuple[bytes, bytes, str]:
    """A certificate and its key, both as PEM, and the hash by which OpenSSL looks for its name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost")]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    digest = hashlib.sha1(name.public_bytes()[2:], usedforsecurity=False).digest()
    hashed = f"{int.from_bytes(digest[:4], 'little'):08x}"
    return made.public_bytes(serialization.Encoding.PEM), private, hashed
