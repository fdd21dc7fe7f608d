"""What people entrust to us stands nowhere in the clear: neither in the database nor in logs or errors (T6.1, T6.2)."""

from __future__ import annotations

import io
import logging
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from dramatiq.brokers.redis import RedisBroker
from flask import Flask, Response, request, request_finished
from psycopg import sql
from sqlalchemy import make_url, select

from apella.bootstrap import App
from apella.embedded.home import Home
from apella.embedded.postgres_files import SUPERUSER
from apella.embedded.redis import EmbeddedRedis
from apella.embedded.runtime import leave_runtime_folder
from apella.identity.model import Person
from apella.identity.people import sort_key
from apella.jobs.broker import QUEUE, make_broker, sender
from apella.jobs.model import Task
from apella.jobs.relay import relay_once
from apella.logs import JsonFormatter
from apella.sweeping import seal_audit
from apella.tables import METADATA
from apella.tenancy.ids import TenantId
from apella.testing.console import Console
from apella.testing.http_walk import HttpWalk
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, Run, StartPlay
from apella.testing.postgres import SharedCluster
from apella.testing.sizes import figure, size

PEOPLE = size("T6.1 people", small=4, full=70)
ERRORS = size("T6.1 induced errors", small=4, full=500)


NAMELESS = {"audit_check", "audit_checkpoint", "audit_event", "audit_view", "stored_file", "task"}
"""What leaves the database, is never erased or makes addresses: ids only."""
OPENED = {"clean", "quarantine"}
"""The areas of the store whose contents are people's papers; of the others the contents are searched too."""


@dataclass
class Broker:
    """A real broker: what the relay sends to it, and messages that nobody could handle."""

    send: Callable[[TenantId, uuid.UUID], None]
    inner: RedisBroker

    def refuse_one(self) -> None:
        """Let a message become a dead letter."""
        consumer = self.inner.consume(QUEUE, prefetch=1, timeout=5_000)
        message = next(iter(consumer))
        assert message is not None
        consumer.nack(message)
        consumer.close()

    def dump(self) -> dict[str, str]:
        """Every key with its bytes as the server would write them to a disk, dead letters among them."""
        server: Any = self.inner.client
        server.config_set("rdbcompression", "no")
        keys = sorted(server.scan_iter())
        return {key.decode(): repr(key) + server.dump(key).decode("latin-1") for key in keys}


class RelayedPlay(Play):
    """A play whose tasks go through the broker before they are done."""

    def __init__(self, play: Play, broker: Broker) -> None:
        super().__init__(play.app, play.world)
        self._broker = broker

    def drain(self) -> int:
        """Send what waits, then do it."""
        while relay_once(self.app.relay_engine, self._broker.send, lease_seconds=600):
            pass
        return super().drain()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    home = Home(tmp_path / "redis")
    home.make()
    server = EmbeddedRedis(home, mark=str(uuid.uuid4()))
    inner = make_broker(server.start())
    yield Broker(sender(inner), inner)
    inner.close()
    server.stop()
    leave_runtime_folder(home)


@pytest.fixture
def addresses(web: Flask) -> Iterator[list[str]]:
    """Every address that was asked for, and where each answer sent to."""
    seen: list[str] = []

    def note(_: Flask, response: Response, **__: object) -> None:
        seen.append(unquote(f"{request.url} {response.headers.get('Location', '')}"))

    with request_finished.connected_to(note, web):
        yield seen


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
            person.login = mine["code"] = f"91{secrets.randbelow(10**10):010}"
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


def kept(home: Path) -> Iterator[tuple[str, str]]:
    """Every file of the instance: its name, and its contents unless they are somebody's papers."""
    for file in sorted(home.rglob("*")):
        if file.is_file():
            name = str(file.relative_to(home))
            papers = file.name == "content" and OPENED & set(file.parts)
            yield name, "" if papers else file.read_bytes().decode("latin-1")


def exported(app: App, run: Run, folder: Path, case: str) -> Iterator[tuple[str, str]]:
    """What a court and another agency are given: an export of each form, and the checkpoints."""
    seal_audit(app)
    folder.mkdir()
    for form in ("html", "json"):
        file = folder / f"case.{form}"
        done = run(
            "audit", "export", "--tenant", "north", "--case", case, "--reason", "запрос суда № 2-14 от 20.06.2026",
            "--output", file, "--format", form,
        )  # fmt: skip
        assert done[0] == 0, done
    assert run("audit", "checkpoints", "--tenant", "north", "--output", folder / "points")[0] == 0
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_text("utf-8")


def induced_errors(north: HttpWalk, given: Sequence[Mapping[str, str]]) -> list[str]:
    """What is answered when the database refuses an event, in the middle of everything that was sent."""
    pages = []
    north.client(0).http.application.testing = False
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("apella.audit.trail.canonical", lambda _: "\x00")
        for number in range(ERRORS):
            mine = given[number % PEOPLE]
            body = north.application(
                number % PEOPLE, phone=mine["phone"], email=mine["email"], statement=mine["document"]
            )
            answer = north.client(number % PEOPLE).post("appeals", body, key=True)
            assert answer.status_code == 500
            pages.append(answer.get_data(as_text=True) + str(answer.headers))
    return pages


def look_up(north: HttpWalk, mine: Mapping[str, str]) -> list[str]:
    """Look for somebody wherever staff can, as pages and as programs do; gives every address that the pages offer."""
    secretary, chair, school = (Console(north.client(who)) for who in ("secretary", "chair", "school-operator"))
    searches = (
        (secretary, "", "journal", {"q": mine["surname"]}),
        (school, "file", "north/file", {"participant": mine["code"]}),
        (secretary, "participants", "participants", {"participant": mine["code"]}),
        (secretary, "representatives", "representatives", {"participant": mine["code"]}),
        (chair, "audit", "audit", {"login": mine["code"]}),
    )
    offered = []
    for console, page, form, typed in searches:
        sent = console.submit(console.get(page), form, typed)
        found = console.get(sent.location)
        assert mine["surname"] in found.text
        offered += [unquote(url) for _, url in found.links]
    (line,) = secretary.client.post("appeals/search", {"surname": mine["surname"]}).get_json()["items"]
    assert mine["surname"] in line["appellant"]
    answer = secretary.client.post("participants/search", {"participant": mine["code"]})
    assert mine["surname"] in answer.get_json()["name"]
    return offered


@pytest.mark.proof("T6.1", "T6.2")
@pytest.mark.usefixtures("paperless")
def test_what_people_entrust_to_us_is_nowhere_in_the_clear(
    app: App,
    play: StartPlay,
    client_for: ClientFor,
    log: io.StringIO,
    addresses: list[str],
    broker: Broker,
    cluster: SharedCluster,
    database_url: str,
    run: Run,
    tmp_path: Path,
) -> None:
    north = HttpWalk(RelayedPlay(play(participants=PEOPLE), broker), client_for)
    given = entrust(app, north.play)
    canaries = {spelling for mine in given for spelling in spellings(mine)}
    pages = induced_errors(north, given)

    for number in range(1, PEOPLE):
        body = north.application(number, phone=given[number]["phone"], email=given[number]["email"])
        assert north.client(number).post("appeals", body, key=True).status_code == 201
    north.play.drain()
    broker.refuse_one()
    deeds = []
    for deed in north.satisfied():
        deed.do()
        deeds.append(deed)
    case = str(deeds[0].answer["id"])
    offered = look_up(north, given[1])

    needles = canaries | {canary.encode().hex() for canary in canaries}
    found = list(rows(cluster, database_url))
    letters = broker.dump()
    files = list(kept(app.settings.home)) + list(exported(app, run, tmp_path / "given", case))
    elsewhere = {
        "log": log.getvalue(),
        "addresses": "\n".join((*addresses, *offered)),
        "broker": "\n".join(letters.values()),
        "names of files": "\n".join(name for name, _ in files),
        "files": "\n".join(text for _, text in files),
        "error pages": "\n".join(pages),
    }
    # What is there is seen: in the database, in the broker, among its dead letters, in files, in addresses.
    assert any(north.play.world.staff["chair"].login in row for _, row in found)
    assert any(str(task) in elsewhere["broker"] for task in tasks_of(north.play))
    assert any(name.endswith(".XQ") for name in letters)
    assert case in elsewhere["files"]
    assert case in elsewhere["addresses"]
    assert log.getvalue().count('"level": "ERROR"') == ERRORS

    assert [(table, needle) for table, row in found for needle in needles if needle in row] == []
    assert [(place, needle) for place, text in elsewhere.items() for needle in needles if needle in text] == []
    # Names and registration codes are plain where people are looked up, and nowhere else.
    names = {name for mine in given for name in (mine["surname"], mine["surname"].lower())}
    codes = {mine["code"] for mine in given}
    for plain, tables in ((names, NAMELESS), (codes, METADATA.tables.keys() - {"person"})):
        assert any(one in row for table, row in found if table == "person" for one in plain)
        assert [(table, one) for table, row in found if table in tables for one in plain if one in row] == []
        assert [(place, one) for place, text in elsewhere.items() for one in plain if one in text] == []
    figure("T6.1 canaries", 5 * PEOPLE)


def tasks_of(play: Play) -> list[uuid.UUID]:
    """Every task of the season."""
    query = select(Task.id).where(Task.season_id == play.world.season_id)
    return play.read(lambda session: list(session.scalars(query)))
