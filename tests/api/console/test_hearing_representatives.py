"""Opening a hearing to which a recorded representative came: the secretary's page and the API."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from apella.hearings.model import Hearing
from apella.regions.codes import PowerCode
from apella.testing.console import ConsoleFor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.representatives import Representatives

pytestmark = pytest.mark.usefixtures("paperless")

CHECKED = {"identity_checked": "1", "materials_confirmed": "yes"}


@pytest.fixture
def kbr(play: StartPlay) -> Play:
    return play("kbr")


def begin(play: Play) -> uuid.UUID:
    """A case whose hearing may be opened at once."""
    case = play.walk(play.file(0), "scheduled")
    starts_at = play.read(lambda s: s.scalars(select(Hearing.starts_at).where(Hearing.case_id == case)).one())
    play.clock_to(starts_at + timedelta(minutes=1))
    return case


def hearing_of(play: Play, case: uuid.UUID) -> Hearing:
    return play.read(lambda s: s.scalars(select(Hearing).where(Hearing.case_id == case)).one())


def test_the_secretary_chooses_among_the_recorded_ones(kbr: Play, console_for: ConsoleFor) -> None:
    people = Representatives(kbr)
    mother = people.parent()
    people.proxy(powers=frozenset(PowerCode) - {PowerCode.EXPLANATION, PowerCode.FILE, PowerCode.WITHDRAW})
    case, secretary = begin(kbr), console_for(kbr.actor("secretary"))
    form = secretary.get(f"cases/{case}/do/open-hearing")
    assert "Примерова Ольга Тестовна, родитель (законный представитель)" in form.text
    assert "Доверенность не даёт права: получать разъяснения эксперта" in form.text
    assert "Другой человек" in form.text
    unanswered = secretary.submit(form, "/do/open-hearing", {**CHECKED, "came": ["parent"]})
    assert unanswered.status == 422
    assert 'href="#f-representation_id' in unanswered.html
    done = secretary.submit(unanswered, "/do/open-hearing", {"representation_id": str(mother.id)})
    assert done.status == 303, done.text
    assert hearing_of(kbr, case).representation_id == mother.id
    page = secretary.get(f"cases/{case}").text
    assert "За апеллянта Примерова Ольга Тестовна, родитель (законный представитель)" in page
    assert "За апеллянта действует Примерова О. Т., родитель" in page.replace("\u00a0", " ")


def test_another_person_with_a_paper_is_let_in(kbr: Play, console_for: ConsoleFor) -> None:
    Representatives(kbr).parent()
    case, secretary = begin(kbr), console_for(kbr.actor("secretary"))
    typed = {**CHECKED, "came": ["parent"], "representation_id": "another"}
    assert secretary.act(case, "open-hearing", typed).status == 303
    assert hearing_of(kbr, case).representation_id is None


def test_where_nobody_is_recorded_nothing_more_is_asked(kbr: Play, console_for: ConsoleFor) -> None:
    case, secretary = begin(kbr), console_for(kbr.actor("secretary"))
    assert "Кто действует за апеллянта" not in secretary.get(f"cases/{case}/do/open-hearing").text
    assert secretary.act(case, "open-hearing", {**CHECKED, "came": ["parent"]}).status == 303


def test_a_confirmation_beyond_the_power_is_refused_with_the_clause(kbr: Play, console_for: ConsoleFor) -> None:
    link = Representatives(kbr).proxy(powers=frozenset({PowerCode.MATERIALS}))
    case, secretary = begin(kbr), console_for(kbr.actor("secretary"))
    typed = {**CHECKED, "came": ["proxy"], "representation_id": str(link.id)}
    refusal = secretary.act(case, "open-hearing", typed)
    assert refusal.status == 409
    assert "Доверенность не даёт этому представителю права подтверждать, чьи это материалы" in refusal.text
    assert secretary.act(case, "open-hearing", {**typed, "materials_confirmed": "no"}).status == 303


def test_a_program_asks_who_may_come_and_names_them(kbr: Play, client_for: ClientFor) -> None:
    people = Representatives(kbr)
    mother = people.parent()
    people.end(people.proxy())
    case, secretary = begin(kbr), client_for(kbr.actor("secretary"), slug="kbr")
    (found,) = secretary.get(f"appeals/{case}/hearing-representatives").get_json()
    assert (found["representation_id"], found["kind"], found["lacks"]) == (str(mother.id), "parent", [])
    assert (found["name"], found["issuer"]) == ("Примерова Ольга Тестовна", None)
    assert (
        client_for(kbr.actor("member-1"), slug="kbr").get(f"appeals/{case}/hearing-representatives").status_code == 403
    )
    version = secretary.get(f"appeals/{case}").get_json()["version"]
    body = {"version": version, "identity_checked": True, "materials_confirmed": True}
    wrong = secretary.post(f"appeals/{case}/open-hearing", {**body, "representation_id": str(uuid.uuid4())})
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "hearing.representative")
    done = secretary.post(f"appeals/{case}/open-hearing", {**body, "representation_id": str(mother.id)})
    assert done.status_code == 200, done.get_json()
    assert done.get_json()["attendance"] == "represented"
    assert done.get_json()["hearing"]["representation_id"] == str(mother.id)
