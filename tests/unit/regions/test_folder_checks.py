"""What a folder says is held against the world of today: points that exist, dates of acts, the zone and its caption."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apella.regions import loader
from apella.regions.loader import load_region, rules_again

Problems = Callable[..., tuple[str, ...]]

SOURCES = '[[act]]\nprefix = "ozerny"\ntitle = "Порядок края"\napproved = "приказ"\n'


def rewrite(folder: Path, old: str, new: str) -> None:
    """Change one value of tenant.toml."""
    path = folder / "tenant.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- Points -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        (
            "terms_toml",
            '["score.consideration"]\nlength = 3\nclauses = ["federal:999.9"]\n',
            "ozerny/terms.toml: срок score.consideration: пункта federal:999.9 нет; похожие: federal:99.9, ",
        ),
        (
            "durations_toml",
            '[on_site]\ntotal = 10\nclauses = ["core:X7"]\n',
            "ozerny/durations.toml: таблица durations: пункта core:X7 нет; похожие: core:",
        ),
        (
            "sites_csv",
            (
                "code;kind;name;host;address;alias;teaching;clauses\n"
                "main;main;Комиссия;Министерство;г. Озёрск;;да;federal:1.1.1.1\n"
            ),
            "ozerny/sites.csv: таблица sites: пункта federal:1.1.1.1 нет; ",
        ),
        (
            "2026__exams_toml",
            (
                '[[exam]]\ndate = 2026-06-01\nwave = 1\nstarts = 10:00:00\nsubjects = ["02"]\n'
                'results_on = 2026-06-15\nteaching_results = false\nclauses = ["federal:12345"]\n'
            ),
            "ozerny/2026/exams.toml: таблица exams: пункта federal:12345 нет; ",
        ),
    ],
)
def test_a_point_of_the_federal_tables_is_one_that_there_is(
    problems: Problems, table: str, text: str, sentence: str
) -> None:
    found = problems(**{table: text})
    assert any(one.startswith(sentence) for one in found), found
    assert all(one.endswith(".") for one in found)


def test_points_of_the_region_s_own_act_are_its_own(folder: Path) -> None:
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    (folder / "terms.toml").write_text(
        '["score.consideration"]\nlength = 3\nclauses = ["ozerny:999.9"]\n', encoding="utf-8"
    )
    assert load_region(folder).terms["score.consideration"].clauses == ("ozerny:999.9",)


# --- Dates of acts ----------------------------------------------------------------------------------------------------


def tables(day: str) -> list[dict[str, str]]:
    """Every table that names an act with a date."""
    return [
        {
            "terms_toml": (
                '["score.consideration"]\nlength = 6\nclauses = ["federal:102.3"]\n'
                f'deviation = {{ act = "закон края", number = "7", date = {day} }}\n'
            )
        },
        {
            "days_off_toml": (
                '[[day]]\ndate = 2026-06-18\nname = "День края"\ncarry_over = false\n'
                f'act = {{ act = "Закон края", number = "1", date = {day} }}\n'
            )
        },
        {"sources_toml": f"{SOURCES}date = {day}\n"},
        {"edition_toml": f'title = "Порядок края"\ndate = {day}\nclauses = ["core:E1"]\n'},
    ]


@pytest.mark.parametrize("day", ["2999-01-01", "9999-06-15", "2028-01-01", "1992-12-31", "0001-01-01"])
@pytest.mark.parametrize("number", range(4))
def test_the_date_of_an_act_lies_in_years_that_people_can_mean(problems: Problems, number: int, day: str) -> None:
    (table,) = tables(day)[number].items()
    (problem,) = problems(**dict([table]))
    assert problem.startswith(f"ozerny/{table[0].replace('_toml', '.toml')}: ")
    assert "дата акта" in problem
    assert problem.endswith("нужна дата от пт 01.01.1993 до пт 31.12.2027, последнего дня загруженных календарей.")


@pytest.mark.parametrize("day", ["1993-01-01", "2027-12-31"])
@pytest.mark.parametrize("number", range(4))
def test_the_first_and_the_last_date_are_among_them(folder: Path, number: int, day: str) -> None:
    for name, text in tables(day)[number].items():
        (folder / name.replace("_toml", ".toml")).write_text(text, encoding="utf-8")
    assert load_region(folder).slug == "ozerny"


# --- The zone and its caption -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "caption"),
    [
        ("Europe/Kaliningrad", "время края, UTC+2"),
        ("Europe/Kaliningrad", "МСК−1"),
        ("Asia/Kamchatka", "время края (UTC +12)"),
        ("Asia/Yekaterinburg", "МСК+2"),
        ("Asia/Yekaterinburg", "GMT+05:00"),
        ("Asia/Yekaterinburg", "местное время"),
    ],
)
def test_a_caption_that_agrees_with_its_zone_loads(folder: Path, zone: str, caption: str) -> None:
    rewrite(folder, "Asia/Yekaterinburg", zone)
    rewrite(folder, "время края, UTC+5", caption)
    assert load_region(folder).tenant.time_caption == caption


@pytest.mark.parametrize(
    ("zone", "caption", "named", "real"),
    [
        ("Europe/Kaliningrad", "время края, UTC+9", "UTC+9", "UTC+2"),
        ("Asia/Yekaterinburg", "UTC+5:30", "UTC+5:30", "UTC+5"),
        ("Asia/Yekaterinburg", "UTC−5", "UTC−5", "UTC+5"),
        ("Asia/Yekaterinburg", "МСК+5", "UTC+8", "UTC+5"),
    ],
)
def test_a_caption_that_names_another_offset_is_an_error(
    folder: Path, problems: Problems, zone: str, caption: str, named: str, real: str
) -> None:
    rewrite(folder, "Asia/Yekaterinburg", zone)
    rewrite(folder, "время края, UTC+5", caption)
    assert problems() == (
        (
            f"ozerny/tenant.toml: time_caption: подпись «{caption}» называет {named}, а в поясе «{zone}» "
            f"время {real}; исправьте подпись или zone."
        ),
    )


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("America/New_York", "UTC−5, UTC−4"),
        ("Europe/London", "UTC+0, UTC+1"),
        ("Europe/Helsinki", "UTC+2, UTC+3"),
        ("Pacific/Auckland", "UTC+12, UTC+13"),
        ("Africa/Lagos", "UTC+1"),
        ("Pacific/Tongatapu", "UTC+13"),
    ],
)
def test_a_zone_is_one_of_the_country_s(folder: Path, problems: Problems, zone: str, said: str) -> None:
    rewrite(folder, "Asia/Yekaterinburg", zone)
    rewrite(folder, "время края, UTC+5", "местное время")
    (problem,) = problems()
    assert problem == (
        f"ozerny/tenant.toml: zone: в поясе «{zone}» время {said}, а в России пояса от UTC+2 до UTC+12 и круглый год "
        "одни; укажите другой пояс."
    )


# --- Records ----------------------------------------------------------------------------------------------------------


def test_a_record_is_not_held_against_a_world_that_changed_since(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite(folder, "время края, UTC+5", "время края, UTC+6")
    with monkeypatch.context() as before:
        before.setattr(loader, "folder_problems", lambda *_, **__: ())
        rules = load_region(folder)
    again = rules_again(rules.content, version=rules.version, plugin_version=rules.plugin_version, slug=folder.name)
    assert again.tenant.time_caption == "время края, UTC+6"
