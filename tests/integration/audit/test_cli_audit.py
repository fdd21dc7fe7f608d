"""The commands of the audit as an operator types them, and an export as a court's expert checks it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func as sql
from sqlalchemy import select, update

from apella.appeals.model import Appeal
from apella.audit import offline_verify
from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.sweeping import seal_audit
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, Run, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

REASON = "запрос суда № 2-14 от 20.06.2026"
Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def check(tmp_path: Path, run: Run) -> Check:
    """Check a file by the verifier alone: no package of ours can be imported."""
    key = tmp_path / "audit.pub"
    assert run("audit", "key", "--output", key)[0] == 0

    def verify(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
        lonely = tmp_path / "elsewhere" / "offline_verify.py"
        lonely.parent.mkdir(exist_ok=True)
        lonely.write_bytes(Path(offline_verify.__file__).read_bytes())
        blind = "import runpy, sys; sys.modules['apella'] = None; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
        command = [sys.executable, "-I", "-c", blind, str(lonely), str(file), "--public-key", str(key), *options]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return verify


@pytest.fixture
def decided(play: StartPlay, client_for: ClientFor) -> tuple[Play, str]:
    """A decided case whose document somebody looked at."""
    north = play()
    case = north.walk(north.file(), "decided", outcome="up")
    client_for(north.actor("chair")).post(f"appeals/{case}/document-number")
    return north, str(case)


def export(run: Run, output: Path, case: str, *options: str) -> tuple[int, str, str]:
    return run("audit", "export", "--tenant", "north", "--case", case, "--reason", REASON, "--output", output, *options)


@pytest.mark.parametrize("shape", ["html", "json"])
def test_an_export_of_a_case_is_read_and_proved_without_the_platform(
    run: Run, tmp_path: Path, decided: tuple[Play, str], check: Check, shape: str
) -> None:
    north, case = decided
    output = tmp_path / f"case.{shape}"
    code, said, _ = export(run, output, case, "--format", shape)
    assert code == 0, said
    verdict = check(output)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    signed = offline_verify.read_export(output.read_bytes())
    query = select(AuditEvent).where(AuditEvent.case_id == case).order_by(AuditEvent.seq)
    events = north.read(lambda session: list(session.scalars(query)))
    assert [one["seq"] for one in signed["export"]["events"]] == [event.seq for event in events]
    assert (events[-1].tag, events[-1].reason) == ("audit:journal:exported", REASON)
    assert signed["export"]["reason"] == REASON
    assert f"событий {len(events)}, цепочка цела" in verdict.stdout
    assert output.stat().st_mode & 0o777 == 0o600


def test_the_page_says_who_when_and_what_in_plain_words_and_no_personal_data(
    run: Run, tmp_path: Path, decided: tuple[Play, str]
) -> None:
    north, case = decided
    export(run, tmp_path / "case.html", case)
    page = (tmp_path / "case.html").read_text()
    shown = page.partition("<script")[0]
    for words in (
        "Апелляция подана",
        "состояние: рассматривается → протокол не передан",
        "Открыты личные данные участника",
        "председатель комиссии",
        north.actor("chair").login,
        REASON,
        "время дела:",
    ):
        assert words in shown
    assert re.search(r"(пн|вт|ср|чт|пт|сб|вс) \d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d", shown)
    assert all(word not in page for word in ("Служебнов", "Примеров", "Знатоков", "9900000000", "example.ru"))


def test_a_number_of_the_receipt_names_a_case_too(run: Run, tmp_path: Path, decided: tuple[Play, str]) -> None:
    north, case = decided
    number = f"Р-{case}"
    with north.app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
        work.session.execute(update(Appeal).where(Appeal.id == uuid.UUID(case)).values(receipt_number=number))
    assert export(run, tmp_path / "case.json", number, "--format", "json")[0] == 0
    code, _, complaint = export(run, tmp_path / "none.json", "нет такого")
    assert (code, complaint.strip()) == (1, "Дела с таким номером нет.")
    assert not (tmp_path / "none.json").exists()


def change(path: Path, alter: Callable[[dict[str, Any]], None]) -> Path:
    signed = json.loads(path.read_text())
    alter(signed["export"])
    altered = path.with_name("altered.json")
    altered.write_text(json.dumps(signed, ensure_ascii=False))
    return altered


ALTERATIONS: dict[str, tuple[Callable[[dict[str, Any]], None], set[str]]] = {
    "another login": (lambda e: e["events"][1].update(actor_login="north-other"), {"event_changed", "export_changed"}),
    "other words": (lambda e: e["events"][1]["says"].update(what="Ничего не было"), {"export_changed"}),
    "an event less": (lambda e: e["events"].pop(1), {"export_changed"}),
    "another proof": (lambda e: e["events"][1].update(proof=["L" + "00" * 32]), {"proof_differs", "export_changed"}),
    "another root": (
        lambda e: e["checkpoints"][0]["checkpoint"].update(root="00" * 32),
        {"checkpoint_forged", "proof_differs", "export_changed"},
    ),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_whatever_is_altered_in_an_export_is_found(
    run: Run, tmp_path: Path, decided: tuple[Play, str], check: Check, name: str
) -> None:
    alter, codes = ALTERATIONS[name]
    export(run, tmp_path / "case.json", decided[1], "--format", "json")
    verdict = check(change(tmp_path / "case.json", alter), "--json")
    assert verdict.returncode == 1
    assert {fault["code"] for fault in json.loads(verdict.stdout)["chains"][0]["faults"]} == codes


def test_a_word_of_the_page_that_was_altered_is_found(
    run: Run, tmp_path: Path, decided: tuple[Play, str], check: Check
) -> None:
    page = tmp_path / "case.html"
    export(run, page, decided[1])
    before = page.read_text()
    page.write_text(before.replace("Комиссия приняла решение", "Комиссия не приняла решения", 1))
    verdict = check(page)
    assert verdict.returncode == 1
    assert "страница выписки изменена после подписи" in verdict.stdout
    page.write_text(before.rpartition("<!-- apella-signature")[0])
    assert check(page).returncode == 1


def test_an_export_without_a_key_of_one_s_own_is_not_proved(
    run: Run, tmp_path: Path, decided: tuple[Play, str]
) -> None:
    export(run, tmp_path / "case.html", decided[1])
    command = [sys.executable, "-I", offline_verify.__file__, str(tmp_path / "case.html")]
    verdict = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert verdict.returncode == 2
    assert "--public-key" in verdict.stderr


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "   ",
        "позвонить +7 911 222-33-44",
        "ivanov@example.ru просил",
        "x" * 201,
        "запрос суда: Иванов Иван, паспорт 8304 № 123456",
        "запрос суда, 8 900 123.45.67",
    ],
)
def test_an_export_needs_a_reason_that_may_stay_for_ever(run: Run, tmp_path: Path, reason: str) -> None:
    output = tmp_path / "case.html"
    code, _, said = run("audit", "export", "--tenant", "north", "--reason", reason, "--output", output)
    assert code == 1
    assert "Основание" in said
    assert "запрос суда № 2-14 от 20.06.2026" in said
    assert not output.exists()
    code, _, said = run("audit", "restored", "--tenant", "north", "--reason", reason)
    assert (code, "копия от 20.06.2026" in said) == (1, True)


def test_nothing_is_overwritten_and_a_period_without_records_is_said_so(
    run: Run, tmp_path: Path, decided: tuple[Play, str]
) -> None:
    output = tmp_path / "case.html"
    assert export(run, output, decided[1])[0] == 0
    assert "такой файл уже есть" in export(run, output, decided[1])[2]
    period = ("--from", "2020-01-01", "--to", "2020-01-02")
    assert "нет записей" in export(run, tmp_path / "empty.html", decided[1], *period)[2]
    assert not (tmp_path / "empty.html").exists()


def test_an_export_that_cannot_be_made_is_no_event(run: Run, tmp_path: Path, decided: tuple[Play, str]) -> None:
    north, case = decided

    def events() -> int:
        query = select(sql.count()).where(AuditEvent.tag == "audit:journal:exported")
        return int(north.read(lambda session: session.scalars(query).one()))

    (tmp_path / "taken.html").write_text("")
    before = events()
    for output, options, status, sentence in (
        ("taken.html", (), 1, "такой файл уже есть"),
        ("none/x.html", (), 2, "none/x.html: такого файла или папки нет."),
        ("taken.html/x.html", (), 2, "часть пути – файл, а не папка."),
        ("x.html", ("--from", "2020-01-01", "--to", "2020-01-02"), 1, "нет записей"),
        ("x.html", ("--from", "2026-06-30", "--to", "2026-06-01"), 1, "нет записей"),
        ("x.html", ("--to", "9999-12-31"), 2, "нужен день вида 2026-06-01"),
        ("x.html", ("--from", "0001-01-01"), 2, "нужен день вида 2026-06-01"),
        ("x.html", ("--from", "завтра"), 2, "нужен день вида 2026-06-01"),
    ):
        code, _, said = export(run, tmp_path / output, case, *options)
        assert (code, sentence in said, said.count("\n")) == (status, True, 1), (output, options, said)
        assert not (tmp_path / "x.html").exists()
    assert events() == before
    assert export(run, tmp_path / "x.html", case)[0] == 0
    assert events() == before + 1


def test_a_whole_region_is_exported_over_several_checkpoints(
    app: App, run: Run, tmp_path: Path, decided: tuple[Play, str], check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apella.audit.checkpoints.EVERY", timedelta(0))
    seal_audit(app)
    assert export(run, tmp_path / "case.html", decided[1])[0] == 0
    output = tmp_path / "all.json"
    code, said, complaint = run(
        "audit", "export", "--tenant", "north", "--reason", REASON, "--output", output, "--format", "json"
    )
    assert code == 0, said + complaint
    found = offline_verify.read_export(output.read_bytes())["export"]
    assert len(found["checkpoints"]) >= 2
    assert [one["seq"] for one in found["events"]] == list(range(1, len(found["events"]) + 1))
    verdict = check(output)
    assert verdict.returncode == 0, verdict.stdout


# --- Verifying --------------------------------------------------------------------------------------------------------


def test_the_database_is_verified_against_the_checkpoints_of_the_store(
    app: App, run: Run, tmp_path: Path, decided: tuple[Play, str], check: Check
) -> None:
    export(run, tmp_path / "case.html", decided[1])
    code, said, _ = run("audit", "verify", "--tenant", "north", "--json")
    assert code == 0, said
    (chain,) = json.loads(said)["chains"]
    assert (chain["tenant"], chain["faults"]) == ("north", [])
    assert chain["checkpoints"] >= 1
    code, said, complaint = run("audit", "verify")
    assert code == 0, said + complaint
    assert re.search(r"Регион \d+ \(north\): событий \d+, цепочка цела, конец .*, контрольных точек \d+", said)
    assert run("audit", "verify", tmp_path / "case.html")[0] == 0


def test_a_foreign_checkpoint_in_the_folder_is_found(run: Run, tmp_path: Path, decided: tuple[Play, str]) -> None:
    export(run, tmp_path / "case.html", decided[1])
    points, key = tmp_path / "points", tmp_path / "audit.pub"
    assert run("audit", "checkpoints", "--tenant", "north", "--output", points)[0] == 0
    assert run("audit", "key", "--output", key)[0] == 0
    options = ("audit", "verify", "--tenant", "north", "--checkpoints", points, "--public-key", key)
    assert run(*options)[0] == 0
    file = max((points / "north").iterdir(), key=lambda one: json.loads(one.read_text())["checkpoint"]["number"])
    file.write_text(file.read_text().replace('"hash": "', '"hash": "00', 1))
    code, said, _ = run(*options)
    assert code == 1
    assert "не подписана доверенным ключом" in said


def test_what_cannot_be_verified_is_no_verdict(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, said = run("audit", "verify", "--checkpoints", tmp_path / "empty", "--public-key", tmp_path / "none.pub")
    assert (code, bool(said.strip())) == (2, True)


def test_a_path_that_leads_nowhere_gets_a_sentence(run: Run, tmp_path: Path, decided: tuple[Play, str]) -> None:
    export(run, tmp_path / "case.html", decided[1])
    nowhere, no_folder = tmp_path / "none" / "x", tmp_path / "case.html" / "x"
    for command, sentence in (
        (("key", "--output", nowhere), f"{nowhere}: такого файла или папки нет.\n"),
        (("checkpoints", "--tenant", "north", "--output", no_folder), "часть пути – файл, а не папка.\n"),
        (("verify", nowhere), f"{nowhere}: не читается (такого файла или папки нет).\n"),
        (("verify", "--public-key", nowhere), f"{nowhere}: не читается (такого файла или папки нет).\n"),
        (("verify", "--checkpoints", nowhere), f"{nowhere}: такой папки с контрольными точками нет.\n"),
        (("verify", tmp_path), "Неверное значение"),
    ):
        code, _, said = run("audit", *command)
        assert (code, sentence in said, "Errno" in said) == (2, True, False), (command, said)


def test_a_region_that_is_not_there_is_said_with_those_that_are(run: Run) -> None:
    code, _, said = run("audit", "verify", "--tenant", "nope")
    assert code == 2
    assert said.splitlines()[-1].startswith("Регион nope не найден: укажите имя его папки или его номер. Есть: ")


def test_the_key_is_shown_as_openssl_does(app: App, run: Run) -> None:
    code, said, note = run("audit", "key")
    assert code == 0
    assert said == app.audit_key.public_pem
    assert app.audit_key.fingerprint in note


def test_a_restored_database_is_marked(run: Run, decided: tuple[Play, str]) -> None:
    code, said, _ = run("audit", "restored", "--tenant", "north", "--reason", "копия от 20.06.2026, сбой диска")
    assert code == 0, said
    assert re.search(r"контрольная точка \d+ на записи \d+", said)
    assert run("audit", "verify", "--tenant", "north")[0] == 0
