"""The steps of a case by the terms that they meet: what was done, what is to do, how many wait there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apella.regions.values.tenant import Bodies
from apella.web.i18n import gettext as _


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step in three voices.

    `todo` stands before «до …» («Передать протокол в РЦОИ»), `done` in the course of a case («Протокол передан»),
    `waiting` under a number of cases («протокол не передан»). `verb` is the short button, `rest` completes it when it
    is read aloud. A step without a verb is done by the system.
    """

    todo: str
    done: str
    waiting: str
    verb: str = ""
    rest: str = ""


def steps(bodies: Bodies) -> Mapping[str, Step]:
    """Return the steps by term, in the order of the process."""
    centre, federal, approver = bodies.data_centre.short, bodies.federal_centre.short, bodies.exam_commission.short
    forwarding = Step(
        todo=_("Передать апелляцию в комиссию"),
        done=_("Передана в комиссию"),
        waiting=_("передать в комиссию"),
        verb=_("Передать"),
        rest=_("апелляцию в комиссию"),
    )
    onward = Step(
        todo=_("Передать апелляцию дальше, в комиссию"),
        done=_("Передана дальше, в комиссию"),
        waiting=_("передать дальше"),
        verb=_("Передать"),
        rest=_("апелляцию дальше"),
    )
    registration = Step(
        todo=_("Внести апелляцию в журнал"),
        done=_("Внесена в журнал"),
        waiting=_("внести в журнал"),
        verb=_("Внести"),
        rest=_("апелляцию в журнал"),
    )
    consideration = Step(
        todo=_("Рассмотреть апелляцию"),
        done=_("Рассмотрена"),
        waiting=_("рассмотреть"),
        verb=_("Решить"),
        rest=_("апелляцию"),
    )
    entry = Step(
        todo=_("Внести протокол в РИС"),
        done=_("Внесён в РИС"),
        waiting=_("внести в РИС"),
        verb=_("Отметить"),
        rest=_("внесение в РИС"),
    )
    return {
        "score.forwarding": forwarding,
        "procedure.forwarding": forwarding,
        "score.onward_forwarding": onward,
        "procedure.onward_forwarding": onward,
        "procedure.check": Step(
            todo=_("Проверить сведения из апелляции"),
            done=_("Сведения проверены"),
            waiting=_("проверить сведения"),
            verb=_("Передать"),
            rest=_("апелляцию с заключением о проверке"),
        ),
        "score.registration": registration,
        "procedure.registration": registration,
        "withdrawal.forwarding": Step(
            todo=_("Передать отзыв в комиссию"),
            done=_("Отзыв передан в комиссию"),
            waiting=_("передать отзыв"),
            verb=_("Передать"),
            rest=_("отзыв в комиссию"),
        ),
        "withdrawal.entry": Step(
            todo=_("Внести отзыв в журнал"),
            done=_("Отзыв внесён в журнал"),
            waiting=_("внести отзыв"),
            verb=_("Внести"),
            rest=_("отзыв в журнал"),
        ),
        "kit.request": Step(
            todo=_("Запросить комплект"),
            done=_("Комплект запрошен"),
            waiting=_("запросить комплект"),
            verb=_("Запросить"),
            rest=_("комплект"),
        ),
        "kit.receipt": Step(
            todo=_("Передать комплект в комиссию"),
            done=_("Комплект получен"),
            waiting=_("ждут комплект"),
            verb=_("Передать"),
            rest=_("комплект"),
        ),
        "expert.assignment": Step(
            todo=_("Назначить эксперта"),
            done=_("Эксперт назначен"),
            waiting=_("без эксперта"),
            verb=_("Назначить"),
            rest=_("эксперта"),
        ),
        "expert.conclusion": Step(
            todo=_("Сдать заключение эксперта"),
            done=_("Заключение готово"),
            waiting=_("у эксперта"),
            verb=_("Написать"),
            rest=_("заключение"),
        ),
        "hearing.schedule": Step(
            todo=_("Назначить время рассмотрения"),
            done=_("Время назначено"),
            waiting=_("не в графике"),
            verb=_("Назначить"),
            rest=_("время рассмотрения"),
        ),
        "hearing.announcement": Step(
            todo=_("Сообщить апеллянту время рассмотрения"), done=_("Время сообщено"), waiting=_("время не сообщено")
        ),
        "score.consideration": consideration,
        "procedure.consideration": consideration,
        "reopened.consideration": consideration,
        "hearing.reminder": Step(
            todo=_("Напомнить апеллянту о рассмотрении"),
            done=_("Напоминание отправлено"),
            waiting=_("ждут напоминания"),
        ),
        "decision.notice": Step(
            todo=_("Сообщить апеллянту решение"), done=_("Решение сообщено"), waiting=_("решение не сообщено")
        ),
        "protocol.handover": Step(
            todo=_("Передать протокол в %(body)s", body=centre),
            done=_("Протокол передан"),
            waiting=_("протокол не передан"),
            verb=_("Передать"),
            rest=_("протокол"),
        ),
        "ris.entry": entry,
        "ris.procedure_result": entry,
        "recalculation.dispatch": Step(
            todo=_("Отправить протокол в %(body)s", body=federal),
            done=_("Отправлен в %(body)s", body=federal),
            waiting=_("отправить в %(body)s", body=federal),
            verb=_("Отметить"),
            rest=_("отправку"),
        ),
        "recalculation.federal": Step(
            todo=_("Внести результат пересчёта"),
            done=_("Результат пересчитан"),
            waiting=_("пересчитывает %(body)s", body=federal),
            verb=_("Внести"),
            rest=_("результат пересчёта"),
        ),
        "approval": Step(
            todo=_("Утвердить результат"),
            done=_("Утверждён, %(body)s", body=approver),
            waiting=_("утверждает %(body)s", body=approver),
            verb=_("Утвердить"),
            rest=_("результат"),
        ),
        "suspension.review": Step(
            todo=_("Посмотреть приостановленное дело"),
            done=_("Приостановленное дело проверено"),
            waiting=_("приостановлены"),
            verb=_("Посмотреть"),
            rest=_("приостановленное дело"),
        ),
        "federal_request.answer": Step(
            todo=_("Передать документы для ответа в %(body)s", body=federal),
            done=_("Документы для %(body)s переданы", body=federal),
            waiting=_("ответить в %(body)s", body=federal),
            verb=_("Отметить"),
            rest=_("передачу документов"),
        ),
        "case.close": Step(
            todo=_("Закрыть дело"), done=_("Дело закрыто"), waiting=_("закрыть дело"), verb=_("Закрыть"), rest=_("дело")
        ),
    }


CONSIDERATION = ("score.consideration", "procedure.consideration", "reopened.consideration")
