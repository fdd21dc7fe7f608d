"""Tables of sites and territories: lines and columns in the messages, every territory at one remote site."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apella.regions.values.sites import territory_key

Problems = Callable[..., tuple[str, ...]]

SITES = """code;kind;name;host;address;alias;teaching;clauses
main;main;Комиссия;Министерство;г. Озёрск;;да;core:E1
east;remote;Восток;Школа № 1;г. Восточный;;да;core:E1
west;remote;Запад;Школа № 2;г. Западный;;да;core:E1
"""
TERRITORIES = """site;name;alias;clauses
east;городской округ Восточный;г.о. Восточный;core:E1
west;Западный район;;core:E1
"""


@pytest.mark.parametrize(
    ("sites", "sentence"),
    [
        (
            SITES.replace("remote;Запад", "far;Запад"),
            "ozerny/sites.csv: строка 4, столбец kind: значение «far» не подходит; нужно: одно из: main, remote.",
        ),
        (
            SITES.replace("Школа № 1", ""),
            (
                "ozerny/sites.csv: строка 3, столбец host: значение «» не подходит; "
                "нужно: непустая строка без пробелов по краям."
            ),
        ),
        (
            SITES.replace("г. Восточный;;да", "г. Восточный;;может быть"),
            "ozerny/sites.csv: строка 3, столбец teaching: значение «может быть» не подходит; нужно: да или нет.",
        ),
        (
            SITES.replace("east;remote", "east"),
            "ozerny/sites.csv: строка 3: столбцов 7, а нужно 8; проверьте знаки «;».",
        ),
        (
            SITES.replace("г. Западный;", "г. Западный;;;"),
            "ozerny/sites.csv: строка 4: столбцов 10, а нужно 8; проверьте знаки «;».",
        ),
        (
            SITES.replace("code;kind", "code;sort"),
            (
                "ozerny/sites.csv: строка 1: нужны столбцы «clauses;code;kind;name;host;address;alias;teaching», "
                "а есть «code;sort;name;host;address;alias;teaching;clauses»; исправьте первую строку."
            ),
        ),
        (
            SITES.replace("main;main", "main;remote"),
            "ozerny/sites.csv: площадок main 0, а нужна ровно одна; исправьте столбец kind.",
        ),
        (
            SITES.replace("west;remote", "east;remote"),
            "ozerny/sites.csv: код east стоит у 2 площадок; дайте каждой свой код.",
        ),
    ],
)
def test_a_fault_is_named_by_line_and_column(problems: Problems, sites: str, sentence: str) -> None:
    assert sentence in problems(sites_csv=sites)


@pytest.mark.parametrize(
    ("territories", "sentence"),
    [
        (
            TERRITORIES.replace("west;", "north;"),
            "ozerny/territories.csv: Западный район: удалённой площадки north в sites.csv нет; есть east, west.",
        ),
        (
            TERRITORIES + "west;Восточный;;core:E1\n",
            "ozerny/territories.csv: Восточный: территория закреплена и за east, и за west; оставьте одну площадку.",
        ),
        (
            TERRITORIES.replace("west;", "east;"),
            "ozerny/territories.csv: за площадками west не закреплено ни одной территории.",
        ),
    ],
)
def test_a_territory_belongs_to_exactly_one_remote_site(problems: Problems, territories: str, sentence: str) -> None:
    assert sentence in problems(sites_csv=SITES, territories_csv=territories)


@pytest.mark.parametrize(
    "spelling",
    [
        "городской округ Озёрный",
        "г.о. Озерный",
        "Г.о Озёрный",
        "г. о. Озёрный",
        "Озёрный г.о.",
        "Озёрный г.о",
        "г. Озёрный (городской округ)",
        "город  Озёрный",
        "ОЗЁРНЫЙ городской округ",
        "Озёрный р-н",
    ],
)
def test_one_municipality_is_known_under_all_its_spellings(spelling: str) -> None:
    assert territory_key(spelling) == "озерный"


@pytest.mark.parametrize("name", ["Городец", "Городищенский", "Горный"])
def test_a_name_that_only_begins_like_a_kind_stays_whole(name: str) -> None:
    assert territory_key(name) == name.lower()


@pytest.mark.parametrize("text", ["", "\n", '"code";"ki"nd\n', SITES.replace("Восток", '"Восток')])
def test_a_table_that_cannot_be_read_is_named(problems: Problems, text: str) -> None:
    (problem,) = problems(sites_csv=text)
    assert problem.startswith("ozerny/sites.csv: строка ")
