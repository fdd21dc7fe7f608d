"""The commands `apella calendar`: what an operator sees and hands in, one sentence for each refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from apella.audit.model import AuditEvent
from apella.calendar import store
from apella.calendar.model import VersionState
from apella.testing.calendars import FEAST, StartCalendar
from apella.testing.plugin import Run

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The import of one day off."""
    path = tmp_path / "june.toml"
    path.write_bytes(FEAST)
    return path


def test_a_year_is_shown_by_months_with_the_reason_of_every_special_day(run: Run) -> None:
    code, said, _ = run("calendar", "show", "--tenant", "north", "--year", 2025)
    assert code == 0
    assert "Рабочих дней 247. Версия календаря base." in said
    assert "Июнь, 19 рабочих" in said
    assert " 9  10  11' 12! 13> 14. 15." in said
    assert "  пт 13.06.2025  выходной перенесён с сб 08.03.2025" in said
    _, said, _ = run("calendar", "show", "--tenant", "north", "--year", 2025, "--week", 6)
    assert "Рабочих дней 299." in said


def test_a_year_is_given_as_values_too(run: Run) -> None:
    code, said, _ = run("calendar", "show", "--tenant", "north", "--year", 2025, "--json")
    shown = json.loads(said)
    assert (code, shown["working_days"], shown["week"], shown["calendar_version"]) == (0, 247, 5, "base")
    assert shown["days"][162] == {
        "date": "2025-06-12",
        "works": False,
        "kind": "holiday",
        "shortened": False,
        "reason": "День России",
    }


def test_a_year_that_is_not_loaded_and_a_tenant_that_is_not_there_are_named(run: Run) -> None:
    for year in (2029, -1, 99999999999):
        code, _, complaint = run("calendar", "show", "--tenant", "north", "--year", year)
        assert (code, f"Календарь на {year} год не загружен" in complaint) == (2, True)
    code, _, complaint = run("calendar", "show", "--tenant", "nowhere")
    assert (code, "Региона «nowhere» нет. Есть: " in complaint) == (1, True)


def test_a_file_is_compared_without_a_database(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APELLA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, said, _ = run("calendar", "diff", "--tenant", "north", file)
    assert code == 0
    assert said.strip() == (
        "пт 06.06.2025: станет выходным; было: рабочий день; "
        "станет: региональный выходной: Праздник области (Указ Губернатора от 01.06.2025 № 15-УГ)"
    )
    _, said, _ = run("calendar", "diff", "--tenant", "north", "--json", file)
    assert [(day["date"], day["week"]) for day in json.loads(said)["days"]] == [("2025-06-06", 5), ("2025-06-06", 6)]


def test_with_the_database_the_clocks_that_move_are_named_and_nothing_is_kept(
    calendar: StartCalendar, run: Run, file: Path
) -> None:
    north = calendar()
    number = north.play.case(north.play.file(0)).journal_number
    code, said, _ = run("calendar", "diff", "--tenant", "north", "--live", file)
    assert code == 0
    assert "Идёт сроков: 4, сдвинется: 4." in said
    assert (
        f"  {number}  Рассмотрение апелляции о несогласии с баллами: до ср 11.06.2025, 23:59 → до пн 16.06.2025, 23:59"
        in said
    )
    assert "Окна подачи апелляций: 1." in said
    _, said, _ = run("calendar", "diff", "--tenant", "north", "--live", "--json", file)
    moved = json.loads(said)["later"]
    assert (moved["total"], moved["rows"][0]["case"]) == (4, number)
    assert north.play.read(store.versions) == []


def test_an_import_waits_for_a_person(calendar: StartCalendar, run: Run, file: Path) -> None:
    north = calendar()
    case_id = north.play.file(0)
    code, said, _ = run("calendar", "import", "--tenant", "north", "--note", "по телефону", file)
    assert code == 0
    (version,) = north.play.read(store.versions)
    assert (version.state, version.note, version.proposed_login) == (VersionState.PROPOSED, "по телефону", "system")
    assert f"/north/calendar/changes/{version.id}" in said
    assert north.last_day(case_id, "score.consideration") == "ср 11.06.2025"
    _, said, _ = run("calendar", "show", "--tenant", "north", "--year", 2025, "--live")
    assert "Версия календаря base." in said


def test_at_night_an_operator_applies_in_the_name_of_who_may(calendar: StartCalendar, run: Run, file: Path) -> None:
    north = calendar()
    case_id = north.play.file(0)
    chair = north.play.actor("chair")
    arguments = ("calendar", "import", "--tenant", "north", "--approve", "--reason", "звонок председателя в 23:10")
    code, said, _ = run(*arguments, "--as", chair.login, file)
    assert (code, "Календарь base+1 введён в действие." in said) == (0, True)
    assert north.last_day(case_id, "score.consideration") == "пн 16.06.2025"
    (version,) = north.play.read(store.versions)
    assert (version.decided_login, version.decision_reason) == (
        chair.login,
        "внёс оператор: звонок председателя в 23:10",
    )
    query = select(AuditEvent).where(AuditEvent.tag == "calendar:version:approved")
    event = north.play.read(lambda session: session.scalars(query).one())
    assert (event.actor_id, json.loads(event.changes)["after"]["entered_by"]) == (chair.person_id, "operator")
    _, said, _ = run("calendar", "show", "--tenant", "north", "--year", 2025, "--live")
    assert "Версия календаря base+1." in said


@pytest.mark.parametrize(
    ("who", "more", "complaint"),
    [
        ("secretary", ("--reason", "ночь"), "Это действие выполняет другой участник процесса."),
        ("chair", (), "Для --approve укажите, от чьего имени (--as) и почему (--reason)."),
        ("nobody", ("--reason", "ночь"), "Сотрудника с логином nobody в этом сезоне нет"),
    ],
)
def test_nobody_applies_without_the_right_and_a_reason(
    calendar: StartCalendar, run: Run, file: Path, who: str, more: tuple[str, ...], complaint: str
) -> None:
    north = calendar()
    login = who if who == "nobody" else north.play.actor(who).login
    code, _, said = run("calendar", "import", "--tenant", "north", "--approve", "--as", login, *more, file)
    assert (code, complaint in said) == (1, True)
    assert north.play.read(store.versions) == []


def test_a_faulty_file_is_refused_with_its_place_and_nothing_is_kept(
    calendar: StartCalendar, run: Run, tmp_path: Path
) -> None:
    north = calendar()
    path = tmp_path / "wrong.toml"
    path.write_bytes(FEAST.replace(b"carry_over", b"carryover"))
    code, _, complaint = run("calendar", "import", "--tenant", "north", path)
    assert code == 1
    assert "wrong.toml: [[day]] 1: ключа carryover нет в схеме" in complaint
    code, _, complaint = run("calendar", "import", "--tenant", "north", tmp_path / "absent.toml")
    assert (code, "файл не читается" in complaint) == (1, True)
    assert north.play.read(store.versions) == []


def test_the_shipped_calendar_is_proposed_where_it_differs(calendar: StartCalendar, run: Run, file: Path) -> None:
    north = calendar()
    code, _, complaint = run("calendar", "import", "--tenant", "north", "--shipped")
    assert (code, "Вносить нечего" in complaint) == (1, True)
    north.approve(north.propose())
    code, said, _ = run("calendar", "import", "--tenant", "north", "--shipped")
    assert (code, "пт 06.06.2025: станет рабочим" in said) == (0, True)
    code, _, complaint = run("calendar", "import", "--tenant", "north", "--shipped", file)
    assert (code, "что-то одно" in complaint) == (1, True)
