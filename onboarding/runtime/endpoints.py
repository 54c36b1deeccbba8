"""Bring endpoints into canonical form, so that all spellings of an endpoint become one name.

The operator, the environment and a profile may spell the same endpoint in different ways. The ledger, the locks and the
scope of a run use the endpoint's canonical name. With two names for one service, two runs could mail the same people.
So this module guesses nothing, and refuses an endpoint with an unclear meaning.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
"""The canonical host for all IP numbers and names of this machine's loopback interface."""

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_MOST_PORT = 65535
_PLACE = re.compile(r"(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:(?P<port>[1-9][0-9]{0,4})?)?")
_HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_LOOPBACK_NAME = re.compile(r"(.+\.)?localhost|localhost\.localdomain|ip6-(localhost|loopback)")
_NUMBER = re.compile("[0-9]+|0x[0-9a-f]*")
_PATH = re.compile("(/[A-Za-z0-9._~-]+)*")
_VENDOR = (".amazonaws.com", ".api.aws")


def canonical_endpoint(url: str) -> str:
    """Return the canonical form of an endpoint's URL. Raises ``ValueError`` if the URL has no such form.

    In this form, scheme and host are in lower case, and the path is unchanged. The form leaves out a default port,
    slashes at the end and an empty query. All names of the loopback interface become ``LOOPBACK``. The text of the
    error says what to write instead, and does not quote the URL.
    """
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise ValueError("write a URL without spaces, in ASCII (a host with other letters begins with xn--)")
    try:
        parts = urlsplit(url)
    except ValueError:  # without the cause, since the text of this error quotes the host
        raise ValueError("write a URL with a host, like https://service.example.com") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("write a URL that begins with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("leave out the user and password; the reports name the endpoint")
    if parts.query or parts.fragment:
        raise ValueError("leave out what follows ? or #")
    place = _PLACE.fullmatch(parts.netloc.lower())
    if not place or int(place["port"] or 0) > _MOST_PORT:
        raise ValueError("write a URL with a host, and with a port from 1 to 65535 or none")
    port = "" if place["port"] in (None, _DEFAULT_PORTS[parts.scheme]) else f":{place['port']}"
    return f"{parts.scheme}://{_canonical_host(place['host'])}{port}{_canonical_path(parts.path)}"


def foreign_endpoint(url: str) -> str:
    """Return the canonical form of an endpoint, or an empty text for an endpoint of AWS.

    The result is the endpoint's name in the ledger. Raises ``ValueError`` if the URL has no canonical form.
    """
    canonical = canonical_endpoint(url)
    return "" if (urlsplit(canonical).hostname or "").endswith(_VENDOR) else canonical


def _canonical_host(host: str) -> str:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return _canonical_name(host.removesuffix("."))
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    # A client that connects to 0.0.0.0 or :: reaches its own machine.
    if address.is_loopback or address.is_unspecified:
        return LOOPBACK
    return str(address) if isinstance(address, IPv4Address) else f"[{address}]"


def _canonical_name(name: str) -> str:
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("write a URL with a host of letters, digits, - and dots")
    # Systems read 127.1, 0x7f000001 and 2130706433 as IP numbers, too.
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise ValueError("write the address of the host with four numbers like 192.0.2.1")
    return LOOPBACK if _LOOPBACK_NAME.fullmatch(name) else name


def _canonical_path(path: str) -> str:
    plain = path.rstrip("/")
    if not _PATH.fullmatch(plain) or {".", ".."} & set(plain.split("/")):
        raise ValueError("write a path of letters, digits, - . _ and ~, or none")
    return plain
