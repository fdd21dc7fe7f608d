"""The desk where papers are taken in."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.bootstrap import App
from apella.db.unit_of_work import Database
from apella.identity.model import Person
from apella.testing.console import Console, ConsoleFor, Page
from apella.testing.plugin import StartPlay
from apella.testing.visitor import counted_queries

pytestmark = pytest.mark.usefixtures("paperless")

CODE = "00000000"


def _form(console: Console, *, kind: str = "о несогласии с баллами") -> Page:
    """Open the form of the first participant's work from the list of works."""
    works = console.find("file", CODE)
    return console.get(works.link(f"Принять {kind}"))


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("school-operator", 200),
        ("queue-clerk", 200),
        ("exam-commission-member", 200),
        ("secretary", 403),
        ("expert-1", 403),
        (0, 403),
    ],
)
def test_the_desk_is_kept_by_those_who_take_papers_in(
    play: StartPlay, console_for: ConsoleFor, who: str, status: int
) -> None:
    run = play()
    console = console_for(run.actor(who))
    assert console.get("file").status == status
    listed = f"participants/{run.world.participants[0].person_id}/file"
    assert console.get(listed).status == status
    sent = console.post("file", {"participant": CODE, "csrf_token": console.client.csrf})
    assert (sent.status, sent.location) == ((303, f"/north/{listed}") if status == 200 else (status, ""))
    assert console.get(f"file/{run.world.works[0]}?kind=score&channel=school_desk").status in (
        {status, 404} if status == 200 else {status}
    )


def test_a_code_leads_to_works_to_a_form_and_to_a_receipt(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console = console_for(run.actor("school-operator"))
    works = console.find("file", f" {CODE} ")
    assert works.form("/file").fields["participant"] == CODE
    assert "Примерова Тест Тестович" in works.text
    assert "50, первичный 17" in works.text
    form = _form(console)
    assert "Подать до" in form.text
    filed = console.submit(form, "/file/", {"comes": ["participant"]})
    assert filed.status == 303
    receipt = console.get(filed.location)
    case = run.read(lambda session: session.query(Appeal).filter_by(season_id=run.world.season_id).one())
    assert f"Апелляция принята, номер {case.receipt_number}" in receipt.text
    assert "Передать апелляцию в комиссию до" in receipt.text
    assert receipt.link("Передать апелляцию в комиссию").endswith("/do/forward")
    assert "Заявление готовится" in receipt.text
    assert (case.state, case.accepted_organisation_id) == ("in_transit", run.world.school)
    run.drain()
    ready = console.get(receipt.link("Проверить, готово ли"))
    assert "1-АП" in ready.text
    assert "Напечатайте 1 экземпляр" in ready.text
    assert console.submit(ready, "/documents/").status == 303


def test_the_same_form_files_once(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console = console_for(run.actor("queue-clerk"))
    form = _form(console).form("/file/")
    first = console.post(form.action, form.fields)
    again = console.post(form.action, form.fields)
    assert (first.status, again.status) == (303, 303)
    assert first.location == again.location
    changed = console.post(form.action, form.with_typed({"comes": ["participant"]}))
    assert changed.status == 409
    assert changed.link("Открыть принятую апелляцию") == first.location


def test_a_second_appeal_on_the_exam_is_refused_and_said_in_the_list(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console = console_for(run.actor("queue-clerk"))
    form = _form(console)
    run.file(0)
    refused = console.submit(form, "/file/", {"comes": ["parent"]})
    assert refused.status == 409
    assert "уже есть открытая апелляция" in refused.text
    assert refused.form("/file/").fields.getlist("comes") == ["parent"]
    works = console.find("file", CODE)
    assert "О несогласии с баллами: уже подана" in works.text
    assert not works.has_link("Принять о несогласии")


@pytest.mark.parametrize(("typed", "status"), [("99999999", 404), ("", 422), (" ", 422), ("\0", 422)])
def test_a_wrong_code_is_shown_at_its_field(play: StartPlay, console_for: ConsoleFor, typed: str, status: int) -> None:
    page = console_for(play().actor("school-operator")).find("file", typed)
    assert page.status == status
    assert 'href="#f-participant"' in page.html
    assert page.form("/file").fields["participant"] == ("" if status == 422 else typed)


def test_another_schools_participant_is_not_found(play: StartPlay, console_for: ConsoleFor) -> None:
    north, other = play(), play()
    console = console_for(north.actor("school-operator"))
    work, person = other.world.works[0], other.actor(0).person_id
    assert console.get(f"file/{work}?kind=score&channel=school_desk").status == 404
    assert console.get(f"participants/{person}/file").status == 404


def test_a_stranger_s_participant_is_answered_as_one_that_is_none(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console, stranger = console_for(run.actor("school-operator")), run.actor(1)

    def move(session: Session) -> None:
        session.get_one(Person, (stranger.tenant_id, stranger.person_id)).organisation_id = run.world.point

    assert console.find("file", stranger.login).status == 200
    run.read(move)
    for place, name in (
        ("participants/{}/file", stranger.person_id),
        ("file/{}?kind=score&channel=school_desk", run.world.works[1]),
    ):
        theirs, nobodys = console.get(place.format(name)), console.get(place.format(uuid.uuid4()))
        assert (theirs.status, theirs.text) == (nobodys.status, nobodys.text) == (404, theirs.text)
    theirs, nobodys = console.find("file", stranger.login), console.find("file", "99999999")
    assert (theirs.status, theirs.text) == (nobodys.status, nobodys.text) == (404, theirs.text)


def test_no_address_of_the_desk_holds_the_code(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console = console_for(run.actor("queue-clerk"))
    sent = console.submit(console.get("file"), "/file", {"participant": CODE})
    works = console.get(sent.location)
    form = _form(console)
    addresses = [sent.location, *(url for page in (works, form) for _, url in page.links)]
    addresses += [one.action for page in (works, form) for one in page.forms]
    assert [one for one in addresses if CODE in one] == []
    assert CODE not in works.title
    assert console.get(f"file?participant={CODE}").form("/file").fields["participant"] == ""


@pytest.mark.parametrize("query", ["kind=score&channel=portal", "kind=procedure&channel=exam_point", "kind=x", ""])
def test_a_door_of_somebody_else_is_no_door(play: StartPlay, console_for: ConsoleFor, query: str) -> None:
    run = play()
    console = console_for(run.actor("school-operator"))
    assert console.get(f"file/{run.world.works[0]}?{query}").status == 404


def test_a_procedure_paper_states_what_happened(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console = console_for(run.actor("exam-commission-member"))
    form = _form(console, kind="о нарушении Порядка")
    assert "Срок подачи истёк" in form.text
    empty = console.submit(form, "/file/", {"comes": ["participant"]})
    assert empty.status == 422
    assert 'href="#f-statement"' in empty.html
    assert empty.form("/file/").fields["comes"] == "participant"
    filed = console.submit(empty, "/file/", {"statement": "Не хватило времени"})
    assert filed.status == 303
    assert "Подана после срока" in console.get(filed.location).text


def test_a_late_paper_is_taken_and_marked(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    run.clock(days=6)
    console = console_for(run.actor("queue-clerk"))
    assert "срок истёк, апелляция будет принята с отметкой" in console.find("file", CODE).text
    filed = console.submit(_form(console), "/file/")
    assert filed.status == 303
    assert "Подана после срока" in console.get(filed.location).text


def test_wrong_contacts_keep_everything_else(app: App, play: StartPlay, console_for: ConsoleFor) -> None:
    wanted = ({"phone", "email"}, "school_operator")
    slug = next(
        rules.slug
        for rules in app.regions
        for door in rules.channels_for(kind="score", category="student")
        if wanted[0] <= set(door.required_fields) and door.operator == wanted[1]
    )
    run = play(slug)
    console = console_for(run.actor("school-operator"), slug=slug)
    form = _form(console)
    page = console.submit(form, "/file/", {"phone": "12", "email": "", "presence": "in_presence"})
    assert page.status == 422
    for field in ("phone", "email", "comes"):
        assert f'href="#f-{field}"' in page.html
    kept = page.form("/file/").fields
    assert (kept["phone"], kept["presence"], kept["key"]) == ("12", "in_presence", form.form("/file/").fields["key"])
    answers = {
        "phone": "+7 900 000-00-00",
        "email": "a@example.ru",
        "comes": ["participant"],
        "hearing_mode": "on_site",
    }
    filed = console.submit(page, "/file/", answers)
    assert filed.status == 303


def test_a_form_without_its_key_is_refused(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console = console_for(run.actor("queue-clerk"))
    assert console.submit(_form(console), "/file/", {"key": "нет"}).status == 422


def test_the_list_of_works_asks_a_fixed_number_of_questions(
    play: StartPlay, console_for: ConsoleFor, database: Database
) -> None:
    run = play()
    console = console_for(run.actor("school-operator"))
    address = f"participants/{run.world.participants[0].person_id}/file"
    with counted_queries(database.engine) as asked:
        assert console.get(address).status == 200
    assert asked.number <= 12
