"""Where, with whom and how an appeal is heard: «Слушание»."""

from __future__ import annotations

from collections.abc import Iterator

from apella.regions.rules import RegionRules
from apella.regions.values.hearing import Duration
from apella.rulebook.lines.entry import SILENT, Entry, Names
from apella.rulebook.lines.words import (
    EXPLANATION,
    ISSUERS,
    MEDIA,
    MODES,
    PERSONS,
    REMOTE_PLACE,
    ROOMS,
    STRATEGY,
    WEEKDAYS,
    listed,
    roles,
    sentence,
    yes,
)

_PLACES = {"main": "основная площадка", "remote": "удалённый пункт"}
_RECIPIENTS = {"appellant": "апеллянту", "site_technician": "техническому специалисту пункта"}


def hearing(rules: RegionRules, names: Names) -> Iterator[Entry]:
    """Presence, modes, places, people, time, video, materials, absence."""
    yield from _presence(rules)
    yield from _modes(rules, names)
    yield from _time(rules)
    yield from _places(rules)
    yield from _people(rules)
    yield from _video(rules)
    yield from _materials(rules)
    yield from _course(rules)


def _presence(rules: RegionRules) -> Iterator[Entry]:
    presence = rules.presence
    grounds = (presence, *presence.modes, *presence.marks)
    asked = ", ".join(f"«{mode.label}»" for mode in presence.modes)
    yield Entry(
        key="presence.marks",
        title="О чьём участии спрашивают",
        value=sentence(
            f"сначала выбор: {asked}" if asked else "",
            f"отметки: {listed(presence.persons, PERSONS)}",
            "ни одной отметки – рассмотрение без апеллянта",
        ),
        clauses=tuple(dict.fromkeys(clause for ground in grounds for clause in ground.clauses)),
        rows=(49, 64),
    )
    yield Entry(
        key="presence.parent_proof",
        title="Подтверждает ли родитель право представлять",
        value="да, документом" if presence.parent_proof_required else "нет, достаточно документа о личности",
        clauses=presence.clauses,
        rows=(59,),
    )
    proxy = presence.proxy
    yield Entry(
        key="presence.proxy",
        title="Доверенность",
        value=sentence(
            "простая" if proxy.form == "plain" else "по форме региона",
            f"нотариус: {yes(proxy.notary_required)}",
            "на один год и один предмет" if proxy.per_subject_and_year else "",
            f"выдаёт {listed(proxy.issuers, ISSUERS)}: это спрашивают и записывают" if proxy.issuers else "",
            f"формы: {', '.join(form.title for form in proxy.forms)}" if proxy.forms else "",
            f"полномочия: {', '.join(power.says for power in proxy.powers)}" if proxy.powers else "",
        )
        if proxy.allowed
        else "представитель не предусмотрен",
        clauses=tuple(
            dict.fromkeys(clause for told in (proxy, *proxy.forms, *proxy.powers) for clause in told.clauses)
        ),
        rows=(9, 60),
    )
    identity = rules.hearing.identity
    yield Entry(
        key="hearing.identity",
        title="Проверка личности",
        value=sentence(f"проверяет {roles((identity.by,))}", *identity.steps),
        clauses=identity.clauses,
        rows=(58,),
    )


def _modes(rules: RegionRules, names: Names) -> Iterator[Entry]:
    modes = rules.hearing.modes
    decision = f" (нужно решение {names.of('exam_commission')})" if modes.remote_decision else ""
    for kind, title, listed_modes in (
        ("score", "о баллах", modes.score),
        ("procedure", "о нарушении Порядка", modes.procedure),
    ):
        yield Entry(
            key=f"hearing.modes.{kind}",
            title=f"Форма рассмотрения апелляций {title}, обычная первой",
            value=", ".join(f"{MODES[mode]}{decision if mode == 'remote' else ''}" for mode in listed_modes),
            clauses=modes.clauses,
            rows=(50,),
        )
    yield Entry(
        key="hearing.modes.never_remote",
        title="Предметы, которые рассматривают только очно",
        value=", ".join(rules.subjects[code].name for code in modes.never_remote) or "нет",
        clauses=modes.clauses,
        rows=(50, 69, 98),
    )
    explanation = rules.hearing.explanation
    yield Entry(
        key="hearing.explanation",
        title="Когда эксперт разъясняет оценивание",
        value=EXPLANATION[explanation.when],
        clauses=explanation.clauses,
        rows=(36, 39),
    )
    plan = rules.hearing.plan
    hours = ", ".join(
        f"{' '.join(WEEKDAYS[day - 1] for day in one.weekdays)} {one.begins:%H:%M}–{one.ends:%H:%M}"
        for one in plan.sessions
    )
    yield Entry(
        key="hearing.plan",
        title="Как апелляциям дают время",
        value=sentence(STRATEGY[plan.strategy], hours),
        clauses=plan.clauses,
        rows=(39, 61),
    )
    calling = rules.preparation.calling
    yield Entry(
        key="preparation.calling",
        title="Вызов",
        value=sentence(
            "следующего подключают, когда закончат с предыдущим" if calling.one_after_another else "по графику",
            "ждут в отведённом месте" if calling.waiting_area else "",
        ),
        clauses=calling.clauses,
        rows=(61,),
    )


def _time(rules: RegionRules) -> Iterator[Entry]:
    durations = rules.durations
    for mode, title in (("on_site", "очно"), ("remote", "дистанционно")):
        duration = durations.of(mode)
        yield Entry(
            key=f"durations.{mode}",
            title=f"Время на одну апелляцию, {title}",
            value=_minutes(duration),
            clauses=duration.clauses,
            rows=(37, 38),
        )
    waiting = rules.terms["hearing.no_show"]
    yield Entry(
        key="hearing.no_show",
        title="Сколько ждут неявившегося",
        value=f"{waiting.length} мин, очно и дистанционно",
        clauses=waiting.grounds,
        rows=(65,),
    )


def _minutes(duration: Duration) -> str:
    return sentence(
        f"всего {duration.total} мин",
        f"разъяснения до {duration.consultation} мин" if duration.consultation else "разъяснения входят",
        f"само рассмотрение {duration.hearing} мин" if duration.hearing else "",
        f"без разъяснений {duration.alone} мин" if duration.alone else "",
        "больше – по решению комиссии" if duration.hard else "рекомендация",
    )


def _places(rules: RegionRules) -> Iterator[Entry]:
    remote, places, staff = rules.hearing.remote_place, rules.sitting.places, rules.sitting.staff
    yield Entry(
        key="hearing.remote_place",
        title="Где находится апеллянт при дистанционном рассмотрении",
        value=REMOTE_PLACE[remote.by],
        clauses=remote.clauses,
        rows=(51,),
    )
    yield Entry(
        key="sitting.places",
        title="Где находятся комиссия и эксперты",
        value=places.commission,
        clauses=places.clauses,
        rows=(52,),
    )
    for site in rules.sites.all:
        own = tuple(territory for territory in rules.sites.territories if territory.site == site.code)
        territories = ", ".join(territory.name for territory in own)
        yield Entry(
            key=f"sites.{site.code}",
            title=f"Площадка: {site.name}",
            value=sentence(
                site.host,
                site.address,
                f"территории: {territories}" if territories else "",
                "учебный адрес" if site.teaching else "",
            ),
            clauses=tuple(dict.fromkeys((*site.clauses, *(clause for one in own for clause in one.clauses)))),
            rows=(53,),
        )
    for code, person in staff.items():
        yield Entry(
            key=f"sitting.staff.{code}",
            title=f"Кто работает: {_PLACES[person.at]}",
            value=person.title,
            clauses=person.clauses,
            rows=(54,),
        )
    if not staff:
        yield Entry(key="sitting.staff", title="Кто работает на площадке", value=SILENT, clauses=(), rows=(54,))


def _people(rules: RegionRules) -> Iterator[Entry]:
    attendance = rules.sitting.attendance
    for code, person in attendance.items():
        yield Entry(
            key=f"sitting.attendance.{code}",
            title="Кто ещё может присутствовать",
            value=sentence(
                person.title,
                f"основание: {person.ground}" if person.ground else "",
                "если нужно" if person.if_needed else "",
            ),
            clauses=person.clauses,
            rows=(67, 68) if person.if_needed else (3, 68) if code == "ministry" else (68,),
        )
    if not any(person.if_needed for person in attendance.values()):
        yield Entry(key="sitting.interpreters", title="Переводчики и ассистенты", value=SILENT, clauses=(), rows=(67,))


def _video(rules: RegionRules) -> Iterator[Entry]:
    hearing_rules, sitting = rules.hearing, rules.sitting
    yield Entry(
        key="hearing.video",
        title="Видеосвязь",
        value=sentence(
            hearing_rules.video_system, f"запись дистанционного заседания обязательна: {yes(hearing_rules.recorded)}"
        ),
        clauses=hearing_rules.clauses,
        rows=(55, 57),
    )
    connection = sitting.connection
    yield Entry(
        key="sitting.connection",
        title="Как подключиться",
        value=sentence(f"нужны {', '.join(connection.needs)}" if connection.needs else "", *connection.steps)
        or "особых требований нет",
        clauses=connection.clauses,
        rows=(51, 55),
    )
    window = rules.durations.link
    yield Entry(
        key="sitting.link",
        title="Кому дают ссылку",
        value=sentence(
            listed(sitting.link.recipients, _RECIPIENTS, empty="никому: площадки соединены между собой"),
            f"срок: {rules.terms[sitting.link.term].title.lower()}" if sitting.link.term else "",
        ),
        clauses=sitting.link.clauses,
        rows=(56,),
    )
    yield Entry(
        key="durations.link",
        title="Когда ссылка работает",
        value=f"за {window.before} мин до начала и {window.after} мин после конца",
        clauses=window.clauses,
        rows=(56,),
    )
    yield Entry(
        key="sitting.recording",
        title="Видеонаблюдение в помещениях",
        value=sentence(
            ROOMS[sitting.recording.rooms],
            f"предупреждение: «{sitting.recording.warning}»" if sitting.recording.warning else "",
        ),
        clauses=sitting.recording.clauses,
        rows=(57,),
    )


def _materials(rules: RegionRules) -> Iterator[Entry]:
    showing, confirmation = rules.kits.showing, rules.kits.confirmation
    for kind, title, media in (("score", "письменный и устный экзамен", showing.score), ("kege", "КЕГЭ", showing.kege)):
        yield Entry(
            key=f"kits.showing.{kind}",
            title=f"Как показывают материалы: {title}",
            value=listed(media, MEDIA),
            clauses=showing.clauses,
            rows=(62, 69) if kind == "kege" else (62,),
        )
    yield Entry(
        key="kits.confirmation",
        title="Где апеллянт подтверждает, что материалы его",
        value=sentence(
            f"форма {rules.forms.form[confirmation.form].label}",
            "до решения" if confirmation.before_decision else "",
            "по информатике – после сверки контрольных сумм" if confirmation.checksum_first else "",
        ),
        clauses=confirmation.clauses,
        rows=(63,),
    )
    kege = rules.sitting.kege
    yield Entry(
        key="sitting.kege",
        title="Компьютерный экзамен на рассмотрении",
        value=sentence(
            f"компьютер без сети: {yes(kege.offline_computer)}", f"сверка контрольных сумм: {yes(kege.checksum)}"
        ),
        clauses=kege.clauses,
        rows=(69,),
    )


def _course(rules: RegionRules) -> Iterator[Entry]:
    sitting = rules.sitting
    yield Entry(
        key="sitting.absence",
        title="Рассмотрение без апеллянта",
        value=sentence(f"по желанию: {yes(sitting.absence.on_wish)}", f"при неявке: {yes(sitting.absence.on_no_show)}"),
        clauses=sitting.absence.clauses,
        rows=(64, 65),
    )
    yield Entry(
        key="sitting.failure",
        title="Если связь не восстановить",
        value=f"новое время назначает {roles((sitting.failure.new_time_by,))}; срок рассмотрения не сдвигается",
        clauses=sitting.failure.clauses,
        rows=(66,),
    )
    yield Entry(
        key="sitting.announcing",
        title="Кто открывает заседание и объявляет решение",
        value=sentence(
            f"открывает {roles((sitting.announcing.opened_by,))}",
            f"решение объявляет {roles(sitting.announcing.decision_by)}",
        ),
        clauses=sitting.announcing.clauses,
        rows=(74,),
    )
