"""Filing in the cabinet: the form, the answers to check, one case however often the button is pressed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest

from apella.appeals.model import Appeal, HearingMode
from apella.appeals.states import State
from apella.identity.actor import Actor
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.visitor import Form, Page, Visitor

Visit = Callable[[Actor], Visitor]
Checked = Callable[..., Page]
Cases = Callable[[Play], Sequence[Appeal]]


@pytest.mark.clause("federal:100.7")
def test_a_participant_files_where_the_cabinet_has_a_door(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases, own_door: list[str]
) -> None:
    assert len(own_door) >= 3
    for slug in own_door:
        region = play(slug)
        cabinet = visit(region.world.participants[0])

        answer = cabinet.send(checked(cabinet, region).form("/send"), agreed="yes")
        done = cabinet.follow(answer)

        (case,) = cases(region)
        assert (case.person_id, case.work_id) == (region.world.participants[0].person_id, region.world.works[0])
        assert case.state is State.REGISTERED
        assert (case.attends_participant, case.attends_parent, case.attends_proxy) == (True, False, False)
        assert done.status == 200
        assert "Апелляция подана" in done.text
        assert case.receipt_number in done.text


@pytest.mark.clause("federal:102.2")
def test_the_risk_is_said_before_the_button(play: StartPlay, visit: Visit, checked: Checked) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    assert "Балл может вырасти, остаться прежним или снизиться." in cabinet.open(f"file/{north.world.works[0]}").text
    page = checked(cabinet, north)
    assert page.text.index("Балл может снизиться.") < page.text.index("Повторное нажатие")
    assert "Я понимаю, что балл может снизиться" in page.text


@pytest.mark.clause("federal:97.2")
def test_short_answers_are_offered_for_wrong_recognition_only(play: StartPlay, visit: Visit) -> None:
    north = play()
    page = visit(north.world.participants[0]).open(f"file/{north.world.works[0]}")
    assert "Балл за краткий ответ комиссия не пересматривает." in page.text
    assert page.text.index("Задания с развёрнутым ответом") < page.text.index("Задания с кратким ответом")


def test_every_position_stands_with_the_mark_given(play: StartPlay, visit: Visit) -> None:
    north = play()
    page = visit(north.world.participants[0]).open(f"file/{north.world.works[0]}")
    for mark in north.marks():
        assert f"Задание {mark.task}: ваш балл {mark.mark} из {mark.max_mark}" in page.text


@pytest.mark.parametrize(
    ("question", "wrong", "sentence"),
    [
        ("positions_C", (), "Отметьте хотя бы одно задание"),
        ("forms", "", "Ответьте, ваши ли это бланки"),
        ("with_participant", "", "Ответьте, будете ли на рассмотрении вы"),
        ("with_parent", "perhaps", "Ответьте, будет ли на рассмотрении родитель"),
        ("hearing_mode", "in_absence", "Выберите, где будет рассмотрение"),
        ("phone", "", "Укажите номер мобильного телефона"),
        ("phone", "8 900 12", "Укажите номер телефона: +7 и ещё десять цифр"),
        ("phone", "+7 901 •••-••-00", "Введите номер телефона целиком"),
    ],
)
def test_an_error_is_named_and_nothing_else_is_lost(
    play: StartPlay,
    visit: Visit,
    cases: Cases,
    answered: Callable[..., Form],
    question: str,
    wrong: str | tuple[str, ...],
    sentence: str,
) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    form = answered(north.world.rules, cabinet.open(f"file/{north.world.works[0]}").form())

    page = cabinet.send(form, **{question: wrong})

    assert page.status == 422
    assert page.title.startswith("Ошибка:")
    assert f"#f-{question}" in page.links
    assert page.text.count(sentence) == 2, "once in the summary, once at the field"
    kept = [pair for pair in form.fields if pair[0] not in (question, "csrf_token")]
    assert kept == [pair for pair in kept if pair in page.form().fields]
    assert cases(north) == []


def test_all_errors_are_named_at_once_in_the_order_of_the_questions(play: StartPlay, visit: Visit) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    page = cabinet.send(cabinet.open(f"file/{north.world.works[0]}").form(), phone="")
    assert "Исправьте 5 ошибок" in page.text
    assert [link for link in page.links if link.startswith("#f-")] == [
        "#f-positions_C",
        "#f-forms",
        "#f-with_participant",
        "#f-with_parent",
        "#f-phone",
    ]


def test_the_answers_survive_the_way_back_to_a_question(
    play: StartPlay, visit: Visit, checked: Checked, answered: Callable[..., Form]
) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    page = checked(cabinet, north, phone="8 (912) 345-67-89")
    address = f"/{cabinet.slug}/cabinet/file/{north.world.works[0]}"
    assert f"{address}#f-phone" in page.ways_back

    back = cabinet.send(page.form(id="answers"))

    assert back.status == 200
    form = back.form()
    assert form.value("phone") == "8 (912) 345-67-89"
    assert form.value("key") == page.form("/send").value("key")
    assert form.value("forms") == "yes"
    assert [value for name, value in form.fields if name == "positions_C"] == ["C1", "C2"]
    assert (form.value("with_participant"), form.value("with_parent")) == ("with", "without")
    assert form.value("hearing_mode") == "remote"


def test_without_the_tick_nothing_is_filed(play: StartPlay, visit: Visit, checked: Checked, cases: Cases) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    page = cabinet.send(checked(cabinet, north).form("/send"))
    assert page.status == 422
    assert "#f-agreed" in page.links
    assert cases(north) == []
    assert cabinet.send(page.form("/send"), agreed="yes").status == 303


# --- Contacts ---------------------------------------------------------------------------------------------------------


def test_a_number_on_record_is_shown_masked_and_kept(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    north = play()
    cabinet = visit(north.world.participants[1])
    form = cabinet.open(f"file/{north.world.works[1]}")
    assert form.form().value("phone") == "+7\u00a0900\u00a0•••-••-01"
    page = checked(cabinet, north, 1)
    for answer in (form, page):
        assert "9000000001" not in answer.response.text
        assert "9900000001" not in answer.response.text
    assert "•••• •••001" in page.text

    cabinet.send(page.form("/send"), agreed="yes")

    assert contact_phone(north, cases(north)[0]) == "+79000000001"


def test_a_number_typed_anew_takes_its_place(play: StartPlay, visit: Visit, checked: Checked, cases: Cases) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    page = checked(cabinet, north, phone="8 (912) 345-67-89")
    assert "8 (912) 345-67-89" in page.text
    cabinet.send(page.form("/send"), agreed="yes")
    assert contact_phone(north, cases(north)[0]) == "+79123456789"


def contact_phone(play: Play, case: Appeal) -> str:
    """The telephone that stands in a case."""
    assert case.contact_phone_cipher is not None
    cipher = case.contact_phone_cipher
    phone: str = play.do(
        "secretary", lambda desk: desk.vault.of_case(case.id).open("appeal.contact_phone", case.id, cipher)
    )
    return phone


# --- Presence ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:98.5")
def test_nobody_coming_means_consideration_in_absence(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    page = checked(cabinet, north, with_participant="without", hearing_mode=())
    assert "Без вас и ваших представителей" in page.text
    cabinet.send(page.form("/send"), agreed="yes")
    assert cases(north)[0].hearing_mode is HearingMode.IN_ABSENCE


@pytest.mark.clause("federal:98.5")
def test_where_a_mode_is_asked_first_the_marks_follow_it(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases, own_door: list[str], answered: Callable[..., Form]
) -> None:
    region = next(region for slug in own_door if (region := play(slug)).world.rules.presence.modes)
    cabinet = visit(region.world.participants[0])
    form = answered(region.world.rules, cabinet.open(f"file/{region.world.works[0]}").form())
    nobody = cabinet.send(form, who=())
    assert nobody.status == 422
    assert "#f-who" in nobody.links

    page = checked(cabinet, region, presence="in_absence", who=("participant", "parent"))
    cabinet.send(page.form("/send"), agreed="yes")
    (case,) = cases(region)
    assert case.hearing_mode is HearingMode.IN_ABSENCE
    assert (case.attends_participant, case.attends_parent) == (False, False)


def test_a_door_that_asks_little_shows_little(play: StartPlay, visit: Visit, own_door: list[str]) -> None:
    for slug in own_door:
        region = play(slug)
        channel = next(
            at for at in region.world.rules.channels_for(kind="score", category="student") if at.self_service
        )
        page = visit(region.world.participants[0]).open(f"file/{region.world.works[0]}")
        names = {name for name, _ in page.form().fields}
        assert ("phone" in names) == ("phone" in channel.required_fields)
        assert ("email" in names) == ("email" in channel.required_fields)
        assert ("С чем вы не согласны" in page.text) == ("positions" in channel.required_fields)
        assert ("Ваши ли это бланки" in page.text) == ("forms_confirmed" in channel.required_fields)


# --- Once -------------------------------------------------------------------------------------------------------------


def test_a_second_press_leads_to_the_same_case(play: StartPlay, visit: Visit, checked: Checked, cases: Cases) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    form = checked(cabinet, north).form("/send")
    first, second = (cabinet.send(form, agreed="yes") for _ in range(2))
    assert (first.status, second.status) == (303, 303)
    assert first.response.location == second.response.location
    assert len(cases(north)) == 1


def test_two_presses_at_the_same_moment_file_once(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    north = play()
    actor = north.world.participants[0]
    form = checked(visit(actor), north).form("/send")
    windows = [visit(actor) for _ in range(3)]
    forms = [checked(window, north).form("/send") for window in windows]
    start, answers = threading.Barrier(len(windows)), []

    def press(window: Visitor, token: str) -> None:
        start.wait(timeout=10)
        answers.append(window.send(form, agreed="yes", csrf_token=token))

    threads = [
        threading.Thread(target=press, args=(window, own.value("csrf_token")), daemon=True)
        for window, own in zip(windows, forms, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert [answer.status for answer in answers] == [303] * len(windows)
    assert len({answer.response.location for answer in answers}) == 1
    assert len(cases(north)) == 1


def test_two_windows_of_one_participant_file_once(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    """Each window made a key of its own, so the database alone keeps the second out."""
    north = play()
    windows = [visit(north.world.participants[0]) for _ in range(2)]
    forms = [checked(window, north).form("/send") for window in windows]
    start, answers = threading.Barrier(len(windows)), []

    def press(window: Visitor, form: Form) -> None:
        start.wait(timeout=10)
        answers.append(window.send(form, agreed="yes"))

    threads = [threading.Thread(target=press, args=pair, daemon=True) for pair in zip(windows, forms, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(answer.status for answer in answers) == [303, 409]
    refused = next(answer for answer in answers if answer.status == 409)
    assert "уже" in refused.text
    assert len(cases(north)) == 1


def test_one_form_with_changed_answers_does_not_file_again(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    form = checked(cabinet, north).form("/send")
    cabinet.send(form, agreed="yes")
    (case,) = cases(north)
    page = cabinet.send(form, agreed="yes", positions_C=("C3",))
    assert page.status == 409
    assert f"/{cabinet.slug}/cabinet/appeals/{case.id}" in page.links
    assert len(cases(north)) == 1


def test_hidden_answers_are_checked_again(play: StartPlay, visit: Visit, checked: Checked, cases: Cases) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    page = cabinet.send(checked(cabinet, north).form("/send"), agreed="yes", positions_C=("C99",), key="not a key")
    assert page.status == 422
    assert "Таких позиций в этом экзамене нет: C99" in page.text
    assert cases(north) == []
