"""Sign-in by surname and number of the application, over HTTP and in a browser, in the region that has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from apella.bootstrap import App
from apella.identity.model import Person, SmsCode
from apella.testing.browser import (
    axe_violations,
    console_errors,
    hidden_tab_stops,
    layout_findings,
    screenshot,
    serve,
)
from apella.testing.identity import Place, code_on_its_way
from apella.testing.representatives import Representatives

SLUG = "beloozero"
SIGN_IN = f"/{SLUG}/sign-in"


@dataclass(frozen=True, kw_only=True)
class Phone:
    """The telephone of one participant of the region; `http` is a browser in front of the region."""

    app: App
    place: Place
    person: Person
    http: FlaskClient

    def ask(self, *, surname: str | None = None, application: str | None = None) -> str:
        """Ask for a code; give the address of the page that asks for it."""
        form = {"surname": surname or self.person.surname, "application": application or self.person.login}
        answer = self.http.post(f"{SIGN_IN}/code", data=form)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.location.partition("?")[0]

    def code(self, location: str) -> str:
        """Read the code of that request off the telephone."""
        return code_on_its_way(self.app.database, self.app.vaults, self.place, location)

    def enter(self, location: str, code: str) -> tuple[int, str]:
        """Type a code; give the status and the page without what differs between requests."""
        answer = self.http.post(location, data={"code": code})
        request_id = location.rpartition("/")[2]
        return answer.status_code, answer.get_data(as_text=True).replace(request_id, "").replace(code, "")

    def requests(self) -> int:
        """How many codes were meant for this participant."""
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            return len(work.session.scalars(select(SmsCode).where(SmsCode.person_id == self.person.id)).all())


def phone_of(app: App, web: Flask, region: Any, number: int) -> Phone:
    world = region.play.world
    person = Representatives(region.play).person(world.participants[number].person_id)
    place = Place(
        tenant_id=world.rules.tenant.tenant_id,
        slug=SLUG,
        season_id=world.season_id,
        document="",
        phone="",
        participant_id=person.id,
        secretary_login="",
        secretary_id=person.id,
    )
    return Phone(app=app, place=place, person=person, http=web.test_client())


def wrong_of(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def text(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).split())


# --- Over HTTP --------------------------------------------------------------------------------------------------------


@pytest.mark.clause("core:B7")
def test_surname_number_and_the_code_from_the_message_open_the_cabinet(app: App, web: Flask, region: Any) -> None:
    phone = phone_of(app, web, region, 0)
    form = text(phone.http.get(SIGN_IN))
    assert ('name="surname"' in form, 'name="application"' in form, 'name="document"' in form) == (True, True, False)
    location = phone.ask()
    code = phone.code(location)
    assert phone.enter(location, code)[0] == 303
    assert phone.http.get(f"/api/v1/{SLUG}/me").get_json()["login"] == phone.person.login
    assert web.test_client().post(location, data={"code": code}).status_code == 422, "a code works once"


@pytest.mark.clause("core:B7")
def test_a_wrong_number_and_an_unknown_surname_get_the_answer_of_everybody(app: App, web: Flask, region: Any) -> None:
    phone = phone_of(app, web, region, 1)
    right = phone.ask()
    code = wrong_of(phone.code(right))
    pages, refusals = [], []
    for location in (right, phone.ask(application="99999999"), phone.ask(surname="Неизвестная")):
        asked = text(phone.http.get(location))
        pages.append(asked.replace(location.rpartition("/")[2], ""))
        refusals.append(phone.enter(location, code))
    assert pages == [pages[0]] * 3
    assert "Если фамилия и номер заявления верны" in pages[0]
    assert refusals == [refusals[0]] * 3
    assert refusals[0][0] == 422
    assert phone.requests() == 1, "nobody got a message for a claim that does not fit"


def test_after_five_wrong_codes_the_right_one_is_refused(app: App, web: Flask, region: Any) -> None:
    phone = phone_of(app, web, region, 2)
    location = phone.ask()
    code = phone.code(location)
    assert [phone.enter(location, wrong_of(code))[0] for _ in range(5)] == [422] * 5
    assert phone.enter(location, code)[0] == 422
    assert phone.http.get(f"/api/v1/{SLUG}/me").status_code == 401
    again = phone.ask()
    assert phone.enter(again, phone.code(again))[0] == 303


@pytest.mark.parametrize(("surname", "application"), [("", "00000000"), ("Примерова", " ")])
def test_an_empty_field_is_named_and_nothing_is_sent(
    app: App, web: Flask, region: Any, surname: str, application: str
) -> None:
    phone = phone_of(app, web, region, 3)
    answer = phone.http.post(f"{SIGN_IN}/code", data={"surname": surname, "application": application})
    assert answer.status_code == 422
    assert f'href="#f-{"application" if surname else "surname"}"' in text(answer)


def test_a_parent_signs_in_with_the_own_number(app: App, web: Flask, region: Any) -> None:
    people = Representatives(region.play)
    mother = people.person(people.parent().representative_id)
    phone = phone_of(app, web, region, 0)
    location = phone.ask(surname=mother.surname, application=mother.login)
    assert phone.enter(location, phone.code(location))[0] == 303
    assert "Вы действуете за участника как родитель" in text(phone.http.get(f"/{SLUG}/cabinet"))


# --- In a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture
def address(web: Flask) -> Iterator[str]:
    with serve(web) as address:
        yield address


@pytest.mark.browser
def test_a_participant_walks_from_the_form_to_the_cabinet(
    app: App, web: Flask, region: Any, chromium: Browser, address: str
) -> None:
    phone = phone_of(app, web, region, 3)
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    complaints = console_errors(page)

    def look(name: str) -> None:
        screenshot(page, f"sign-in-application-{name}", widths=(390, 320))
        assert axe_violations(page) == []
        assert layout_findings(page) == []
        assert hidden_tab_stops(page) == []

    page.goto(f"{address}{SIGN_IN}")
    look("choose")
    page.get_by_role("button", name="Получить код").click()
    expect(page.get_by_role("alert")).to_contain_text("Укажите фамилию")
    look("errors")
    page.get_by_label("Фамилия", exact=True).fill(phone.person.surname)
    page.get_by_label("Номер заявления").fill(phone.person.login)
    page.get_by_role("button", name="Получить код").click()
    expect(page.get_by_text("Мы отправили код")).to_be_visible()
    look("code")
    code = phone.code(page.url.partition("?")[0])
    page.get_by_label("Код", exact=True).fill(wrong_of(code))
    page.get_by_role("button", name="Войти в личный кабинет").click()
    expect(page.get_by_role("alert")).to_be_visible()
    # The refusals themselves are answers of 422, which the browser mentions.
    complaints.clear()
    page.get_by_label("Код", exact=True).fill(code)
    page.get_by_role("button", name="Войти в личный кабинет").click()
    expect(page.get_by_role("heading", name="Личный кабинет")).to_be_visible()
    assert complaints == []
    page.context.close()
