"""Importing a delivery: everything or nothing, once, and never over what was decided."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func as sql
from sqlalchemy import select

from apella.appeals.model import Appeal, HearingMode
from apella.appeals.states import AppealKind, Outcome, State
from apella.audit.model import AuditEvent
from apella.commissions.model import Decision
from apella.demo.season import DemoSeason
from apella.experts.model import Expert
from apella.identity.model import Category, Membership, Person, PersonKind
from apella.identity.people import normal_document
from apella.identity.roles import Role
from apella.onboarding.importing import ImportReport
from apella.registry.importing_delivery import Delivery, read_delivery
from apella.registry.model import Mark, Organisation, Result, ResultSource, Work
from apella.registry.repository import marks_in_force, result_in_force
from apella.tenancy.model import Commission, Season
from apella.testing.registry import Registry

OpenRegistry = Callable[..., Registry]


def with_marks(season: DemoSeason, code: str, change: Callable[[list[int]], None]) -> DemoSeason:
    """The season with other marks for one work."""

    def changed(marks: bytes) -> bytes:
        new = list(marks)
        change(new)
        return bytes(new)

    return replace(
        season,
        marked=tuple((work, changed(marks) if work.work_code == code else marks) for work, marks in season.marked),
    )


def raised(marks: list[int]) -> None:
    """Turn the first mark from 0 to 1 or back."""
    marks[0] = 1 - marks[0]


def test_every_row_of_a_delivery_arrives(registry: Registry) -> None:
    season = registry.season(participants=10)
    report = registry.take(season)
    assert report.changed
    results, marks = list(season.results()), list(season.marks())
    assert registry.counted() == {
        "organisation": len(season.organisations),
        "exam": len(season.exams),
        "person": len(season.participants) + len(season.experts),
        "work": len(season.works),
        "expert": len(season.experts),
        "result": len(results),
        "mark": len(marks),
        "work_check": len(season.checks),
        "import_batch": 1,
    }
    assert report.counts["marks_added"] == len(marks)
    assert report.counts["results_changed"] == report.counts["cases_open"] == 0
    works = registry.works()
    for row in results:
        (result,) = registry.results(row.work_code)
        assert (result.version, result.source) == (1, ResultSource.IMPORT)
        assert (result.primary_score, result.test_score) == (row.primary_score, row.test_score)
    first = [mark for mark in marks if mark.work_code == results[0].work_code]
    stored = registry.read(lambda session: marks_in_force(session, works[results[0].work_code]))
    columns = ("task_type", "position", "task", "criterion", "answer", "mark", "max_mark")
    assert [tuple(getattr(mark, name) for name in columns) for mark in stored] == [mark[1:] for mark in first]


def test_participants_get_their_home_and_no_account(registry: Registry) -> None:
    season = registry.season(participants=10)
    registry.take(season)
    query = (
        select(Person.login, Person.kind, Person.category, Person.sort_key, Organisation.kind, Organisation.code)
        .join(Organisation, Organisation.id == Person.organisation_id)
        .where(Person.season_id == registry.season_id)
    )
    people = {row.login: row for row in registry.read(lambda session: session.execute(query).all())}
    for row in season.participants:
        found = people[row.registration_code]
        assert (found.kind, found.category) == (PersonKind.PARTICIPANT, row.category)
        assert found.sort_key.startswith(row.surname.lower().replace("ё", "е"))
        assert found.code == row.organisation_code
    assert people[season.participants[8].registration_code][4] == "municipal_authority"
    memberships = select(sql.count()).select_from(Membership).where(Membership.season_id == registry.season_id)
    assert registry.read(lambda session: session.scalars(memberships).one()) == 0


def test_personal_data_is_found_by_its_index_and_opens_in_its_own_row(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    row = season.participants[2]
    tenant_id = registry.app.regions.get("north").tenant.tenant_id
    with registry.work() as session:
        vault = registry.app.vaults.of_season(session, tenant_id=tenant_id, season_id=registry.season_id)
        index = vault.index("person.document", normal_document(row.document))
        query = select(Person).where(Person.document_index == index, Person.season_id == registry.season_id)
        person = session.scalars(query).one()
        assert person.login == row.registration_code
        assert person.document_cipher is not None
        assert person.phone_cipher is not None
        assert row.document.replace(" ", "").encode() not in person.document_cipher
        assert vault.open("person.document", person.id, person.document_cipher) == row.document.replace(" ", "")
        assert vault.open("person.phone", person.id, person.phone_cipher).startswith("+7900")


def test_experts_become_staff_with_a_login_of_their_code(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    query = select(Expert, Person).join(Person, Person.id == Expert.person_id)
    rows = registry.read(lambda s: s.execute(query.where(Expert.season_id == registry.season_id)).all())
    found = {expert.code: (expert, person) for expert, person in rows}
    for row in season.experts:
        expert, person = found[row.expert_code]
        assert person.login == f"north-expert-{row.expert_code}"
        assert (person.kind, person.document_cipher) == (PersonKind.STAFF, None)
        assert (expert.status, expert.subject_chair) == (row.status, row.subject_chair)


def test_the_same_delivery_again_changes_nothing(registry: Registry) -> None:
    delivery = registry.delivery(registry.season())
    first = registry.take(delivery)
    before = registry.counted()
    again = registry.take(delivery)
    assert not again.changed
    assert dict(again.counts) == dict(first.counts)
    assert registry.counted() == before


def test_the_same_rows_in_another_manifest_make_no_versions(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    before = registry.counted()
    delivery = registry.delivery(season)
    (delivery.directory / "manifest.json").write_text(json.dumps(delivery.manifest.model_dump()), encoding="utf-8")
    report = registry.take(replace(delivery, sha256=b"x" * 32))
    assert not report.changed
    assert not any(report.counts.values())
    assert registry.counted() - before == {"import_batch": 1}


def test_a_changed_mark_makes_a_version_and_keeps_the_earlier_one(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    code = season.marked[0][0].work_code
    changed = with_marks(season, code, raised)
    report = registry.take(changed)
    assert report.changed
    assert report.counts["results_changed"] == 1
    assert report.counts["results_added"] == 0
    assert report.counts["marks_added"] == len(season.marked[0][1])
    first, second = registry.results(code)
    assert [first.version, second.version] == [1, 2]
    assert abs(second.primary_score - first.primary_score) == 1
    work_id = registry.works()[code]
    in_force = registry.read(lambda session: result_in_force(session, work_id))
    assert in_force is not None
    assert in_force.id == second.id
    marks = select(Mark.mark).where(Mark.result_id == first.id).order_by(Mark.task_type, Mark.position)
    assert bytes(registry.read(lambda session: session.scalars(marks).all())) == season.marked[0][1]
    assert not registry.take(registry.season()).changed, "the first delivery came again and is known"


def test_a_changed_answer_alone_makes_a_version(registry: Registry) -> None:
    season = registry.season()
    delivery = registry.delivery(season)
    registry.take(delivery)
    code = season.marked[0][0].work_code
    again = registry.delivery(season)
    path = again.directory / "marks.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{code};B;1;"))
    cells = lines[at].split(";")
    cells[5] = "другой ответ"
    lines[at] = ";".join(cells)
    path.write_text("".join(lines), encoding="utf-8")
    rows = registry.take(_reread(registry, again))
    assert rows.counts["results_changed"] == 1


def _reread(registry: Registry, delivery: Delivery) -> Delivery:
    """Read a folder again whose tables were edited, with their hashes put right."""
    manifest = delivery.manifest.model_dump()
    for name, entry in manifest["tables"].items():
        entry["sha256"] = hashlib.sha256((delivery.directory / name).read_bytes()).hexdigest()
    (delivery.directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return read_delivery(delivery.directory, rules=registry.app.regions.get("north"))


def test_a_table_that_knows_of_no_recalculation_does_not_undo_it(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    code = season.marked[0][0].work_code
    recalculated = with_marks(season, code, raised)
    row = next(row for row in recalculated.results() if row.work_code == code)
    with registry.work() as session:
        result = Result(
            work_id=registry.works()[code],
            version=2,
            primary_score=row.primary_score,
            test_score=row.test_score,
            source=ResultSource.RECALCULATION,
        )
        session.add(result)
        session.flush()
        for mark in (mark for mark in recalculated.marks() if mark.work_code == code):
            session.add(Mark(result_id=result.id, **{name: getattr(mark, name) for name in mark._fields[1:]}))
    unaware, aware = registry.delivery(season), registry.delivery(recalculated)
    assert not registry.take(replace(unaware, sha256=b"u" * 32)).changed
    assert not registry.take(replace(aware, sha256=b"a" * 32)).changed
    assert [result.version for result in registry.results(code)] == [1, 2]

    def raise_another(marks: list[int]) -> None:
        marks[1] = 1 - marks[1]

    assert registry.take(with_marks(season, code, raise_another)).counts["results_changed"] == 1
    assert [result.source for result in registry.results(code)] == ["import", "recalculation", "import"]


def test_a_later_delivery_adds_results(registry: Registry) -> None:
    registry.take(registry.season())
    before = registry.counted()
    later = registry.season(until=date(2026, 6, 25))
    report = registry.take(later)
    assert report.counts["results_added"] == len(later.marked) - before["result"] > 0
    assert report.counts["works_added"] == report.counts["works_changed"] == report.counts["results_changed"] == 0
    assert registry.counted()["work_check"] == len(later.checks)


def test_corrected_people_and_places_keep_their_rows(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    query = select(Person).where(Person.season_id == registry.season_id, Person.login == "910007000001")
    before = registry.read(lambda session: session.scalars(query).one())
    people = list(season.participants)
    people[0] = people[0]._replace(surname="Ёлкина", phone="+7 900 001-02-03", email=None)
    experts = [season.experts[0]._replace(surname="Знатокова", status="senior"), *season.experts[1:]]
    works = [season.works[0]._replace(room="0099"), *season.works[1:]]
    report = registry.take(replace(season, participants=tuple(people), experts=tuple(experts), works=tuple(works)))
    changes = {name: count for name, count in report.counts.items() if count}
    assert changes == {"participants_changed": 1, "works_changed": 1, "experts_changed": 2}
    after = registry.read(lambda session: session.scalars(query).one())
    assert (after.id, after.surname, after.sort_key[:7]) == (before.id, "Ёлкина", "елкина ")
    assert after.phone_index != before.phone_index
    assert after.document_index == before.document_index
    assert (after.email_cipher, after.email_index) == (None, None)


def test_open_and_decided_cases_of_a_changed_work_are_counted_and_left_alone(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    codes = [season.marked[at][0].work_code for at in range(4)]
    for code, state, outcome in (
        (codes[0], State.REGISTERED, None),
        (codes[1], State.CLOSED, Outcome.REJECTED),
        (codes[2], State.CLOSED, Outcome.WITHDRAWN),
    ):
        _case(registry, code, state, outcome)
    decided = registry.results(codes[1])[0]
    for code in codes:
        season = with_marks(season, code, raised)
    report = registry.take(season)
    assert report.counts["results_changed"] == 4
    assert (report.counts["cases_open"], report.counts["cases_decided"]) == (1, 1)
    query = select(Decision.result_id).join(Appeal, Appeal.id == Decision.case_id)
    of_season = query.where(Appeal.season_id == registry.season_id)
    assert registry.read(lambda session: session.scalars(of_season).all()) == [decided.id]


def _case(registry: Registry, code: str, state: State, outcome: Outcome | None) -> None:
    now = datetime(2026, 6, 19, 9, tzinfo=UTC)
    result = registry.results(code)[0]
    with registry.work() as session:
        work = session.scalars(select(Work).where(Work.code == code, Work.season_id == registry.season_id)).one()
        commission = select(Commission.id).where(Commission.season_id == registry.season_id)
        case = Appeal(
            season_id=work.season_id,
            commission_id=session.scalars(commission).one(),
            person_id=work.person_id,
            exam_id=work.exam_id,
            work_id=work.id,
            rule_version=session.get_one(Season, (work.tenant_id, work.season_id)).rule_version,
            kind=AppealKind.SCORE,
            category=Category.STUDENT,
            channel="portal",
            state=state,
            receipt_number=code,
            filed_by=work.person_id,
            filer_role=Role.PARTICIPANT,
            filed_at=now,
            attends_participant=True,
            attends_parent=False,
            attends_proxy=False,
            hearing_mode=HearingMode.ON_SITE,
            disputed=[],
            outcome=outcome,
            closed_at=now if state is State.CLOSED else None,
        )
        session.add(case)
        session.flush()
        if outcome is Outcome.REJECTED:
            session.add(
                Decision(
                    case_id=case.id,
                    round=1,
                    outcome=outcome,
                    reason="учебное",
                    votes_for=0,
                    votes_against=3,
                    casting_vote=False,
                    result_id=result.id,
                    decided_at=now,
                    chaired_by=work.person_id,
                )
            )


def test_two_tenants_with_the_same_codes_do_not_meet(registry: Registry, open_registry: OpenRegistry) -> None:
    other = open_registry("south")
    season = registry.season()
    registry.take(season)
    other.take(replace(season, slug="south"))
    assert set(registry.works()) == set(other.works())
    assert set(registry.works().values()).isdisjoint(other.works().values())
    foreign = next(iter(registry.works().values()))
    assert other.read(lambda session: session.scalars(select(Work).where(Work.id == foreign)).first()) is None


def test_two_imports_at_once_take_turns(registry: Registry) -> None:
    delivery = registry.delivery(registry.season())
    reports: list[ImportReport] = []
    at_once = threading.Barrier(2)

    def take() -> None:
        at_once.wait(20)
        reports.append(registry.take(delivery))

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(report.changed for report in reports) == [False, True]
    assert registry.counted()["import_batch"] == 1


def test_rows_are_written_in_any_number_of_batches(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apella.registry.importing_bulk.BATCH", 7)
    # Also asks the database to count its tables, which it may refuse to this role, but then in silence.
    monkeypatch.setattr("apella.registry.importing_bulk._FEW", -2)
    season = registry.season()
    registry.take(season)
    assert registry.counted()["mark"] == sum(1 for _ in season.marks())


def test_the_import_stands_in_the_audit_by_its_numbers(registry: Registry) -> None:
    season = registry.season()
    report = registry.take(season)
    query = select(AuditEvent).where(
        AuditEvent.season_id == registry.season_id, AuditEvent.tag == "registry:import:done"
    )
    event = registry.read(lambda session: session.scalars(query).one())
    assert json.loads(event.changes)["after"] == dict(report.counts)
    assert event.actor_login == "system"
    assert event.case_at is not None
    assert abs(event.case_at - event.at - timedelta(days=1)) < timedelta(minutes=5)
    assert not any(row.surname in event.changes for row in season.participants)
