"""What a participant typed into the form, and whether it makes an application; pure.

Nothing of it is kept on the server before filing: the pages carry it along in hidden fields.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

from apella.appeals.application import Presence, check_application, check_proxy, hearing_mode
from apella.appeals.filing import Application
from apella.appeals.model import HearingMode, ProxyIssuer
from apella.appeals.states import AppealKind
from apella.db.encryption import normal_email
from apella.errors import Malformed
from apella.identity.people import normal_phone
from apella.portal.masks import BULLET, is_unchanged
from apella.portal.sheet import Sheet
from apella.regions.codes import ApplicationField

PERSONS = ("participant", "parent", "proxy")
COMES = "with"
STAYS_AWAY = "without"
IN_PRESENCE = "in_presence"
YES = "yes"
NO = "no"

PARTS = ("D", "C", "B")
"""Parts of an exam as the form shows them: short answers last, since their scoring is not considered (federal:97.2)."""


class Form(Protocol):
    """The fields that a browser sent."""

    def get(self, key: str, default: str) -> str:
        """The first value of a field."""

    def getlist(self, key: str) -> list[str]:
        """Every value of a field."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The answers, as typed. `marks` say for each person `with`, `without` or nothing yet.

    `key` was made together with the form: filing again with it gives the first filing's answer.
    """

    key: str
    positions: tuple[str, ...] = ()
    forms: str = ""
    presence: str = ""
    marks: tuple[tuple[str, str], ...] = ()
    proxy_issuer: str = ""
    hearing_mode: str = ""
    remote_site: str = ""
    phone: str = ""
    email: str = ""

    def mark(self, person: str) -> str:
        """What was answered about this person's presence."""
        return dict(self.marks).get(person, "")

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Every answer as a hidden field; `read_draft` makes this very draft of them again."""
        single = ("key", "forms", "presence", "proxy_issuer", "hearing_mode", "remote_site", "phone", "email")
        return (
            *((name, getattr(self, name)) for name in single),
            *((f"positions_{code[:1]}", code) for code in self.positions),
            *((f"with_{person}", answer) for person, answer in self.marks),
        )


class WrongAnswers(Malformed):
    """The answers do not make an application; `fields` has a sentence for each question."""

    code = "filing.fields"


def new_draft(sheet: Sheet) -> Draft:
    """An empty form with what is on record filled in, masked."""
    return Draft(
        key=str(uuid.uuid4()),
        remote_site=sheet.proposed_site,
        phone=sheet.phone.masked if sheet.asks(ApplicationField.PHONE) else "",
        email=sheet.email.masked if sheet.asks(ApplicationField.EMAIL) else "",
    )


def read_draft(form: Form) -> Draft:
    """Read what a browser sent. A key that is none of ours is replaced by a new one."""
    ticked = form.getlist("who")
    return Draft(
        key=_key(form.get("key", "")),
        positions=tuple(dict.fromkeys(code for part in PARTS for code in form.getlist(f"positions_{part}"))),
        forms=form.get("forms", ""),
        presence=form.get("presence", ""),
        marks=tuple((person, COMES if person in ticked else form.get(f"with_{person}", "")) for person in PERSONS),
        proxy_issuer=form.get("proxy_issuer", ""),
        hearing_mode=form.get("hearing_mode", ""),
        remote_site=form.get("remote_site", ""),
        phone=form.get("phone", "").strip(),
        email=form.get("email", "").strip(),
    )


def application_of(draft: Draft, sheet: Sheet) -> Application:
    """Make the application. Raises WrongAnswers naming every question that is not answered, or answered wrongly."""
    errors: dict[str, str] = {}
    presence = _presence(draft, sheet, errors)
    confirmed = {YES: True, NO: False}.get(draft.forms)
    mode = _mode(draft, sheet, presence, errors)
    application = Application(
        kind=AppealKind.SCORE,
        channel=str(sheet.channel.code),
        work_id=sheet.work_id,
        presence=presence,
        hearing_mode=mode,
        forms_confirmed=confirmed if sheet.asks(ApplicationField.FORMS_CONFIRMED) else None,
        disputed=draft.positions if sheet.asks(ApplicationField.POSITIONS) else (),
        phone=_phone(draft.phone, sheet, errors),
        email=_email(draft.email, sheet, errors),
        remote_site=_site(draft, sheet, presence, mode, errors),
    )
    for rule in (
        lambda: check_application(application, sheet.channel, sheet.result.subject),
        lambda: hearing_mode(application, sheet.modes),
        lambda: check_proxy(sheet.presence.proxy, presence.proxy_issuer, comes=presence.proxy),
    ):
        try:
            rule()
        except Malformed as refusal:
            for name, sentence in refusal.fields.items():
                about = _ABOUT.get(name, sentence)
                errors.setdefault(_question(name, sheet), sheet.voice.say(sentence, about))
    if errors:
        raise WrongAnswers("Проверьте заявление: заполнено не всё.", fields=errors)
    return application


def digest_of(application: Application) -> bytes:
    """The SHA-256 of what is filed: a repeated press sends the same."""
    return hashlib.sha256(
        json.dumps(asdict(application), sort_keys=True, ensure_ascii=False, default=str).encode()
    ).digest()


def _question(name: str, sheet: Sheet) -> str:
    """The form's name of a field of the service."""
    if name == "disputed":
        parts = {position.task_type for position in sheet.positions}
        return next(f"positions_{part}" for part in PARTS if part in parts)
    return "forms" if name == "forms_confirmed" else name


def _key(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


def _presence(draft: Draft, sheet: Sheet, errors: dict[str, str]) -> Presence:
    """Who comes (federal:98.5): by the mode first where the region has modes, else by a mark about each person."""
    modes = {mode.code for mode in sheet.presence.modes}
    asked = sheet.presence.persons
    if modes and draft.presence not in modes:
        errors["presence"] = sheet.voice.say(
            "Выберите, как рассмотреть апелляцию: с вами или без вас",
            "Выберите, как рассмотреть апелляцию: с участником или без него",
        )
        return Presence()
    if modes and draft.presence != IN_PRESENCE:
        return Presence()
    if modes and not any(draft.mark(person) == COMES for person in asked):
        errors["who"] = "Отметьте, кто будет на рассмотрении: хотя бы одного человека"
        return Presence()
    if not modes:
        for person in asked:
            if draft.mark(person) not in (COMES, STAYS_AWAY):
                errors[f"with_{person}"] = (_OF_THE_PRINCIPAL if sheet.voice.represents else _WHO_COMES)[person]
    coming: Mapping[str, bool] = {person: person in asked and draft.mark(person) == COMES for person in PERSONS}
    # An answer that was not taken back says nothing once the representative does not come.
    issuer = ProxyIssuer(draft.proxy_issuer) if coming["proxy"] and draft.proxy_issuer in set(ProxyIssuer) else None
    return Presence(
        participant=coming["participant"], parent=coming["parent"], proxy=coming["proxy"], proxy_issuer=issuer
    )


_WHO_COMES: Mapping[str, str] = {
    "participant": "Ответьте, будете ли на рассмотрении вы",
    "parent": "Ответьте, будет ли на рассмотрении родитель или законный представитель",
    "proxy": "Ответьте, будет ли на рассмотрении представитель по доверенности",
}


_OF_THE_PRINCIPAL: Mapping[str, str] = {**_WHO_COMES, "participant": "Ответьте, будет ли на рассмотрении участник"}


_ABOUT: Mapping[str, str] = {"forms_confirmed": "Ответьте, принадлежат ли бланки участнику"}
"""What a rule says to the participant, said about the participant; other sentences fit both."""


def _mode(draft: Draft, sheet: Sheet, presence: Presence, errors: dict[str, str]) -> str | None:
    if not presence.anybody or len(sheet.modes) == 1:
        return None
    if draft.hearing_mode not in sheet.modes:
        errors["hearing_mode"] = "Выберите, где будет рассмотрение: на месте или по видеосвязи"
        return None
    return draft.hearing_mode


def _site(draft: Draft, sheet: Sheet, presence: Presence, mode: str | None, errors: dict[str, str]) -> str | None:
    """Where somebody comes who is heard by video; None where nobody is asked, or nobody comes that way."""
    remote = presence.anybody and (mode or sheet.modes[0]) == HearingMode.REMOTE
    if not sheet.sites or not remote:
        return None
    if draft.remote_site not in {str(site.code) for site in sheet.sites}:
        errors["remote_site"] = sheet.voice.say(
            "Выберите из списка, куда вы придёте для видеосвязи", "Выберите из списка, куда придут для видеосвязи"
        )
        return None
    return draft.remote_site


def _phone(typed: str, sheet: Sheet, errors: dict[str, str]) -> str | None:
    if not sheet.asks(ApplicationField.PHONE) or not typed:
        return None
    if is_unchanged(typed, sheet.phone.masked):
        return sheet.phone.stored
    if BULLET in typed:
        errors["phone"] = "Введите номер телефона целиком, без точек на месте цифр"
        return None
    try:
        return normal_phone(typed)
    except Malformed as refusal:
        errors["phone"] = refusal.fields["phone"]
        return None


def _email(typed: str, sheet: Sheet, errors: dict[str, str]) -> str | None:
    if not sheet.asks(ApplicationField.EMAIL) or not typed:
        return None
    if is_unchanged(typed, sheet.email.masked):
        return sheet.email.stored
    if BULLET in typed:
        errors["email"] = "Введите адрес почты целиком, без точек на месте букв"
        return None
    try:
        normal_email(typed)
    except Malformed as refusal:
        errors["email"] = refusal.fields["email"]
        return None
    return typed
