"""What the fields of the verbs' forms are called, and what to do when one is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apella.web.i18n import gettext as _


@dataclass(frozen=True, kw_only=True)
class Words:
    """A field's label, its hint, and the sentence when it is missing or wrong."""

    label: str
    wrong: str
    hint: str = ""


FIELDS: Mapping[str, Words] = {
    "copies": Words(
        label=_("Сколько экземпляров подписано"),
        wrong=_("Введите число подписанных экземпляров, например 2"),
        hint=_("Подпись ставят на каждом"),
    ),
    "check_conclusion": Words(
        label=_("Заключение о результатах проверки"),
        wrong=_("Изложите, что показала проверка"),
        hint=_("Апелляцию о нарушении Порядка передают вместе с этим заключением"),
    ),
    "application_date": Words(
        label=_("Дата заявления об отзыве"),
        wrong=_("Укажите дату: день.месяц.год, например 05.06.2026"),
        hint=_("День, который стоит в письменном заявлении"),
    ),
    "application_by": Words(label=_("Кто подписал заявление"), wrong=_("Отметьте, кто подписал заявление")),
    "ground": Words(label=_("Основание отказа"), wrong=_("Выберите основание отказа")),
    "reason": Words(label=_("Причина"), wrong=_("Напишите причину"), hint=_("Она останется в истории дела")),
    "absent_reason": Words(
        label=_("Почему материала нет"),
        wrong=_("Напишите, почему материала нет"),
        hint=_("Нужно, только если комплект неполный"),
    ),
    "expert_id": Words(label=_("Эксперт"), wrong=_("Выберите эксперта")),
    "named_by_subject_chair": Words(
        label=_("Эксперта предложил председатель предметной комиссии"), wrong=_("Отметьте, кто предложил эксперта")
    ),
    "summary": Words(label=_("Вывод заключения"), wrong=_("Напишите вывод заключения")),
    "starts_at": Words(label=_("Начало"), wrong=_("Укажите день и время начала")),
    "site_code": Words(label=_("Пункт рассмотрения"), wrong=_("Выберите пункт рассмотрения")),
    "came": Words(label=_("Кто пришёл или вышел на связь"), wrong=_("Отметьте, кто пришёл")),
    "proxy_issuer": Words(label=_("Кто выдал доверенность"), wrong=_("Отметьте, кто выдал доверенность представителю")),
    "representation_id": Words(
        label=_("Кто действует за апеллянта"), wrong=_("Выберите, кто пришёл, или отметьте, что это другой человек")
    ),
    "identity_checked": Words(label=_("Личность проверена"), wrong=_("Отметьте, что личность проверена")),
    "materials_confirmed": Words(label=_("Материалы апеллянта"), wrong=_("Отметьте, подтвердил ли апеллянт материалы")),
    "ballot": Words(label=_("Ваш голос"), wrong=_("Выберите, как вы голосуете")),
    "proposals": Words(label=_("Предложения"), wrong=_("Проверьте предложения по позициям")),
    "changes": Words(label=_("Изменения баллов"), wrong=_("Проверьте изменения баллов")),
    "primary_score": Words(
        label=_("Первичный балл"),
        wrong=_("Введите первичный балл целым числом"),
        hint=_("По решению комиссии, с учётом всех изменений"),
    ),
    "test_score": Words(
        label=_("Тестовый балл"), wrong=_("Введите тестовый балл: целое число от 0 до 100"), hint=_("От 0 до 100")
    ),
    "basis_number": Words(
        label=_("Номер документа"),
        wrong=_("Укажите номер документа"),
        hint=_("Приказ, протокол или письмо, на основании которого вы действуете"),
    ),
    "basis_date": Words(label=_("Дата документа"), wrong=_("Укажите дату: день.месяц.год, например 05.06.2026")),
    "documents_requested": Words(
        label=_("Федеральный центр запросил документы дела"), wrong=_("Проверьте эту отметку")
    ),
    "outside_told": Words(
        label=_("Рособрнадзору и федеральному центру сообщены результаты расследования"),
        wrong=_("Отметьте, что Рособрнадзор и федеральный центр знают результаты"),
    ),
    "act_number": Words(
        label=_("Номер протокола"),
        wrong=_("Укажите номер протокола"),
        hint=_("Спишите с документа, не с этой страницы"),
    ),
    "act_date": Words(label=_("Дата протокола"), wrong=_("Укажите дату: день.месяц.год, например 05.06.2026")),
}


def wrong(path: str) -> str:
    """Return what to do with the field that an error's path begins with."""
    parts = path.split(".")
    known = FIELDS.get(parts[-1]) or FIELDS.get(parts[0])
    return known.wrong if known is not None else _("Проверьте это поле")
