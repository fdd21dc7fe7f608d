"""The questions of a score appeal as the form shows them, and the answers as they are checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apella.appeals.model import HearingMode
from apella.calendar.wording import plural
from apella.portal.draft import COMES, IN_PRESENCE, NO, PARTS, STAYS_AWAY, YES, Draft
from apella.portal.pages import words
from apella.portal.sheet import Sheet
from apella.portal.voice import Voice
from apella.regions.codes import ApplicationField
from apella.regions.values.exams import Position
from apella.regions.values.filing import PresenceMark, PresenceMode
from apella.web import formatting
from apella.web.components import Choice, FieldError
from apella.web.i18n import gettext as _

QUESTIONS = (
    *(f"positions_{part}" for part in PARTS),
    "forms",
    "presence",
    "who",
    "with_participant",
    "with_parent",
    "with_proxy",
    "proxy_issuer",
    "hearing_mode",
    "remote_site",
    "phone",
    "email",
)
"""Names of the form's fields in their order on the page: the summary of errors follows it."""


@dataclass(frozen=True, kw_only=True)
class PositionGroup:
    """Positions of one part of the exam. A `folded` group opens when something in it is ticked."""

    name: str
    legend: str
    hint: str
    choices: tuple[Choice, ...]
    chosen: tuple[str, ...]
    folded: bool


@dataclass(frozen=True, kw_only=True)
class PersonMark:
    """The question whether somebody comes, where no mode is asked first: one of two answers."""

    name: str
    legend: str
    choices: tuple[Choice, ...]
    chosen: str


@dataclass(frozen=True, kw_only=True)
class Questions:
    """What the form asks; an empty tuple or None for what the region's door does not ask."""

    groups: tuple[PositionGroup, ...]
    forms: tuple[Choice, ...]
    forms_legend: str
    forms_hint: str
    modes: tuple[Choice, ...]
    who: tuple[Choice, ...]
    coming: tuple[str, ...]
    marks: tuple[PersonMark, ...]
    proxy_issuers: tuple[Choice, ...]
    hearing_modes: tuple[Choice, ...]
    only_mode: str
    sites: tuple[Choice, ...]
    phone: bool
    email: bool
    phone_hint: str
    email_hint: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer to check; `field` is the question that «Изменить» leads to, None where it cannot be changed."""

    name: str
    value: str
    field: str | None = None


def questions_of(sheet: Sheet, draft: Draft, *, results_sites: tuple[str, ...]) -> Questions:
    """Lay out the questions with what was answered so far. `results_sites` show a participant's own forms."""
    presence = sheet.presence
    oral, voice = sheet.result.subject.oral, sheet.voice
    return Questions(
        groups=_groups(sheet, draft) if sheet.asks(ApplicationField.POSITIONS) else (),
        forms=(
            Choice(
                value=YES,
                label=voice.say(_("Да, они мои"), _("Да, это бланки и запись участника"))
                if oral
                else voice.say(_("Да, это мои бланки"), _("Да, это бланки участника")),
            ),
            Choice(
                value=NO,
                label=voice.say(
                    _("Нет, что-то не моё или не хватает страниц"), _("Нет, что-то чужое или не хватает страниц")
                ),
                hint=_("Апелляцию примут, а снимки проверят"),
            ),
        )
        if sheet.asks(ApplicationField.FORMS_CONFIRMED)
        else (),
        forms_legend=voice.say(_("Ваши ли это бланки и запись ответа?"), _("Это бланки и запись ответа участника?"))
        if oral
        else voice.say(_("Ваши ли это бланки?"), _("Это бланки участника?")),
        forms_hint=_("Посмотрите снимки бланков на сайте с результатами: %(sites)s", sites=", ".join(results_sites)),
        modes=tuple(Choice(value=mode.code, label=_mode_label(mode, voice)) for mode in presence.modes),
        who=tuple(Choice(value=mark.person, label=_mark_label(mark, voice)) for mark in presence.marks),
        coming=tuple(person for person in presence.persons if draft.mark(person) == COMES),
        marks=tuple(
            PersonMark(
                name=f"with_{mark.person}",
                legend=words.person_text(mark.person, voice),
                choices=(
                    Choice(value=COMES, label=voice.say(mark.with_label, _("Будет на рассмотрении"))),
                    Choice(value=STAYS_AWAY, label=voice.say(mark.without_label, _("На рассмотрении не будет"))),
                ),
                chosen=draft.mark(mark.person),
            )
            for mark in presence.marks
        ),
        proxy_issuers=tuple(
            Choice(value=code, label=words.issuer_text(code, voice)) for code in presence.proxy.issuers
        ),
        hearing_modes=tuple(Choice(value=mode, label=words.mode_text(mode, voice)) for mode in sheet.modes)
        if len(sheet.modes) > 1
        else (),
        only_mode=words.mode_text(sheet.modes[0], voice) if len(sheet.modes) == 1 else "",
        sites=tuple(Choice(value=str(site.code), label=words.site_text(site)) for site in sheet.sites),
        phone=sheet.asks(ApplicationField.PHONE),
        email=sheet.asks(ApplicationField.EMAIL),
        phone_hint=_contact_hint(sheet.phone.masked) or _("Мобильный номер, например +7 900 123-45-67"),
        email_hint=_contact_hint(sheet.email.masked) or _("Например ivanova@example.ru"),
    )


def errors_of(fields: Mapping[str, str]) -> tuple[FieldError, ...]:
    """The sentences of a refused form, in the order of its questions."""
    known = [FieldError(name=name, message=fields[name]) for name in QUESTIONS if name in fields]
    others = [FieldError(name="", message=text) for name, text in fields.items() if name not in QUESTIONS]
    return (*known, *others)


def answers_of(sheet: Sheet, draft: Draft) -> tuple[tuple[Answer, ...], tuple[Answer, ...]]:
    """The answers to check: about the person, and about the exam."""
    result = sheet.result
    person = [
        Answer(name=_("Участник"), value=sheet.full_name),
        Answer(name=_("Документ"), value=formatting.masked_document(sheet.document) or _("не указан")),
        *_presence_answers(sheet, draft),
    ]
    if sheet.asks(ApplicationField.PHONE):
        person.append(Answer(name=_("Телефон"), value=draft.phone, field="phone"))
    if sheet.asks(ApplicationField.EMAIL):
        person.append(Answer(name=_("Электронная почта"), value=draft.email, field="email"))
    exam = list(exam_facts(sheet))
    if sheet.asks(ApplicationField.POSITIONS):
        first = next(f"positions_{part}" for part in PARTS if part in {at.task_type for at in result.subject.positions})
        exam.append(Answer(name=_("С чем вы не согласны"), value=_disputed_text(sheet, draft), field=first))
    if sheet.asks(ApplicationField.FORMS_CONFIRMED):
        value = (
            sheet.voice.say(_("Это ваши бланки"), _("Это бланки участника"))
            if draft.forms == YES
            else sheet.voice.say(
                _("Не ваши бланки, или не хватает страниц"), _("Не бланки участника, или не хватает страниц")
            )
        )
        exam.append(Answer(name=_("Бланки"), value=value, field="forms"))
    return tuple(person), tuple(exam)


def exam_facts(sheet: Sheet) -> tuple[Answer, ...]:
    """What the register says of the exam."""
    result = sheet.result
    facts = [
        Answer(name=_("Предмет и день"), value=f"{result.subject.name}, {formatting.portal_day(result.exam_date)}")
    ]
    if result.test_score is not None:
        value = _(
            "%(test)s тестовый, %(primary)s из %(most)s первичных",
            test=result.test_score,
            primary=result.primary_score,
            most=result.subject.max_primary,
        )
        facts.append(Answer(name=sheet.voice.say(_("Ваш балл"), _("Балл участника")), value=value))
    if sheet.asks(ApplicationField.EXAM_POINT) and sheet.exam_point:
        facts.append(Answer(name=_("Где сдавали"), value=sheet.exam_point))
    return tuple(facts)


def position_text(position: Position) -> str:
    """A scoring position: «Задание 27, К1»."""
    task = _("Задание %(task)s", task=position.task)
    return f"{task}, {position.criterion}" if position.criterion else task


def _mode_label(mode: PresenceMode, voice: Voice) -> str:
    """The region's own words are a participant's; to a representative the same is said about the participant."""
    about = _("С участником и (или) его представителями") if mode.code == IN_PRESENCE else _("Без участника, заочно")
    return voice.say(mode.label, about)


def _mark_label(mark: PresenceMark, voice: Voice) -> str:
    return voice.say(mark.with_label, words.person_text(mark.person, voice))


def _groups(sheet: Sheet, draft: Draft) -> tuple[PositionGroup, ...]:
    by_part = {part: [at for at in sheet.positions if at.task_type == part] for part in PARTS}
    present = [part for part in PARTS if by_part[part]]
    return tuple(
        PositionGroup(
            name=f"positions_{part}",
            legend=_legend(part, kege=sheet.result.subject.kege),
            hint=_hint(part, kege=sheet.result.subject.kege),
            choices=tuple(_choice(sheet, position) for position in by_part[part]),
            chosen=tuple(code for code in draft.positions if code.startswith(part)),
            folded=part == "B" and len(present) > 1,
        )
        for part in present
    )


def _legend(part: str, *, kege: bool) -> str:
    if part == "B":
        return _("Задания компьютерного экзамена") if kege else _("Задания с кратким ответом")
    return _("Устные ответы") if part == "D" else _("Задания с развёрнутым ответом")


def _hint(part: str, *, kege: bool) -> str:
    """What the commission looks at in this part; short answers by federal:97.2."""
    if part == "B" and kege:
        return _("Отметьте задания, в которых, по вашему мнению, произошёл технический сбой")
    if part == "B":
        return _(
            "Балл за краткий ответ комиссия не пересматривает. Отметьте задание, только если ответ распознан неверно: "
            "в бланке написано одно, а в результатах показано другое"
        )
    return _("Отметьте задания, за которые, по вашему мнению, поставлен не тот балл")


def _choice(sheet: Sheet, position: Position) -> Choice:
    code = f"{position.task_type}{position.number}"
    mark = sheet.marks.get(code)
    score = (
        _("до %(most)s", most=formatting.count(position.max_mark, _("балла"), _("баллов"), _("баллов")))
        if mark is None
        else sheet.voice.say(
            _("ваш балл %(mark)s из %(most)s", mark=mark, most=position.max_mark),
            _("балл %(mark)s из %(most)s", mark=mark, most=position.max_mark),
        )
    )
    return Choice(value=code, label=f"{position_text(position)}: {score}")


def _presence_answers(sheet: Sheet, draft: Draft) -> list[Answer]:
    asked = "presence" if sheet.presence.modes else f"with_{sheet.presence.persons[0]}"
    coming = [
        words.person_text(mark.person, sheet.voice)
        for mark in sheet.presence.marks
        if draft.mark(mark.person) == COMES and (not sheet.presence.modes or draft.presence == IN_PRESENCE)
    ]
    if not coming:
        return [Answer(name=_("Как рассмотрят"), value=words.mode_text("in_absence", sheet.voice), field=asked)]
    mode = draft.hearing_mode if len(sheet.modes) > 1 else sheet.modes[0]
    chosen = next((site for site in sheet.sites if site.code == draft.remote_site), None)
    where = (
        [
            Answer(
                name=sheet.voice.say(_("Куда придёте"), _("Куда придут")),
                value=words.site_text(chosen),
                field="remote_site",
            )
        ]
        if chosen is not None and mode == HearingMode.REMOTE
        else []
    )
    issuer = (
        [
            Answer(
                name=_("Кто выдаёт доверенность"),
                value=words.issuer_text(draft.proxy_issuer, sheet.voice),
                field="proxy_issuer",
            )
        ]
        if draft.mark("proxy") == COMES and draft.proxy_issuer in sheet.presence.proxy.issuers
        else []
    )
    return [
        Answer(name=_("Кто будет на рассмотрении"), value=_listed(coming), field=asked),
        *issuer,
        Answer(
            name=_("Как рассмотрят"),
            value=words.mode_text(mode, sheet.voice),
            field="hearing_mode" if len(sheet.modes) > 1 else None,
        ),
        *where,
    ]


def _disputed_text(sheet: Sheet, draft: Draft) -> str:
    chosen = [at for at in sheet.positions if f"{at.task_type}{at.number}" in draft.positions]
    scored = [at for at in chosen if at.task_type != "B"]
    read = [at for at in chosen if at.task_type == "B"]
    parts = [_task_list(scored), _("распознавание: %(tasks)s", tasks=_task_list(read).lower()) if read else ""]
    return "; ".join(part for part in parts if part)


def _task_list(positions: list[Position]) -> str:
    names = [f"{at.task} {at.criterion}" if at.criterion else at.task for at in positions]
    if not names:
        return ""
    word = plural(len(names), _("Задание"), _("Задания"), _("Задания"))
    return f"{word} {_listed(names)}"


def _listed(names: list[str]) -> str:
    """«30, 31 и 33»; the first name keeps its large letter."""
    *others, last = [names[0], *(words.subject_in_title(name) for name in names[1:])]
    return _("%(others)s и %(last)s", others=", ".join(others), last=last) if others else last


def _contact_hint(masked: str) -> str:
    return _("Так записано при регистрации, часть скрыта. Чтобы изменить, сотрите и введите заново") if masked else ""
