"""The directory as tests want it: the node's own county and the organisations, or posts of one of them."""

from __future__ import annotations

from datetime import UTC, datetime

from zhengtong.kernel.actors import system_actor

from .. import queries, rules, services
from ..models import Division, Organisation, Post

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SYSTEM = system_actor("tests")


def ensure_directory() -> None:
    """四川省 – 广安市 – 广安区 and all organisations; cheap, and once per database."""
    for code, name, level in (("51", "四川省", 1), ("5116", "广安市", 2), ("511602", "广安区", 3)):
        path = rules.path_of(code.ljust(12, "0"), level)
        Division.objects.get_or_create(
            path=path,
            defaults={
                "code": code.ljust(12, "0"),
                "name": name,
                "level": level,
                "parent_id": rules.parent_path(path),
                "pinyin": rules.pinyin_of(name),
            },
        )
    if not Organisation.objects.exists():
        services.load_organisations(actor=SYSTEM, at=LONG_AGO)


def organisation(key: str = "market-regulation") -> Organisation:
    ensure_directory()
    found = queries.find_organisation(key)
    assert found, f"no organisation {key!r} in organisations.csv"
    return found


def make_post(key: str = "market-regulation", *, title: str = "岗位", is_head: bool = False) -> Post:
    return services.create_post(
        actor=SYSTEM,
        organisation_uuid=organisation(key).uuid,
        title={"zh": title, "en": "Post"},
        is_head=is_head,
        at=LONG_AGO,
    )
