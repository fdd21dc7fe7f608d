"""From a case to the data of its forms. Every value is finished here: a form's template only sets type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, HearingMode
from apella.appeals.states import Attendance, Outcome
from apella.commissions.model import Ballot, Decision, DecisionLine, ErrorKind
from apella.commissions.service import decision_of, votes_of
from apella.deadlines.model import Deadline
from apella.documents import forms, parts
from apella.documents.forms import FormCode, FormData
from apella.documents.parts import CodedName
from apella.experts.service import live_assignment
from apella.hearings.model import Hearing
from apella.hearings.service import hearing_of
from apella.identity.model import Membership, Person
from apella.identity.roles import Role
from apella.materials.model import KitItem
from apella.materials.service import kit_of
from apella.registry.model import Exam, Mark, Organisation, Work
from apella.registry.repository import marks_in_force, result_in_force
from apella.tenancy.model import Season

KIT_NAMES = {
    "registration_form": "Бланк регистрации",
    "answer_form_1": "Бланк ответов № 1",
    "answer_form_2": "Бланк ответов № 2",
    "extra_answer_form_2": "Дополнительный бланк ответов № 2",
    "protocol": "Протокол проверки развёрнутых ответов",
    "audio": "Аудиозапись устного ответа",
    "recognition": "Лист распознавания",
}
_PARTS = {"A": "бланк ответов № 1", "B": "бланк ответов № 1", "C": "бланк ответов № 2", "D": "устная часть"}
_MODES = {
    HearingMode.ON_SITE: "очно",
    HearingMode.REMOTE: "дистанционно, по видеосвязи",
}


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
            return self.desk.vault.open("appeal.contact_phone", self.appeal.id, self.appeal.contact_phone_cipher)
        if self.person.phone_cipher is None:
            return ""
        return self.desk.vault.open("person.phone", self.person.id, self.person.phone_cipher)

    @property
    def email(self) -> str:
        """The e-mail address that the application states."""
        if self.appeal.contact_email_cipher is None:
            return ""
        return self.desk.vault.open("appeal.contact_email", self.appeal.id, self.appeal.contact_email_cipher)

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

    def signed_by_appellant(self, wording: str) -> tuple[parts.Confirmation, ...]:
        """A sentence for the appellant to sign, when somebody of that side was there."""
        if self.appeal.attendance not in (Attendance.PRESENT, Attendance.REPRESENTED):
            return ()
        text = self.desk.rules.forms.wording.get(wording)
        return () if text is None else (parts.Confirmation(text=text.text),)

    def commission_signatures(self) -> tuple[parts.Signature, ...]:
        """A line for each member who voted, the chair first."""
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
        ordered = sorted(rows, key=lambda row: (list(posts).index(row[1]), row[0].sort_key))
        return tuple(parts.Signature(position=posts[role], name=_short(person)) for person, role in ordered)

    def expert_signature(self) -> tuple[parts.Signature, ...]:
        """The invited expert's line."""
        if live_assignment(self.desk, self.appeal) is None or self.appeal.expert_person_id is None:
            return ()
        expert = self.desk.session.get_one(Person, (self.appeal.tenant_id, self.appeal.expert_person_id))
        return (parts.Signature(position="Привлечённый эксперт", name=_short(expert)),)


def fill(desk: Desk, appeal: Appeal, form: FormCode) -> FormData:
    """Give the data of a form of this case. Raises KeyError for a form that has no filling."""
    return _FILLINGS[form](Sheet(desk, appeal))


def _appeal_form(sheet: Sheet) -> FormData:
    appeal, desk = sheet.appeal, sheet.desk
    result = result_in_force(desk.session, appeal.work_id)
    channel = desk.rules.channel(kind=appeal.kind, category=appeal.category, code=appeal.channel)
    accepted_by = None
    if appeal.accepted_by is not None and appeal.accepted_at is not None:
        clerk = desk.session.get_one(Person, (appeal.tenant_id, appeal.accepted_by))
        accepted_by = parts.Signature(name=_short(clerk), signed_on=sheet.day(appeal.accepted_at))
    marks = {
        parts.Presence.PRESENT: appeal.attends_participant,
        parts.Presence.REPRESENTED: not appeal.attends_participant and (appeal.attends_parent or appeal.attends_proxy),
        parts.Presence.WITHOUT: appeal.hearing_mode is HearingMode.IN_ABSENCE,
    }
    chosen = next(presence for presence, marked in marks.items() if marked)
    return forms.AppealForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        exam_date=sheet.exam.exam_date,
        school=sheet.school,
        exam_point=sheet.exam_point,
        appellant=sheet.appellant,
        document=sheet.document,
        phone=sheet.phone,
        email=sheet.email,
        scores="" if result is None else f"первичный {result.primary_score}, тестовый {result.test_score}",
        disputed=tuple(_position_name(sheet, code) for code in appeal.disputed),
        materials_confirmed=_confirmed(appeal.forms_confirmed),
        presence=parts.presence_choices(chosen),
        hearing_mode=tuple(
            parts.Choice(text=text, chosen=mode is appeal.hearing_mode) for mode, text in _MODES.items()
        ),
        signature=parts.Signature(
            name=_short(sheet.person),
            signed_on=sheet.day(appeal.filed_at),
            mark="подано в личном кабинете" if channel is not None and channel.self_service else "",
        ),
        filed_at=sheet.local(appeal.filed_at),
        accepted_by=accepted_by,
        receipt_number=appeal.receipt_number,
        journal_number=appeal.journal_number or "",
        decide_by=sheet.limit("score.consideration"),
        copies=max(1, 1 if channel is None else channel.copies),
        teaching=sheet.season.demo,
    )


def _protocol(sheet: Sheet) -> FormData:
    appeal, desk = sheet.appeal, sheet.desk
    came = appeal.attendance in (Attendance.PRESENT, Attendance.REPRESENTED)
    kinds = {line.error_kind for line in sheet.lines}
    confirmation = sheet.signed_by_appellant("materials_mine")
    return forms.HearingProtocolForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        sequence=appeal.journal_seq,
        journal_number=appeal.journal_number or "",
        filed_on=sheet.day(appeal.filed_at),
        exam_point=sheet.exam_point,
        room=sheet.work.room,
        heard_on=sheet.heard_on,
        school=sheet.school,
        appellant=sheet.appellant,
        document=sheet.document,
        attendance=parts.attendance_choices(attended=came),
        materials=_materials(sheet),
        materials_confirmation=confirmation[0] if confirmation else None,
        recognition_matches=ErrorKind.TECHNICAL not in kinds,
        decision=sheet.verdict,
        technical_errors=ErrorKind.TECHNICAL in kinds,
        scoring_errors=ErrorKind.SCORING in kinds,
        changes=_changed_parts(sheet),
        kege=desk.rules.subjects[sheet.exam.subject_code].kege,
        sent_to_data_centre=sheet.limit("protocol.handover"),
        commission_signatures=sheet.commission_signatures(),
        invited_signatures=sheet.expert_signature(),
        teaching=sheet.season.demo,
    )


def _annex(sheet: Sheet) -> FormData:
    return forms.AnswerForm2ChangesForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        sequence=sheet.appeal.journal_seq,
        journal_number=sheet.appeal.journal_number or "",
        heard_on=sheet.heard_on,
        appellant=sheet.appellant,
        document=sheet.document,
        scoring=tuple(
            parts.ScoreChange(
                position=line.position,
                task=sheet.marks[str(line.task_type), line.position].task,
                criterion=line.criterion or "",
                was=line.was,
                becomes=line.becomes,
                argument=line.reason,
            )
            for line in sheet.lines
            if str(line.task_type) == "C" and line.error_kind is ErrorKind.SCORING
        ),
        technical=tuple(
            parts.TechnicalChange(
                position=line.position,
                task=sheet.marks[str(line.task_type), line.position].task,
                was=str(line.was),
                becomes=str(line.becomes),
                note=line.reason,
            )
            for line in sheet.lines
            if str(line.task_type) == "C" and line.error_kind is ErrorKind.TECHNICAL
        ),
        experts=sheet.expert_signature(),
        teaching=sheet.season.demo,
    )


def _result_notice(sheet: Sheet) -> FormData:
    appeal = sheet.appeal
    return forms.ResultNoticeForm(
        commission=sheet.commission,
        region=sheet.region,
        subject=sheet.subject,
        sequence=appeal.journal_seq,
        journal_number=appeal.journal_number or "",
        exam_date=sheet.exam.exam_date,
        appellant=sheet.appellant,
        filed_on=sheet.day(appeal.filed_at),
        heard_on=sheet.heard_on,
        decision=sheet.verdict,
        reason="" if sheet.decision is None else sheet.decision.reason,
        changes=tuple(
            parts.NoticeChange(
                part=_PARTS[str(line.task_type)],
                task=sheet.marks[str(line.task_type), line.position].task,
                criterion=line.criterion or "",
                was=line.was,
                becomes=line.becomes,
            )
            for line in sheet.lines
        ),
        commission_signatures=sheet.commission_signatures(),
        issued_on=sheet.heard_on,
        teaching=sheet.season.demo,
    )


def _procedure_appeal(sheet: Sheet) -> FormData:
    appeal = sheet.appeal
    accepted_by = parts.Signature()
    if appeal.accepted_by is not None and appeal.accepted_at is not None:
        member = sheet.desk.session.get_one(Person, (appeal.tenant_id, appeal.accepted_by))
        accepted_by = parts.Signature(name=_short(member), signed_on=sheet.day(appeal.accepted_at))
    return forms.ProcedureAppealForm(
        commission=sheet.commission,
        region=sheet.region,
        exam_point=sheet.exam_point,
        room=sheet.work.room,
        subject=sheet.subject,
        exam_date=sheet.exam.exam_date,
        appellant=sheet.appellant,
        document=sheet.document,
        phone=sheet.phone,
        statement=appeal.statement or "",
        signature=parts.Signature(name=_short(sheet.person), signed_on=sheet.day(appeal.filed_at)),
        filed_at=sheet.local(appeal.filed_at),
        accepted_by=accepted_by,
        journal_number=appeal.journal_number or "",
        decide_by=sheet.limit("procedure.consideration"),
        teaching=sheet.season.demo,
    )


def _procedure_protocol(sheet: Sheet) -> FormData:
    appeal = sheet.appeal
    return forms.ProcedureProtocolForm(
        commission=sheet.commission,
        region=sheet.region,
        exam_point=sheet.exam_point,
        room=sheet.work.room,
        subject=sheet.subject,
        exam_date=sheet.exam.exam_date,
        sequence=appeal.journal_seq,
        journal_number=appeal.journal_number or "",
        appellant=sheet.appellant,
        filed_at=sheet.local(appeal.filed_at),
        facts=appeal.statement or "",
        conclusion=appeal.check_conclusion or "",
        heard_on=sheet.heard_on,
        decision=sheet.verdict,
        commission_signatures=sheet.commission_signatures(),
        teaching=sheet.season.demo,
    )


_FILLINGS: Mapping[FormCode, Callable[[Sheet], FormData]] = {
    FormCode.APPEAL: _appeal_form,
    FormCode.HEARING_PROTOCOL: _protocol,
    FormCode.ANSWER_FORM_2_CHANGES: _annex,
    FormCode.RESULT_NOTICE: _result_notice,
    FormCode.PROCEDURE_APPEAL: _procedure_appeal,
    FormCode.PROCEDURE_PROTOCOL: _procedure_protocol,
}


def _kind(name: str) -> str:
    """«Апелляционной комиссии Энской области» without the region: «апелляционной комиссии»."""
    return " ".join(name.split()[:2]).lower()


def _short(person: Person) -> str:
    letters = [f"{part[0]}." for part in (person.given_name, person.patronymic) if part]
    return "\u00a0".join([person.surname, *letters])


def _confirmed(answer: bool | None) -> str:
    if answer is None:
        return ""
    return "бланки признаны своими" if answer else "бланки не признаны своими"


def _position_name(sheet: Sheet, code: str) -> str:
    mark = sheet.marks.get((code[0], int(code[1:])))
    if mark is None:
        return code
    return f"задание {mark.task}" if mark.criterion is None else f"задание {mark.task}, {mark.criterion}"


def _changed_parts(sheet: Sheet) -> tuple[parts.ChangeCount, ...]:
    counts: dict[str, int] = {}
    for line in sheet.lines:
        part = _PARTS[str(line.task_type)]
        counts[part] = counts.get(part, 0) + 1
    return tuple(parts.ChangeCount(part=part, tasks=tasks) for part, tasks in counts.items())


def _materials(sheet: Sheet) -> tuple[parts.Material, ...]:
    kit = kit_of(sheet.desk, sheet.appeal)
    if kit is None:
        return ()
    counts: dict[str, int] = {}
    for item in sheet.desk.session.scalars(select(KitItem).where(KitItem.kit_id == kit.id).order_by(KitItem.kind)):
        counts[item.kind] = counts.get(item.kind, 0) + (item.file_id is not None)
    return tuple(
        parts.Material(name=KIT_NAMES.get(kind, kind), image_sheets=sheets or None) for kind, sheets in counts.items()
    )
