"""What an application must state, and how the case will be heard."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apella.appeals.application import Presence, check_application, hearing_mode
from apella.appeals.filing import Application
from apella.appeals.model import HearingMode
from apella.appeals.states import AppealKind, Attendance
from apella.errors import Malformed
from apella.hearings.service import attendance_of
from apella.regions.values.exams import Subject
from apella.regions.values.filing import Channel

SUBJECT = Subject(
    name="Предмет",
    short_name="Предмет",
    max_primary=6,
    b=(1, 1),
    c=(2, 2),
    c_tasks=("3", "4"),
    teaching_positions=True,
    clauses=("core:E1",),
)
BOTH = ("on_site", "remote")


def door(*fields: str) -> Channel:
    return Channel.model_validate(
        {
            "kind": "score",
            "code": "portal",
            "title": "Дверь",
            "categories": ("student",),
            "applicants": ("participant",),
            "operator": "participant",
            "receipt_event": "filed",
            "required_fields": fields,
            "copies": 0,
            "form": "1-AP",
            "closes_with_office": False,
            "clauses": ("core:E1",),
        },
        strict=False,
    )


def application(**wishes: Any) -> Application:
    return Application(
        **{
            "kind": AppealKind.SCORE,
            "channel": "portal",
            "work_id": uuid.uuid4(),
            "presence": Presence(participant=True),
            **wishes,
        }
    )


@pytest.mark.parametrize(
    ("field", "name", "empty", "given"),
    [
        ("phone", "phone", {"phone": ""}, {"phone": "+7 900 000-00-00"}),
        ("email", "email", {"email": None}, {"email": "p@example.ru"}),
        ("positions", "disputed", {"disputed": ()}, {"disputed": ("C1",)}),
        ("forms_confirmed", "forms_confirmed", {"forms_confirmed": None}, {"forms_confirmed": False}),
        ("statement", "statement", {"statement": "  "}, {"statement": "Не дали черновик"}),
    ],
)
def test_a_field_that_the_door_asks_for_must_be_filled(
    field: str, name: str, empty: dict[str, Any], given: dict[str, Any]
) -> None:
    with pytest.raises(Malformed) as caught:
        check_application(application(**empty), door(field), SUBJECT)
    assert caught.value.error_code == "filing.fields"
    assert set(caught.value.fields) == {name}
    check_application(application(**given), door(field), SUBJECT)
    check_application(application(**empty), door(), SUBJECT)


def test_every_missing_field_is_named_at_once() -> None:
    with pytest.raises(Malformed) as caught:
        check_application(application(), door("phone", "email", "positions"), SUBJECT)
    assert set(caught.value.fields) == {"phone", "email", "disputed"}


@pytest.mark.parametrize("code", ["C3", "D1", "B3", "X1"])
def test_a_position_that_the_exam_does_not_have_is_refused(code: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_application(application(disputed=("C1", code)), door(), SUBJECT)
    assert code in caught.value.fields["disputed"]
    assert "C1" not in caught.value.fields["disputed"]


@pytest.mark.clause("federal:98.5")
def test_nobody_s_presence_means_consideration_in_absence() -> None:
    assert hearing_mode(application(presence=Presence()), BOTH) is HearingMode.IN_ABSENCE
    assert hearing_mode(application(presence=Presence(), hearing_mode="remote"), BOTH) is HearingMode.IN_ABSENCE


def test_who_comes_gets_the_first_open_mode_or_the_one_asked_for() -> None:
    assert hearing_mode(application(), BOTH) is HearingMode.ON_SITE
    assert hearing_mode(application(hearing_mode="remote"), BOTH) is HearingMode.REMOTE
    with pytest.raises(Malformed) as caught:
        hearing_mode(application(hearing_mode="remote"), ("on_site",))
    assert caught.value.error_code == "filing.hearing_mode"
    assert set(caught.value.fields) == {"hearing_mode"}


@given(st.frozensets(st.sampled_from(["participant", "parent", "proxy"])), st.sampled_from(HearingMode))
def test_attendance_follows_who_came(came: frozenset[str], wanted: HearingMode) -> None:
    attendance = attendance_of(wanted=wanted, came=came)
    assert (attendance is Attendance.PRESENT) == ("participant" in came)
    assert (attendance is Attendance.REPRESENTED) == bool(came - {"participant"} and "participant" not in came)
    if not came:
        in_absence = wanted is HearingMode.IN_ABSENCE
        assert attendance is (Attendance.ABSENT_BY_CHOICE if in_absence else Attendance.NO_SHOW)
