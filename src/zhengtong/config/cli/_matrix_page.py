"""The generated page of docs/reference on who may do what: the reviewed files in one table."""

from __future__ import annotations


def permissions_page(head: str) -> str:
    """Words, policies, routes. Django must be loaded."""
    from zhengtong.security.permissions import queries
    from zhengtong.security.permissions.providers import ROLES

    matrix = queries.matrix()
    words = [f"| `{scope}` | {meaning} |" for scope, meaning in queries.list_scopes()]
    roles = [f"| `{role.key}` | {role.label['zh']} | {role.label['en']} |" for role in ROLES]
    routes = sorted({(route.row, route.policy) for route in matrix.routes})
    return "\n".join([
        head + "# Who may do what", "",
        "From `matrix.yaml` beside the policies of each room, which people review: whoever is not named may not. "
        "How to change it: [permissions](../operations/permissions.md). "
        "Every cell (role × action × state × scope) is tried on real things, and every address with the ids of others.",
        "", "## Roles", "| role | 中文 | |", "|---|---|---|", *roles,
        "", "`none`: an official whose post carries no role; `officials`: all of these.",
        "", "## Where somebody stands", "| word | meaning |", "|---|---|", *words,
        "", "## Acts", "`in`: the states in which the law lets the act pass at all; `@`: only in these states.", "",
        "| action | | where | who may |", "|---|---|---|---|", *_acts(),
        "", "## Addresses", "| address | policy |", "|---|---|",
        *[f"| `{row.replace('|', chr(92) + '|')}` | {policy} |" for row, policy in routes],
    ]) + "\n"  # fmt: skip


def _acts() -> list[str]:
    from zhengtong.security.permissions import queries
    from zhengtong.security.permissions.providers import POLICIES

    lines = []
    for action, policy in POLICIES.items():
        name, label = f"`{action}`", f"{policy.label['zh']}<br>{policy.label['en']}"
        for where, who in queries.list_rows(action) or [("", "nobody")]:
            lines.append(f"| {name} | {label} | {where.replace('(lawful in)', '`in`')} | {who} |")
            name = label = ""
    return lines
