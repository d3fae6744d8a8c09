"""Whose address stands behind the proxies in front. No Django."""

from __future__ import annotations

from ipaddress import ip_address


def visitor_of(header: str, proxies: int) -> str:
    """The address in the entry of the outermost trusted proxy; empty when there is none, or no address in it."""
    entries = header.split(",")
    if not 0 < proxies <= len(entries):
        return ""
    entry = entries[-proxies].strip()
    if entry.startswith("["):  # [2001:db8::1]:4711
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:  # 192.0.2.1:4711
        entry = entry.partition(":")[0]
    try:
        return str(ip_address(entry))
    except ValueError:
        return ""
