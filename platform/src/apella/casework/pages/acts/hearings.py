"""Giving a case its time, opening the hearing, taking in the kit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from apella.appeals.model import HearingMode
from apella.appeals.states import AppealKind
from apella.casework.forms import materials_of
from apella.casework.pages import labels
from apella.casework.pages.acts.base import Act, ActForm, Raw, typed_moment
from apella.casework.pages.acts.words import FIELDS
from apella.casework.pages.counting import due_of
from apella.errors import Malformed
from apella.hearings.attending import attendants_for
from apella.hearings.planning import OpenSession, plan_of
from apella.hearings.service import announcement, hearing_of
from apella.identity.representation import whole_name
from apella.identity.representation_model import RepresentationKind
from apella.registry.work_file_names import material_name
from apella.web import formatting
from apella.web.components import Choice, Fact
from apella.web.formatting import capital
from apella.web.i18n import gettext as _


class ScheduleForm(ActForm):
    """A day and an hour in the tenant's zone, with the limits that they must keep."""

    template = "casework/acts/schedule.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return the limits, the earliest lawful time and what stands in the fields."""
        desk, zone = act.desk, act.desk.rules.zone
        plan = plan_of(desk, act.appeal)
        suggested = plan.suggested
        present = hearing_of(desk, act.appeal)
        facts = []
        if present is not None:
            facts.append(Fact(name=_("Сейчас назначено"), value=formatting.moment(present.starts_at, zone=zone)))
        if plan.limit is not None:
            due = due_of(plan.limit, rules=desk.rules, now=desk.now)
            value = f"{formatting.deadline(plan.limit.due_at, zone=zone)}, {due.left_text}"
            facts.append(Fact(name=_("Рассмотреть до"), value=value))
        if suggested is not None:
            begins = suggested + timedelta(minutes=plan.consultation_minutes)
            told = announcement(desk, act.appeal, begins).due
            facts.append(Fact(name=_("Самое раннее время"), value=formatting.moment(suggested, zone=zone)))
            if told is not None:
                facts.append(Fact(name=_("Тогда сообщить до"), value=formatting.deadline(told, zone=zone)))
        facts.append(Fact(name=_("Участие"), value=labels.MODES[act.appeal.hearing_mode]))
        facts.append(Fact(name=_("Длительность"), value=_length(plan.consultation_minutes, plan.minutes)))
        late = ""
        if suggested is None:
            late = _("Сообщить апеллянту в срок уже нельзя ни о каком времени")
        elif plan.limit is not None and suggested >= plan.limit.due_at:
            late = _("Самое раннее время – позже срока рассмотрения")
        own_time = None if plan.sessions else suggested
        return {
            "facts": facts,
            "too_late": late,
            "sessions": [_session_choice(one) for one in plan.sessions],
            "session": act.text("session", plan.sessions[0].session.begins.isoformat() if plan.sessions else ""),
            "day": act.text("day", "" if own_time is None else f"{own_time:%d.%m.%Y}"),
            "hour": act.text("hour", "" if own_time is None else f"{own_time:%H:%M}"),
            "time_caption": desk.rules.tenant.time_caption,
            "consultation": plan.consultation_minutes > 0,
            "site_reason": plan.site.reason,
            "sites": [
                Choice(value=str(site.code), label=f"{site.name}, {site.address}") for site in desk.rules.sites.all
            ]
            if plan.site.by_hand
            else [],
            "site": act.text("site_code"),
            "reason": act.text("reason"),
            "reason_needed": act.verb.action == "reschedule",
        }

    def body(self, act: Act) -> Raw:
        """Read the session that was chosen, else the day and the hour in the tenant's zone."""
        fields: dict[str, str] = {}
        starts_at = act.text("session")
        if not starts_at:
            try:
                moment = typed_moment(
                    act.text("day"), act.text("hour"), fields=("day", "hour"), zone=act.desk.rules.zone
                )
                starts_at = moment.isoformat()
            except Malformed as error:
                fields.update(error.fields)
        if act.verb.action == "reschedule" and not act.text("reason"):
            fields["reason"] = _("Напишите, почему время меняется")
        if fields:
            raise Malformed(_("Укажите день и время."), code="form.fields", fields=fields)
        raw: Raw = {"starts_at": starts_at, "site_code": act.text("site_code") or None}
        return {**raw, "reason": act.text("reason")} if act.text("reason") else raw

    def field(self, path: str, raw: Raw) -> str:
        """The start is typed in two fields; an error of it stands at the day."""
        name = super().field(path, raw)
        return "day" if name == "starts_at" else name


ANOTHER = "another"
"""The answer that whoever came is none of the recorded representatives."""


class OpenHearingForm(ActForm):
    """Who came, which recorded representative, whether documents were checked and the materials confirmed."""

    template = "casework/acts/open_hearing.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return the questions and what was answered."""
        appeal, rules = act.appeal, act.desk.rules
        hearing = hearing_of(act.desk, appeal)
        wanted = {
            "participant": appeal.attends_participant,
            "parent": appeal.attends_parent,
            "proxy": appeal.attends_proxy,
        }
        return {
            "people": [
                Choice(
                    value=who,
                    label=capital(label),
                    hint=_("собирается участвовать") if wanted[who] else _("участвовать не собирается"),
                )
                for who, label in labels.SIDE.items()
            ],
            "came": act.texts("came"),
            "representatives": _representatives(act),
            "representative": act.text("representation_id"),
            "proxy_issuers": labels.issuer_choices(rules.presence.proxy),
            "proxy_issuer": act.text("proxy_issuer", appeal.proxy_issuer or ""),
            "identity_steps": rules.hearing.identity.steps,
            "identity_checked": act.ticked("identity_checked"),
            "asks_materials": appeal.kind is AppealKind.SCORE,
            "materials": act.text("materials_confirmed"),
            "materials_choices": [
                Choice(value="yes", label=_("Подтвердил: это его работа")),
                Choice(value="no", label=_("Не подтвердил")),
            ],
            "facts": []
            if hearing is None
            else [
                Fact(name=_("Начало"), value=formatting.moment(hearing.starts_at, zone=rules.zone)),
                Fact(name=_("Участие"), value=labels.MODES[HearingMode(hearing.mode)]),
                Fact(name=_("Место"), value=hearing.place),
            ],
        }

    def body(self, act: Act) -> Raw:
        """Read the answers; the question about materials is answered only when somebody came.

        Where somebody of this kind is recorded, it is asked whether it is they; a recorded proxy's issuer is known.
        """
        raw: Raw = {"came": act.texts("came"), "identity_checked": act.ticked("identity_checked")}
        recorded = {str(one.row.id): one.kind for one in attendants_for(act.desk, act.appeal)}
        chosen = act.text("representation_id")
        if not chosen and any(kind in raw["came"] for kind in recorded.values()):
            raise Malformed(
                _("Укажите, кто пришёл."),
                code="form.fields",
                fields={"representation_id": FIELDS["representation_id"].wrong},
            )
        if chosen not in ("", ANOTHER):
            raw["representation_id"] = chosen
        known = recorded.get(chosen) is RepresentationKind.PROXY
        if "proxy" in raw["came"] and act.text("proxy_issuer") and not known:
            raw["proxy_issuer"] = act.text("proxy_issuer")
        answer = act.text("materials_confirmed")
        return {**raw, "materials_confirmed": answer == "yes"} if answer else raw


class ReceiveKitForm(ActForm):
    """The files that the registry has of the work, and a reason where some are missing."""

    template = "casework/acts/receive_kit.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return what the kit will hold."""
        found: dict[str, int] = {}
        for file in materials_of(act.desk, act.appeal):
            found[file.kind] = found.get(file.kind, 0) + 1
        return {
            "materials": [
                Fact(
                    name=capital(material_name(kind)),
                    value=formatting.count(pages, _("файл"), _("файла"), _("файлов")),
                )
                for kind, pages in found.items()
            ],
            "words": FIELDS["absent_reason"],
            "absent_reason": act.text("absent_reason"),
        }

    def body(self, act: Act) -> Raw:
        """Read the reason."""
        return {"absent_reason": act.text("absent_reason") or None}


def _representatives(act: Act) -> list[Choice]:
    """The recorded representatives to choose from, what a power of attorney does not give beside each."""
    found = [
        Choice(
            value=str(one.row.id),
            label=f"{whole_name(one.person)}, {labels.SIDE[one.kind]}",
            hint=capital(labels.limits_of(one)),
        )
        for one in attendants_for(act.desk, act.appeal)
    ]
    if found:
        hint = _("Документы показаны сейчас, в Apella этого человека нет")
        found.append(Choice(value=ANOTHER, label=_("Другой человек"), hint=hint))
    return found


def _session_choice(one: OpenSession) -> Choice:
    begins, ends = one.session.begins, one.session.ends
    left = formatting.count(one.minutes_left, _("минута"), _("минуты"), _("минут"))
    hours = f"{begins:%H:%M}–{ends:%H:%M}"
    label = _("%(day)s, %(hours)s, свободно %(left)s", day=formatting.day(begins.date()), hours=hours, left=left)
    return Choice(value=begins.isoformat(), label=label)


def _length(consultation: int, minutes: int) -> str:
    whole = formatting.count(minutes, _("минута"), _("минуты"), _("минут"))
    if not consultation:
        return whole
    return _(
        "%(whole)s, из них разъяснения эксперта %(part)s",
        whole=whole,
        part=formatting.count(consultation, _("минута"), _("минуты"), _("минут")),
    )
