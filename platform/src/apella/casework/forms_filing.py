"""Taking a paper in at a desk: which doors this person keeps, and how what was typed becomes an application."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select

from apella.appeals.application import Presence, check_application, check_proxy, hearing_mode
from apella.appeals.arrival import filing_moment
from apella.appeals.desk import Desk
from apella.appeals.filing import Application, decisions_of
from apella.appeals.filing_window import filing_window
from apella.appeals.model import Appeal, ProxyIssuer
from apella.appeals.states import AppealKind, State
from apella.casework.reading import WorkView, participant_in_reach, works_of_person
from apella.db.encryption import normal_email
from apella.deadlines.explain import Explanation
from apella.errors import Malformed, NotFound
from apella.identity.model import Category, Person
from apella.identity.people import normal_phone
from apella.identity.roles import Role
from apella.regions.codes import ApplicationField
from apella.regions.doors import door_limit
from apella.regions.rules import RegionRules
from apella.regions.values.exams import Subject
from apella.regions.values.filing import Channel
from apella.registry.model import Work

IN_PRESENCE = "in_presence"
YES = "yes"


@dataclass(frozen=True, kw_only=True)
class DeskDoor:
    """A door that this person keeps, for one work. `late`: the paper is taken, the secretary or the chair decides;
    never said of a door with arrivals, where the time of arrival will tell.

    `window` ends at the door's own hour (E1), `due` with the later of the regional and the federal limit there.
    `closed` says that it cannot be taken at all now: the window is not open yet, or the result is void; `filed` that
    there is an open appeal of this kind on the exam.
    """

    channel: Channel
    kind: AppealKind
    window: Explanation
    due: datetime | None
    late: bool
    closed: bool
    filed: bool


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What was typed from a paper."""

    disputed: tuple[str, ...] = ()
    forms_confirmed: str = ""
    presence: str = ""
    comes: tuple[str, ...] = ()
    proxy_issuer: str = ""
    hearing_mode: str = ""
    phone: str = ""
    email: str = ""
    statement: str = ""
    arrived_day: str = ""
    arrived_hour: str = ""
    outside_number: str = ""
    remote_site: str = ""


def open_appeals(desk: Desk, person_id: uuid.UUID) -> frozenset[tuple[uuid.UUID, AppealKind]]:
    """The exams and kinds of a participant's open appeals, whoever took them in."""
    rows = desk.session.execute(
        select(Appeal.exam_id, Appeal.kind).where(Appeal.person_id == person_id, Appeal.state != State.CLOSED)
    )
    return frozenset((exam_id, kind) for exam_id, kind in rows)


def doors_for(
    desk: Desk, view: WorkView, *, decisions: Collection[str], appealed: Collection[tuple[uuid.UUID, AppealKind]]
) -> Sequence[DeskDoor]:
    """The doors that this person keeps for a work, score appeals first.

    `decisions` are those of the season (`decisions_of`), `appealed` what `open_appeals` gave.
    """
    category, result = view.person.category or Category.STUDENT, view.result
    found = []
    for kind in AppealKind:
        of_all = filing_window(
            desk,
            kind,
            view.exam,
            has_result=result is not None,
            rechecked_on=None if result is None else result.rechecked_on,
        )
        early = of_all.due is None or (of_all.first_opens is not None and desk.now < of_all.first_opens)
        void = kind is AppealKind.SCORE and view.work.annulled_at is not None
        for channel in desk.rules.channels_for(kind=kind, category=category):
            if channel.self_service or Role(channel.operator) not in desk.actor.roles:
                continue
            if channel.decision is not None and channel.decision not in decisions:
                continue
            window = door_limit(desk.rules, channel, of_all)
            due = window.final_due
            found.append(
                DeskDoor(
                    channel=channel,
                    kind=kind,
                    window=window,
                    due=due,
                    late=due is not None and desk.now >= due and not channel.dated,
                    closed=early or void,
                    filed=(view.exam.id, kind) in appealed,
                )
            )
    return found


def work_at_desk(desk: Desk, work_id: uuid.UUID) -> WorkView:
    """One work of a participant whom this person serves.

    Raises Forbidden (`works.role`); NotFound (`filing.work`), alike for a stranger's work and for none.
    """
    whose = select(Work.person_id).where(Work.id == work_id).scalar_subquery()
    person = participant_in_reach(desk, Person.id == whose)
    views = () if person is None else works_of_person(desk, person)
    found = next((view for view in views if view.work.id == work_id), None)
    if found is None:
        raise NotFound("Такой экзаменационной работы у вас нет: начните с кода регистрации.", code="filing.work")
    return found


def modes_for(desk: Desk, kind: AppealKind, subject_code: str) -> tuple[str, ...]:
    """The ways of a hearing that an appellant who comes may choose between."""
    return desk.rules.hearing.modes_for(kind=kind, subject_code=subject_code, decisions=decisions_of(desk))


def application_of(
    desk: Desk,
    door: DeskDoor,
    view: WorkView,
    paper: Paper,
    *,
    arrived_at: datetime | None = None,
    wrong: Mapping[str, str] = MappingProxyType({}),
) -> Application:
    """Make the application. Raises Malformed naming every field that is missing or wrong.

    `arrived_at` is the time that was typed at a door with arrivals; `wrong` what could not be read at all.
    """
    channel, errors = door.channel, dict(wrong)
    modes = modes_for(desk, door.kind, view.exam.subject_code)
    presence = _presence(desk, paper, errors)
    chosen = paper.hearing_mode if presence.anybody and len(modes) > 1 else None
    if chosen is not None and chosen not in modes:
        errors["hearing_mode"] = "Выберите, где будет рассмотрение: на месте или по видеосвязи"
        chosen = None
    application = Application(
        kind=door.kind,
        channel=str(channel.code),
        work_id=view.work.id,
        presence=presence,
        hearing_mode=chosen,
        forms_confirmed=paper.forms_confirmed == YES if paper.forms_confirmed else None,
        disputed=paper.disputed if asks(channel, ApplicationField.POSITIONS) else (),
        statement=paper.statement or None,
        phone=_contact("phone", paper.phone, errors),
        email=_contact("email", paper.email, errors),
        filed_at=arrived_at,
        outside_number=paper.outside_number or None,
        remote_site=paper.remote_site or None if asks_site(desk.rules, channel) else None,
    )
    _check_arrival(application, channel, desk.now, errors)
    _check(application, channel, desk.rules, desk.rules.subjects[view.exam.subject_code], modes, errors)
    if errors:
        raise Malformed("Проверьте заявление: заполнено не всё.", code="filing.fields", fields=errors)
    return application


def asks(channel: Channel, field: ApplicationField) -> bool:
    """Whether the door's rules want this field."""
    return field in channel.required_fields


def asks_site(rules: RegionRules, channel: Channel) -> bool:
    """Whether the applicant is asked where to come for a video link: by the door's rules, or by the region's."""
    of_region = rules.hearing.remote_place.by == "request" and bool(rules.sites.remote)
    return of_region or asks(channel, ApplicationField.REMOTE_SITE)


def digest_of(application: Application) -> bytes:
    """The SHA-256 of what is filed: a repeated press sends the same."""
    text = json.dumps(asdict(application), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).digest()


def _check(
    application: Application,
    channel: Channel,
    rules: RegionRules,
    subject: Subject,
    modes: tuple[str, ...],
    errors: dict[str, str],
) -> None:
    presence = application.presence
    for rule in (
        lambda: check_application(application, channel, subject),
        lambda: check_proxy(rules.presence.proxy, presence.proxy_issuer, comes=presence.proxy),
        lambda: hearing_mode(application, modes),
    ):
        try:
            rule()
        except Malformed as refusal:
            for name, sentence in refusal.fields.items():
                errors.setdefault(name, sentence)


def _check_arrival(application: Application, channel: Channel, now: datetime, errors: dict[str, str]) -> None:
    try:
        filing_moment(channel, arrived_at=application.filed_at, outside_number=application.outside_number, now=now)
    except Malformed as refusal:
        for name, sentence in refusal.fields.items():
            if name != "filed_at" or "arrived_hour" not in errors:
                errors.setdefault("arrived_day" if name == "filed_at" else name, sentence)


def _presence(desk: Desk, paper: Paper, errors: dict[str, str]) -> Presence:
    """Who comes (federal:98.5): by the mode first where the region has modes, else by the marks alone."""
    rules = desk.rules.presence
    comes: Collection[str] = [person for person in paper.comes if person in rules.persons]
    if rules.modes:
        if paper.presence not in {mode.code for mode in rules.modes}:
            errors["presence"] = "Отметьте, как в заявлении: с участием апеллянта или без него"
            return Presence()
        if paper.presence != IN_PRESENCE:
            return Presence()
        if not comes:
            errors["comes"] = "Отметьте, кто будет на рассмотрении: хотя бы одного человека"
    proxy = "proxy" in comes
    # An answer that was not taken back says nothing once the representative is not marked.
    issuer = ProxyIssuer(paper.proxy_issuer) if proxy and paper.proxy_issuer in set(ProxyIssuer) else None
    return Presence(participant="participant" in comes, parent="parent" in comes, proxy=proxy, proxy_issuer=issuer)


def _contact(name: str, typed: str, errors: dict[str, str]) -> str | None:
    if not typed:
        return None
    try:
        if name == "phone":
            return normal_phone(typed)
        normal_email(typed)
    except Malformed:
        errors[name] = _ABOUT[name]
        return None
    return typed


_ABOUT: Mapping[str, str] = {
    "phone": "Введите номер телефона: +7 и ещё десять цифр, например +7 900 123-45-67",
    "email": "Введите адрес почты, например ivanova@example.ru",
}
