"""Files of an import: what is read, and every fault in a Russian sentence that names file, row, key and remedy."""

from __future__ import annotations

import datetime as dt

import pytest

from apella.calendar.change_file import COLUMNS, MOST_BYTES, read_change
from apella.calendar.changes import ChangeRefused

DAY = """
[[day]]
date = 2025-06-06
name = "Праздник"
act = { act = "Указ Главы", number = "15-УГ", date = 2025-06-01 }
carry_over = false
"""
YEAR = """
[[year]]
year = 2028
act = "постановление"
confirmed = true
moved = [{ from = 2028-01-01, to = 2028-05-10 }]
observed = []
shortened = []
"""
HEADER = ";".join(COLUMNS)


def fault(text: str | bytes, *, name: str = "days.toml") -> str:
    """What a file is refused with."""
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(ChangeRefused) as refusal:
        read_change(data, name=name)
    assert all(problem.startswith(f"{name}: ") for problem in refusal.value.problems)
    return refusal.value.message


def test_a_file_names_days_to_add_days_to_cancel_years_and_a_note() -> None:
    text = (
        f'note = "по звонку"\n{DAY}\n[[cancel]]\ndate = 2025-03-31\nact = {{ act = "Указ", date = 2025-03-25 }}\n{YEAR}'
    )
    change = read_change(text.encode(), name="days.toml")
    assert [day.date for day in change.days] == [dt.date(2025, 6, 6)]
    assert [day.date for day in change.cancelled] == [dt.date(2025, 3, 31)]
    assert [year.year for year in change.years] == [2028]
    assert change.note == "по звонку"
    assert change.title() == (
        "пт 06.06.2025 – выходной: Праздник (Указ Главы от 01.06.2025 № 15-УГ); "
        "пн 31.03.2025 – снова рабочий день (Указ от 25.03.2025); производственный календарь на 2028 год: постановление"
    )


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_change(b"\xef\xbb\xbf" + DAY.encode(), name="days.toml").days


def test_a_change_comes_back_from_its_record_as_it_was() -> None:
    change = read_change((DAY + YEAR).encode(), name="days.toml")
    assert type(change).from_record(change.to_record()) == change


def test_a_clerk_may_hand_in_a_table_from_a_spreadsheet() -> None:
    text = f"{HEADER}\n06.06.2025;Праздник;Указ Главы;15-УГ;2025-06-01;нет\n\n2025-06-21;Другой;Закон;;01.06.2025;ДА\n"
    change = read_change(text.encode("utf-8-sig"), name="Дни.CSV")
    assert [(str(day.act), day.date.isoformat(), day.carry_over) for day in change.days] == [
        ("Указ Главы от 01.06.2025 № 15-УГ", "2025-06-06", False),
        ("Закон от 01.06.2025", "2025-06-21", True),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DAY.replace("carry_over", "carryover"), "[[day]] 1: ключа carryover нет в схеме"),
        (DAY.replace("carry_over = false", ""), "[[day]] 1: нет ключа carry_over; нужно: true, если"),
        (
            DAY.replace('act = { act = "Указ Главы", number = "15-УГ", date = 2025-06-01 }', ""),
            "[[day]] 1: нет ключа act",
        ),
        (DAY.replace("2025-06-06", '"6 июня"'), "[[day]] 1: date = '6 июня' не подходит; нужно: дата ГГГГ-ММ-ДД"),
        (DAY + DAY, "day: дата пт 06.06.2025 повторяется; оставьте одну строку"),
        (YEAR + YEAR, "year: год 2028 повторяется; оставьте одну таблицу"),
        ("[[days]]\n", "ключа days нет в схеме; проверьте написание. Возможные ключи: day, cancel, year, note"),
        ("[day]\ndate = 2025-06-06\n", "day: здесь нужны таблицы [[day]], в двойных скобках"),
        ("note = 7\n" + DAY, "note: нужно пояснение одной строкой"),
        ("", "в файле нет ни одного дня; добавьте таблицу [[day]]"),
        ("[[day]\n", "файл не разбирается как TOML"),
        (
            YEAR.replace("from = 2028-01-01, to = 2028-05-10", "from = 2028-05-10, to = 2028-05-10"),
            "перенесён сам на себя",
        ),
        (YEAR.replace("from = 2028-01-01, to = 2028-05-10", "from = 2028-05-11, to = 2028-05-10"), "не выходной"),
        (YEAR.replace("from = 2028-01-01, to = 2028-05-10", "from = 2028-01-01, to = 2028-05-14"), "и так выходной"),
        (DAY.encode("cp1251"), "файл в кодировке Windows-1251; сохраните его в кодировке UTF-8"),
        (DAY.encode("utf-16"), "файл в кодировке UTF-16"),
        (b"\x80\x81\x82\x83", "файл не в кодировке UTF-8 (байт 0)"),
        (b"a = 1\x00", "это не текстовый файл"),
        (b"#" * (MOST_BYTES + 1), "файл больше 256 КБ"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place_and_what_to_do(text: str | bytes, sentence: str) -> None:
    assert sentence in fault(text)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("date;name\n", f"строка 1: нужны столбцы «{HEADER}», а есть «date;name»; исправьте первую строку"),
        (f"{HEADER}\n06.06.2025;Праздник\n", "строка 2: столбцов 2, а нужно 6; проверьте знаки «;»"),
        (f"{HEADER}\n06.06.2025;П;Указ;;01.06.2025;может\n", "строка 2: carry_over = 'может' не подходит"),
        (f"{HEADER}\n06.06.2025;П;;;01.06.2025;да\n", "строка 2: нет ключа act.act"),
        (f'{HEADER}\n"06.06.2025;П\n', "строка не разбирается"),
    ],
)
def test_a_faulty_table_names_its_line_and_column(rows: str, sentence: str) -> None:
    assert sentence in fault(rows, name="days.csv")


def test_every_fault_is_named_at_once() -> None:
    text = fault(DAY.replace("carry_over", "carryover") + DAY.replace("name", "title"))
    assert "[[day]] 1: ключа carryover нет в схеме" in text
    assert "[[day]] 2: ключа title нет в схеме" in text
