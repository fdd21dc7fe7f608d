"""Keys that are destroyed: whose they were is unreadable for good, nobody else is touched (T6.5)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
from psycopg import sql
from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError

from apella.appeals.model import Appeal
from apella.bootstrap import App
from apella.db.encrypted_columns import ENCRYPTED
from apella.db.engine import DbRole, make_engine
from apella.db.keys import KeysDestroyed
from apella.identity.case_keys import CaseVault
from apella.identity.vault import Vault, Vaults
from apella.tables import METADATA
from apella.tenancy.ids import TenantId
from apella.tenancy.model import Tenant
from apella.testing.erasing import ACT, after_the_day, code_of, superuser
from apella.testing.factories import World, make_world
from apella.testing.play import Play
from apella.testing.plugin import Run
from apella.testing.postgres import SharedCluster
from apella.testing.sealed_registry import Registry
from apella.testing.seasons import bare_season
from apella.testing.sizes import figure, size
from apella.transfer.manifest import TableEntry, tenant_tables
from apella.transfer.rows import driver, write_out

pytestmark = pytest.mark.usefixtures("paperless")
TENANTS = size("T6.5 tenants", small=6, full=85)
KEPT_OF_A_CASE = {"appeal": "id", "outbox_message": "case_id"}


@pytest.fixture
def crowd(own: App) -> dict[str, tuple[TenantId, uuid.UUID]]:
    """So many tenants by their slugs, with their seasons: the regions, which have people and cases, and made-up ones
    with people alone."""
    found: dict[str, tuple[TenantId, uuid.UUID]] = {}
    for rules in own.regions:
        play = Play(own, make_world(own, rules.slug))
        if rules.slug in ("north", "south"):
            play.file(channel="queue_clerk", phone="+79037654321")
            play.drain()
        found[rules.slug] = rules.tenant.tenant_id, play.world.season_id
    engine = make_engine(own.settings.database_url or "", DbRole.OWNER, pool_size=1)
    for number in range(TENANTS - len(found)):
        tenant_id = TenantId(3000 + number)
        with engine.begin() as connection:
            connection.execute(insert(Tenant), [{"id": tenant_id, "slug": f"crowd-{number}"}])
        with own.database.unit_of_work(tenant_id) as work:
            season = bare_season(work.session)
            own.vaults.make_for_season(work.session, tenant_id=tenant_id, season_id=season.id)
        Registry(own, tenant_id, season.id).fill(20)
        found[f"crowd-{number}"] = tenant_id, season.id
    engine.dispose()
    return found


def sealed_values(
    app: App, tenant_id: TenantId, season_id: uuid.UUID
) -> Iterator[tuple[Vault | CaseVault, str, uuid.UUID, bytes]]:
    """Every sealed value of a season: what would open it in a fresh process, its column, its row, its bytes."""
    with app.database.unit_of_work(tenant_id) as work:
        vault = Vaults(app.master).of_season(work.session, tenant_id=tenant_id, season_id=season_id)
        for one in ENCRYPTED:
            table = METADATA.tables[one.table]
            for row in work.session.execute(select(table).where(table.c.season_id == season_id)).mappings().all():
                sealing = vault.of_case(None if one.case is None else row[one.case])
                for name in one.fields:
                    if row[f"{name}_cipher"] is not None:
                        yield sealing, one.column(name), row["id"], row[f"{name}_cipher"]


def opened_values(app: App, tenant_id: TenantId, season_id: uuid.UUID) -> Counter[str]:
    """Open every sealed value of a season: how many there are of each column."""
    found: Counter[str] = Counter()
    for sealing, column, row_id, value in sealed_values(app, tenant_id, season_id):
        assert sealing.open(column, row_id, value)
        found[column] += 1
    return found


def checksums(app: App, tenant_id: TenantId, slug: str) -> dict[str, TableEntry]:
    """Number and hash of the rows of every table of a tenant."""
    with app.database.unit_of_work(tenant_id) as work, driver(work.session) as cursor:
        return {table.name: write_out(cursor, table, tenant_id=tenant_id, slug=slug) for table in tenant_tables()}


@pytest.mark.proof("T6.5")
def test_a_tenant_whose_keys_are_destroyed_is_unreadable_and_no_other(
    own: App, cluster: SharedCluster, crowd: dict[str, tuple[TenantId, uuid.UUID]]
) -> None:
    values = {slug: opened_values(own, *place) for slug, place in crowd.items()}
    sums = {slug: checksums(own, place[0], slug) for slug, place in crowd.items()}
    assert len(crowd) == TENANTS
    assert all(values.values())
    assert {"person.document", "appeal.contact_phone", "outbox_message.text"} <= values["north"].keys()
    assert sums["north"]["data_key"].rows > 1, "the season's and a case's"
    with superuser(own, cluster) as connection:
        connection.execute("DELETE FROM data_key WHERE tenant_id = %s", (crowd["north"][0],))
    assert unreadable(own, *crowd["north"]) == values["north"].total()
    for slug, (tenant_id, season_id) in crowd.items():
        if slug != "north":
            assert opened_values(own, tenant_id, season_id) == values[slug]
            assert checksums(own, tenant_id, slug) == sums[slug]
    figure("T6.5 values of that tenant that open", 0)
    figure(
        "T6.5 values of the others, all of which open",
        sum(one.total() for one in values.values()) - values["north"].total(),
    )
    figure("T6.5 tables of the others that changed", 0)


def unreadable(app: App, tenant_id: TenantId, season_id: uuid.UUID) -> int:
    """How many sealed values of a tenant are refused because their keys are destroyed."""
    refused = 0
    for sealing, column, row_id, value in sealed_values(app, tenant_id, season_id):
        with pytest.raises(KeysDestroyed):
            sealing.open(column, row_id, value)
        refused += 1
    return refused


def rows_of(app: App, cluster: SharedCluster, table: str, where: str, value: object) -> list[tuple[object, ...]]:
    """Rows as they lie in the database."""
    with superuser(app, cluster) as connection:
        query = sql.SQL("SELECT * FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(where))
        return connection.execute(query, (value,)).fetchall()


def put_back(app: App, cluster: SharedCluster, table: str, rows: list[tuple[object, ...]]) -> None:
    """Put rows back as they were, without triggers, as a restore does."""
    with superuser(app, cluster) as connection:
        connection.execute("SET session_replication_role = replica")
        for row in rows:
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(table)),
                (row[list(METADATA.tables[table].columns.keys()).index("id")],),
            )
            connection.execute(
                sql.SQL("INSERT INTO {} VALUES ({})").format(
                    sql.Identifier(table), sql.SQL(", ").join(sql.Placeholder() * len(row))
                ),
                row,
            )


def contacts(app: App, world: World, *cases: uuid.UUID) -> list[str]:
    """The telephones that cases state, opened by a fresh process."""
    tenant_id = world.rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        vault = Vaults(app.master).of_season(work.session, tenant_id=tenant_id, season_id=world.season_id)
        return [
            vault.of_case(case_id).open(
                "appeal.contact_phone",
                case_id,
                work.session.get_one(Appeal, (tenant_id, case_id)).contact_phone_cipher or b"",
            )
            for case_id in cases
        ]


@pytest.mark.parametrize("whole_season", [False, True])
def test_a_value_of_an_erased_case_opens_no_more_even_when_its_row_comes_back(
    own: App, command: Run, cluster: SharedCluster, whole_season: bool
) -> None:
    play, phones = Play(own, make_world(own, "north")), ("+79037654320", "+79037654321")
    mine, other = (play.file(number, phone=phone) for number, phone in enumerate(phones))
    for after, to in (("filed", "scheduled"), ("scheduled", "closed")):
        for case_id in (mine, other):
            play.walk(case_id, to, after=after)
    play.drain()
    assert contacts(own, play.world, mine, other) == list(phones)
    before = {name: rows_of(own, cluster, name, column, mine) for name, column in KEPT_OF_A_CASE.items()}
    assert all(before.values())
    after_the_day(play)
    if whole_season:
        assert command("retention", "run", "--tenant", "north", "--season", code_of(play), *ACT)[0] == 0
    else:
        assert command("erase", "person", "--tenant", "north", "--code", "00000000", *ACT)[0] == 0
    assert rows_of(own, cluster, "data_key", "case_id", mine) == []
    assert rows_of(own, cluster, "outbox_message", "case_id", mine) == []

    for table, rows in before.items():
        put_back(own, cluster, table, rows)
    assert rows_of(own, cluster, "appeal", "id", mine) == before["appeal"]
    with pytest.raises(KeysDestroyed):
        contacts(own, play.world, mine)
    if not whole_season:
        assert contacts(own, play.world, other) == [phones[1]], "the other's case is as it was"
    # Without its key the database takes no such value from anybody who does not switch its triggers off.
    with own.database.unit_of_work(play.world.rules.tenant.tenant_id) as work, pytest.raises(OperationalError):
        work.session.execute(
            update(Appeal).where(Appeal.id == mine).values(contact_phone_cipher=Appeal.contact_phone_cipher)
        )
