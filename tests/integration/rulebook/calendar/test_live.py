"""`apella deadline explain --live` asks the running instance, whose imports the files do not know."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from apella.bootstrap import App
from apella.deadlines.terms import UnknownTerm
from apella.errors import Malformed, NotFound, Unavailable
from apella.rulebook.asking import ask
from apella.rulebook.live import ask_live
from apella.testing.browser import serve
from apella.testing.calendars import FEAST, CalendarPlay
from apella.testing.plugin import StartPlay

QUESTION = {"term_id": "score.filing", "start": "2025-06-04", "events": (), "channel": "electronic"}


@pytest.fixture
def address(web: Flask) -> Iterator[str]:
    with serve(web) as address:
        yield address


@pytest.mark.clause("federal:100.1")
def test_an_imported_day_off_moves_the_live_answer_alone(app: App, address: str, play: StartPlay) -> None:
    rules = app.regions.get("south")
    offline = ask(rules, term_id="score.filing", start="2025-06-04").as_json()
    assert (offline["due"][:10], offline["calendar_version"]) == ("2025-06-06", "base")
    before = ask_live(address, "south", **QUESTION)  # type: ignore[arg-type]  # texts and lists of texts
    assert (before["due"], before["calendar_version"]) == (offline["due"], "base")
    south = CalendarPlay(play("south"))
    version = south.approve(south.propose(FEAST))
    live = ask_live(address, "south", **QUESTION)  # type: ignore[arg-type]  # as above
    assert (live["due"][:10], live["calendar_version"]) == ("2025-06-09", version.label)
    assert "Праздник области" in str(live["steps"])


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"term_id": "score.filling"}, NotFound),
        ({"start": "2035-06-04"}, Malformed),
        ({"start": "2025-02-30"}, Malformed),
        ({"channel": "window"}, Malformed),
    ],
)
def test_the_instance_s_refusals_are_the_files_own(
    app: App, address: str, changed: dict[str, str], refusal: type[Exception]
) -> None:
    question = {**QUESTION, **changed}
    with pytest.raises(refusal) as live:
        ask_live(address, "north", **question)  # type: ignore[arg-type]  # as above
    with pytest.raises((UnknownTerm, Malformed)) as offline:
        ask(app.regions.get("north"), **question)  # type: ignore[arg-type]  # as above
    assert str(live.value) == str(offline.value)


def test_something_else_at_the_address_is_told_apart(address: str) -> None:
    with pytest.raises(Unavailable, match="не отвечает"):
        ask_live(f"{address}/static", "north", **QUESTION)  # type: ignore[arg-type]  # as above
