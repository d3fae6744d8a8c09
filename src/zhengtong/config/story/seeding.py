"""A small demo node for the story, the benchmark and the tests: what the restaurant needs, and no more."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from zhengtong.applications.public_services import services as public_services
from zhengtong.kernel.actors import system_actor
from zhengtong.resources.credentials import services as credentials
from zhengtong.resources.registers import services as registers
from zhengtong.resources.standards import services as standards
from zhengtong.security.crypto import services as crypto
from zhengtong.security.directory import services as directory
from zhengtong.security.identity import services as identity
from zhengtong.support.deadlines import services as deadlines

SEEDING = system_actor("seeding")


def small_demo(*, at: datetime, packages: tuple[str, ...] = ("open-restaurant",)) -> None:
    """Divisions, organisations, code tables, demo people and companies, and the packages named."""
    crypto.ensure_node_key()
    crypto.ensure_ring(at=at)
    deadlines.load_calendar(actor=SEEDING, at=at)
    directory.load_divisions(actor=SEEDING, at=at)
    directory.load_organisations(actor=SEEDING, at=at)
    standards.load_code_tables()
    registers.ensure_shipped(actor=SEEDING, at=at)
    identity.seed_demo(at=at)
    credentials.seed_demo(registers.seed_demo(at=at).papers, at=at)
    public_services.load_events()
    public_services.load_items(actor=SEEDING, at=at)
    for key in packages:
        public_services.publish(actor=SEEDING, folder=settings.ZT_PACKAGES / key, at=at)
