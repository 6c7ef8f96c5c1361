"""Whose address a request has, where proxies stand in between, and which of them is believed.

Anybody can send `X-Forwarded-For`; it counts only as far as trusted proxies have written it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

__all__ = ["Arrival", "ForwardedHeader", "Proxies", "is_loopback", "neighbourhood"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PAIR: Final = re.compile(r"""\s*(for|proto)\s*=\s*("[^"]*"|[^\s;,"]+)\s*""", re.IGNORECASE)
_MOST_HOPS: Final = 16
_SITE_BITS: Final = 64
"""Of an IPv6 address: one subscriber has all addresses that begin alike."""


class ForwardedHeader(StrEnum):
    """In which header the trusted proxies write whom a request is from."""

    X_FORWARDED_FOR = "x-forwarded-for"
    """And the scheme in `X-Forwarded-Proto`."""
    FORWARDED = "forwarded"
    """RFC 7239; it holds the scheme as well."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where a request came from: the client's address, and whether it came over TLS."""

    address: str
    is_secure: bool


class Proxies:
    """The networks whose word about clients is believed, in one header; none unless told.

    A proxy that writes one of the headers passes the other on as the client sent it: reading both
    would let everybody choose an address.
    """

    def __init__(
        self,
        networks: Iterable[_Network] = (),
        header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR,
    ) -> None:
        self._networks = tuple(networks)
        self._header = header

    @classmethod
    def named(
        cls, networks: Iterable[str], header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR
    ) -> Self:
        """Return the proxies in `networks` ("10.0.0.0/8", "::1"). Raises `ValueError`."""
        return cls((ipaddress.ip_network(name) for name in networks), header)

    def trusts(self, address: str) -> bool:
        """Return whether `address` is one of a trusted proxy."""
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self._networks)

    def arrival(
        self,
        peer: str,
        *,
        forwarded: Sequence[str] = (),
        forwarded_for: Sequence[str] = (),
        forwarded_proto: str | None = None,
    ) -> Arrival:
        """Return where a request of `peer` (the TCP connection's other end) really came from.

        The rest are its headers `Forwarded` (RFC 7239), `X-Forwarded-For` and
        `X-Forwarded-Proto`, of which only those count that the proxies were said to write. They
        are read from the end, as long as who wrote them is trusted.
        """
        if not self.trusts(peer):
            return Arrival(peer, is_secure=False)
        if self._header is ForwardedHeader.FORWARDED:
            hops, scheme = _read_forwarded(forwarded)
        else:
            hops, scheme = _listed(forwarded_for), (forwarded_proto or "").rpartition(",")[2]
        address = peer
        for hop in reversed(hops[-_MOST_HOPS:]):
            parsed = _parsed(hop)
            if parsed is None:
                break
            address = str(parsed)
            if not self.trusts(address):
                break
        return Arrival(address, is_secure=scheme.strip().lower() == "https")


def neighbourhood(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the site an IPv6 one belongs to."""
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _SITE_BITS), strict=False))
    return address if parsed is None else str(parsed)


def is_loopback(host: str) -> bool:
    """Return whether `host`, a name or address, is this machine under any circumstances."""
    parsed = _parsed(host)
    return host.lower() == "localhost" if parsed is None else parsed.is_loopback


def _parsed(text: str) -> _Address | None:
    """Return the address `text` says, perhaps with a port or in brackets; None if it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _listed(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in line.split(",")]


def _read_forwarded(lines: Sequence[str]) -> tuple[list[str], str]:
    """Return the `for` of each hop of `Forwarded`, and the last hop's `proto`."""
    hops: list[str] = []
    scheme = ""
    for element in _listed(lines):
        said = {
            found[1].lower(): found[2].strip('"')
            for found in map(_PAIR.fullmatch, element.split(";"))
            if found is not None
        }
        hops.append(said.get("for", ""))
        scheme = said.get("proto", "")
    return hops, scheme
