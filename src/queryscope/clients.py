"""Seam: which clients' requests the middleware may record."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Container
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

ROUTES = Path("/proc/net/route")
CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))
_CONTAINER = "container"  # as podman and systemd-nspawn spell it
_GATEWAY_FLAG = 0x2


def refusal(request: Any, *, allow: Any, internal_ips: Container[str]) -> str:
    """Why this client is not profiled, in words that name the setting; "" if it may be."""
    told = str(request.META.get("REMOTE_ADDR") or "")
    if callable(allow):
        if _says_yes(allow, request):
            return ""
        rule = "QUERYSCOPE['ALLOW'] said no"
    else:
        rule = "it isn't in QUERYSCOPE['ALLOW']" if allow else "QUERYSCOPE['ALLOW'] is not set"
    address = _address(told)
    if told in internal_ips or (address is not None and _is_local(address, allow)):
        return ""
    shown = str(address) if address is not None else "(no address: a unix socket or a proxy)"
    setting = f'"ALLOW": ["{address}"]' if address is not None else '"ALLOW": lambda request: True'
    return (
        f"requests from {shown} are not profiled: it is neither a loopback address, nor in INTERNAL_IPS, nor "
        f"this container's gateway, and {rule}. To allow it: QUERYSCOPE = {{{setting}}}"
    )


def _says_yes(allow: Callable[[Any], Any], request: Any) -> bool:
    return bool(allow(request))


def _address(told: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(told.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _is_local(address: IPv4Address | IPv6Address, allow: Any) -> bool:
    if address.is_loopback:
        return True
    if not callable(allow) and any(address in ip_network(network) for network in allow):
        return True
    return address.is_private and str(address) in container_gateways()


@lru_cache(maxsize=1)
def container_gateways() -> frozenset[str]:
    """From inside a container, the host's browser has the gateway's address."""
    if not os.environ.get(_CONTAINER) and not any(mark.exists() for mark in CONTAINER_MARKS):
        return frozenset()
    try:
        return gateways(ROUTES.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError):
        return frozenset()


def gateways(routes: str) -> frozenset[str]:
    """The default gateways in the text of /proc/net/route: addresses there are little-endian hexadecimal."""
    found = set()
    for line in routes.splitlines()[1:]:
        columns = line.split()
        if len(columns) < 4 or columns[1] != "00000000" or not int(columns[3], 16) & _GATEWAY_FLAG:
            continue
        found.add(socket.inet_ntoa(struct.pack("<L", int(columns[2], 16))))
    return frozenset(found)
