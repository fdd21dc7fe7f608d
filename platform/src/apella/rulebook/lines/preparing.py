"""What happens before a hearing: «Подготовка»."""

from __future__ import annotations

from collections.abc import Iterator

from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts, KitStop
from apella.regions.values.kits import KitRules
from apella.rulebook.lines.entry import SILENT, Entry, Names
from apella.rulebook.lines.words import (
    EXPERIENCE,
    ITEM_FORMS,
    KINDS,
    NEEDS,
    PLAN_ITEMS,
    STATUSES,
    WAYS,
    listed,
    roles,
    sentence,
    yes,
)

_TASKS = {
    "with_kit": "приходят с каждым комплектом",
    "on_need": "запрашивают всегда, в комплект кладут при необходимости (отступление от Порядка показано)",
    "computer_exam": "запрашивают всегда, в комплект кладут только на компьютерном экзамене",
}
_STOPS = {
    "assemble": "собирает",
    "receive": "получает",
    "hand_on": "передаёт дальше",
    "examine": "изучает",
    "present": "представляет на заседании",
}
_NOTICE_ROWS = {
    "appeal_filed": (17,),
    "hearing_scheduled": (43, 44, 45),
    "decision_made": (81, 83),
    "result_approved": (93,),
}


def preparing(rules: RegionRules, names: Names) -> Iterator[Entry]:
    """The kit, the expert, the plan and what people are told."""
    yield from _kits(rules, names)
    yield _route(rules)
    yield from _expert(rules, names)
    yield from _plan(rules, names)
    yield from _telling(rules, names)


def _kits(rules: RegionRules, names: Names) -> Iterator[Entry]:
    kits = rules.kits
    for code, kit in kits.kit.items():
        for item_code, item in kit.item.items():
            yield Entry(
                key=f"kits.{code}.{item_code}",
                title=kit.title,
                value=sentence(
                    item.title,
                    ITEM_FORMS[item.form],
                    NEEDS[item.need],
                    "нет, если работу проверял другой регион" if item.absent_if_cross_checked else "",
                ),
                clauses=item.clauses,
                rows=(27, 28) if item.absent_if_cross_checked else (27,),
            )
    if not any(item.absent_if_cross_checked for kit in kits.kit.values() for item in kit.item.values()):
        yield Entry(
            key="kits.cross_check", title="Межрегиональная перекрёстная проверка", value=SILENT, clauses=(), rows=(28,)
        )
    yield Entry(
        key="kits.types",
        title="Какой комплект для какого экзамена",
        value=sentence(
            f"письменный – {_kit(kits, kits.types.written)}",
            f"с устной частью – {_kit(kits, kits.types.oral)}",
            f"компьютерный – {_kit(kits, kits.types.kege)}",
        ),
        clauses=kits.types.clauses,
        rows=(27,),
    )
    yield Entry(
        key="kits.tasks",
        title="Задания экзамена (КИМ)",
        value=_TASKS[kits.tasks.delivered],
        clauses=kits.tasks.clauses,
        rows=(27,),
    )
    yield Entry(
        key="kits.computer_tasks",
        title="Задания компьютерного экзамена с файлами",
        value=sentence(
            f"откуда: {names.of(kits.computer_tasks.source)}",
            "по защищённому каналу" if kits.computer_tasks.protected_channel else "",
            f"срок: {rules.terms[kits.computer_tasks.term].title.lower()}" if kits.computer_tasks.term else "",
        ),
        clauses=kits.computer_tasks.clauses,
        rows=(71,),
    )
    yield Entry(
        key="kits.recognition",
        title="Сверка распознанного с бланками",
        value=sentence(
            "обязательна" if kits.recognition.mandatory else "не обязательна", f"находит {kits.recognition.finds}"
        ),
        clauses=kits.recognition.clauses,
        rows=(30,),
    )


def _kit(kits: KitRules, code: str) -> str:
    kit = kits.kit[code]
    return f"«{kit.title}»" + (f" вдобавок к «{kits.kit[kit.adds_to].title}»" if kit.adds_to else "")


def _route(rules: RegionRules) -> Entry:
    subject = next((code for code in rules.subjects if rules.needs_expert(code)), next(iter(rules.subjects)))
    route = rules.kit_route(CaseFacts(kind="score", subject_code=subject, category="student", mode="on_site"))
    return Entry(
        key="kits.route",
        title="Путь комплекта, когда нужен эксперт",
        value=" → ".join(_stop(stop) for stop in route),
        clauses=tuple(dict.fromkeys(clause for stop in route for clause in stop.clauses)),
        rows=(29,),
    )


def _stop(stop: KitStop) -> str:
    return f"{roles((stop.role,))} {_STOPS[stop.task]}{' (в тот же день)' if stop.same_day else ''}"


def _expert(rules: RegionRules, names: Names) -> Iterator[Entry]:
    expert = rules.expert
    asked = (
        f"статус: {listed(expert.statuses, STATUSES)}" if expert.statuses else "",
        "присвоен в этом году" if expert.status_of_this_year else "",
        listed(expert.experience, EXPERIENCE, empty=""),
        "работу не проверял",
    )
    yield Entry(
        key="expert.status",
        title="Кто может быть экспертом",
        value=sentence(
            *asked,
            f"председатель предметной комиссии – {'можно' if expert.chair_may_be_expert else 'нельзя'}",
            f"исключение записывает {roles((expert.exception_by,))}" if expert.exception_by else "",
        ),
        clauses=expert.clauses,
        rows=(31,),
    )
    yield Entry(
        key="expert.proposed_by",
        title="Кто предлагает эксперта",
        value=roles((expert.proposed_by,)),
        clauses=expert.clauses,
        rows=(32,),
    )
    yield Entry(
        key="expert.subjects_without",
        title="Предметы без эксперта",
        value=sentence(
            ", ".join(rules.subjects[code].name for code in expert.subjects_without), "где нет развёрнутых ответов"
        ),
        clauses=expert.clauses,
        rows=(33,),
    )
    conclusion = expert.conclusion
    yield Entry(
        key="expert.conclusion",
        title="Заключение эксперта",
        value=sentence(
            "о правильности оценивания",
            "письменное, с обоснованием" if "argument" in conclusion.requires else "",
            "со ссылкой на критерий" if "criterion" in conclusion.requires else "",
            f"показывают на заседании: {yes(conclusion.shown_at_hearing)}",
            f"в кабинете после решения: {yes(conclusion.in_cabinet_after_decision)}",
        ),
        clauses=conclusion.clauses,
        rows=(34,),
    )
    yield Entry(
        key="expert.clarification",
        title="Если однозначного ответа нет",
        value=sentence(
            f"{'запрашивают' if expert.clarification.mandatory else 'могут запросить'} разъяснение: "
            f"{names.of('clarification')}",
            "срок рассмотрения идёт",
        ),
        clauses=expert.clarification.clauses,
        rows=(35,),
    )


def _plan(rules: RegionRules, names: Names) -> Iterator[Entry]:
    drafting, contents, approvers = (
        rules.preparation.drafting,
        rules.preparation.contents,
        rules.hearing.approvers,
    )
    yield Entry(
        key="preparation.drafting",
        title="Кто составляет график",
        value=sentence(
            names.of(drafting.author),
            "по каждой апелляции" if drafting.begins == "with_each_case" else "когда приём и передача окончены",
            "эксперт может предложить часы" if drafting.expert_proposes else "",
        ),
        clauses=drafting.clauses,
        rows=(40,),
    )
    for kind, title, agreed in (
        ("score", "апелляции о баллах", approvers.score),
        ("procedure", "апелляции о нарушении Порядка", approvers.procedure),
        ("kege", "компьютерный экзамен", approvers.kege),
    ):
        yield Entry(
            key=f"hearing.approvers.{kind}",
            title=f"Кто согласует график: {title}",
            value=sentence(
                roles(agreed),
                f"вместо председателя – {roles((approvers.chair_absent,))}" if approvers.chair_absent else "",
            ),
            clauses=approvers.clauses,
            rows=(41,),
        )
        yield Entry(
            key=f"preparation.contents.{kind}",
            title=f"Что в графике: {title}",
            value=listed(getattr(contents, kind), PLAN_ITEMS),
            clauses=contents.clauses,
            rows=(42,),
        )


def _telling(rules: RegionRules, names: Names) -> Iterator[Entry]:
    for notice in rules.notices:
        for kind in notice.kinds:
            yield Entry(
                key=f"notices.{notice.event}.{kind}",
                title=f"Уведомление «{notice.title}» ({KINDS[kind]})",
                value=sentence(
                    f"кому: {roles(notice.recipients)}",
                    f"как: {listed(notice.channels, WAYS)}",
                    f"от кого: {names.of(notice.sender)}",
                    f"по компьютерному экзамену – {names.of(notice.kege_sender)}"
                    if notice.kege_sender and kind == "score"
                    else "",
                    f"срок: {rules.terms[notice.term].title.lower()}" if notice.term else "",
                ),
                clauses=notice.clauses,
                rows=_NOTICE_ROWS.get(notice.event, ()),
            )
    participation, public = rules.preparation.participation, rules.preparation.public_information
    reminder = rules.notice("hearing_reminder", kind="score")
    yield Entry(
        key="notices.reminder",
        title="Напоминание накануне",
        value=f"да: {listed(reminder.channels, WAYS)}" if reminder else "нет",
        clauses=reminder.clauses if reminder else ("core:C27",),
        rows=(46,),
    )
    yield Entry(
        key="preparation.participation",
        title="Подтверждает ли участник, что придёт",
        value=f"да: {listed(participation.ways, WAYS)}; ответ ни к чему не обязывает" if participation.asked else "нет",
        clauses=participation.clauses,
        rows=(47,),
    )
    yield Entry(
        key="preparation.public_information",
        title="Что публикуют до сезона",
        value=sentence(f"о чём: {', '.join(public.about)}", f"где: {', '.join(public.where)}")
        if public.where
        else SILENT,
        clauses=public.clauses if public.where else (),
        rows=(48,),
    )
