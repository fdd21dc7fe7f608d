"""What every form of one case shows, read once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.states import Attendance, Outcome
from apella.commissions.model import Ballot, Decision, DecisionLine
from apella.commissions.service import decision_of, votes_of
from apella.deadlines.model import Deadline
from apella.documents import parts
from apella.documents.forms import FormCode
from apella.documents.parts import CodedName
from apella.experts.service import live_assignment
from apella.hearings.attending import TO_CONFIRM, Attendant, attendant_of
from apella.hearings.model import Hearing
from apella.hearings.service import hearing_of
from apella.identity.mandate import REPRESENTING
from apella.identity.model import Membership, Person
from apella.identity.representation import whole_name
from apella.identity.roles import Role
from apella.identity.substitution import in_force
from apella.regions.codes import PowerCode
from apella.registry.model import Exam, Mark, Organisation, Work
from apella.registry.repository import marks_in_force
from apella.tenancy.model import Season


class Sheet:
    """What every form of one case shows, read once."""

    def __init__(self, desk: Desk, appeal: Appeal) -> None:
        self.desk = desk
        self.appeal = appeal
        get = desk.session.get_one
        self.person = get(Person, (appeal.tenant_id, appeal.person_id))
        self.exam = get(Exam, (appeal.tenant_id, appeal.exam_id))
        self.work = get(Work, (appeal.tenant_id, appeal.work_id))
        self.point = get(Organisation, (appeal.tenant_id, self.work.exam_point_id))
        self.season = get(Season, (appeal.tenant_id, appeal.season_id))
        self.hearing: Hearing | None = hearing_of(desk, appeal)
        self.attendant: Attendant | None = attendant_of(desk, self.hearing, appeal)
        self.decision: Decision | None = decision_of(desk, appeal)
        self.lines: Sequence[DecisionLine] = (
            ()
            if self.decision is None
            else desk.session.scalars(
                select(DecisionLine)
                .where(DecisionLine.decision_id == self.decision.id)
                .order_by(DecisionLine.task_type, DecisionLine.position)
            ).all()
        )
        self.marks: Mapping[tuple[str, int], Mark] = {
            (str(mark.task_type), mark.position): mark for mark in marks_in_force(desk.session, appeal.work_id)
        }

    @property
    def commission(self) -> parts.CommissionName:
        """The commission in the cases that forms need."""
        name = self.desk.rules.bodies.commission.full
        return parts.CommissionName(
            nominative=name.nominative,
            accusative=name.accusative,
            short_genitive=_kind(name.genitive),
            short_prepositional=_kind(name.prepositional),
        )

    @property
    def region(self) -> CodedName:
        """The region's code and name."""
        tenant = self.desk.rules.tenant
        return CodedName(code=tenant.region_code, name=tenant.title.nominative)

    @property
    def subject(self) -> CodedName:
        """The subject's code and name."""
        return CodedName(code=self.exam.subject_code, name=self.desk.rules.subjects[self.exam.subject_code].name)

    @property
    def school(self) -> CodedName:
        """The organisation that the participant belongs to."""
        if self.person.organisation_id is None:
            return CodedName()
        school = self.desk.session.get_one(Organisation, (self.appeal.tenant_id, self.person.organisation_id))
        return CodedName(code=school.code, name=school.name)

    @property
    def exam_point(self) -> CodedName:
        """The exam point."""
        return CodedName(code=self.point.code, name=self.point.name)

    @property
    def appellant(self) -> parts.Person:
        """The appellant's name."""
        return parts.Person(
            surname=self.person.surname,
            given_name=self.person.given_name,
            patronymic=self.person.patronymic or "",
        )

    @property
    def filer(self) -> Person:
        """Who signs the application: the representative who filed it in the cabinet, else the appellant."""
        if self.appeal.filer_role not in REPRESENTING:
            return self.person
        return self.desk.session.get_one(Person, (self.appeal.tenant_id, self.appeal.filed_by))

    @property
    def document(self) -> parts.IdentityDocument:
        """The appellant's identity document: a form is where the number belongs in full."""
        if self.person.document_cipher is None:
            return parts.IdentityDocument()
        number = self.desk.vault.open("person.document", self.person.id, self.person.document_cipher)
        return parts.IdentityDocument(series=number[:4], number=number[4:])

    @property
    def phone(self) -> str:
        """The phone that the application states, else the one on record."""
        if self.appeal.contact_phone_cipher is not None:
            return self.desk.vault.of_case(self.appeal.id).open(
                "appeal.contact_phone", self.appeal.id, self.appeal.contact_phone_cipher
            )
        if self.person.phone_cipher is None:
            return ""
        return self.desk.vault.open("person.phone", self.person.id, self.person.phone_cipher)

    @property
    def email(self) -> str:
        """The e-mail address that the application states."""
        if self.appeal.contact_email_cipher is None:
            return ""
        return self.desk.vault.of_case(self.appeal.id).open(
            "appeal.contact_email", self.appeal.id, self.appeal.contact_email_cipher
        )

    @property
    def heard_on(self) -> date | None:
        """The day of the hearing."""
        moment = None if self.hearing is None else self.hearing.opened_at or self.hearing.starts_at
        return None if moment is None else self.day(moment)

    @property
    def verdict(self) -> parts.Decision | None:
        """What was decided, as forms say it."""
        if self.decision is None:
            return None
        if self.decision.outcome is Outcome.REJECTED:
            return parts.Decision.REJECTED
        return parts.Decision.REFERRED if self.decision.outcome is Outcome.REFERRED else parts.Decision.SATISFIED

    def day(self, moment: datetime) -> date:
        """The tenant's day of an instant."""
        return self.local(moment).date()

    def local(self, moment: datetime) -> datetime:
        """An instant in the tenant's zone."""
        return moment.astimezone(self.desk.rules.zone)

    def limit(self, term: str) -> date | None:
        """The last day of a term of this case."""
        due = self.desk.session.scalars(
            select(Deadline.due_at)
            .where(Deadline.case_id == self.appeal.id, Deadline.term == term)
            .order_by(Deadline.round.desc())
            .limit(1)
        ).one_or_none()
        return None if due is None else self.day(due - timedelta(seconds=1))

    @property
    def attended_by(self) -> tuple[str, ...]:
        """The recorded representative who stood for the appellant, as the protocol names them."""
        if self.attendant is None:
            return ()
        row = self.attendant.row
        right = "родитель (законный представитель)"
        if row.given_on is not None:
            right = f"представитель по доверенности от {row.given_on:%d.%m.%Y}"
        return (f"{whole_name(self.attendant.person)}, {right}",)

    def confirmed_by_appellant(self, wording: str) -> tuple[parts.Confirmation, ...]:
        """The sentence on the materials for the appellant's side to sign, when somebody of it was there.

        A proxy whose power of attorney does not give the confirmation has no line, unless somebody else confirmed.
        """
        text = self.desk.rules.forms.wording.get(wording)
        if text is None or not self._side_was_there:
            return ()
        alone = self.attendant is not None and self.appeal.attendance is Attendance.REPRESENTED
        may = self.attendant is not None and set(TO_CONFIRM) <= self.attendant.powers
        if alone and not may and not (self.hearing is not None and self.hearing.materials_confirmed):
            return ()
        return (parts.Confirmation(text=text.text, signature=self._own_line(*TO_CONFIRM)),)

    def signed_by_appellant(self, form: FormCode) -> tuple[parts.Confirmation, ...]:
        """The line by which the appellant's side takes note of the decision, on a form that the region has signed."""
        if self.decision is None or not self._side_was_there:
            return ()
        wanted = self.desk.rules.forms.signed_by_appellant(
            outcome=str(self.decision.outcome),
            changed={str(line.task_type) for line in self.lines},
            kege=self.desk.rules.subjects[self.exam.subject_code].kege,
        )
        if form not in wanted:
            return ()
        if form is FormCode.RESULT_NOTICE:
            text, power = "Уведомление получил(а)", PowerCode.RECEIVE_NOTICE
        else:
            text, power = "С решением ознакомлен(а)", PowerCode.READ_DECISION
        return (parts.Confirmation(text=text, signature=self._own_line(power, PowerCode.SIGN_PAPERS)),)

    @property
    def _side_was_there(self) -> bool:
        return self.appeal.attendance in (Attendance.PRESENT, Attendance.REPRESENTED)

    def _own_line(self, *powers: PowerCode) -> parts.Signature:
        """The line to sign, with the representative's name where nobody else came and the link gives these powers."""
        found = self.attendant
        if found is None or self.appeal.attendance is Attendance.PRESENT or not found.powers.issuperset(powers):
            return parts.UNSIGNED
        return parts.Signature(name=short_name(found.person))

    def commission_signatures(self) -> tuple[parts.Signature, ...]:
        """A line for each member who voted, the chair first, or who performed the chair's duties at the decision."""
        voters = [vote.person_id for vote in votes_of(self.desk, self.appeal) if vote.ballot is not Ballot.RECUSED]
        rows = self.desk.session.execute(
            select(Person, Membership.role)
            .join(Membership, and_(Membership.tenant_id == Person.tenant_id, Membership.person_id == Person.id))
            .where(Person.id.in_(voters), Membership.role.in_((Role.CHAIR, Role.DEPUTY_CHAIR, Role.MEMBER)))
        ).all()
        posts = {
            Role.CHAIR: "Председатель",
            Role.DEPUTY_CHAIR: "Заместитель председателя",
            Role.MEMBER: "Член комиссии",
        }
        acting = self._acting_chair()
        ordered = sorted(rows, key=lambda row: (row[0].id != acting, list(posts).index(row[1]), row[0].sort_key))
        return tuple(
            parts.Signature(
                position="Исполняющий обязанности председателя" if person.id == acting else posts[role],
                name=short_name(person),
            )
            for person, role in ordered
        )

    def _acting_chair(self) -> uuid.UUID | None:
        """Who performed the chair's duties when the case was decided; None where the chair was there."""
        if self.decision is None:
            return None
        found = in_force(
            self.desk.session,
            season_id=self.appeal.season_id,
            role=Role.CHAIR,
            at=self.decision.decided_at,
            zone=self.desk.rules.zone,
        )
        return None if found is None else found.substitute_id

    def expert_signature(self) -> tuple[parts.Signature, ...]:
        """The invited expert's line."""
        if live_assignment(self.desk, self.appeal) is None or self.appeal.expert_person_id is None:
            return ()
        expert = self.desk.session.get_one(Person, (self.appeal.tenant_id, self.appeal.expert_person_id))
        return (parts.Signature(position="Привлечённый эксперт", name=short_name(expert)),)


def _kind(name: str) -> str:
    """«Апелляционной комиссии Энской области» without the region: «апелляционной комиссии»."""
    return " ".join(name.split()[:2]).lower()


def short_name(person: Person) -> str:
    """Give a surname with initials, which do not break apart."""
    letters = [f"{part[0]}." for part in (person.given_name, person.patronymic) if part]
    return "\u00a0".join([person.surname, *letters])
