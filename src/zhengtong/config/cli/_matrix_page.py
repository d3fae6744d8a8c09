"""The generated page of docs/reference on who may do what: the reviewed files in one table."""

from __future__ import annotations

from collections.abc import Mapping


def permissions_page(head: str) -> str:
    """Words, policies, routes. Django must be loaded."""
    from zhengtong.security.permissions import queries
    from zhengtong.security.permissions.providers import PURPOSES, ROLES

    matrix = queries.matrix()
    words = [f"| `{scope}` | {meaning} |" for scope, meaning in queries.list_scopes()]
    roles = [
        f"| `{role.key}` | {role.label['zh']} | {role.label['en']} | {role.reach.extent.label['en']} "
        f"| {role.reach.clearance.label['en']} |"
        for role in ROLES
    ]
    purposes = [f"| `{key}` | {label['zh']} | {label['en']} |" for key, label in PURPOSES.items()]
    routes = sorted({(route.row, route.policy) for route in matrix.routes})
    return "\n".join([
        head + "# Who may do what", "",
        "From `matrix.yaml` beside the policies of each room, which people review: whoever is not named may not. "
        "How to change it: [permissions](../operations/permissions.md). "
        "Every cell (role × action × state × scope) is tried on real things, and every address with the ids of others.",
        "", "## Roles", "| role | 中文 | | reaches | cleared for |", "|---|---|---|---|---|", *roles,
        "", "`none`: an official whose post carries no role; `officials`: all of these. How far a role reaches "
        "and what it is cleared for may be told otherwise where it is given to a post.",
        "", "## Purposes", "| purpose | 中文 | |", "|---|---|---|", *purposes,
        "", "## Duties kept apart", "Whoever did the first act on a thing does none of the second on it. No first act: "
        "whom the thing is about.", "", "| pair | first | second | rule | why |", "|---|---|---|---|---|", *_pairs(),
        "", "Nobody holds two of these roles, in whatever posts:", "",
        "| | roles | rule | why |", "|---|---|---|---|", *_incompatible(),
        "", "## Where somebody stands", "| word | meaning |", "|---|---|", *words,
        "", "## Acts", "`in`: the states in which the law lets the act pass at all; `@`: only in these states.", "",
        "| action | | where | who may |", "|---|---|---|---|", *_acts(),
        "", "## Addresses", "| address | policy |", "|---|---|",
        *[f"| `{row.replace('|', chr(92) + '|')}` | {policy} |" for row, policy in routes],
    ]) + "\n"  # fmt: skip


def _pairs() -> list[str]:
    from zhengtong.security.permissions.providers import SEPARATIONS

    lines = []
    for pair in SEPARATIONS.acts():
        first, second = f"`{pair.first}`" if pair.first else "—", "<br>".join(f"`{act}`" for act in pair.second)
        lines.append(f"| `{pair.key}` | {first} | {second} | {_both(pair.label)} | {_both(pair.basis)} |")
    return lines + [
        f"| no pair | — | `{act}` | — | {_both(why)} |" for act, why in sorted(SEPARATIONS.excuses().items())
    ]


def _incompatible() -> list[str]:
    from zhengtong.security.permissions.providers import SEPARATIONS

    lines = []
    for item in SEPARATIONS.roles():
        roles = " ".join(f"`{role}`" for role in sorted(item.roles))
        lines.append(f"| `{item.key}` | {roles} | {_both(item.label)} | {_both(item.basis)} |")
    return lines


def _both(texts: Mapping[str, str]) -> str:
    return f"{texts['zh']}<br>{texts['en']}"


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
