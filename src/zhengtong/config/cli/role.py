"""`zt role`: give roles to the post of an official and say how far they reach, take them, list them.

Exit codes as `zt account`: 0 done, 1 refused (the message says why and what to do), 2 not understood. Every act stands
in the accountability log under `system:operator:NAME`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from zhengtong.config.cli.account import AS_JSON, USERNAME, _speaking
from zhengtong.config.cli.package import LANGUAGES, usual_language

ROLE = click.argument("role")
POST = click.option("--post", default="", metavar="UUID", help="Which post, where the official holds several.")


@click.group()
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=usual_language, help="Language of messages.")
@click.pass_context
def command(ctx: click.Context, lang: str) -> None:
    """Roles of posts: what they let their holder do, and how far they reach."""
    ctx.obj = LANGUAGES[lang]


@command.command()
@USERNAME
@ROLE
@POST
@click.option("--extent", type=click.Choice(("organisation", "division", "subtree")), help="Without it the role's own.")
@click.option(
    "--clearance", type=click.Choice(("open", "internal", "sensitive", "confidential", "secret")),
    help="Highest level of secrecy; without it the role's own. The last two: nodes of the intranet only.",
)  # fmt: skip
@click.option("--purpose", "purposes", multiple=True, help="Only for this purpose; may be repeated.")
@AS_JSON
@click.pass_context
def give(ctx: click.Context, username: str, role: str, *, post: str, as_json: bool, **told: Any) -> None:
    """Give ROLE to the post that USERNAME holds. Another reach for a role held: take it first."""
    with _speaking(ctx) as actor:
        from zhengtong.kernel.clock import now
        from zhengtong.security.permissions import services

        at, reach = now(), _reach(role, **told)
        services.bind_role(actor=actor, role=role, post_uuid=_post_of(username, post, at).uuid, at=at, reach=reach)
        _show(ctx, username, as_json, at)


def _reach(role: str, *, extent: str | None, clearance: str | None, purposes: tuple[str, ...]) -> Any:
    """The role's own, as far as nothing else is told."""
    from zhengtong.security.permissions.providers import ROLES, Extent, Reach, Secrecy

    declared = ROLES.find(role)
    own = declared.reach if declared else Reach()
    return Reach(
        Extent(extent) if extent else own.extent,
        Secrecy.named(clearance) if clearance else own.clearance,
        frozenset(purposes) if purposes else own.purposes,
    )


@command.command()
@USERNAME
@ROLE
@POST
@AS_JSON
@click.pass_context
def take(ctx: click.Context, username: str, role: str, *, post: str, as_json: bool) -> None:
    """Take ROLE from the post that USERNAME holds; what was done under it stays."""
    with _speaking(ctx) as actor:
        from zhengtong.kernel.clock import now
        from zhengtong.security.permissions import services

        at = now()
        services.unbind_role(actor=actor, role=role, post_uuid=_post_of(username, post, at).uuid, at=at)
        _show(ctx, username, as_json, at)


@command.command("list")
@USERNAME
@AS_JSON
@click.pass_context
def list_(ctx: click.Context, username: str, as_json: bool) -> None:
    """List the posts of USERNAME, their roles and how far these reach."""
    with _speaking(ctx):
        from zhengtong.kernel.clock import now

        _show(ctx, username, as_json, now())


def _posts(username: str, at: datetime) -> list[Any]:
    """Raises NotFound where nobody of that name holds a post."""
    from zhengtong.kernel.errors import NotFound
    from zhengtong.kernel.texts import localised
    from zhengtong.security.directory import queries as directory
    from zhengtong.security.identity import queries as identity

    account = identity.find_account(username)
    posts = directory.list_posts_of(account.uuid, at) if account else []
    if not posts:
        missing = {"zh": f"没有名为“{username}”的在任工作人员。", "en": f"No official called {username} holds a post."}
        remedy = {"zh": "请用 zt account list 查看账号。", "en": "See zt account list."}
        raise NotFound(localised(missing), remedy=localised(remedy))
    return posts


def _post_of(username: str, post: str, at: datetime) -> Any:
    """The only post, or the one named. Raises NotFound, Invalid."""
    from zhengtong.kernel.errors import Invalid
    from zhengtong.kernel.texts import localised

    posts = _posts(username, at)
    chosen = [one for one in posts if not post or one.uuid == _uuid(post)]
    if len(chosen) != 1:
        listed = "、".join(f"{one.title} {one.uuid}" for one in posts)
        raise Invalid(localised({"zh": f"请用 --post 指明岗位：{listed}", "en": f"Say which with --post: {listed}"}))
    return chosen[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _show(ctx: click.Context, username: str, as_json: bool, at: datetime) -> None:
    from zhengtong.security.permissions import queries

    posts = _posts(username, at)
    bindings = queries.list_role_bindings([post.uuid for post in posts])
    rows = [
        {"post": str(post.uuid), "title": post.title, "division": post.division_path, "role": one.role,
         "since": one.since.isoformat(), **one.reach.as_detail()}
        for post in posts
        for one in bindings
        if one.post_uuid == post.uuid
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps({"username": username, "roles": rows}, ensure_ascii=False))
        return
    lang = "zh" if ctx.obj == LANGUAGES["zh"] else "en"
    for post in posts:
        click.echo(f"{post.title}  {post.division_path}  {post.uuid}")
        for one in bindings:
            if one.post_uuid == post.uuid:
                click.echo(f"    {one.role:<20} {_in_words(one.reach, lang)}")


def _in_words(reach: Any, lang: str) -> str:
    from zhengtong.security.permissions.providers import PURPOSES

    purposes = [(PURPOSES.find(key) or {}).get(lang, key) for key in sorted(reach.purposes or ())]
    return " · ".join([reach.extent.label[lang], reach.clearance.label[lang], *purposes])
