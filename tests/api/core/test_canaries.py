"""What people entrust to us stands nowhere in the clear: neither in the database nor in logs or errors (T6.1, T6.2)."""

from __future__ import annotations

import io
import logging
import secrets
from collections.abc import Iterator, Mapping

import pytest
from psycopg import sql
from sqlalchemy import make_url

from apella.bootstrap import App
from apella.embedded.postgres_files import SUPERUSER
from apella.identity.model import Person
from apella.identity.people import sort_key
from apella.logs import JsonFormatter
from apella.tables import METADATA
from apella.testing.http_walk import HttpWalk
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.postgres import SharedCluster
from apella.testing.sizes import figure, size

PEOPLE = size("T6.1 people", small=4, full=70)
ERRORS = size("T6.1 induced errors", small=4, full=500)


NAMELESS = {"audit_check", "audit_checkpoint", "audit_event", "audit_view", "stored_file", "task"}
"""What leaves the database, is never erased or makes addresses: ids only. `task` is all that a broker ever hears of."""


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that any logger says, down to the smallest word."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    handler.setFormatter(JsonFormatter())
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def entrust(app: App, play: Play) -> list[dict[str, str]]:
    """Give every participant a document, a telephone and an address that occur nowhere else."""
    tenant_id, given = play.world.rules.tenant.tenant_id, []
    with app.database.unit_of_work(tenant_id) as work:
        vault = app.vaults.of_season(work.session, tenant_id=tenant_id, season_id=play.world.season_id)
        for actor in play.world.participants:
            mine = {
                "document": f"91 27 {secrets.randbelow(10**6):06}",
                "phone": f"+7 93{secrets.randbelow(10)} {secrets.randbelow(10**7):07}",
                "email": f"kanareika-{secrets.token_hex(4)}@example.ru",
            }
            person = work.session.get_one(Person, (tenant_id, actor.person_id))
            vault.fill_person(person, **mine)
            # Names are plain where people are looked up, and nowhere else.
            person.surname = mine["surname"] = f"Канарейкин{secrets.token_hex(4)}"
            person.sort_key = sort_key(person.surname, person.given_name, person.patronymic)
            given.append(mine)
    return given


def spellings(mine: Mapping[str, str]) -> set[str]:
    """As a person types it, and as a machine keeps it."""
    document, phone, email = (mine[name] for name in ("document", "phone", "email"))
    entrusted = {document, phone, email}
    document, phone = document.replace(" ", ""), phone.replace(" ", "")
    return {*entrusted, document, phone.removeprefix("+7"), mine["email"].partition("@")[0]}


def rows(cluster: SharedCluster, database_url: str) -> Iterator[tuple[str, str]]:
    """Every row of every table as text, bytes in hexadecimal."""
    with cluster.address.connect(user=SUPERUSER, dbname=make_url(database_url).database) as connection:
        for table in METADATA.tables:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))
            yield from ((table, str(row[0])) for row in connection.execute(query))


@pytest.mark.proof("T6.1", "T6.2")
@pytest.mark.usefixtures("paperless")
def test_what_people_entrust_to_us_is_nowhere_in_the_clear(
    app: App,
    play: StartPlay,
    client_for: ClientFor,
    log: io.StringIO,
    cluster: SharedCluster,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    north = HttpWalk(play(participants=PEOPLE), client_for)
    given = entrust(app, north.play)
    canaries = {spelling for mine in given for spelling in spellings(mine)}
    # An event that the database refuses, in the middle of everything that was sent.
    monkeypatch.setattr("apella.audit.trail.canonical", lambda _: "\x00")
    north.client(0).http.application.testing = False
    pages = []
    for number in range(ERRORS):
        mine = given[number % PEOPLE]
        body = north.application(number % PEOPLE, phone=mine["phone"], email=mine["email"], statement=mine["document"])
        answer = north.client(number % PEOPLE).post("appeals", body, key=True)
        assert answer.status_code == 500
        pages.append(answer.get_data(as_text=True) + str(answer.headers))
    monkeypatch.undo()

    for number in range(1, PEOPLE):
        body = north.application(number, phone=given[number]["phone"], email=given[number]["email"])
        assert north.client(number).post("appeals", body, key=True).status_code == 201
    for deed in north.satisfied():
        deed.do()
    north.play.drain()

    needles = canaries | {canary.encode().hex() for canary in canaries}
    found = list(rows(cluster, database_url))
    assert any(north.play.world.staff["chair"].login in row for _, row in found), "what is there is seen"
    assert [(table, needle) for table, row in found for needle in needles if needle in row] == []
    assert [needle for needle in needles for page in pages if needle in page] == []
    assert log.getvalue().count('"level": "ERROR"') == ERRORS
    assert [needle for needle in needles if needle in log.getvalue()] == []
    names = {name for mine in given for name in (mine["surname"], mine["surname"].lower())}
    assert any(name in row for table, row in found if table == "person" for name in names), "what is there is seen"
    assert [(table, name) for table, row in found if table in NAMELESS for name in names if name in row] == []
    assert [name for name in names for text in (*pages, log.getvalue()) if name in text] == []
    figure("T6.1 canaries", 3 * PEOPLE)
