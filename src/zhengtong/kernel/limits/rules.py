"""Limits as plain values: the classes of routes, what each allows, and whose allowance a request draws on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Limit:
    """Requests a minute: for one signed-in account, and for one network of people who are not. All may come at once;
    what was used grows back evenly."""

    account: float
    network: float


# A network may be a whole hospital or a carrier's gateway; an account is one person or one program.
DEFAULTS: Mapping[str, Limit] = {
    "sign-in": Limit(account=30, network=60),  # also the second factor and passwords
    "search": Limit(account=60, network=240),
    "verify": Limit(account=60, network=120),  # codes and numbers somebody might try one after the other
    "reveal": Limit(account=30, network=30),  # personal data in full
    "lookup": Limit(account=12_000, network=120),  # one record by its key, asked by another system (the gateway)
    "download": Limit(account=120, network=300),  # files and papers
    "published": Limit(account=2400, network=2400),  # the log's tiles, keys, lists: a follower reads thousands
    "upload": Limit(account=60, network=30),
    "write": Limit(account=120, network=60),
    "read": Limit(account=600, network=1800),
    "api-write": Limit(account=300, network=60),
    "api-read": Limit(account=1200, network=600),
}
WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))


class LimitsUnreadable(ValueError):
    """ZT_RATE_LIMITS is not what it should be."""


def parse(text: str) -> dict[str, Limit]:
    """The limits in force by `ZT_RATE_LIMITS`: empty for the defaults, `off` for none, or `search=60/240,*=600/1800`.

    `class=account/network`, requests a minute; `*` stands for every class not named. Raises LimitsUnreadable.
    """
    if text.strip().lower() == "off":
        return {}
    given = dict(_pair(part) for part in text.split(",") if part.strip())
    if unknown := set(given) - set(DEFAULTS) - {"*"}:
        raise LimitsUnreadable(
            f"ZT_RATE_LIMITS: no class {', '.join(sorted(unknown))}; there are: {', '.join(DEFAULTS)}"
        )
    return {name: given.get(name) or given.get("*") or standard for name, standard in DEFAULTS.items()}


def _pair(part: str) -> tuple[str, Limit]:
    name, _, value = part.partition("=")
    try:
        account, network = (float(number) for number in value.split("/"))
        if not (0 < account < float("inf") and 0 < network < float("inf")):
            raise ValueError(value)
    except ValueError:
        raise LimitsUnreadable(
            f"ZT_RATE_LIMITS: {part.strip()!r} is not class=account/network in requests a minute, as search=60/240"
        ) from None
    return name.strip(), Limit(account, network)


def class_by_method(path: str, method: str) -> str:
    """The class of a route that declares none."""
    writes = method in WRITES
    if path.startswith("/api/"):
        return "api-write" if writes else "api-read"
    return "write" if writes else "read"


def network_of(address: str) -> str:
    """Whom an address stands for: itself in IPv4; the /64 of IPv6, for one subscriber has all of that."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))
