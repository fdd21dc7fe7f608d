"""The counter of one participant, as tests of a phone's binding use it; messages are kept instead of being sent."""

from __future__ import annotations

import uuid
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from apella.appeals.desk import Desk
from apella.audit.model import AuditEvent
from apella.errors import ApellaError
from apella.identity.model import Person
from apella.identity.phone_binding import SEND_JOB, TELL_JOB, Bound, PhoneBinding
from apella.identity.roles import Role
from apella.identity.school_codes import issue_school_code
from apella.identity.send_code import CodeMessage, send_binding_code, tell_phone_changed
from apella.identity.vault import Vault
from apella.jobs.model import Task
from apella.jobs.queue import JobContext
from apella.reception import service
from apella.testing.play import Play, Who

NEW = "+7 900 111-22-33"
SHOWN = "+7 ••• •••-22-33"
OLD_SHOWN = "+7 ••• •••-00-00"
MINUTES = timedelta(minutes=1)


class Counter:
    """A season whose participant 0 stands at the counter; messages are kept instead of being sent."""

    def __init__(self, play: Play) -> None:
        self.play = play
        self.messages: list[CodeMessage] = []

    @property
    def person_id(self) -> uuid.UUID:
        """The participant who stands there."""
        found = self.play.actor(0).person_id
        if found is None:
            raise LookupError("participant 0")
        return found

    def ask(self, phone: str = NEW, *, who: Who = "school-operator") -> uuid.UUID:
        """Ask for a code to a new phone; give the request."""
        return self.play.do(
            who,
            lambda at: service.ask_to_bind(at, service.visitor_by_id(at, "bind_phone", self.person_id), phone=phone).id,
        )

    def bind(self, binding_id: uuid.UUID, code: str, *, who: Who = "school-operator") -> Bound | str:
        """Try a code; give what was bound, or the code of the refusal."""
        found = self.play.do(
            who,
            lambda at: service.bind_phone(
                at,
                service.visitor_by_id(at, "bind_phone", self.person_id),
                database=self.play.app.database,
                binding_id=binding_id,
                code=code,
            ),
        )
        return found.error_code if isinstance(found, ApellaError) else found

    def run(self, job: str, binding_id: uuid.UUID) -> list[CodeMessage]:
        """Do a job as the worker would; give the messages that it sent."""
        before = len(self.messages)
        handler = {SEND_JOB: send_binding_code, TELL_JOB: tell_phone_changed}[job]

        def done(session: Session) -> None:
            session.scalars(select(Task.id).where(Task.dedup_key == f"{job}:{binding_id}")).one()
            handler(
                JobContext(
                    session=session,
                    actor=self.play.actor("secretary"),
                    now=self.play.now(),
                    machine_now=session.scalars(
                        select(PhoneBinding.created_at).where(PhoneBinding.id == binding_id)
                    ).one(),
                    args={"binding_id": str(binding_id)},
                    parts=SimpleNamespace(vaults=self.play.app.vaults, gateways={"sms": self}),
                )
            )

        self.play.read(done)
        return self.messages[before:]

    def send(self, session: Session, vault: Vault, message: CodeMessage) -> None:
        """Keep a message, as a gateway would take it."""
        del session, vault
        self.messages.append(message)

    def code(self, binding_id: uuid.UUID) -> str:
        """Send the code and read it off the new telephone."""
        (message,) = self.run(SEND_JOB, binding_id)
        return message.text[:6]

    def phone(self) -> str:
        """The phone on record, masked."""
        found = self.play.do(
            "secretary", lambda at: service.shown(at, service.visitor_by_id(at, "bind_phone", self.person_id)).phone
        )
        return str(found)

    def row(self, binding_id: uuid.UUID) -> PhoneBinding:
        """The request as it stands."""
        tenant_id = self.play.world.rules.tenant.tenant_id
        return self.play.read(lambda session: session.get_one(PhoneBinding, (tenant_id, binding_id)))

    def events(self) -> list[AuditEvent]:
        """What the audit holds of the participant."""
        query = select(AuditEvent).where(AuditEvent.subject_id == self.person_id).order_by(AuditEvent.seq)
        return self.play.read(lambda session: list(session.scalars(query)))

    def age(self, by: timedelta) -> None:
        """Let the requests for codes lie so far back."""
        self.play.read(
            lambda session: session.execute(
                update(PhoneBinding)
                .where(PhoneBinding.person_id == self.person_id)
                .values(created_at=PhoneBinding.created_at - by, expires_at=PhoneBinding.expires_at - by)
            )
        )

    def paper_code(self) -> uuid.UUID:
        """A code on paper, as from the time when the tenant had that way in; give its id."""

        def issue(at: Desk) -> uuid.UUID:
            return issue_school_code(
                at.session,
                actor=at.actor,
                role=Role.SECRETARY,
                person=at.session.get_one(Person, (at.actor.tenant_id, self.person_id)),
                vault=at.vault,
                days=14,
                case_at=at.now,
                machine_now=at.machine_now,
            ).id

        return self.play.do("secretary", issue)
