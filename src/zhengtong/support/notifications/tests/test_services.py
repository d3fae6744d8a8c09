"""Messages in the hall, and copies by e-mail to a real SMTP server process."""

from __future__ import annotations

import email
import email.policy
import mailbox
import socket
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from zhengtong.kernel.clock import CHINA
from zhengtong.kernel.errors import Invalid, NotFound
from zhengtong.kernel.events.services import deliver_now
from zhengtong.kernel.ids import make_urn
from zhengtong.security.identity.tests.factories import make_resident
from zhengtong.support.notifications import queries, rules, services
from zhengtong.support.notifications.models import Message

ADDRESS = "zhang@example.com"
AT = datetime(2026, 3, 2, 10, tzinfo=CHINA)
SUBJECT = {"zh": "您的申请已受理", "en": "Your application has been accepted"}
BODY = {"zh": "办件已受理，承诺8个工作日内办结。", "en": "Your case has been accepted."}


def party() -> str:
    return make_urn("identity", "person", uuid.uuid4())


def send(recipient: str, **more) -> Message:
    texts = {"subject": SUBJECT, "body": BODY, "link": "/hall/cases/1/", "at": AT}
    return services.send(recipient_urn=recipient, kind="cases.accepted", **{**texts, **more})


@pytest.fixture
def addressee():
    """A party with an e-mail address."""
    someone = make_resident()
    someone.person.email = ADDRESS
    someone.person.save(update_fields=["email"])
    return someone.person.urn


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


REFUSING = """
import sys, time
from aiosmtpd.controller import Controller
class Refuse:
    async def handle_RCPT(self, server, session, envelope, address, options):
        return sys.argv[2]
Controller(Refuse(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
time.sleep(60)
"""


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _turn in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "the mail server ended"
        time.sleep(0.1)
    raise AssertionError("the mail server did not start")


@pytest.fixture
def run_server(settings):
    processes = []

    def run(*arguments: str) -> int:
        port = free_port()
        command = [sys.executable, *(argument.replace("PORT", str(port)) for argument in arguments)]
        processes.append(subprocess.Popen(command))
        wait_for(port, processes[-1])
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        return port

    yield run
    for process in processes:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def post_office(run_server, tmp_path):
    """A real SMTP server in a process of its own; what it takes lies in a mailbox."""
    box = tmp_path / "mail"
    run_server("-m", "aiosmtpd", "-n", "-l", "127.0.0.1:PORT", "-c", "aiosmtpd.handlers.Mailbox", str(box))
    return lambda: [
        email.message_from_bytes(m.as_bytes(), policy=email.policy.default) for m in mailbox.Maildir(box, create=False)
    ]


@pytest.mark.django_db
def test_messages_are_listed_newest_first_and_counted_until_read():
    recipient, other = party(), party()
    messages = [send(recipient, at=AT + timedelta(minutes=n)) for n in range(3)]
    send(other)
    assert [m.uuid for m in queries.list_messages(recipient)] == [m.uuid for m in reversed(messages)]
    page = queries.list_messages(recipient, limit=2)
    assert [m.uuid for m in queries.list_messages(recipient, before=page[-1].pk)] == [messages[0].uuid]
    assert queries.count_unread(recipient) == 3
    assert services.mark_read(recipient, [messages[0].uuid], at=AT) == 1
    assert services.mark_read(recipient, [messages[0].uuid], at=AT) == 0
    assert queries.get_message(recipient, messages[0].uuid).read_at == AT
    assert services.mark_all_read(recipient, at=AT + timedelta(minutes=1)) == 1
    assert queries.count_unread(recipient) == 1


@pytest.mark.django_db
def test_nobody_reads_the_messages_of_others():
    message = send(party())
    stranger = party()
    with pytest.raises(NotFound):
        queries.get_message(stranger, message.uuid)
    assert services.mark_read(stranger, [message.uuid], at=AT) == 0
    assert queries.count_unread(message.recipient_urn) == 1


@pytest.mark.django_db
def test_the_counter_stops_at_99(django_assert_num_queries):
    recipient = party()
    Message.objects.bulk_create(
        Message(recipient_urn=recipient, kind="x", subject=SUBJECT, body=BODY, sent_at=AT) for _ in range(150)
    )
    with django_assert_num_queries(1):
        assert queries.count_unread(recipient) == 99


@pytest.mark.django_db
def test_with_a_key_a_party_is_told_once(settings):
    settings.EMAIL_HOST = "mail.example.invalid"
    recipient = party()
    assert send(recipient, key="accepted:1").uuid == send(recipient, key="accepted:1").uuid
    send(party(), key="accepted:1")
    assert queries.count_unread(recipient) == 1
    assert ProcrastinateJob.objects.filter(task_name=services.DELIVER).count() == 2


@pytest.mark.django_db
def test_both_languages_are_needed():
    with pytest.raises(Invalid):
        send(party(), subject={"zh": "只有中文"})
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_without_a_mail_server_nothing_is_queued(settings, addressee):
    settings.EMAIL_HOST = ""
    assert send(addressee).email_state == Message.Email.NONE
    assert not ProcrastinateJob.objects.filter(task_name=services.DELIVER).exists()


@pytest.mark.django_db
def test_a_letter_arrives_in_both_languages_and_once(post_office, addressee):
    message = send(addressee)
    assert deliver_now() == 1
    [received] = post_office()
    assert received["To"] == ADDRESS
    assert received["Subject"].strip() == "【广安市广安区】您的申请已受理 / Your application has been accepted"
    text = received.get_content()
    assert BODY["zh"] in text
    assert BODY["en"] in text
    assert "http://127.0.0.1:8000/hall/cases/1/" in text
    assert received["Message-ID"] == f"<{message.uuid}@zhengtong>"
    message.refresh_from_db()
    assert message.email_state == Message.Email.SENT
    assert services.deliver_email(message_uuid=message.uuid) == Message.Email.SENT  # a job that runs twice
    assert len(post_office()) == 1


@pytest.mark.django_db
def test_what_is_rolled_back_is_told_to_nobody(post_office, addressee):
    with transaction.atomic():
        send(addressee)
        transaction.set_rollback(True)
    assert deliver_now() == 0
    assert post_office() == []


@pytest.mark.django_db
def test_without_an_address_there_is_no_letter(post_office):
    message = send(party())
    assert services.deliver_email(message_uuid=message.uuid) == Message.Email.NONE
    assert post_office() == []


@pytest.mark.django_db
def test_a_silent_server_is_tried_again_and_given_up_in_the_end(settings, addressee):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    message = send(addressee)
    for attempt in range(1, services.MOST_ATTEMPTS):
        with pytest.raises(services.NotYetDelivered, match="ConnectionRefusedError"):
            services.deliver_email(message_uuid=message.uuid)
        message.refresh_from_db()
        assert (message.email_state, message.email_attempts) == (Message.Email.WAITING, attempt)
    assert services.deliver_email(message_uuid=message.uuid) == Message.Email.FAILED


@pytest.mark.django_db
def test_a_refusal_for_good_is_not_tried_again(run_server, addressee):
    run_server("-c", REFUSING, "PORT", "550 no such user")
    assert services.deliver_email(message_uuid=send(addressee).uuid) == Message.Email.FAILED


@pytest.mark.django_db
def test_a_refusal_for_now_is_tried_again_and_does_not_repeat_the_address(run_server, addressee):
    run_server("-c", REFUSING, "PORT", "451 try again later")
    with pytest.raises(services.NotYetDelivered) as caught:
        services.deliver_email(message_uuid=send(addressee).uuid)
    assert ADDRESS not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "good"),
    [("a@example.com", True), ("a.b+c@x.gov.cn", True), ("a@b", False), ("a@b.c\nBcc: x@y.z", False),
     ("Li <a@b.c>", False), ("a@b.c, d@e.f", False), ("", False), ("a" * 250 + "@b.cc", False)],
)  # fmt: skip
def test_only_one_plain_address_is_written_to(text, good):
    assert rules.is_address(text) is good


def test_a_subject_is_one_line():
    assert rules.letter_subject({"zh": "标题\r\nBcc: y", "en": "t"}, {"zh": "某区"}) == "【某区】标题 Bcc: y / t"
