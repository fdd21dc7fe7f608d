"""What is wrong with an edition is said in Russian, and names the edition's own file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from apella.regions.reading import RegionFilesError
from apella.regions.registry import FolderEditions

EDITION = 'title = "Положение"\nact = "приказ министерства"\nclauses = ["core:E1"]\n'
SECOND: Final = "2026-05-01"
THIRD: Final = "2026-09-01"

Write = Callable[..., None]


def minutes(total: int) -> str:
    return f'[on_site]\ntotal = {total}\nclauses = ["core:C1"]\n'


def problems_of(folder: Path) -> tuple[str, ...]:
    with pytest.raises(RegionFilesError) as caught:
        FolderEditions(folder)
    return caught.value.problems


def test_a_change_in_an_edition_needs_a_ground_too(folder: Path, write: Write) -> None:
    write(durations_toml=minutes(11))
    write(SECOND, edition_toml=EDITION, durations_toml="[on_site]\ntotal = 12\n")
    (problem,) = problems_of(folder)
    assert problem.startswith(f"ozerny/editions/{SECOND}/durations.toml: on_site: изменено total, но не сказано")


@pytest.mark.parametrize("name", ["2026-9-1", "20260901", "осень", "2026-02-30"])
def test_a_folder_that_is_no_day_is_named(folder: Path, write: Write, name: str) -> None:
    write(name, edition_toml=EDITION)
    assert problems_of(folder) == (
        (
            f"ozerny/editions/{name}: это не папка редакции; назовите папку днём, с которого редакция действует, "
            "например 2026-09-01."
        ),
    )


def test_a_table_beside_the_editions_is_named(folder: Path, write: Write) -> None:
    write(SECOND, edition_toml=EDITION)
    (folder / "editions" / "terms.toml").write_text("", encoding="utf-8")
    (problem,) = problems_of(folder)
    assert problem.startswith("ozerny/editions/terms.toml: это не папка редакции")


def test_an_edition_names_its_act(folder: Path, write: Write) -> None:
    write(SECOND, durations_toml=minutes(12))
    assert problems_of(folder)[0] == (
        f"ozerny/editions/{SECOND}/edition.toml: файла нет; назовите в нём акт, которым введена эта редакция."
    )


def test_an_edition_does_not_contradict_its_folder_s_name(folder: Path, write: Write) -> None:
    write(SECOND, edition_toml=f"{EDITION}in_force = 2026-05-02\n")
    assert problems_of(folder) == (
        (
            f"ozerny/editions/{SECOND}/edition.toml: in_force: значение «2026-05-02» расходится с именем папки; "
            "исправьте одно из них или уберите ключ."
        ),
    )


@pytest.mark.parametrize("first", [SECOND, "2026-05-02"])
def test_an_edition_comes_after_the_first(folder: Path, write: Write, first: str) -> None:
    write(edition_toml=f"{EDITION}in_force = {first}\n")
    write(SECOND, edition_toml=EDITION)
    (problem,) = problems_of(folder)
    assert problem.startswith(f"ozerny/editions/{SECOND}: редакция действует не позже первой, которая в силе с {first}")
    assert "ozerny/edition.toml: in_force" in problem


def test_an_edition_does_not_make_another_tenant(folder: Path, write: Write) -> None:
    write(SECOND, edition_toml=EDITION, tenant_toml="id = 98\n")
    (problem,) = problems_of(folder)
    assert problem.startswith("ozerny/editions: tenant.toml: id: у редакций разные номера региона")


@pytest.mark.parametrize(
    ("table", "text", "fault"),
    [
        (
            "edition_toml",
            f"{EDITION}datte = 2026-01-01\n",
            "edition.toml: datte: такого ключа нет; возможно, это date.",
        ),
        (
            "edition_toml",
            f'{EDITION}date = "1 мая"\n',
            "edition.toml: date: значение «1 мая» не подходит; нужно: дата акта ГГГГ-ММ-ДД.",
        ),
        ("edition_toml", f"{EDITION}date = 2026-02-30\n", "edition.toml: файл не разбирается как TOML ("),
        ("duration_toml", "", "duration.toml: такого файла в схеме нет, возможно, это durations.toml"),
        ("durations_toml", minutes(0), "durations.toml: on_site.total: значение 0 не подходит"),
        (
            "terms_toml",
            '["score.consideration"]\nlength = 5\nclauses = ["core:E1"]\n',
            "terms.toml: score.consideration: ",
        ),
        ("terms_toml", '["score.tea"]\nlength = 5\n', "terms.toml: score.tea: такого срока нет"),
        ("clauses_toml", "", "clauses.toml: такого файла в схеме нет"),
    ],
)
def test_faults_of_an_edition_name_the_edition_s_own_file(
    folder: Path, write: Write, table: str, text: str, fault: str
) -> None:
    write(durations_toml=minutes(11), terms_toml='["score.consideration"]\nweek = 6\nclauses = ["core:E1"]\n')
    write(SECOND, **{"edition_toml": EDITION, table: text})
    problems = problems_of(folder)
    assert any(problem.startswith(f"ozerny/editions/{SECOND}/{fault}") for problem in problems), problems
    assert not any("ozerny/durations.toml" in problem for problem in problems)


def test_a_file_in_another_encoding_in_an_edition_is_named(folder: Path, write: Write) -> None:
    write(SECOND, edition_toml=EDITION)
    (folder / "editions" / SECOND / "durations.toml").write_bytes("# минуты\n".encode("cp1251"))
    assert any(
        f"ozerny/editions/{SECOND}/durations.toml: файл не в кодировке UTF-8" in problem
        for problem in problems_of(folder)
    )


def test_faults_of_all_editions_come_together_each_once(folder: Path, write: Write) -> None:
    write(durations_toml=minutes(0))
    write(SECOND, edition_toml=EDITION, expert_toml='statuses = ["best"]\nclauses = ["federal:101.9"]\n')
    write(THIRD, edition_toml=EDITION)
    problems = problems_of(folder)
    assert len(problems) == len(set(problems)) == 2
    assert [problem.partition(":")[0] for problem in problems] == [
        "ozerny/durations.toml",
        f"ozerny/editions/{SECOND}/expert.toml",
    ]
