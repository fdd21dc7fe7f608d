"""An appeal filed between the regional and the federal limit: the mark that everybody sees."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from apella.appeals.model import Appeal
from apella.testing.console import ConsoleFor
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

MARK = "Подана после регионального срока, но в федеральный"


@pytest.mark.clause("federal:100.1")
def test_the_mark_stands_on_the_case_in_the_journal_and_in_the_api(
    play: StartPlay, console_for: ConsoleFor, client_for: ClientFor
) -> None:
    run = play()
    plain, marked = run.file(0), run.file(1)
    run.read(lambda s: s.execute(update(Appeal).where(Appeal.id == marked).values(filed_after_regional_limit=True)))
    console = console_for(run.actor("secretary"))
    assert MARK in console.get(f"cases/{marked}").text
    assert MARK not in console.get(f"cases/{plain}").text
    assert console.get("journal").text.count(MARK) == 1
    client = client_for(run.actor("secretary"))
    shown = {case: client.get(f"appeals/{case}").get_json() for case in (plain, marked)}
    assert {case: body["filed_after_regional_limit"] for case, body in shown.items() if body} == {
        plain: False,
        marked: True,
    }
