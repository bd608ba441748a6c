"""The class of the network that a request came from: all that is kept of an address.

Ranges: what Apple, Google, Microsoft and mail gateways publish in their SPF records and postmaster pages, from which
their proxies and scanners fetch. A range missing here costs a machine counted as a person, never the reverse.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


class Network(StrEnum):
    LOCAL = "local"
    APPLE = "apple"
    GOOGLE = "google"
    MICROSOFT = "microsoft"
    GATEWAY = "gateway"
    OTHER = "other"


_RANGES: dict[Network, tuple[str, ...]] = {
    Network.APPLE: ("17.0.0.0/8", "2620:149::/32", "2a01:b740::/32"),
    Network.GOOGLE: (
        "64.233.160.0/19", "66.102.0.0/20", "66.249.64.0/19", "72.14.192.0/18", "74.125.0.0/16", "108.177.8.0/21",
        "173.194.0.0/16", "209.85.128.0/17", "216.58.192.0/19", "216.239.32.0/19", "2001:4860:4000::/36",
        "2404:6800:4000::/36", "2607:f8b0:4000::/36", "2a00:1450:4000::/36",
    ),
    Network.MICROSOFT: (
        "40.92.0.0/15", "40.94.0.0/16", "40.107.0.0/16", "52.100.0.0/14", "104.47.0.0/17", "2a01:111:f400::/48",
        "2a01:111:f403::/48",
    ),
    Network.GATEWAY: (
        "64.235.144.0/20", "209.222.80.0/21",  # Barracuda
        "67.231.144.0/20", "148.163.128.0/17", "185.132.180.0/22",  # Proofpoint
        "146.101.78.0/24", "195.130.217.0/24", "207.211.31.0/24",  # Mimecast
    ),
}  # fmt: skip
_TABLE: tuple[tuple[IPv4Network | IPv6Network, Network], ...] = tuple(
    (ip_network(text), network) for network, texts in _RANGES.items() for text in texts
)

#: Networks where nobody reads mail by hand.
MACHINES = frozenset({Network.APPLE, Network.GOOGLE, Network.MICROSOFT, Network.GATEWAY})


def network_of(host: str) -> Network:
    """The class of a client's address; OTHER for what is no address."""
    try:
        address = ip_address(host)
    except ValueError:
        return Network.OTHER
    if address.is_private or address.is_loopback:
        return Network.LOCAL
    return next((n for range_, n in _TABLE if address.version == range_.version and address in range_), Network.OTHER)
