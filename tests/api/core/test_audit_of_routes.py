"""T5.3: every route that changes something leaves an event in the same transaction; a refusal leaves none."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select, update

from apella.appeals.filing import FilingRefused
from apella.audit.model import AuditEvent
from apella.audit.views import TAGS
from apella.audit.words import Wording, details_of
from apella.bootstrap import App
from apella.identity.role_names import ROLE_NAMES
from apella.tenancy.model import Season
from apella.testing.chain import chain_faults
from apella.testing.expect import refused
from apella.testing.http_walk import PLACE, Deed, HttpWalk
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.sizes import figure
from apella.testing.unheard import ChangeWatch

pytestmark = pytest.mark.usefixtures("paperless")

# Changes of the API that leave no event, each with its reason.
EXEMPT = {
    "cases.search_works": "a search: whom it is for stands in the body, not in the address",
    "reception_api.search": "the same",
    "api_tokens.issue": "programs' tokens have tests of their own (test_programs.py)",
    "journal.search": "it only reads: a surname has no place in an address",
    "sign_in_api.ask_code": "nobody is known yet: the request itself is the record, and tells no one apart",
    "sign_in_api.ask_code_for_application": "the same",
    "sign_in_api.enter_code": "the sign-in is recorded once a code was right (tests/integration/identity)",
    "sign_in_api.enter_school_code": "the same",
}
# Forms of pages -> the tests that send them. `change_watch` (tests/conftest.py) fails each of these tests when a change
# is committed without an event; a form that is not listed here fails below.
FORMS = {
    "console_act.do": "tests/api/console/test_acts.py",
    "console_case.open_document": "tests/api/console/test_case.py",
    "console_case.show_document_number": "tests/api/console/test_case.py",
    "console_break_glass.close": "tests/api/console/test_break_glass.py",
    "console_break_glass.open_": "tests/api/console/test_break_glass.py",
    "console_commission.state": "tests/api/console/test_commission.py",
    "console_conflicts.allocate": "tests/api/console/test_conflicts.py",
    "console_conflicts.declare": "tests/api/console/test_conflicts.py",
    "console_conflicts.lift": "tests/api/console/test_conflicts.py",
    "console_filing.take_in": "tests/api/console/test_filing.py",
    "console_substitutions.appoint": "tests/api/console/test_substitutions.py",
    "console_substitutions.end": "tests/api/console/test_substitutions.py",
    "portal.chosen": "tests/api/portal/test_representatives.py",
    "portal.check_answers": "tests/api/portal/test_filing.py",
    "portal.do_withdraw": "tests/api/portal/test_withdrawal.py",
    "portal.document": "tests/api/portal/test_appeal.py",
    "portal.send": "tests/api/portal/test_filing.py",
    "reception.ask": "tests/api/console/test_reception.py",
    "reception.bind": "tests/api/console/test_reception.py",
    "reception.issue": "tests/api/console/test_reception.py",
    "reception.revoke": "tests/api/console/test_reception.py",
    "representatives.end": "tests/api/console/test_representatives.py",
    "representatives.link": "tests/api/console/test_representatives.py",
    "rulebook_calendar.propose": "tests/integration/rulebook/calendar/test_calendar_pages.py",
    "rulebook_calendar.propose_shipped": "tests/integration/rulebook/calendar/test_calendar_pages.py",
    "rulebook_changes.again": "tests/integration/rulebook/calendar/test_calendar_pages.py",
    "rulebook_changes.approve": "tests/integration/rulebook/calendar/test_calendar_pages.py",
    "rulebook_changes.reject": "tests/integration/rulebook/calendar/test_calendar_pages.py",
    "sign_ins.end": "tests/api/console/test_sign_ins.py",
    "sign_ins.end_of_member": "tests/api/console/test_sign_ins.py",
    "sign_in.enter_code": "tests/integration/identity/test_web.py",
    "sign_in.enter_school_code": "tests/integration/identity/test_schemes.py",
    "sign_in.leave": "tests/integration/identity/test_web.py",
    "sign_in.ended_by_provider": "tests/integration/identity/test_web.py",
}
# Forms that change nothing of a tenant's.
NO_DEED = {
    "console_chain.search": "leads what was typed to an address",
    "console_journal.search": "the same",
    "sign_ins.search": "the same",
    "console_filing.search": "leads from the code that was typed to an address that holds none",
    "reception.search": "the same",
    "representatives.search": "the same",
    "preferences.save": "a cookie of the browser",
    "files.serve": "its link is its permission, and the making of the link was recorded",
    "sign_in.ask_code": "nobody is known yet",
    "embedded.clock": "production does not have it",
    "embedded.season": "the same",
    "embedded_issuer.end_session": "the same",
    "embedded_issuer.sign_in_as": "the same",
    "embedded_issuer.token": "the same",
}
WORDING = Wording(
    moment=lambda at: f"{at:%d.%m.%Y}",
    day=lambda day: f"{day:%d.%m.%Y}",
    terms={},
    roles={str(role): name for role, name in ROLE_NAMES.items()},
)
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
# Somebody opened the case, or found the person, before the deed: not the deed itself.
LOOKS = {TAGS[what] for what in ("case", "marks", "works", "visitor")}


def events(play: Play) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.season_id == play.world.season_id).order_by(AuditEvent.seq)
    return play.read(lambda session: list(session.scalars(query)))


def unworded(event: AuditEvent) -> list[str]:
    """What the line about this event says by names of the code."""
    said = details_of(event.changes, WORDING)
    return re.findall(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+(?=: )", said)


def endpoint_of(web: Flask, deed: Deed) -> str:
    address = f"/api/v1/north/{deed.path.replace(PLACE, deed.case or '')}"
    endpoint, _ = web.url_map.bind("localhost").match(address, method="POST")
    return str(endpoint)


@pytest.mark.proof("T5.3")
def test_every_changing_route_of_the_api_writes_its_event(
    web: Flask, app: App, play: StartPlay, client_for: ClientFor
) -> None:
    covered: set[str] = set()
    unsaid: set[str] = set()
    handing_on = next(rules.slug for rules in app.regions if rules.withdrawal.forwarded)
    places = {"handed_on": handing_on, "at_the_counter": "south", "seated": "south"}
    for way in (
        "satisfied",
        "side_ways",
        "stood_still",
        "set_apart",
        "substituted",
        "seated",
        "signed_in_twice",
        "handed_on",
        "at_the_counter",
        "attached",
    ):
        north = HttpWalk(play(places.get(way, "north")), client_for)
        for deed in getattr(north, way)():
            before = len(events(north.play))
            deed.do()
            written = [event for event in events(north.play)[before:] if event.tag not in LOOKS]
            assert written, deed.path
            unsaid |= {f"{event.tag}: {name}" for event in written for name in unworded(event)}
            assert {event.actor_login for event in written} == {north.play.actor(deed.who).recorded_as}
            if deed.case is not None:
                assert {str(event.case_id) for event in written} == {deed.case}
            covered.add(endpoint_of(web, deed))
        assert north.play.read(chain_faults) == []
    changing = {
        rule.endpoint
        for rule in web.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and set(rule.methods or ()) & CHANGING
    }
    assert changing - covered == set(EXEMPT)
    assert unsaid == set(), "every line about an event is in plain words"
    figure("routes", len(covered))


@pytest.mark.proof("T5.3")
def test_every_form_of_a_page_is_sent_by_a_watched_test(web: Flask, pytestconfig: pytest.Config) -> None:
    forms = {
        rule.endpoint
        for rule in web.url_map.iter_rules()
        if not rule.rule.startswith("/api/v1/") and set(rule.methods or ()) & CHANGING
    }
    assert forms == FORMS.keys() | NO_DEED.keys()
    assert [file for file in set(FORMS.values()) if not (pytestconfig.rootpath / file).is_file()] == []
    figure("forms of pages", len(FORMS))


@pytest.mark.proof("T5.3")
def test_a_change_without_an_event_is_noticed(app: App, web: Flask, play: StartPlay, change_watch: ChangeWatch) -> None:
    north = play(participants=1)
    tenant_id = north.world.rules.tenant.tenant_id
    statement = update(Season).where(Season.id == north.world.season_id).values(title="x")
    with web.test_request_context("/north/"), app.database.unit_of_work(tenant_id) as work:
        work.session.execute(statement)
    (unheard,) = change_watch.unheard
    assert unheard[1] == ("season",)
    change_watch.unheard.clear()


@pytest.mark.proof("T5.3")
def test_a_refused_request_leaves_no_event(play: StartPlay, client_for: ClientFor) -> None:
    north = HttpWalk(play(), client_for)
    case = str(north.play.file())
    refusals = {
        409: north.act(case, "secretary", "register"),
        403: north.act(case, "chair", "request-kit"),
        404: north.act(case, 1, "withdraw"),
        422: north.act(case, "secretary", "refuse", ground="bad mood"),
    }
    version = north.seen(case)["version"]
    before = len(events(north.play))
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
