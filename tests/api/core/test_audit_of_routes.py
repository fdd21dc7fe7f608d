"""T5.3: every route that changes something leaves an event in the same transaction; a refusal leaves none."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from apella.appeals.filing import FilingRefused
from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.testing.chain import chain_faults
from apella.testing.expect import refused
from apella.testing.http_walk import PLACE, Deed, HttpWalk
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.sizes import figure

pytestmark = pytest.mark.usefixtures("paperless")

# Changes of the API that leave no event, each with its reason.
EXEMPT = {
    "sign_in_api.ask_code": "nobody is known yet: the request itself is the record, and tells no one apart",
    "sign_in_api.enter_code": "the sign-in is recorded once a code was right (tests/integration/identity)",
}


def events(play: Play) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.season_id == play.world.season_id).order_by(AuditEvent.seq)
    return play.read(lambda session: list(session.scalars(query)))


def endpoint_of(web: Flask, deed: Deed) -> str:
    address = f"/api/v1/north/{deed.path.replace(PLACE, deed.case or '')}"
    endpoint, _ = web.url_map.bind("localhost").match(address, method="POST")
    return str(endpoint)


@pytest.mark.proof("T5.3")
def test_every_changing_route_of_the_api_writes_its_event(
    web: Flask, app: App, play: StartPlay, client_for: ClientFor
) -> None:
    covered: set[str] = set()
    handing_on = next(rules.slug for rules in app.regions if rules.withdrawal.forwarded)
    for way in ("satisfied", "side_ways", "stood_still", "handed_on"):
        north = HttpWalk(play(handing_on if way == "handed_on" else "north"), client_for)
        for deed in getattr(north, way)():
            before = len(events(north.play))
            deed.do()
            written = events(north.play)[before:]
            assert written, deed.path
            assert {event.actor_login for event in written} == {north.play.actor(deed.who).login}
            if deed.case is not None:
                assert {str(event.case_id) for event in written} == {deed.case}
            covered.add(endpoint_of(web, deed))
        assert north.play.read(chain_faults) == []
    changing = {
        rule.endpoint
        for rule in web.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and set(rule.methods or ()) & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert changing - covered == set(EXEMPT)
    figure("routes", len(covered))


@pytest.mark.proof("T5.3")
def test_a_refused_request_leaves_no_event(play: StartPlay, client_for: ClientFor) -> None:
    north = HttpWalk(play(), client_for)
    case = str(north.play.file())
    before = len(events(north.play))
    refusals = {
        409: north.act(case, "secretary", "register"),
        403: north.act(case, "chair", "request-kit"),
        404: north.act(case, 1, "withdraw"),
        422: north.act(case, "secretary", "refuse", ground="bad mood"),
    }
    version = north.seen(case)["version"]
    for status, deed in refusals.items():
        assert deed.send(north.client(deed.who), version=version).status_code == status
    assert len(events(north.play)) == before


def test_a_refused_filing_at_a_self_service_door_is_kept(play: StartPlay, client_for: ClientFor) -> None:
    north = HttpWalk(play(), client_for)
    north.play.clock(days=30)
    answer = north.file(0).send(north.client(0))
    assert answer.status_code == 409
    problem = answer.get_json()
    assert problem["code"] == "filing.too_late"
    assert "federal:100.1" in problem["clauses"]
    assert problem["explanation"]["due"]
    (kept,) = events(north.play)
    assert (kept.tag, kept.actor_id, kept.case_id) == ("appeal:filing:refused", north.play.actor(0).person_id, None)
    assert kept.subject_id == north.play.world.exam
    assert '"refused":"filing.too_late"' in kept.changes
    # By the service alone nothing is written: whoever answers the refusal keeps it, after the rollback.
    with refused("filing.too_late", FilingRefused):
        north.play.file(1)
    assert len(events(north.play)) == 1


@pytest.mark.proof("T5.3")
def test_a_change_whose_event_fails_is_undone_and_answered_honestly(
    play: StartPlay, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    north = HttpWalk(play(), client_for)
    case = str(north.play.file(channel="school_desk"))
    before = north.seen(case)
    # NUL is what PostgreSQL's text cannot hold, so that the chain's row is refused by the database.
    monkeypatch.setattr("apella.audit.trail.canonical", lambda _: "\x00")
    answer = north.act(case, "secretary", "register").send(north.client("secretary"), version=before["version"])
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["incident"]
    monkeypatch.undo()
    assert north.seen(case) == before
