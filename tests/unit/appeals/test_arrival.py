"""When an appeal that has arrived before its entry is filed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apella.appeals.arrival import filing_moment
from apella.errors import Malformed
from apella.regions.values.filing import Channel

NOW = datetime(2026, 6, 15, 3, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)


def door(code: str) -> Channel:
    """A door of this code."""
    operator = {"portal": "participant", "school_desk": "school_operator"}.get(code, "secretary")
    return Channel.model_validate_json(
        f'{{"kind": "score", "code": "{code}", "title": "Дверь", "categories": ["student"], "applicants": ["parent"],'
        f'"operator": "{operator}", "receipt_event": "filed", "copies": 0, "form": "1-AP", "closes_with_office": false,'
        + ('"open_reply": "Принято, {receipt}.",' if code == "email" else "")
        + '"clauses": ["core:C5"]}'
    )


@pytest.mark.parametrize("code", ["portal", "school_desk", "commission_desk", "secretary_desk"])
def test_where_nothing_arrives_the_time_is_now(code: str) -> None:
    assert filing_moment(door(code), arrived_at=None, outside_number=None, now=NOW) == NOW
    with pytest.raises(Malformed) as caught:
        filing_moment(door(code), arrived_at=EARLIER, outside_number=None, now=NOW)
    assert set(caught.value.fields) == {"filed_at"}


@pytest.mark.clause("core:C5", "core:E2")
@pytest.mark.parametrize(("code", "number"), [("email", None), ("external_portal", "12/А-7")])
def test_the_time_of_arrival_is_the_time_of_filing(code: str, number: str | None) -> None:
    for arrived in (EARLIER, NOW):
        assert filing_moment(door(code), arrived_at=arrived, outside_number=number, now=NOW) == arrived


@pytest.mark.parametrize(
    ("code", "arrived", "number", "wrong"),
    [
        ("email", None, None, {"filed_at"}),
        ("email", NOW + timedelta(microseconds=1), None, {"filed_at"}),
        ("email", EARLIER, "7", {"outside_number"}),
        ("external_portal", EARLIER, None, {"outside_number"}),
        ("external_portal", EARLIER, "№7", {"outside_number"}),
        ("external_portal", EARLIER, "7" * 41, {"outside_number"}),
        ("external_portal", None, "", {"filed_at", "outside_number"}),
        ("school_desk", None, "7", {"outside_number"}),
    ],
)
def test_what_is_missing_or_out_of_place_is_named(
    code: str, arrived: datetime | None, number: str | None, wrong: set[str]
) -> None:
    with pytest.raises(Malformed) as caught:
        filing_moment(door(code), arrived_at=arrived, outside_number=number, now=NOW)
    assert set(caught.value.fields) == wrong
