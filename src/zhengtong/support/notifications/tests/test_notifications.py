"""Messages in the box, and letters through a real SMTP server."""

import socket
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller

from zhengtong.support.notifications import queries, services
from zhengtong.support.notifications.models import Message

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PARTY = "urn:zhengtong:511602-e:identity:person:00000000-0000-4000-8000-000000000001"
TEXTS = {
    "recipient_urn": PARTY, "kind": "cases.accepted", "subject": {"zh": "您的申请已受理", "en": "Accepted"},
    "body": {"zh": "办件编号 1", "en": "Case 1"}, "link": "/hall/", "at": AT,
}  # fmt: skip
pytestmark = pytest.mark.django_db


class Postbox:
    """What the server received; `refusal` is its answer to any recipient, if set."""

    def __init__(self, refusal: str = "") -> None:
        self.letters: list[bytes] = []
        self.refusal = refusal

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(envelope.content)
        return "250 OK"


@contextmanager
def mail_server(settings, box: Postbox):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def address(monkeypatch):
    monkeypatch.setattr("zhengtong.security.identity.queries.find_email", lambda urn: "chen@example.invalid")


def test_a_message_is_in_the_box_and_counts_until_read() -> None:
    services.send(**TEXTS)
    assert [m.subject["en"] for m in queries.list_messages(PARTY)] == ["Accepted"]
    assert queries.count_unread(PARTY) == 1
    assert services.mark_all_read(PARTY, at=AT) == 1
    assert queries.count_unread(PARTY) == 0


def test_without_a_mail_server_nothing_is_sent_and_nothing_pretends(settings) -> None:
    settings.EMAIL_HOST = ""
    assert services.send(**TEXTS).email_state == Message.Email.NONE


def test_pages_go_back_by_key() -> None:
    for _ in range(3):
        services.send(**TEXTS)
    first = queries.list_messages(PARTY, limit=2)
    rest = queries.list_messages(PARTY, before=first[-1].pk)
    assert len(first) == 2
    assert len(rest) == 1


def test_the_letter_arrives_in_both_languages(settings, address) -> None:
    box = Postbox()
    with mail_server(settings, box):
        message = services.send(**TEXTS)
        services.deliver_email(message_uuid=message.uuid)
        services.deliver_email(message_uuid=message.uuid)  # a job may run twice; the letter goes once
    message.refresh_from_db()
    assert message.email_state == Message.Email.SENT
    assert len(box.letters) == 1
    assert b"/hall/" in box.letters[0]


def test_an_address_that_does_not_exist_is_marked_and_not_tried_again(settings, address) -> None:
    with mail_server(settings, Postbox("550 no such user")):
        message = services.send(**TEXTS)
        services.deliver_email(message_uuid=message.uuid)
    message.refresh_from_db()
    assert message.email_state == Message.Email.FAILED


def test_a_passing_fault_raises_so_that_the_job_is_tried_again(settings, address) -> None:
    with mail_server(settings, Postbox("451 try later")):
        message = services.send(**TEXTS)
        with pytest.raises(Exception, match="451"):
            services.deliver_email(message_uuid=message.uuid)
    message.refresh_from_db()
    assert message.email_state == Message.Email.WAITING


def test_no_line_break_gets_into_the_subject() -> None:
    assert services._line({"zh": "一\r\nBcc: x@example.invalid", "en": "b"}) == "一 Bcc: x@example.invalid / b"
