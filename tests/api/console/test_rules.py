"""The page of rules and its API: the same lines, for everybody who works, with acts and the federal values."""

from __future__ import annotations

import pytest

from apella.regions.loader import federal_counterpart
from apella.rulebook.rules_view import rules_view
from apella.testing.console import ConsoleFor
from apella.testing.plugin import ClientFor, StartPlay

STAFF = (
    "secretary",
    "chair",
    "member-1",
    "data-centre-operator",
    "exam-commission-chair",
    "exam-commission-member",
    "school-operator",
    "queue-clerk",
    "expert-1",
)


@pytest.mark.parametrize("who", STAFF)
def test_everybody_who_works_reads_the_rules(play: StartPlay, console_for: ConsoleFor, who: str) -> None:
    page = console_for(play().actor(who)).get("rules")
    assert page.status == 200
    for title in ("Кто и где подаёт", "Сроки", "Слушание", "Обмен", "Хранение", "Условия"):
        assert title in page.text


def test_a_participant_is_told_where_the_own_appeals_are(play: StartPlay, console_for: ConsoleFor) -> None:
    page = console_for(play().actor(0)).get("rules")
    assert (page.status, "личном кабинете" in page.text) == (403, True)


def test_the_menu_leads_to_the_rules(play: StartPlay, console_for: ConsoleFor) -> None:
    console = console_for(play().actor("secretary"))
    page = console.get(console.get("").link("Правила"))
    assert "Порядок проведения государственной итоговой аттестации" in page.text


def test_the_filter_leaves_what_differs(play: StartPlay, console_for: ConsoleFor) -> None:
    console = console_for(play().actor("secretary"))
    page = console.get("rules")
    only = console.get(next(url for label, url in page.links if label.startswith("Только отличия")))
    assert "Напоминание накануне" in page.text
    assert "Напоминание накануне" not in only.text
    assert "Федеральное правило:" in only.text


def test_a_season_under_the_last_act_is_told_so(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    note = run.world.rules.edition_note(run.world.rules.year)
    assert note is not None
    assert note in console_for(run.actor("secretary")).get("rules").text.replace("\N{NO-BREAK SPACE}", " ")


def test_programs_read_the_same_without_a_session(play: StartPlay, client_for: ClientFor) -> None:
    rules = play().world.rules
    federal = federal_counterpart(rules)
    answer = client_for().get("rules")
    assert answer.status_code == 200
    said = answer.get_json()
    assert said["sections"] == _json(rules_view(rules, federal).as_json()["sections"])
    less = client_for().get("rules", query_string={"diff": "federal"}).get_json()
    assert sum(len(section["lines"]) for section in less["sections"]) == said["different"]
    assert less["total"] == said["total"]


def test_another_difference_is_refused(client_for: ClientFor) -> None:
    answer = client_for().get("rules", query_string={"diff": "other"})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "malformed")


def _json(value: object) -> object:
    """Tuples as JSON gives them back."""
    if isinstance(value, dict):
        return {key: _json(inner) for key, inner in value.items()}
    return [_json(inner) for inner in value] if isinstance(value, list | tuple) else value
