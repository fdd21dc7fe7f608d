"""What the cabinet calls the states, outcomes and steps of an appeal. Pure; every text is for the participant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from apella.appeals.journal import REFUSAL_GROUNDS
from apella.appeals.model import Appeal, HearingMode, ProxyIssuer
from apella.appeals.states import AppealKind, Outcome, State
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.portal.course import CourseStep, Stage, StepCode
from apella.portal.voice import Voice, voice_of
from apella.portal.withdrawals import Withdrawal
from apella.regions.values.sites import Site
from apella.web import formatting
from apella.web.components import StepState, Tag, TimelineStep, Tone
from apella.web.i18n import gettext as _


def subject_in_title(name: str) -> str:
    """A subject's name inside a title: «химия»."""
    return name[:1].lower() + name[1:]


def title_of(kind: AppealKind, subject: str) -> str:
    """The name of an appeal: «Апелляция о баллах: химия»."""
    if kind is AppealKind.SCORE:
        title = _("Апелляция о баллах: %(subject)s", subject=subject_in_title(subject))
    else:
        title = _("Апелляция о нарушении порядка: %(subject)s", subject=subject_in_title(subject))
    return title.replace(" о ", f" о{formatting.NBSP}", 1)


def outcome_text(outcome: Outcome) -> str:
    """How an appeal ended, as a short fact."""
    texts: Mapping[Outcome, str] = {
        Outcome.REJECTED: _("Отклонена, баллы остались прежними"),
        Outcome.SATISFIED_UP: _("Удовлетворена, балл повышен"),
        Outcome.SATISFIED_DOWN: _("Удовлетворена, балл понижен"),
        Outcome.SATISFIED_UNCHANGED: _("Удовлетворена, сумма баллов не изменилась"),
        Outcome.SATISFIED: _("Удовлетворена"),
        Outcome.REFERRED: _("Удовлетворена, дело передано в экзаменационную комиссию"),
        Outcome.WITHDRAWN: _("Отозвана"),
        Outcome.INADMISSIBLE: _("Не рассматривается"),
        Outcome.MOOT: _("Прекращена: результат аннулирован"),
    }
    return texts[outcome]


def begun_text(withdrawal: Withdrawal, *, zone: ZoneInfo) -> str:
    """That an appeal cannot be taken back since its consideration began, and when that was."""
    if withdrawal.due is None:
        return _("Комиссия уже начала рассматривать апелляцию: отозвать её нельзя.")
    when = formatting.portal_moment(withdrawal.due, zone=zone, short=True)
    return _("Комиссия начала рассматривать апелляцию %(when)s: отозвать её уже нельзя.", when=when)


def state_tag(appeal: Appeal, *, hidden: bool = False) -> Tag:
    """Where an appeal is, in plain words; `hidden`: not how it ended."""
    if hidden and appeal.outcome is not None and appeal.state is not State.SUSPENDED:
        return Tag(text=_("Решение принято"), icon="check")
    if appeal.withdrawal_accepted_at is not None and appeal.state is not State.CLOSED:
        return Tag(text=_("Отзыв принят, его вносят в журнал"), icon="back")
    if appeal.outcome is not None and appeal.state is not State.SUSPENDED:
        return _outcome_tag(appeal.outcome)
    texts: Mapping[State, Tag] = {
        State.IN_TRANSIT: Tag(text=_("Апелляцию передают в комиссию"), tone=Tone.INFO, icon="inbox"),
        State.REGISTERED: Tag(text=_("Комиссия готовит рассмотрение"), tone=Tone.INFO, icon="clock"),
        State.INCOMPLETE: Tag(text=_("Апелляцию нужно дополнить"), tone=Tone.WARN, icon="alert"),
        State.SCHEDULED: Tag(text=_("Время рассмотрения назначено"), tone=Tone.INFO, icon="calendar"),
        State.HEARING: Tag(text=_("Комиссия рассматривает апелляцию"), tone=Tone.INFO, icon="people"),
        State.SUSPENDED: Tag(text=_("Рассмотрение приостановлено"), tone=Tone.WARN, icon="pause"),
    }
    return texts.get(appeal.state) or Tag(text=_("Решение оформляют"), tone=Tone.INFO, icon="doc")


def _outcome_tag(outcome: Outcome) -> Tag:
    icons = {
        Outcome.REJECTED: "minus",
        Outcome.SATISFIED_UP: "up",
        Outcome.SATISFIED_DOWN: "down",
        Outcome.WITHDRAWN: "back",
        Outcome.INADMISSIBLE: "minus",
        Outcome.MOOT: "minus",
    }
    good = outcome in (Outcome.SATISFIED_UP, Outcome.SATISFIED, Outcome.SATISFIED_UNCHANGED, Outcome.REFERRED)
    return Tag(text=outcome_text(outcome), tone=Tone.OK if good else Tone.NEUTRAL, icon=icons.get(outcome, "check"))


def refusal_text(appeal: Appeal) -> str:
    """Why the commission does not consider the case; empty where it does."""
    ground = REFUSAL_GROUNDS.get(appeal.close_reason or "")
    return "" if ground is None else _("Причина: %(reason)s.", reason=ground.label)


def mode_text(mode: str, voice: Voice) -> str:
    """A way of consideration to choose, or that was chosen."""
    texts = {
        HearingMode.ON_SITE: _("Очно, на месте рассмотрения"),
        HearingMode.REMOTE: _("По видеосвязи"),
        HearingMode.IN_ABSENCE: voice.say(_("Без вас и ваших представителей"), _("Без участника и его представителей")),
    }
    return texts[HearingMode(mode)]


def person_text(person: str, voice: Voice) -> str:
    """Somebody of the appellant's side, as the subject of a line."""
    texts = {
        "participant": voice.say(_("Вы"), _("Участник")),
        "parent": _("Родитель или законный представитель"),
        "proxy": _("Представитель по доверенности"),
    }
    return texts[person]


def site_text(site: Site) -> str:
    """A site with its address, as one line of a list."""
    return f"{site.name}, {site.address}"


def issuer_text(issuer: str, voice: Voice) -> str:
    """Who gives a representative the power of attorney."""
    texts = {
        ProxyIssuer.APPELLANT: voice.say(_("Вы сами"), _("Сам участник")),
        ProxyIssuer.PARENT: voice.say(
            _("Ваш родитель или законный представитель"), _("Родитель или законный представитель участника")
        ),
    }
    return texts[ProxyIssuer(issuer)]


def until(due: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """A limit for others than the participant: «до ср 18 июня», or by how much it is over."""
    day = formatting.portal_day(formatting.last_minute(due, zone=zone).date(), short=True)
    if now < due:
        return _("до %(day)s", day=day)
    return _("срок был %(day)s, %(over)s", day=day, over=formatting.time_left(due, now=now, zone=zone))


def timeline(
    steps: tuple[CourseStep, ...], *, appeal: Appeal, actor: Actor, now: datetime, zone: ZoneInfo
) -> tuple[TimelineStep, ...]:
    """The course of an appeal in the words of the cabinet for this actor."""
    states = {Stage.DONE: StepState.DONE, Stage.HERE: StepState.HERE, Stage.AHEAD: StepState.AHEAD}
    return tuple(
        TimelineStep(
            name=_step_name(step, appeal, actor), state=states[step.stage], when=_when(step, now=now, zone=zone)
        )
        for step in steps
    )


def _filed(appeal: Appeal, actor: Actor) -> str:
    """Who filed, said to the participant or to who represents them."""
    if appeal.filed_by == actor.person_id:
        return _("Вы подали апелляцию")
    voice = voice_of(actor)
    texts = {
        Role.PARTICIPANT: voice.say(_("Вы подали апелляцию"), _("Апелляцию подал участник")),
        Role.PARENT: voice.say(_("Апелляцию подал ваш родитель"), _("Апелляцию подал родитель участника")),
        Role.PROXY: voice.say(_("Апелляцию подал ваш представитель"), _("Апелляцию подал представитель участника")),
    }
    return texts.get(appeal.filer_role) or _("Апелляция подана")


def _step_name(step: CourseStep, appeal: Appeal, actor: Actor) -> str:
    voice = voice_of(actor)
    # For each step: what is done, what goes on, what lies ahead.
    names: Mapping[StepCode, tuple[str, str, str]] = {
        StepCode.FILED: (_filed(appeal, actor),) * 3,
        StepCode.RECEIVED: (
            _("Апелляция поступила в комиссию"),
            _("Апелляцию передают в комиссию"),
            _("Апелляция поступит в комиссию"),
        ),
        StepCode.MATERIALS: (
            _("Материалы собраны"),
            _("Комиссия собирает материалы"),
            _("Комиссия соберёт материалы"),
        ),
        StepCode.EXPERT: (
            voice.say(_("Эксперт посмотрел вашу работу"), _("Эксперт посмотрел работу участника")),
            voice.say(_("Вашу работу смотрит эксперт"), _("Работу участника смотрит эксперт")),
            voice.say(_("Вашу работу посмотрит эксперт"), _("Работу участника посмотрит эксперт")),
        ),
        StepCode.TIME: (
            _("Время рассмотрения назначено"),
            _("Назначают день и время рассмотрения"),
            _("Сообщат день и время рассмотрения"),
        ),
        StepCode.HEARING: (_("Комиссия рассмотрела апелляцию"), _("Рассмотрение"), _("Рассмотрение")),
        StepCode.DECISION: (_("Комиссия приняла решение"), _("Комиссия решает"), _("Решение появится здесь")),
        StepCode.RECALCULATION: (
            _("Баллы пересчитаны"),
            _("Федеральный центр пересчитывает баллы"),
            _("Новый балл, если он изменится"),
        ),
        StepCode.APPROVAL: (
            _("Результат утверждён"),
            _("Экзаменационная комиссия утверждает результат"),
            _("Экзаменационная комиссия утвердит результат"),
        ),
        StepCode.END: (_end_name(appeal.outcome), _("Комиссия оформляет документы"), _("Дело закроют")),
    }
    done, here, ahead = names[step.code]
    return {Stage.DONE: done, Stage.HERE: here, Stage.AHEAD: ahead}[step.stage]


def _end_name(outcome: Outcome | None) -> str:
    if outcome is Outcome.WITHDRAWN:
        return _("Апелляция отозвана")
    if outcome is Outcome.INADMISSIBLE:
        return _("Апелляция не рассматривается")
    return _("Дело закрыто")


def _when(step: CourseStep, *, now: datetime, zone: ZoneInfo) -> str:
    if step.stage is Stage.DONE:
        if step.at is None:
            return ""
        at = formatting.portal_moment(step.at, zone=zone, short=True)
        return _("%(at)s. Раньше он её не проверял", at=at) if step.code is StepCode.EXPERT else at
    if step.code is StepCode.HEARING and step.at is not None:
        return formatting.portal_moment(step.at, zone=zone)
    if step.due is not None and step.code is not StepCode.HEARING:
        return until(step.due, now=now, zone=zone)
    if step.code is StepCode.TIME:
        return _("не позже чем за один рабочий день до рассмотрения")
    if step.code is StepCode.RECALCULATION and step.stage is Stage.AHEAD:
        return _("считает федеральный центр")
    return ""
