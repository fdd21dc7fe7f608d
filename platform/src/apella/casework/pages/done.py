"""What a page says after a verb: a sentence for each, named in the address, so that nothing is kept on the server."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from apella.regions.values.tenant import Bodies
from apella.web.components import Alert, Tone
from apella.web.i18n import gettext as _


def done_notice(bodies: Bodies) -> tuple[Alert, ...]:
    """Return what was just done, when this request's address says so."""
    said = sentences(bodies).get(request.args.get("done", ""))
    return () if said is None else (Alert(title=said[0], text=said[1], tone=Tone.OK),)


def sentences(bodies: Bodies) -> Mapping[str, tuple[str, str]]:
    """Return a title and a line for each verb's action."""
    centre = bodies.data_centre.short
    return {
        "certify": (_("Подпись отмечена"), _("Теперь апелляцию передают в комиссию.")),
        "forward": (_("Апелляция передана"), _("У кого она теперь, видно в деле.")),
        "register": (_("Апелляция внесена в журнал"), _("Со следующего дня идёт срок рассмотрения.")),
        "refuse": (_("В рассмотрении отказано"), _("Дело закрыто, апеллянту уйдёт сообщение.")),
        "admit_late": (_("Апелляция допущена к рассмотрению"), _("Причина записана в историю дела.")),
        "withdraw": (_("Апелляция отозвана"), _("Дело закрыто, апеллянту уйдёт сообщение.")),
        "accept_withdrawal": (_("Заявление об отзыве принято"), _("Секретарь внесёт отзыв в журнал.")),
        "forward_withdrawal": (_("Отзыв передан"), _("Дело остановлено, пока отзыв не внесут в журнал.")),
        "request_kit": (_("Комплект запрошен"), _("Его передаст %(body)s.", body=centre)),
        "receive_kit": (_("Комплект передан в комиссию"), _("Секретарь назначит эксперта и время.")),
        "assign_expert": (_("Эксперт назначен"), _("Ему уйдёт сообщение о деле.")),
        "conclude": (_("Заключение сдано"), _("Его увидят комиссия и апеллянт.")),
        "schedule": (_("Время назначено"), _("Апеллянту уйдёт сообщение о времени и месте.")),
        "reschedule": (_("Рассмотрение перенесено"), _("Апеллянту уйдёт сообщение о новом времени.")),
        "open_hearing": (_("Рассмотрение открыто"), _("Теперь голосуют члены комиссии.")),
        "vote": (_("Голос подан"), _("Он виден в протоколе голосования.")),
        "decide": (_("Решение принято"), _("Протокол готовится, апеллянту уйдёт сообщение.")),
        "hand_over": (_("Протокол передан"), _("Теперь его вносит %(body)s.", body=centre)),
        "enter_packet": (_("Внесение в РИС отмечено"), ""),
        "dispatch_packet": (_("Отправка отмечена"), ""),
        "enter_recalculation": (_("Результат пересчёта внесён"), _("Его утверждает экзаменационная комиссия.")),
        "approve": (_("Результат утверждён"), _("Апеллянту уйдёт сообщение.")),
        "close": (_("Дело закрыто"), ""),
        "suspend": (_("Дело приостановлено"), _("Его сроки остановлены, апеллянту уйдёт сообщение.")),
        "answer_request": (_("Передача документов отмечена"), _("Теперь ответит федеральный центр.")),
        "review_suspension": (_("Проверка отмечена"), _("Назначен следующий день, когда на дело посмотрят.")),
        "resume": (_("Дело возобновлено"), _("Сроки пошли дальше, дни приостановки в них не входят.")),
        "reopen": (_("Дело вернулось в комиссию"), _("Его рассмотрят заново, прежнее решение осталось в деле.")),
        "declare_moot": (_("Дело прекращено"), _("Апеллянту уйдёт сообщение.")),
    }
