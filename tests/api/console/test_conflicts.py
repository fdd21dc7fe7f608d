"""The pages of conflicts of interest: the quiet link, the form, what the chair and the secretary see, lifting."""

from __future__ import annotations

import uuid

import pytest

from apella.identity.roles import Role
from apella.testing.console import Console, ConsoleFor, Page
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

GROUND = "апеллянт – сын моей сестры"


@pytest.fixture
def case(play: StartPlay) -> tuple[Play, uuid.UUID]:
    """A case of the journal."""
    north = play()
    return north, north.walk(north.file(), "registered")


def declare(console: Console, case_id: uuid.UUID, ground: str = GROUND) -> Page:
    page = console.get(console.get(f"cases/{case_id}").link("Сообщить о конфликте интересов"))
    return console.submit(page, "/conflict", {"ground": ground})


def allocate(play: Play, console: Console, case_id: uuid.UUID, whom: str) -> Page:
    page = console.get(console.get(f"cases/{case_id}").link("Отстранить другого"))
    return console.submit(page, "/conflicts", {"person_id": str(play.actor(whom).person_id), "ground": GROUND})


def test_who_declares_is_led_to_the_journal_and_finds_the_case_no_more(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor
) -> None:
    north, case_id = case
    console = console_for(north.actor("member-1"))
    form = console.get(f"cases/{case_id}/conflict")
    assert "Дело перестанет вам показываться" in form.text
    assert "Вернуть вас в дело может только председатель" in form.text
    sent = declare(console, case_id)
    assert sent.status == 303
    journal = console.get(sent.location)
    assert "Вы не участвуете в деле" in journal.text
    assert not journal.has_link(str(north.case(case_id).journal_number))
    refused = console.get(f"cases/{case_id}")
    assert refused.status == 403
    assert "записан ваш конфликт интересов" in refused.text


def test_where_reading_is_open_the_person_stays_at_the_case_without_its_verbs(
    play: StartPlay, console_for: ConsoleFor
) -> None:
    south = play("south")
    case_id = south.walk(south.file(channel="queue_clerk"), "hearing")
    console = console_for(south.actor("member-1"), slug="south")
    assert console.get(f"cases/{case_id}").has_link("Проголосовать")
    assert "читать его сможете" in console.get(f"cases/{case_id}/conflict").text
    sent = declare(console, case_id)
    page = console.get(sent.location)
    assert page.status == 200
    assert "Вы не участвуете в деле" in page.text
    assert not page.has_link("Проголосовать")
    assert not page.has_link("Сообщить о конфликте интересов")


@pytest.mark.parametrize("ground", ["", "родня"])
def test_a_ground_of_a_word_comes_back_with_a_sentence(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor, ground: str
) -> None:
    north, case_id = case
    console = console_for(north.actor("member-1"))
    page = declare(console, case_id, ground)
    assert page.status == 422
    assert "не короче 10 знаков" in page.text
    assert page.form("/conflict").fields["ground"] == ground
    assert console.get(f"cases/{case_id}").status == 200


def test_an_old_form_is_refused_and_keeps_what_was_typed(case: tuple[Play, uuid.UUID], console_for: ConsoleFor) -> None:
    north, case_id = case
    console = console_for(north.actor("member-1"))
    form = console.get(f"cases/{case_id}/conflict")
    declare(console_for(north.actor("member-2")), case_id)
    page = console.submit(form, "/conflict", {"ground": GROUND})
    assert page.status == 409
    assert page.form("/conflict").fields["ground"] == GROUND


def test_the_chair_and_the_secretary_see_who_is_out_and_why_and_members_do_not(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor
) -> None:
    north, case_id = case
    declare(console_for(north.actor("member-1")), case_id)
    for who in ("chair", "secretary"):
        page = console_for(north.actor(who)).get(f"cases/{case_id}")
        assert GROUND in page.text
        assert "Служебнов И. П." in page.text
        assert page.has_link("Снять") == (who == "chair")
    beside = console_for(north.actor("member-2")).get(f"cases/{case_id}")
    assert GROUND not in beside.text
    assert "Участник рассмотрения сообщил о своём конфликте интересов." in beside.text
    assert not beside.has_link("Отстранить другого")


def test_another_is_put_out_and_the_chair_takes_it_back(case: tuple[Play, uuid.UUID], console_for: ConsoleFor) -> None:
    north, case_id = case
    chair, member = console_for(north.actor("chair")), console_for(north.actor("member-1"))
    page = chair.get(f"cases/{case_id}/conflicts")
    assert "Никто не отстранён" in page.text
    sent = allocate(north, chair, case_id, "member-1")
    assert "Человек отстранён от дела" in chair.get(sent.location).text
    assert member.get(f"cases/{case_id}").status == 403
    listed = chair.get(f"cases/{case_id}/conflicts")
    assert str(north.actor("member-1").person_id) not in listed.html
    asked = chair.get(chair.get(f"cases/{case_id}").link("Снять"))
    assert GROUND in asked.text
    short = chair.submit(asked, "/lift", {"reason": "ошибка"})
    assert short.status == 422
    done = chair.submit(asked, "/lift", {"reason": "однофамилец, не родственник"})
    assert done.status == 303
    after = chair.get(done.location)
    assert "однофамилец, не родственник" in after.text
    assert not after.has_link("Снять")
    assert member.get(f"cases/{case_id}").status == 200


@pytest.mark.parametrize("person", ["", "не номер", "01900000-0000-7000-8000-000000000009"])
def test_somebody_who_is_not_in_the_list_is_refused(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor, person: str
) -> None:
    north, case_id = case
    chair = console_for(north.actor("chair"))
    form = chair.get(f"cases/{case_id}/conflicts")
    page = chair.submit(form, "/conflicts", {"person_id": person, "ground": GROUND})
    assert page.status in {404, 422}
    assert page.form("/conflicts").fields["ground"] == GROUND


@pytest.mark.parametrize(
    ("who", "door"), [("school-operator", "school_desk"), ("exam-commission-member", "exam_point")]
)
def test_who_takes_papers_in_leaves_a_case_by_the_same_page(
    play: StartPlay, console_for: ConsoleFor, client_for: ClientFor, who: str, door: str
) -> None:
    north = play(on_exam_day=door == "exam_point")
    case_id = north.file(channel=door)
    console, number = console_for(north.actor(who)), north.case(case_id).receipt_number
    assert console.get("journal").has_link(number)
    form = console.get(console.get(f"cases/{case_id}").link("Сообщить о конфликте интересов"))
    assert "Ваш голос" not in form.text
    after = console.get(console.submit(form, "/conflict", {"ground": GROUND}).location)
    assert "Вы не участвуете в деле" in after.text
    assert not after.has_link(number)
    for closed in (f"cases/{case_id}", f"file/receipt/{case_id}", f"cases/{case_id}/do/forward"):
        assert console.get(closed).status == 403, closed
    client = client_for(north.actor(who))
    for closed in ("", "/history", "/documents", "/attachments"):
        answer = client.get(f"appeals/{case_id}{closed}")
        assert (answer.status_code, answer.get_json()["code"]) == (403, "conflict.excluded"), closed


def test_a_school_with_one_operator_is_told_who_goes_on_and_the_secretary_can(
    play: StartPlay, console_for: ConsoleFor
) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    operator, secretary = console_for(north.actor("school-operator")), console_for(north.actor("secretary"))
    entry = "Внести в журнал: передать апелляцию некому"
    assert not secretary.get(f"cases/{case_id}").has_link(entry)
    form = operator.get(f"cases/{case_id}/conflict")
    assert "отдайте её секретарю комиссии, он внесёт её в журнал сам" in form.text
    operator.submit(form, "/conflict", {"ground": GROUND})
    page = secretary.get(secretary.get(f"cases/{case_id}").link(entry))
    assert secretary.submit(page, "/do/register").status == 303
    assert north.case(case_id).state == "registered"
    assert not secretary.get(f"cases/{case_id}").has_link(entry)


def test_where_another_may_go_on_nothing_of_the_kind_is_said(play: StartPlay, console_for: ConsoleFor) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    hint = "отдайте её секретарю комиссии"
    for who in ("queue-clerk", "secretary"):
        assert hint not in console_for(north.actor(who)).get(f"cases/{case_id}/conflict").text, "it is not theirs"
    north.hire(Role.SCHOOL_OPERATOR, organisation_id=north.world.school)
    assert hint not in console_for(north.actor("school-operator")).get(f"cases/{case_id}/conflict").text


def test_the_list_of_whom_to_put_out_holds_those_who_have_the_case(play: StartPlay, console_for: ConsoleFor) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    here = [
        north.hire(Role.SCHOOL_OPERATOR, organisation_id=north.world.school),
        north.hire(Role.MUNICIPAL_OPERATOR, organisation_id=north.world.point),
        north.hire(Role.TENANT_ADMIN),
        north.hire(Role.EXPERT),
    ]
    elsewhere = [
        north.hire(Role.SCHOOL_OPERATOR, organisation_id=north.world.point),
        north.hire(Role.EXAM_COMMISSION_MEMBER, exam_point_code="0001"),
        north.hire(Role.OBSERVER),
        north.actor("secretary"),
    ]
    offered = console_for(north.actor("secretary")).get(f"cases/{case_id}/conflicts").html
    assert [one.login for one in here if f'value="{one.person_id}"' not in offered] == []
    assert [one.login for one in elsewhere if f'value="{one.person_id}"' in offered] == []
    sent = allocate(north, console_for(north.actor("secretary")), case_id, "school-operator")
    assert sent.status == 303
    assert console_for(north.actor("school-operator")).get(f"cases/{case_id}").status == 403


# --- The API ----------------------------------------------------------------------------------------------------------


def test_the_api_says_the_same(case: tuple[Play, uuid.UUID], client_for: ClientFor) -> None:
    north, case_id = case
    member, chair = client_for(north.actor("member-1")), client_for(north.actor("chair"))
    made = member.act(case_id, "conflicts", ground=GROUND)
    assert made.status_code == 201
    assert made.get_json()["reading"] == "closed"
    refused = member.get(f"appeals/{case_id}")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "conflict.excluded")
    (listed,) = chair.get(f"appeals/{case_id}/conflicts").get_json()
    assert (listed["person_id"], listed["source"], listed["ground"]) == (
        str(north.actor("member-1").person_id),
        "declared",
        GROUND,
    )
    lifted = chair.act(case_id, f"conflicts/{listed['id']}/lift", reason="однофамилец, не родственник")
    assert lifted.get_json()["lifted_at"] is not None
    assert member.get(f"appeals/{case_id}").status_code == 200
