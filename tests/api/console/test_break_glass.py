"""The pages of emergency access: the form, the case behind it, what the chair sees, closing."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from apella.identity.break_glass import LIFE, BreakGlass
from apella.identity.model import SignInSession
from apella.identity.roles import Role
from apella.identity.step_up import FRESH
from apella.testing.console import Console, ConsoleFor, Page
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

REASON = "не открывается протокол, нужно проверить файл в деле"
GROUND = "апеллянт – сын моей сестры"


@pytest.fixture
def case(play: StartPlay) -> tuple[Play, uuid.UUID]:
    """A decided case, with documents."""
    north = play()
    case_id = north.walk(north.file(), "decided")
    north.drain()
    return north, case_id


def open_case(play: Play, console: Console, case_id: uuid.UUID, **wishes: str) -> Page:
    page = console.get("break-glass/open")
    assert page.status == 200, page.text
    number = str(play.case(case_id).journal_number)
    return console.submit(page, "/break-glass/open", {"number": number, "reason": REASON, **wishes})


def test_the_case_is_read_for_half_an_hour_and_nothing_else(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor
) -> None:
    north, case_id = case
    console = console_for(north.hire(Role.TENANT_ADMIN))
    assert console.get(f"cases/{case_id}").status == 404
    sent = open_case(north, console, case_id)
    assert sent.status == 303
    page = console.get(sent.location)
    assert page.status == 200
    assert "осталось 30 минут" in page.text
    assert REASON in page.text
    assert "Показать номер документа" not in page.text
    assert not any("/do/" in url for _, url in page.links)
    for closed in (f"cases/{case_id}/do/hand-over", f"cases/{case_id}/conflicts", "journal", "file"):
        assert console.get(closed).status in {403, 404}, closed
    opened = console.submit(page, "/documents/")
    assert opened.status == 303


def test_the_api_reads_and_does_nothing(case: tuple[Play, uuid.UUID], client_for: ClientFor) -> None:
    north, case_id = case
    client = client_for(north.hire(Role.TENANT_ADMIN))
    assert client.get(f"appeals/{case_id}").status_code == 404
    body = {"number": north.case(case_id).receipt_number, "reason": REASON}
    made = client.post("break-glass", body)
    assert made.status_code == 201
    for part in ("", "/history", "/deadlines", "/marks", "/documents"):
        assert client.get(f"appeals/{case_id}{part}").status_code == 200, part
    seen = client.get(f"appeals/{case_id}").get_json()
    assert seen["actions"] == []
    assert client.post(f"appeals/{case_id}/document-number", {}).status_code == 403
    assert client.post(f"appeals/{case_id}/hand-over", {"version": seen["version"]}).status_code == 404
    assert client.get("appeals").status_code == 403
    (listed,) = client.get("break-glass").get_json()
    assert listed["id"] == made.get_json()["id"]
    assert client.post(f"break-glass/{listed['id']}/close", {}).get_json()["closed_at"] is not None
    assert client.get(f"appeals/{case_id}").status_code == 404


def test_it_needs_a_sign_in_of_the_last_minutes(case: tuple[Play, uuid.UUID], console_for: ConsoleFor) -> None:
    north, case_id = case
    console = console_for(north.hire(Role.TENANT_ADMIN))
    form = console.get("break-glass/open")
    north.read(
        lambda session: session.execute(
            update(SignInSession).values(auth_time=SignInSession.auth_time - FRESH - timedelta(minutes=1))
        )
    )
    for page in (
        console.get("break-glass/open"),
        console.submit(
            form, "/break-glass/open", {"number": str(north.case(case_id).journal_number), "reason": REASON}
        ),
    ):
        assert page.status == 403
        assert "fresh=1" in page.html
    assert console.get(f"cases/{case_id}").status == 404


def test_who_reads_in_an_emergency_leaves_the_case_by_the_same_page_as_others(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor
) -> None:
    north, case_id = case
    console = console_for(north.hire(Role.TENANT_ADMIN))
    page = console.get(open_case(north, console, case_id).location)
    form = console.get(page.link("Сообщить о конфликте интересов"))
    assert "Ваш голос" not in form.text
    sent = console.submit(form, "/conflict", {"ground": GROUND})
    after = console.get(sent.location)
    assert "Вы не участвуете в деле" in after.text
    assert not after.has_link(str(north.case(case_id).journal_number))
    assert console.get(f"cases/{case_id}").status == 403
    assert open_case(north, console, case_id).status == 403


def test_an_administrator_says_so_without_being_shown_whose_case_it_is(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor
) -> None:
    north, case_id = case
    console = console_for(north.hire(Role.TENANT_ADMIN))
    form = console.get(f"cases/{case_id}/conflict")
    assert form.status == 200
    assert str(north.case(case_id).journal_number) in form.text
    assert "Примеров" not in form.text
    assert not form.has_link(str(north.case(case_id).journal_number))
    refused = console.submit(form, "/conflict", {"ground": "родня"})
    assert (refused.status, "Примеров" in refused.text) == (422, False)
    assert console.submit(form, "/conflict", {"ground": GROUND, "version": "1"}).status == 409
    assert console.submit(form, "/conflict", {"ground": GROUND}).status == 303
    assert open_case(north, console, case_id).status == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "нет такого"}, "Дела с таким номером нет"),
        ({"reason": "посмотреть"}, "не короче 20 знаков"),
        ({"reason": "ы" * 2001}, "Сократите причину"),
    ],
)
def test_a_wrong_form_comes_back_with_sentences(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor, typed: dict[str, str], said: str
) -> None:
    north, case_id = case
    page = open_case(north, console_for(north.hire(Role.TENANT_ADMIN)), case_id, **typed)
    assert page.status == 422
    assert said in page.text
    assert all(page.form("/break-glass/open").fields[name] == value for name, value in typed.items())


def test_the_chair_is_told_on_the_first_page_and_on_the_case_and_may_close_it(
    case: tuple[Play, uuid.UUID], console_for: ConsoleFor
) -> None:
    north, case_id = case
    chair, reader = console_for(north.actor("chair")), console_for(north.hire(Role.TENANT_ADMIN))
    assert "Аварийный доступ до" not in chair.get("").text
    open_case(north, reader, case_id)
    for address in ("", f"cases/{case_id}"):
        page = chair.get(address)
        assert "Аварийный доступ до" in page.text
        assert "Дело читает Новиков" in page.text
        assert REASON in page.text
    assert "Аварийный доступ до" in console_for(north.actor("member-1")).get(f"cases/{case_id}").text
    assert "Аварийный доступ до" not in console_for(north.actor("member-1")).get("").text
    listed = chair.get("break-glass")
    assert REASON in listed.text
    closed = chair.submit(listed, "/close")
    assert "Аварийный доступ закрыт" in chair.get(closed.location).text
    assert reader.get(f"cases/{case_id}").status == 404
    assert "Аварийный доступ до" not in chair.get("").text
    history = chair.get(f"cases/{case_id}").text
    assert "Открыт аварийный доступ к делу." in history
    assert "Аварийный доступ закрыт раньше срока." in history


def test_what_is_over_stays_in_the_list(case: tuple[Play, uuid.UUID], console_for: ConsoleFor) -> None:
    north, case_id = case
    reader = console_for(north.hire(Role.TENANT_ADMIN))
    assert "Записей нет" in reader.get("break-glass").text
    open_case(north, reader, case_id)
    assert reader.get("break-glass").has_link(str(north.case(case_id).journal_number))
    ended = update(BreakGlass).where(BreakGlass.case_id == case_id)
    north.read(
        lambda s: s.execute(
            ended.values(opened_at=BreakGlass.opened_at - LIFE, expires_at=BreakGlass.expires_at - LIFE)
        )
    )
    page = reader.get("break-glass")
    assert REASON in page.text
    assert not page.has_link(str(north.case(case_id).journal_number))
    assert [form for form in page.forms if "/close" in form.action] == []


def test_the_messages_of_it_are_told_in_the_history(case: tuple[Play, uuid.UUID], console_for: ConsoleFor) -> None:
    north, case_id = case
    open_case(north, console_for(north.hire(Role.TENANT_ADMIN)), case_id)
    north.drain()
    assert (
        "Председателю сообщено: открыт аварийный доступ."
        in console_for(north.actor("chair")).get(f"cases/{case_id}").text
    )
