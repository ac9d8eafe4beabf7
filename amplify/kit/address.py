"""Addresses of services: one spelling, no secrets in them."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from amplify.contract.errors import PlanError


def service_address(url: str, where: str) -> str:
    """`url` in one spelling: what it says makes calls the same, so equal ones must look equal.

    Raises PlanError, which does not repeat it, where it is no http(s) address, or holds what could
    be a secret: a user, a query, a fragment.
    """
    hint = "for instance http://localhost:8000/v1"
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise PlanError("is no address of a server", where=where, hint=hint) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PlanError("is no http:// or https:// address", where=where, hint=hint)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise PlanError(
            "an address holds no user, key, query or fragment",
            where=where,
            hint="keys are read from the environment: see amplify show",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def origin(url: str) -> str | None:
    """The scheme, host and port of an address, and nothing else of it; None where it has none."""
    try:
        parts = urlsplit(url)
        usual = {"http": 80, "https": 443}[parts.scheme]
        port = "" if parts.port in (None, usual) else f":{parts.port}"
    except (ValueError, KeyError):
        return None
    if not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def on_this_machine(address: str) -> bool:
    """Whether the address is of this machine, so that no proxy stands in between."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
