"""Who may open the cabinet, and whose rows it shows: one's own, and nobody else's."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from apella.documents.model import Document
from apella.identity.actor import Actor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.visitor import Page, Visitor

Visit = Callable[[Actor], Visitor]


def routes(web: Flask) -> list[tuple[str, str]]:
    """Every method and address of the cabinet."""
    return sorted(
        (method, rule.rule)
        for rule in web.url_map.iter_rules()
        if rule.endpoint.startswith("portal.")
        for method in (rule.methods or set()) & {"GET", "POST"}
    )


def ask(visitor: Visitor, method: str, rule: str, ids: dict[str, uuid.UUID]) -> int:
    """Ask an address of the tenant and give the status of the answer."""
    address = rule.replace("<tenant>", visitor.slug)
    for name, value in ids.items():
        address = address.replace(f"<uuid:{name}>", str(value))
    assert "<" not in address
    if method == "GET":
        return visitor.open(address).status
    return visitor.client.post(address).status_code


@pytest.fixture
def filed(play: StartPlay, paperless: None) -> tuple[Play, dict[str, uuid.UUID]]:
    """A season with a case of the first participant, and the ids of its rows."""
    north = play()
    case_id = north.file()
    north.drain()
    document = north.read(lambda session: session.scalars(select(Document).where(Document.case_id == case_id)).one())
    return north, {"work_id": north.world.works[0], "case_id": case_id, "document_id": document.id}


def test_every_address_is_for_participants_only(
    web: Flask, filed: tuple[Play, dict[str, uuid.UUID]], visit: Visit
) -> None:
    north, ids = filed
    assert len(routes(web)) >= 8
    for login in ("secretary", "chair", "school-operator", "data-centre-operator"):
        staff = visit(north.world.staff[login])
        assert {ask(staff, method, rule, ids) for method, rule in routes(web)} == {403}


def test_every_address_needs_a_session(
    web: Flask, filed: tuple[Play, dict[str, uuid.UUID]], client_for: ClientFor
) -> None:
    _, ids = filed
    stranger = client_for()
    for method, rule in routes(web):
        address = rule.replace("<tenant>", "north")
        for name, value in ids.items():
            address = address.replace(f"<uuid:{name}>", str(value))
        answer = stranger.http.open(address, method=method)
        # A page leads to the sign-in and back; a form that was sent is refused.
        assert answer.status_code == (303 if method == "GET" else 401), address
        if method == "GET":
            assert answer.headers["Location"].startswith("/north/sign-in?next=")


def test_rows_of_somebody_else_do_not_exist(web: Flask, filed: tuple[Play, dict[str, uuid.UUID]], visit: Visit) -> None:
    north, ids = filed
    other = visit(north.world.participants[1])
    with_ids = [(method, rule) for method, rule in routes(web) if "<uuid:" in rule]
    assert {ask(other, method, rule, ids) for method, rule in with_ids} == {404}


def test_rows_of_another_tenant_do_not_exist(
    web: Flask, filed: tuple[Play, dict[str, uuid.UUID]], play: StartPlay, visit: Visit
) -> None:
    _, ids = filed
    stranger = visit(play("south").world.participants[0])
    with_ids = [(method, rule) for method, rule in routes(web) if "<uuid:" in rule]
    assert {ask(stranger, method, rule, ids) for method, rule in with_ids} == {404}
    assert stranger.open("/north/cabinet").status == 404, "no membership: to them the tenant does not exist"


def test_ones_own_rows_answer(filed: tuple[Play, dict[str, uuid.UUID]], visit: Visit) -> None:
    north, ids = filed
    own = visit(north.world.participants[0])
    assert own.open().status == 200
    assert own.open(f"file/{ids['work_id']}").status == 409, "filed already"
    page = own.open(f"appeals/{ids['case_id']}")
    assert page.status == 200
    assert own.open(f"appeals/{ids['case_id']}/withdraw").status == 200
    assert own.send(page.form(str(ids["document_id"]))).status == 303


def test_a_document_of_another_case_is_not_opened_through_ones_own(
    filed: tuple[Play, dict[str, uuid.UUID]], visit: Visit
) -> None:
    north, ids = filed
    mine = north.file(1)
    own = visit(north.world.participants[1])
    answer = own.client.post(f"/north/cabinet/appeals/{mine}/documents/{ids['document_id']}")
    assert answer.status_code in (404, 422)
    assert "Location" not in answer.headers


def test_a_form_without_the_sessions_token_changes_nothing(
    filed: tuple[Play, dict[str, uuid.UUID]], visit: Visit
) -> None:
    north, ids = filed
    own = visit(north.world.participants[0])
    answer = own.client.http.post(f"/north/cabinet/appeals/{ids['case_id']}/withdraw", data={"version": "1"})
    assert answer.status_code == 403
    assert north.case(ids["case_id"]).state == "registered"


def test_pages_of_the_cabinet_are_kept_nowhere(play: StartPlay, visit: Visit) -> None:
    page: Page = visit(play().world.participants[0]).open()
    assert page.response.headers["Cache-Control"] == "no-store"
