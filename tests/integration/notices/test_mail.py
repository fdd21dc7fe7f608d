"""Letters at a real mail server: what arrives, and what a refusal or a silence of the server comes to."""

from __future__ import annotations

import io
import logging
import smtplib
import socket
import ssl
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, cast, select
from sqlalchemy import func as sql

from apella.appeals.states import AppealKind
from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.db.ids import new_id
from apella.errors import ConfigurationError, Unavailable
from apella.jobs.model import Task, TaskState
from apella.jobs.running import MAX_ATTEMPTS, Ran, run_task, waiting
from apella.logs import configure
from apella.notices.gateways import EmbeddedOutbox, Message, SmtpGateway, SmtpSettings, Undeliverable
from apella.notices.model import Notice, NoticeChannel, NoticeState, OutboxMessage
from apella.regions.rules import RegionRules
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

HOST = "127.0.0.1"
SENDER = "apell@north.example"
ADDRESS = "p@example.ru"
SUBJECT = "Назначено время рассмотрения апелляции о несогласии с выставленными баллами, учебный пример"
TEXT = "Апелляция 04-1 (Химия) будет рассмотрена 18.06.2026 в 10:00.\n.Место: Примерск\nВозьмите паспорт – «подлинник»."


class Hasty(smtplib.SMTP):
    """The library's client, with less patience than the gateway asks it for."""

    def __init__(self, host: str, port: int, *, timeout: float) -> None:
        assert 0 < timeout <= 10
        super().__init__(host, port, timeout=0.3)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process writes to its log."""
    root = logging.getLogger()
    before, level = tuple(root.handlers), root.level
    stream = io.StringIO()
    configure(stream, level=logging.DEBUG)
    yield stream
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
    root.setLevel(level)


def gateway(port: int, **wishes: Any) -> SmtpGateway:
    return SmtpGateway(SmtpSettings(**{"host": HOST, "port": port, "sender": SENDER, "starttls": False, **wishes}))


def letter(key: str = "case:decision_made:1:person:email", **wishes: Any) -> Message:
    fields: dict[str, Any] = {
        "season_id": new_id(),
        "channel": NoticeChannel.EMAIL,
        "address": ADDRESS,
        "subject": SUBJECT,
        "text": TEXT,
        "dedup_key": key,
    }
    return Message(**{**fields, **wishes})


def send(at: SmtpGateway, message: Message) -> None:
    # A mail server needs neither the transaction nor the vault of the port's signature.
    nothing: Any = None
    at.send(nothing, nothing, message)


# --- What arrives -----------------------------------------------------------------------------------------------------


def test_a_letter_arrives_whole_and_in_russian(mail: Any) -> None:
    send(gateway(mail.port), letter())
    (got,) = mail.letters
    assert (got.sender, got.recipients) == (SENDER, [ADDRESS])
    content = got.content
    assert (content["From"], content["To"], content["Subject"]) == (SENDER, ADDRESS, SUBJECT)
    assert (content.get_content_type(), content.get_content_charset()) == ("text/plain", "utf-8")
    assert content.get_content().rstrip("\n") == TEXT
    # Mailboxes that know nothing of 8-bit headers get the subject as encoded words (RFC 2047).
    headers = got.raw.partition(b"\r\n\r\n")[0]
    assert headers.isascii()
    assert b"=?utf-8?" in headers.lower()


def test_a_second_try_bears_the_same_id_and_another_message_another(mail: Any) -> None:
    at = gateway(mail.port)
    for key in ("first", "first", "second"):
        send(at, letter(key))
    first, again, other = (got.content["Message-ID"] for got in mail.letters)
    assert first == again != other
    # The key names a person; the id gives nothing of it away.
    assert "first" not in first


def test_who_has_a_password_says_it(mail: Any) -> None:
    mail.says["EHLO"] = "250-mail.example\r\n250 AUTH PLAIN"
    mail.says["AUTH"] = "235 welcome"
    send(gateway(mail.port, user="apell", password="учебный".encode().hex()), letter())
    assert any(line.startswith("AUTH PLAIN ") for line in mail.heard)
    assert len(mail.letters) == 1


def test_an_address_that_breaks_the_header_is_not_sent(mail: Any) -> None:
    with refused("gateway.undeliverable", Undeliverable):
        send(gateway(mail.port), letter(address="p@example.ru\r\nBcc: other@example.ru"))
    assert mail.letters == []


# --- What goes wrong --------------------------------------------------------------------------------------------------

REFUSALS = {
    "no such mailbox": {"RCPT": "550 5.1.1 no such user here"},
    "try later": {"RCPT": "451 4.7.1 greylisted"},
    "full": {".": "452 4.2.2 mailbox full"},
    "spam": {".": "554 5.7.1 rejected"},
    "foreign sender": {"MAIL": "553 5.7.1 not yours"},
    "shutting down": {"": "421 4.3.2 bye"},
    "no encryption": {"EHLO": "250 mail.example"},
    "no entry": {"EHLO": "250-mail.example\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 wrong"},
    "nonsense": {"EHLO": "hello yourself", "HELO": "hello yourself"},
}
NEEDS: Mapping[str, Mapping[str, Any]] = {
    "no encryption": {"starttls": True},
    "no entry": {"user": "u", "password": "p"},
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_letter_that_is_not_taken_is_an_honest_error(mail: Any, refusal: str) -> None:
    mail.says = REFUSALS[refusal]
    # Only «this address does not exist» is for good: everything else may be our fault, or pass.
    kind = Undeliverable if refusal == "no such mailbox" else Unavailable
    with refused("gateway.undeliverable" if kind is Undeliverable else "gateway.smtp", kind) as caught:
        send(gateway(mail.port, **NEEDS.get(refusal, {})), letter())
    assert ADDRESS not in str(caught.value)
    assert mail.letters == []


@pytest.mark.parametrize("moment", ["", "EHLO", "RCPT", "."])
def test_a_server_that_falls_silent_is_not_waited_for(mail: Any, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtplib, "SMTP", Hasty)
    mail.silent_at = moment
    with refused("gateway.smtp", Unavailable):
        send(gateway(mail.port), letter())
    assert mail.letters == []


@pytest.mark.parametrize("known", [True, False])
def test_a_letter_is_encrypted_for_a_server_whose_certificate_is_known_and_kept_from_another(
    mail: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    mail.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mail.tls.load_cert_chain(certificate)
    mail.says.update({"EHLO": "250-mail.example\r\n250 STARTTLS", "STARTTLS": "220 go on"})
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        send(gateway(mail.port, starttls=True), letter())
    else:
        with refused("gateway.smtp", Unavailable):
            send(gateway(mail.port, starttls=True), letter())
    assert len(mail.letters) == known


def test_a_server_that_is_down_or_unknown_is_an_honest_error() -> None:
    with socket.socket() as nobody:
        nobody.bind((HOST, 0))
        with refused("gateway.smtp", Unavailable):
            send(gateway(nobody.getsockname()[1]), letter())


def test_without_a_server_and_a_sender_there_is_no_start() -> None:
    with refused("settings.smtp", ConfigurationError) as caught:
        SmtpSettings.from_environment({})
    assert "APELLA_SMTP_HOST" in str(caught.value)
    assert "APELLA_SMTP_SENDER" in str(caught.value)
    read = SmtpSettings.from_environment(
        {"APELLA_SMTP_HOST": HOST, "APELLA_SMTP_SENDER": SENDER, "APELLA_SMTP_PASSWORD": "secret"}
    )
    # Letters are encrypted on their way unless that is switched off by name.
    assert read.starttls
    assert "secret" not in repr(read)


# --- A letter of the walk ---------------------------------------------------------------------------------------------


@pytest.fixture
def letters_first(play: StartPlay, app: App) -> Play:
    """A season of a region that tells of a filing by mail first, then by telephone."""
    slug = next(rules.slug for rules in app.regions if told_of_filing(rules)[:2] == ("email", "sms"))
    return play(slug)


def told_of_filing(rules: RegionRules) -> tuple[str, ...]:
    rule = rules.notice("appeal_filed", kind=AppealKind.SCORE)
    return () if rule is None else rule.channels


def filed(play: Play, parts: App) -> tuple[uuid.UUID, dict[str, uuid.UUID]]:
    """A case whose filing was told of, and the tasks of the messages by their ways."""
    case_id = play.file(channel="school_desk")
    query = select(Task.id).where(Task.dedup_key.startswith(f"notices.tell:{case_id}:appeal_filed"))
    assert run(play, parts, play.read(lambda session: session.scalars(query).one())) is Ran.DONE
    planned = (
        select(Notice.channel, Task.id)
        .join(Task, Task.args["notice"].astext == cast(Notice.id, Text))
        .where(Notice.case_id == case_id, Notice.state == NoticeState.PLANNED)
    )
    return case_id, {str(channel): task_id for channel, task_id in play.read(lambda s: s.execute(planned).all())}


def run(play: Play, parts: App, task_id: uuid.UUID) -> Ran:
    return run_task(play.app.database, tenant_id=play.world.rules.tenant.tenant_id, task_id=task_id, parts=parts)


def task(play: Play, task_id: uuid.UUID) -> Task:
    return play.read(lambda session: session.scalars(select(Task).where(Task.id == task_id)).one())


def told(play: Play, case_id: uuid.UUID) -> set[tuple[str, NoticeState]]:
    rows = play.read(lambda session: session.scalars(select(Notice).where(Notice.case_id == case_id)).all())
    return {(str(row.channel), row.state) for row in rows}


def short_messages(play: Play) -> int:
    query = select(sql.count()).where(OutboxMessage.season_id == play.world.season_id)
    return play.read(lambda session: session.scalars(query).one())


@pytest.mark.parametrize("refusal", ["try later", "full"])
def test_a_letter_that_was_not_taken_is_tried_again_and_holds_up_no_other_way(
    letters_first: Play, mail: Any, with_gateways: Any, log: io.StringIO, refusal: str
) -> None:
    region = letters_first
    parts = with_gateways({NoticeChannel.EMAIL: gateway(mail.port), NoticeChannel.SMS: EmbeddedOutbox()})
    case_id, tasks = filed(region, parts)
    mail.says = REFUSALS[refusal]
    assert run(region, parts, tasks["email"]) is Ran.FAILED
    kept = task(region, tasks["email"])
    assert (kept.state, kept.attempts, kept.last_error) == (TaskState.NEW, 1, "apella.errors.Unavailable")
    assert kept.next_at > kept.created_at
    assert run(region, parts, tasks["sms"]) is Ran.DONE
    # Nobody counts as told who was not.
    assert told(region, case_id) == {("email", NoticeState.PLANNED), ("sms", NoticeState.SENT)}
    assert (short_messages(region), mail.letters) == (1, [])

    mail.says = {}
    assert run(region, parts, tasks["email"]) is Ran.DONE
    assert told(region, case_id) == {("email", NoticeState.SENT), ("sms", NoticeState.SENT)}
    (got,) = mail.letters
    rule = region.world.rules.notice("appeal_filed", kind=AppealKind.SCORE)
    assert rule is not None
    assert (got.recipients, got.content["Subject"]) == ([ADDRESS], rule.title)
    assert region.case(case_id).receipt_number in got.content.get_content()
    assert run(region, parts, tasks["email"]) is Ran.NOTHING
    assert (short_messages(region), len(mail.letters)) == (1, 1)

    written = log.getvalue()
    assert "task failed" in written
    assert not any(
        word in written
        for word in (ADDRESS, "example.ru", "900 000", "79000000000", "Примеров", "no such user", rule.title)
    )


def test_a_mailbox_that_does_not_exist_is_put_before_a_person(
    letters_first: Play, mail: Any, with_gateways: Any
) -> None:
    region = letters_first
    parts = with_gateways({NoticeChannel.EMAIL: gateway(mail.port), NoticeChannel.SMS: EmbeddedOutbox()})
    case_id, tasks = filed(region, parts)
    mail.says = REFUSALS["no such mailbox"]
    assert run(region, parts, tasks["email"]) is Ran.DONE
    assert run(region, parts, tasks["sms"]) is Ran.DONE
    assert told(region, case_id) == {("email", NoticeState.UNDELIVERABLE), ("sms", NoticeState.SENT)}
    trail = select(sql.count()).where(AuditEvent.case_id == case_id, AuditEvent.tag == "notice:person:undeliverable")
    assert region.read(lambda session: session.scalar(trail)) == 1


def test_a_letter_that_is_never_taken_is_put_before_a_person(
    letters_first: Play, mail: Any, with_gateways: Any
) -> None:
    parts = with_gateways({NoticeChannel.EMAIL: gateway(mail.port), NoticeChannel.SMS: EmbeddedOutbox()})
    _, tasks = filed(letters_first, parts)
    mail.says = REFUSALS["try later"]
    ends = [run(letters_first, parts, tasks["email"]) for _ in range(MAX_ATTEMPTS)]
    assert ends == [Ran.FAILED] * MAX_ATTEMPTS
    parked = task(letters_first, tasks["email"])
    assert (parked.state, parked.last_error) == (TaskState.PARKED, "apella.errors.Unavailable")
    assert letters_first.read(waiting) > 0
