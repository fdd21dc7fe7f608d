"""After the day that the acts name, a season's personal data are erased, and what reports need stays."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from apella.appeals.model import Appeal
from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.identity.model import DataKey, Membership, Person, PersonKind
from apella.identity.vault import Vaults
from apella.registry.model import Result
from apella.retention.plan import TOMBSTONE
from apella.retention.service import propose
from apella.storage.keys import Area, ObjectKey
from apella.storage.model import FileState, StoredFile
from apella.storage.port import ObjectNotFound
from apella.sweeping import check_audit
from apella.testing.erasing import ACT, after_the_day, code_of, whole_database
from apella.testing.factories import World, make_world
from apella.testing.play import Play
from apella.testing.plugin import Run
from apella.testing.postgres import SharedCluster

pytestmark = pytest.mark.usefixtures("paperless")
STATEMENT = "Прошу пересмотреть задание, канарейка-утверждение"


@pytest.fixture
def played(own: App) -> Play:
    """A season with one case to its end, one withdrawn, documents and all."""
    play = Play(own, make_world(own, "north"))
    play.walk(play.file(0, statement=STATEMENT, phone="+79037654321", email="kanareika@example.ru"), "closed")
    play.drain()
    return play


def figures(play: Play) -> Counter[tuple[object, ...]]:
    """What a report counts: cases by kind, state and outcome, and the marks."""
    cases = play.read(
        lambda session: session.execute(
            select(Appeal.kind, Appeal.state, Appeal.outcome, Appeal.filed_at, Appeal.closed_at, Appeal.exam_id).where(
                Appeal.season_id == play.world.season_id
            )
        ).all()
    )
    results = play.read(lambda session: session.execute(select(Result.primary_score, Result.test_score)).all())
    return Counter([*map(tuple, cases), *map(tuple, results)])


def files(play: Play) -> list[StoredFile]:
    return play.read(
        lambda session: list(session.scalars(select(StoredFile).where(StoredFile.season_id == play.world.season_id)))
    )


@pytest.mark.clause("core:E23", "core:A42")
def test_before_the_day_nothing_is_erased_and_the_clause_is_named(played: Play, command: Run) -> None:
    played.clock_to(datetime(played.world.rules.year + 1, 3, 1, 23, 30, tzinfo=played.world.rules.zone).astimezone(UTC))
    before = figures(played)
    code, _, complained = command("retention", "run", "--tenant", "north", "--season", code_of(played), *ACT)
    assert code == 1
    last_day = f"по 01.03.{played.world.rules.year + 1} включительно: основание core:E23, core:A42"
    assert f"Документы этого сезона хранят {last_day}" in complained
    assert figures(played) == before
    _, said, _ = command("retention", "show", "--tenant", "north")
    assert f"Хранить {last_day}" in said
    assert "Пора стереть" not in said


@pytest.mark.clause("core:E23")
def test_after_the_day_people_are_gone_and_the_figures_stay(
    played: Play, own: App, command: Run, cluster: SharedCluster
) -> None:
    south = Play(own, make_world(own, "south"))
    after_the_day(played)
    before, stored = figures(played), files(played)
    assert stored
    names = {
        text
        for person in played.read(lambda session: list(session.scalars(select(Person))))
        if person.season_id == played.world.season_id and person.kind is PersonKind.PARTICIPANT
        for text in (person.surname, person.sort_key, person.document_cipher and person.document_cipher.hex())
    }
    assert all(str(text) in whole_database(own, cluster) for text in names)
    assert STATEMENT in whole_database(own, cluster)
    _, said, _ = command("retention", "show", "--tenant", "north")
    assert "Пора стереть: apella retention run" in said
    assert "людей: " in said
    assert f"файлов: {len(stored)}" in said

    code, said, complained = command("retention", "run", "--tenant", "north", "--season", code_of(played), *ACT)
    assert (code, complained) == (0, "")
    assert "личные данные стёрты" in said
    found = whole_database(own, cluster)
    assert [text for text in (*names, STATEMENT) if str(text) in found and "Примеров" not in str(text).title()] == []
    tenant_id = played.world.rules.tenant.tenant_id
    with own.database.unit_of_work(tenant_id) as work:
        people = work.session.scalars(select(Person).where(Person.season_id == played.world.season_id)).all()
        outsiders = [one for one in people if one.kind is PersonKind.PARTICIPANT]
        assert {(one.surname, one.given_name, one.patronymic) for one in outsiders} == {(TOMBSTONE,) * 3}
        assert {one.login for one in outsiders} == {f"erased-{one.id}" for one in outsiders}
        assert all(one.document_cipher is one.phone_index is one.email_cipher is None for one in people)
        assert all(one.surname != TOMBSTONE for one in people if one.kind is PersonKind.STAFF)
        gone = [one.id for one in outsiders]
        assert work.session.scalars(select(Membership).where(Membership.person_id.in_(gone))).all() == []
        assert work.session.scalars(select(DataKey).where(DataKey.season_id == played.world.season_id)).all() == []
        case = work.session.scalars(select(Appeal).where(Appeal.season_id == played.world.season_id)).one()
        assert (case.statement, case.contact_phone_cipher) == (TOMBSTONE, None)
        event = work.session.scalars(select(AuditEvent).where(AuditEvent.tag == "season:personal_data:erased")).one()
        assert "№ 17-у от 02.03.2026" in event.changes
    assert figures(played) == before
    for file in files(played):
        assert (file.state, file.file_name) == (FileState.ERASED, TOMBSTONE)
        with pytest.raises(ObjectNotFound):
            own.store.head(ObjectKey.parse(file.key, area=Area.CLEAN))
    assert command("audit", "verify", "--tenant", "north")[0] == 0
    assert opens(own, south.world) == 3

    # Once more: nothing is left to do, and nothing is said to have been done.
    _, said, _ = command("retention", "run", "--tenant", "north", "--season", code_of(played), *ACT)
    assert "личных данных уже нет" in said
    _, said, _ = command("retention", "show", "--tenant", "north")
    assert "Личных данных нет: стёрты." in said
    assert played.case(case.id).state == case.state, "the season is still looked at"


def opens(app: App, world: World) -> int:
    """How many documents of a world's people a fresh process opens."""
    tenant_id = world.rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        vault = Vaults(app.master).of_season(work.session, tenant_id=tenant_id, season_id=world.season_id)
        people = work.session.scalars(
            select(Person).where(Person.season_id == world.season_id, Person.document_cipher.is_not(None))
        ).all()
        return sum(bool(vault.open("person.document", one.id, one.document_cipher or b"")) for one in people)


def test_a_season_with_an_open_case_is_not_erased(own: App, command: Run) -> None:
    play = Play(own, make_world(own, "north"))
    play.file(1)
    after_the_day(play)
    code, _, complained = command("retention", "run", "--tenant", "north", "--season", code_of(play), *ACT)
    assert code == 1
    assert "открытых дел: 1" in complained
    _, said, _ = command("retention", "show", "--tenant", "north")
    assert "Открытых дел 1" in said


def test_the_night_says_what_is_due_and_erases_nothing(
    played: Play, own: App, caplog: pytest.LogCaptureFixture
) -> None:
    with own.database.unit_of_work(played.world.rules.tenant.tenant_id) as work:
        assert propose(work.session, rules=played.world.rules, machine_now=work.machine_now) == 0
    after_the_day(played)
    before = figures(played)
    with caplog.at_level("WARNING"):
        for _ in own.regions:
            # A sweep looks at one tenant's chain, so that it stays short.
            check_audit(own)
    said = [one for one in caplog.records if one.name == "apella.retention.service"]
    assert [(vars(one)["code"], vars(one)["tenant"]) for one in said] == [("retention.due", "north")]
    assert figures(played) == before
    assert opens(own, played.world) == 3


def test_a_run_that_was_cut_off_is_ended_by_the_next(
    played: Play, own: App, command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_the_day(played)
    asked = ("retention", "run", "--tenant", "north", "--season", code_of(played), *ACT)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for where in ("_erase", "delete_marked"):
        with monkeypatch.context() as patch:
            patch.setattr(f"apella.retention.service.{where}", cut)
            assert command(*asked)[0] == 1
    assert any(own.store.listing(Area.CLEAN, tenant="north", kind="document"))
    assert command(*asked)[0] == 0
    assert not any(own.store.listing(Area.CLEAN, tenant="north", kind="document"))


# --- One person -------------------------------------------------------------------------------------------------------


def erase(command: Run, code: str) -> tuple[int, str, str]:
    return command("erase", "person", "--tenant", "north", "--code", code, *ACT)


def test_who_never_appealed_is_erased_at_once_and_alone(
    played: Play, own: App, command: Run, cluster: SharedCluster
) -> None:
    person = played.world.participants[2].person_id
    code, said, complained = erase(command, "00000002")
    assert (code, complained) == (0, "")
    assert "стёрты" in said
    assert "p2@example.ru" not in said
    assert opens(own, played.world) == 2
    found = played.read(lambda session: session.get_one(Person, (played.world.rules.tenant.tenant_id, person)))
    assert (found.surname, found.login, found.phone_index) == (TOMBSTONE, f"erased-{person}", None)
    assert "00000002" not in whole_database(own, cluster).replace("W0000002", "")
    assert erase(command, "00000002")[2] == "Участника с таким кодом регистрации в этом сезоне нет.\n"


def test_who_has_an_open_case_is_not_erased(own: App, command: Run) -> None:
    Play(own, make_world(own, "north")).file(1)
    code, _, complained = erase(command, "00000001")
    assert code == 1
    assert "открытое дело" in complained


@pytest.mark.clause("core:E23")
def test_whose_papers_are_still_kept_is_not_erased(played: Play, command: Run) -> None:
    code, _, complained = erase(command, "00000000")
    assert code == 1
    assert "основание core:E23, core:A42" in complained
    after_the_day(played)
    assert erase(command, "00000000")[0] == 0


@pytest.mark.parametrize("day", ["2999-01-01", "2027-03-03"])
def test_an_act_of_tomorrow_erases_nothing(played: Play, command: Run, day: str) -> None:
    after_the_day(played)
    for asked in (("erase", "person", "--code", "00000000"), ("retention", "run", "--season", code_of(played))):
        code, _, complained = command(*asked, "--tenant", "north", "--act", "17-у", "--act-date", day)
        assert (code, "ещё не подписан: сегодня 02.03.2027" in complained) == (1, True)
    assert erase(command, "00000000")[0] == 0


@pytest.mark.parametrize("number", ["8304 № 123456", "Иванов, тел. 8 900 123.45.67", "17-у" * 11, " "])
def test_a_number_of_an_act_that_would_name_somebody_is_refused(command: Run, number: str) -> None:
    asked = ("--tenant", "north", "--code", "00000000", "--act", number, "--act-date", "2026-03-02")
    code, _, complained = command("erase", "person", *asked)
    assert (code, "Без имён, телефонов и номеров документов" in complained) == (1, True)


def test_staff_are_nobodys_registration_code(played: Play, command: Run) -> None:
    assert erase(command, played.world.staff["secretary"].login)[0] == 1


# --- After a restore --------------------------------------------------------------------------------------------------


def test_what_a_copy_brings_back_is_erased_again(
    played: Play, own: App, command: Run, cluster: SharedCluster, tmp_path: Path
) -> None:
    """The database is copied, somebody is erased, the copy is put back: as a production database is restored."""
    from apella.testing.database import fresh_name

    name = str(make_url(own.settings.database_url or "").database)
    after_the_day(played)
    own.database.engine.dispose()
    copy = fresh_name("copy")
    cluster.clone(name, copy)
    assert command("retention", "run", "--tenant", "north", "--season", code_of(played), *ACT)[0] == 0
    own.database.engine.dispose()
    cluster.drop(name)
    cluster.clone(copy, name)
    cluster.drop(copy)
    assert opens(own, played.world) == 3, "the copy brought everybody back"
    own.database.engine.dispose()

    code, said, complained = command("retention", "replay")
    assert (code, complained) == (0, "")
    assert "по записям: 1" in said
    assert STATEMENT not in whole_database(own, cluster)
    assert opens(own, played.world) == 0
    with own.database.unit_of_work(played.world.rules.tenant.tenant_id) as work:
        assert work.session.scalars(select(DataKey).where(DataKey.season_id == played.world.season_id)).all() == []


def test_a_note_of_an_erasure_that_was_changed_is_refused(played: Play, own: App, command: Run) -> None:
    assert erase(command, "00000002")[0] == 0
    (note,) = (own.settings.master_key_file.parent / "erasures").glob("*.json")
    person = played.world.participants[2].person_id
    note.write_text(note.read_text().replace(str(person), str(uuid.uuid4())))
    code, _, complained = command("retention", "replay")
    assert code == 1
    assert "изменена или подписана чужим ключом" in complained
