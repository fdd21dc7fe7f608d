"""One account, two regions: a chair in one who is less in the other is no chair there (T2.6)."""

from __future__ import annotations

import pytest

from apella.casework.offers import VERBS
from apella.db.unit_of_work import Database
from apella.identity.permissions import table
from apella.identity.roles import Role
from apella.onboarding.people import Post, add_staff
from apella.testing.factories import TEST_ISSUER
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.sizes import figure

BODIES: dict[str, dict[str, object]] = {
    "vote": {"ballot": "satisfy"},
    "decide": {"reason": "x"},
    "admit_late": {"reason": "x"},
    "declare_moot": {"basis_number": "7", "basis_date": "2026-06-01"},
}


@pytest.mark.proof("T2.6")
@pytest.mark.parametrize(("role", "refusals"), [(Role.MEMBER, {403}), (Role.OBSERVER, {403, 404})])
def test_a_chair_here_is_refused_every_chair_s_deed_elsewhere(
    database: Database, play: StartPlay, client_for: ClientFor, role: Role, refusals: set[int]
) -> None:
    """A member sees the case and is refused; an observer who was not invited to it does not even see it."""
    north, south = play(), play("south")
    chair = north.actor("chair")
    with database.unit_of_work(south.world.rules.tenant.tenant_id) as work:
        add_staff(
            work.session,
            season_id=south.world.season_id,
            slug="south",
            iss=TEST_ISSUER,
            login=chair.login,
            name=("Служебнов", "Иван", "Петрович"),
            posts=(Post(role=role, commission_id=south.world.commission_id),),
        )
    client = client_for(chair)
    cases = {"north": north.file(), "south": south.file(channel="queue_clerk")}
    assert [client.get(f"/api/v1/{slug}/me").status_code for slug in cases] == [200, 200]
    before = south.case(cases["south"]).version
    may = table()
    deeds = [verb for verb in VERBS.values() if Role.CHAIR in may[verb.action] and role not in may[verb.action]]
    assert len(deeds) >= 2
    for verb in deeds:
        body = {"version": 1, **BODIES.get(verb.action, {})}
        answers = {
            slug: client.post(f"/api/v1/{slug}/appeals/{case}/{verb.path}", body) for slug, case in cases.items()
        }
        assert answers["south"].status_code in refusals, (verb.path, answers["south"].get_data(as_text=True))
        # Where he is the chair, the same request comes as far as the case itself.
        assert answers["north"].status_code in {200, 409, 422}, (verb.path, answers["north"].status_code)
    assert south.case(cases["south"]).version == before
    figure(f"routes tried as {role}", len(deeds))
