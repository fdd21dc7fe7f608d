"""The history of a case in the API: who in which role, by whose order, and nothing of who a participant is."""

from __future__ import annotations

from typing import Any

import pytest

from apella.appeals import journal
from apella.identity.roles import Role
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.substitutes import Substitutes

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.mark.clause("core:A5")
def test_a_deed_by_substitution_names_the_order(play: StartPlay, client_for: ClientFor) -> None:
    north = play()
    people = Substitutes(north)
    case = north.walk(north.file(channel="school_desk"), "forwarded")
    order = people.appoint(people.order(Role.SECRETARY))
    north.act(people.admitted("member-1"), journal.register, case)
    # An order that has ended is still the one by which it was done.
    people.end(order.id)
    north.walk(case, "decided", after="registered", outcome="up")
    moves = {
        move["action"]: move for move in client_for(north.actor("chair")).get(f"appeals/{case}/history").get_json()
    }
    assert moves["register"]["role"] == "secretary"
    assert moves["register"]["actor"] == north.actor("member-1").login
    assert moves["register"]["acting"] == {"number": "уч-12", "day": order.act_date.isoformat()}
    assert {action for action, move in moves.items() if move["acting"]} == {"register"}


def test_a_participant_is_named_by_kind_alone(play: StartPlay, client_for: ClientFor) -> None:
    north = play()
    case = north.file()
    (filed,) = client_for(north.actor("chair")).get(f"appeals/{case}/history").get_json()
    assert (filed["actor"], filed["role"], filed["acting"]) == ("participant", "participant", None)


@pytest.mark.parametrize("who", ["chair", "expert-1", 0])
def test_the_list_of_cases_is_for_roles_that_have_cases(play: StartPlay, client_for: ClientFor, who: Any) -> None:
    north = play()
    case = north.file()
    answer = client_for(north.actor(who)).get("appeals")
    assert answer.status_code == 200
    assert [one["id"] for one in answer.get_json()["items"]] == ([] if who == "expert-1" else [str(case)])
