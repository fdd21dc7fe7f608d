"""What an application must state, by the door's rules; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apella.appeals.model import HearingMode, ProxyIssuer
from apella.errors import Malformed
from apella.regions.codes import ApplicationField
from apella.regions.values.exams import Subject
from apella.regions.values.filing import Channel, ProxyRules
from apella.regions.values.sites import Sites

if TYPE_CHECKING:
    from apella.appeals.filing import Application


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Who of the appellant's side wants to be there; nobody means consideration in absence (federal:98.5).

    `proxy_issuer` is who gives the representative the power of attorney.
    """

    participant: bool = False
    parent: bool = False
    proxy: bool = False
    proxy_issuer: ProxyIssuer | None = None

    @property
    def anybody(self) -> bool:
        """Whether somebody comes."""
        return self.participant or self.parent or self.proxy


_MISSING: Mapping[ApplicationField, tuple[Callable[[Application], bool], str, str]] = {
    ApplicationField.PHONE: (lambda a: not a.phone, "phone", "Укажите номер мобильного телефона"),
    ApplicationField.EMAIL: (lambda a: not a.email, "email", "Укажите адрес электронной почты"),
    ApplicationField.POSITIONS: (
        lambda a: not a.disputed,
        "disputed",
        "Отметьте хотя бы одно задание, с баллом за которое вы не согласны",
    ),
    ApplicationField.FORMS_CONFIRMED: (
        lambda a: a.forms_confirmed is None,
        "forms_confirmed",
        "Ответьте, ваши ли это бланки",
    ),
    ApplicationField.REMOTE_SITE: (
        lambda a: a.presence.anybody and a.hearing_mode == HearingMode.REMOTE and not a.remote_site,
        "remote_site",
        "Выберите пункт, из которого участник будет на связи",
    ),
    ApplicationField.STATEMENT: (lambda a: not (a.statement or "").strip(), "statement", "Опишите, что было нарушено"),
}


def check_application(application: Application, channel: Channel, subject: Subject) -> None:
    """Raise Malformed naming every field that is missing or wrong."""
    fields = {
        name: sentence
        for wanted in channel.required_fields
        if wanted in _MISSING
        for missing, name, sentence in (_MISSING[wanted],)
        if missing(application)
    }
    known = {f"{position.task_type}{position.number}" for position in subject.positions}
    unknown = [code for code in application.disputed if code not in known]
    if unknown:
        fields["disputed"] = f"Таких позиций в этом экзамене нет: {', '.join(unknown)}"
    if fields:
        raise Malformed("Проверьте заявление: заполнено не всё.", code="filing.fields", fields=fields)


def check_proxy(rules: ProxyRules, issuer: ProxyIssuer | None, *, comes: bool) -> None:
    """Raise Malformed where it is not said who gave a representative the power of attorney, or where it cannot be so.

    `comes`: there is a representative at all.
    """
    problem = ""
    if not comes:
        problem = "" if issuer is None else "Представителя по доверенности нет: уберите, кто выдал доверенность"
    elif issuer is None:
        problem = "Отметьте, кто выдал доверенность представителю" if rules.issuers else ""
    elif rules.issuers and issuer not in rules.issuers:
        problem = "По правилам региона этот человек доверенность не выдаёт: выберите другой ответ"
    if problem:
        raise Malformed(
            "Проверьте сведения о доверенности.", code="presence.proxy_issuer", fields={"proxy_issuer": problem}
        )


def check_site(application: Application, sites: Sites) -> None:
    """Raise Malformed for a wish to come to a site that is none of the region's."""
    if application.remote_site is not None and sites.get(application.remote_site) is None:
        raise Malformed(
            "Такого пункта рассмотрения в регионе нет.",
            code="filing.remote_site",
            fields={"remote_site": "Выберите пункт из списка"},
        )


def hearing_mode(application: Application, open_modes: tuple[str, ...]) -> HearingMode:
    """How the case will be heard; raises Malformed for a mode that is not open to this appeal."""
    if not application.presence.anybody:
        return HearingMode.IN_ABSENCE
    if application.hearing_mode is None:
        return HearingMode(open_modes[0])
    if application.hearing_mode not in open_modes:
        raise Malformed(
            "Этот способ рассмотрения недоступен.",
            code="filing.hearing_mode",
            fields={"hearing_mode": "Выберите один из предложенных способов рассмотрения"},
        )
    return HearingMode(application.hearing_mode)
