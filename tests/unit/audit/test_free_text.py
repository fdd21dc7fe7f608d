"""What the chain keeps for ever names nobody: numbers of documents and telephones do not get in."""

from __future__ import annotations

from datetime import date

import pytest

from apella.audit.free_text import act_number, basis, check_act_day, names_somebody
from apella.errors import Malformed


@pytest.mark.parametrize(
    "text",
    [
        "запрос суда: Иванов Иван, паспорт 8304 № 123456, тел. 8 900 123.45.67",
        "запрос по 8304 № 123456",
        "8304\u00a0№\u00a0123456",
        "серия 8304 номер 123456",
        "83 04 123456",
        "8304-123456",
        "8304/123456",
        "8304, 123456",
        "8 900 123.45.67",
        "8 (900) 123-45-67",
        "+7[900]123–45–67",
        "8\u2009900\u202f123\u00a045\u201167",
        "9_0_0_1_2_3_4_5_6_7",
        "112-233-445 95",
        "11223344595",
        "７９００１２３４５６７",
        "٩٠٠١٢٣٤٥٦٧",
        "тел. 123-45-67",
        "телефон: 12 34",
        "паспорт выдан, № 123456",
        "свидетельство о рождении II-АА № 123456",
        "СНИЛС 1122",
        "ответ на ivanova@school.example",
        "75 1234567",
        "8900 20.06.2026 1234567890",
    ],
)
def test_what_may_be_a_document_or_a_telephone_is_found(text: str) -> None:
    assert names_somebody(text)
    with pytest.raises(Malformed, match=r"«копия от 20\.06\.2026».* Без имён, телефонов и номеров документов"):
        basis(text, longest=200, example="копия от 20.06.2026", code="x")


@pytest.mark.parametrize(
    "text",
    [
        "№ 2-14 от 20.06.2026",
        "запрос суда № 2-1234/2026 от 20.06.2026",
        "от 2026-06-20 № 02-0734/2026",
        "20.06.2026 № 08-1234",
        "письмо Рособрнадзора от 12.05.2026 № 10-123",
        "определение от 1.7.2026, дело № 33а-12345/2026",
        "17-у",
        "запрос прокуратуры № 7-1-2026 за 01.06.2026 – 30.06.2026",
        "решение комиссии № 14, протокол № 3, лист 2",
    ],
)
def test_numbers_and_dates_of_acts_are_taken(text: str) -> None:
    assert not names_somebody(text)
    assert basis(f"  {text}\n", longest=200, example="", code="x") == text


@pytest.mark.parametrize("text", ["", "  ", "17" * 21, "а\x00б", "а\u202eб", "8304 № 123456"])
def test_a_number_of_an_act_is_short_and_printed(text: str) -> None:
    with pytest.raises(Malformed, match="Укажите номер акта, до 40 знаков") as refused:
        act_number(text, longest=40, code="retention.act")
    assert refused.value.error_code == "retention.act"


def test_an_act_is_signed_before_it_is_named() -> None:
    check_act_day(date(2026, 6, 20), today=date(2026, 6, 20), code="x")
    with pytest.raises(Malformed, match=r"21\.06\.2026 ещё не подписан: сегодня 20\.06\.2026"):
        check_act_day(date(2026, 6, 21), today=date(2026, 6, 20), code="x")
