"""What each form says: the wording that regulations fix, the boxes, the marks and the deadlines."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from apella.documents.forms import FormCode
from apella.documents.parts import Decision, Presence, presence_choices

Samples = dict[FormCode, Any]
Print = Callable[..., Any]

OWN = "Форма собственной разметки: официальный макет не опубликован."
PARTLY_OWN = "Форма частично собственной разметки: официальный макет опубликован не полностью."
TEACHING = "Учебное. Люди и сведения вымышлены, документ не имеет силы."


def ticked(text: str) -> list[str]:
    """The lines whose box is ticked, each up to the next box."""
    return [part.split("☐")[0].strip() for part in text.split("☒")[1:]]


@pytest.mark.parametrize("form", list(FormCode))
def test_every_form_shows_its_code_title_commission_and_pages(form: FormCode, maximal: Samples, printed: Print) -> None:
    paper = printed(maximal[form])
    assert form.label in paper.pages[0]
    assert form.full_title in paper.pages[0]
    assert "Апелляционная комиссия Северной области" in paper.text.replace(
        "Апелляционную комиссию", "Апелляционная комиссия"
    )
    for number, page in enumerate(paper.pages, start=1):
        assert f"Страница {number} из {len(paper.pages)}" in page


@pytest.mark.parametrize(
    ("form", "note"),
    [
        (FormCode.APPEAL, PARTLY_OWN),
        (FormCode.HEARING_PROTOCOL, PARTLY_OWN),
        (FormCode.ANSWER_FORM_2_CHANGES, OWN),
        (FormCode.RESULT_NOTICE, OWN),
        (FormCode.PROCEDURE_APPEAL, OWN),
        (FormCode.PROCEDURE_PROTOCOL, PARTLY_OWN),
        (FormCode.WITHDRAWAL, OWN),
    ],
)
def test_a_layout_of_our_own_is_marked_so(form: FormCode, note: str, minimal: Samples, printed: Print) -> None:
    assert note in printed(minimal[form]).text


@pytest.mark.parametrize("form", list(FormCode))
def test_teaching_data_is_marked_on_every_page_and_other_data_is_not(
    form: FormCode, minimal: Samples, maximal: Samples, printed: Print
) -> None:
    assert all(TEACHING in page for page in printed(maximal[form]).pages)
    assert "Учебное" not in printed(minimal[form]).text


@pytest.mark.clause("federal:100.1", "federal:100.9")
def test_the_appeal_boxes_hold_codes_dates_and_long_names(maximal: Samples, printed: Print) -> None:
    paper = printed(maximal[FormCode.APPEAL])
    assert paper.spoken == [
        "98",
        "02",
        "Математика (профильная)",
        "08.06.2026",
        "098412",
        "0112",
        "Краснопольская-Верещагина",
        "Александра",
        "Константиновна",
        "ВУ",
        "0001234567",
    ]
    assert "КРАСНОПОЛЬСКАЯ-ВЕРЕЩАГИНА" in paper.text
    assert "Подаёт законный представитель" in paper.text
    assert "Пересмотреть выставленные участнику экзамена результаты ЕГЭ" in paper.text
    assert "19.06.2026, 16:20" in paper.text
    assert "не позднее пт 26.06.2026" in paper.text


@pytest.mark.clause("federal:98.5")
@pytest.mark.parametrize("presence", list(Presence))
def test_the_appeal_ticks_the_presence_that_was_chosen(presence: Presence, minimal: Samples, printed: Print) -> None:
    data = dataclasses.replace(minimal[FormCode.APPEAL], presence=presence_choices(presence))
    expected = {
        Presence.PRESENT: "в моём присутствии",
        Presence.REPRESENTED: "в присутствии лица, представляющего мои интересы",
        Presence.WITHOUT: "без меня (моих представителей)",
    }[presence]
    [line] = ticked(printed(data).text)
    assert line.startswith(expected)


def test_an_empty_appeal_is_a_blank_form(minimal: Samples, printed: Print) -> None:
    paper = printed(minimal[FormCode.APPEAL])
    assert len(paper.pages) == 1
    assert paper.spoken == ["98"] + ["поле не заполнено"] * 10
    assert "None" not in paper.text
    assert "Заявление принял" in paper.text
    assert "Составлена в двух экземплярах" in paper.text


def test_a_paper_that_nobody_takes_in_has_no_line_for_it(minimal: Samples, printed: Print) -> None:
    data = dataclasses.replace(minimal[FormCode.APPEAL], accepted_by=None, copies=1)
    text = printed(data).text
    assert "Заявление принял" not in text
    assert "экземплярах" not in text


@pytest.mark.clause("federal:102.1")
@pytest.mark.parametrize(
    ("decision", "wording"),
    [
        (Decision.REJECTED, "Признать отсутствие технических ошибок и ошибок оценивания (апелляция отклонена)"),
        (
            Decision.SATISFIED,
            "Признать наличие технических ошибок обработки и (или) ошибок оценивания (апелляция удовлетворена)",
        ),
    ],
)
def test_the_protocol_ticks_the_decision_in_its_fixed_words(
    decision: Decision, wording: str, minimal: Samples, printed: Print
) -> None:
    data = dataclasses.replace(minimal[FormCode.HEARING_PROTOCOL], decision=decision)
    lines = ticked(printed(data).text)
    assert len(lines) == 1
    assert lines[0].startswith(wording)


def test_the_protocol_names_a_referral_for_the_computer_exam_only(minimal: Samples, printed: Print) -> None:
    referral = "Признать необходимость передачи в ГЭК информации о возможном техническом сбое при проведении КЕГЭ"
    plain = minimal[FormCode.HEARING_PROTOCOL]
    assert referral not in printed(plain).text
    kege = dataclasses.replace(plain, kege=True, decision=Decision.REFERRED)
    [line] = ticked(printed(kege).text)
    assert line.startswith(f"{referral} (апелляция удовлетворена)")


@pytest.mark.clause("federal:101.7")
def test_the_protocol_asks_for_the_confirmation_of_materials_only_from_those_who_came(
    minimal: Samples, maximal: Samples, printed: Print
) -> None:
    confirmation = "Предъявленные мне апелляционные материалы являются моими"
    came = printed(maximal[FormCode.HEARING_PROTOCOL]).text
    assert confirmation in came
    assert "подтверждено кодом из СМС 24.06.2026, 11:42" in came
    assert confirmation not in printed(minimal[FormCode.HEARING_PROTOCOL]).text


@pytest.mark.clause("federal:102.4", "federal:102.6")
def test_the_protocol_number_and_the_days_of_sending_stand_in_boxes(maximal: Samples, printed: Print) -> None:
    spoken = printed(maximal[FormCode.HEARING_PROTOCOL]).spoken
    assert spoken[0] == "98-02-000124"
    assert spoken[-2:] == ["25.06.2026", "26.06.2026"]


def test_the_table_of_changes_is_one_table_with_its_head_on_every_page(maximal: Samples, printed: Print) -> None:
    paper = printed(maximal[FormCode.ANSWER_FORM_2_CHANGES])
    head = "Позиция Задание Критерий БЫЛО** СТАЛО Аргументация изменений"
    with_rows = [page for page in paper.pages if "Ход решения верен" in page]
    assert len(with_rows) > 1
    assert all(head in page for page in with_rows)
    scoring = next(element for element in paper.elements() if str(element["/S"]) == "/Table")
    body = next(child for child in scoring["/K"] if str(child["/S"]) == "/TBody")
    assert len(body["/K"]) == 26


@pytest.mark.clause("federal:102.2")
def test_the_notice_says_that_scores_may_go_both_ways_and_by_when(maximal: Samples, printed: Print) -> None:
    data = maximal[FormCode.RESULT_NOTICE]
    warning = "могут измениться как в сторону увеличения, так и в сторону уменьшения"
    satisfied = printed(data).text
    assert warning in satisfied
    assert "не позднее пт 03.07.2026" in satisfied
    rejected = printed(dataclasses.replace(data, decision=Decision.REJECTED, changes=())).text
    assert warning not in rejected
    assert "Изменения, внесённые" not in rejected


@pytest.mark.clause("federal:99.1", "federal:99.2", "federal:99.3")
def test_the_procedure_appeal_says_who_takes_which_copy(minimal: Samples, printed: Print) -> None:
    paper = printed(minimal[FormCode.PROCEDURE_APPEAL])
    assert "Апелляцию принял член ГЭК" in paper.text
    assert "Составлена в двух экземплярах" in paper.text
    assert "до выхода из пункта проведения экзамена" in paper.text
    assert len(paper.pages) == 1


@pytest.mark.clause("core:E17")
def test_a_withdrawal_says_which_appeal_is_taken_back_by_whom_and_when(maximal: Samples, printed: Print) -> None:
    paper = printed(maximal[FormCode.WITHDRAWAL])
    assert "Не рассматривать апелляцию о нарушении установленного порядка проведения ГИА" in paper.text
    for said in (
        "В Апелляционную комиссию Северной области",
        "Р-98-2026-000418",
        "98-2026-000124",
        "20.06.2026, 09:05",
        "родитель (законный представитель)",
        "00000418",
        "подано в личном кабинете",
        "Е. В. Краснопольская-Верещагина",
    ):
        assert said in paper.text, said
    assert {"Краснопольская-Верещагина", "Александра", "0001234567"} <= set(paper.spoken)
    assert len(paper.pages) == 1


def test_a_long_statement_runs_over_as_many_pages_as_it_needs(maximal: Samples, printed: Print) -> None:
    data = maximal[FormCode.PROCEDURE_APPEAL]
    paper = printed(data)
    assert len(paper.pages) > 1
    assert paper.text.count("погас свет") == 96


@pytest.mark.clause("federal:99.7", "federal:99.9")
def test_the_procedure_protocol_holds_the_conclusion_and_who_checked(maximal: Samples, printed: Print) -> None:
    paper = printed(maximal[FormCode.PROCEDURE_PROTOCOL])
    assert "Заключение о результатах проверки" in paper.text
    assert "Отключение света подтверждено записью видеонаблюдения." in paper.text
    assert "000002" in paper.spoken
    assert "Проверяева 25-я" in paper.text


@pytest.mark.clause("federal:99.10", "federal:99.11", "federal:99.12")
@pytest.mark.parametrize(
    ("decision", "line", "effect"),
    [
        (Decision.REJECTED, "Признать изложенные факты несущественными", "Результат экзамена не изменяется."),
        (Decision.SATISFIED, "Признать, что изложенные факты оказали", "Результат экзамена аннулируется;"),
    ],
)
def test_the_procedure_protocol_says_what_the_decision_does(
    decision: Decision, line: str, effect: str, minimal: Samples, printed: Print
) -> None:
    text = printed(dataclasses.replace(minimal[FormCode.PROCEDURE_PROTOCOL], decision=decision)).text
    [chosen] = ticked(text)
    assert chosen.startswith(line)
    assert effect in text


def test_many_signatures_run_over_pages_and_none_is_lost(maximal: Samples, printed: Print) -> None:
    data = maximal[FormCode.HEARING_PROTOCOL]
    member = data.commission_signatures[1]
    crowd = tuple(dataclasses.replace(member, name=f"Н. Н. Двадцатый-{n}") for n in range(30))
    paper = printed(dataclasses.replace(data, commission_signatures=crowd))
    assert all(f"Двадцатый-{n} " in paper.text for n in range(30))


def test_an_argument_of_many_lines_runs_over_pages_and_loses_none(maximal: Samples, printed: Print) -> None:
    data = maximal[FormCode.ANSWER_FORM_2_CHANGES]
    change = dataclasses.replace(data.scoring[0], argument="\n".join(f"строка{n};" for n in range(120)))
    text = printed(dataclasses.replace(data, scoring=(change,))).text
    assert all(f"строка{n};" in text for n in range(120))


def test_the_line_about_the_audit_stands_at_the_foot_of_every_page(maximal: Samples, printed: Print) -> None:
    line = "Журнал действий: запись № 1200, отпечаток 5f0c1a2b3c4d5e6f, ключ 0123456789abcdef"
    data = maximal[FormCode.HEARING_PROTOCOL]
    pages = printed(data, journal=line).pages
    # The reader sets a space where a run of letters of another script begins.
    assert all(line.replace(" ", "") in page.replace(" ", "") for page in pages)
    assert "Журнал действий" not in printed(data).text
