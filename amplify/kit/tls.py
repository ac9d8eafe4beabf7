"""Which certificates a server is checked against."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from amplify.contract.errors import PlanError


def certificates(ca_file: Path | None, where: str) -> ssl.SSLContext | None:
    """A TLS context that trusts what SSL_CERT_FILE or SSL_CERT_DIR names, and what `ca_file` holds.

    The environment's take the place of the usual ones, the file's are added. `where` names the
    option that `ca_file` comes from. None where nothing is named: the library's own context is
    right. Raises PlanError where what is named cannot be read.
    """
    file = os.environ.get("SSL_CERT_FILE") or None
    folder = None if file else os.environ.get("SSL_CERT_DIR") or None
    if not file and not folder and ca_file is None:
        return None
    hint = "name a file of certificates in PEM format"
    try:
        context = ssl.create_default_context(cafile=file, capath=folder)
    except OSError as error:  # what ssl raises is one, too
        raise PlanError(
            f"{file} cannot be read: {_reason(error)}", where="SSL_CERT_FILE", hint=hint
        ) from None
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise PlanError(
                f"{ca_file} cannot be read: {_reason(error)}", where=where, hint=hint
            ) from None
    return context


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it holds no certificate"
    return error.strerror or str(error)
