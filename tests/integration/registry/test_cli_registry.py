"""The commands `demo season` and `import`: one sentence for each refusal, no trace of Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from apella.testing.plugin import Run
from apella.testing.registry import Registry


def test_a_season_is_written_imported_and_known_again(registry: Registry, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, _ = run("demo", "season", "--tenant", "north", "--participants", 3, "--scans", "none", "--out", out)
    assert code == 0
    assert "день начала: 18.06.2026" in said
    assert "participants.csv: 3" in said
    code, said, _ = run("import", "--tenant", "north", out)
    assert code == 0
    assert "Импорт выполнен." in said
    assert "участников добавлено: 3" in said
    code, said, _ = run("import", "--tenant", "north", out)
    assert (code, "Изменений нет" in said) == (0, True)


def test_a_later_day_brings_more_results(run: Run, tmp_path: Path) -> None:
    arguments = ("demo", "season", "--tenant", "north", "--participants", 3, "--scans", "none", "--out")
    rows = []
    for name, more in (("first", ()), ("later", ("--until", "2026-07-06"))):
        code, _, _ = run(*arguments, tmp_path / name, *more)
        assert code == 0
        rows.append(len((tmp_path / name / "results.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[1] > rows[0]


def test_every_fault_of_a_delivery_is_printed(registry: Registry, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("demo", "season", "--tenant", "north", "--participants", 3, "--scans", "none", "--out", out)
    exams = (out / "exams.csv").read_text(encoding="utf-8")
    (out / "exams.csv").write_text(exams.replace("2026-06-01", "01.06.26"), encoding="utf-8")
    code, said, complained = run("import", "--tenant", "north", out)
    assert (code, said) == (1, "")
    assert "exams.csv, строка 2, столбец exam_date: нужна дата вида 2026-06-18." in complained
    assert "exams.csv: файл не тот: SHA-256 не совпадает с манифестом." in complained
    assert complained.rstrip().endswith("исправьте ошибки и повторите импорт.")
    assert "Traceback" not in complained


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("demo", "season", "--tenant", "nowhere", "--out", "{out}"), 1, "Такого региона нет"),
        (("demo", "season", "--tenant", "north", "--out", "{out}", "--participants", "0"), 1, "от 1 до 100000"),
        (
            ("demo", "season", "--tenant", "north", "--out", "{out}", "--results-on", "2040-01-01"),
            1,
            "Календарь на 2040",
        ),
        (("demo", "season", "--tenant", "north", "--out", "{out}", "--results-on", "18.06.2026"), 2, "вида 2026-06-18"),
        (("demo", "season", "--tenant", "north", "--out", "/proc/none"), 1, "не записать"),
        (("import", "--tenant", "north", "{out}"), 1, "ничего не изменено"),
        (("import", "--tenant", "nowhere", "{out}"), 1, "Такого региона нет"),
        (("import", "--tenant", "north"), 2, "Не указано"),
    ],
)
def test_a_refusal_is_one_sentence(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    left, said, complained = run(*(argument.format(out=tmp_path / "out") for argument in arguments))
    assert (left, said) == (code, "")
    assert sentence.lower() in complained.lower()
    assert "Traceback" not in complained


def test_an_unknown_season_is_refused(run: Run, tmp_path: Path) -> None:
    run("demo", "season", "--tenant", "north", "--participants", 1, "--scans", "none", "--out", tmp_path / "out")
    code, _, complained = run("import", "--tenant", "north", "--season", "no-such", tmp_path / "out")
    assert (code, complained) == (1, "Сезона с таким кодом в этом регионе нет. Проверьте код.\n")
