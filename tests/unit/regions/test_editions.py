"""Editions of a rule set: which one is in force on a day, and how each lies over the one before it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from apella.errors import ConfigurationError
from apella.regions.loader import FEDERAL, TenantFolder, load_region, rules_again
from apella.regions.reading import RegionFilesError
from apella.regions.registry import FolderEditions, RegionRegistry
from apella.tenancy.files import tenant_directories

EDITION = 'title = "Положение"\nact = "приказ министерства"\nclauses = ["core:E1"]\n'
FIRST: Final = "2025-02-01"
SECOND: Final = "2026-05-01"
THIRD: Final = "2026-09-01"

Write = Callable[..., None]


def minutes(total: int, hearing: str = "") -> str:
    return f'[on_site]\ntotal = {total}\n{hearing}clauses = ["core:C1"]\n'


@pytest.fixture
def three(folder: Path, write: Write) -> RegionRegistry:
    """A tenant with three editions, each with minutes of its own."""
    write(edition_toml=f"{EDITION}in_force = {FIRST}\nseason = 2025\n", durations_toml=minutes(11))
    write(SECOND, edition_toml=EDITION.replace("Положение", "Второе"), durations_toml=minutes(12))
    write(THIRD, edition_toml=f"{EDITION}in_force = {THIRD}\n", durations_toml=minutes(13))
    return RegionRegistry({"ozerny": FolderEditions(folder)})


# --- Which edition ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "total"),
    [
        (date(2019, 1, 1), 11),
        (date(2025, 2, 1), 11),
        (date(2026, 4, 30), 11),
        (date(2026, 5, 1), 12),
        (date(2026, 8, 31), 12),
        (date(2026, 9, 1), 13),
        (date(2031, 1, 1), 13),
    ],
)
def test_the_last_edition_in_force_on_the_day_counts_and_before_the_first_the_first(
    three: RegionRegistry, day: date, total: int
) -> None:
    assert three.on("ozerny", day).durations.on_site.total == total


def test_without_a_day_the_newest_edition_counts_also_one_of_the_future(three: RegionRegistry, folder: Path) -> None:
    assert three.get("ozerny").durations.on_site.total == 13
    assert [rules.durations.on_site.total for rules in three] == [13]
    assert load_region(folder).durations.on_site.total == 13
    assert load_region(folder, day=date(2026, 6, 1)).durations.on_site.total == 12


def test_an_edition_is_known_by_its_act_and_its_day(three: RegionRegistry) -> None:
    rules = three.on("ozerny", date(2026, 6, 1))
    assert (rules.edition.title, rules.in_force) == ("Второе", date(2026, 5, 1))
    assert rules.federal_edition.number == "233/552"


def test_each_edition_is_a_version_of_its_own(three: RegionRegistry) -> None:
    days = (date(2026, 1, 1), date(2026, 6, 1), date(2026, 10, 1))
    versions = [three.on("ozerny", day).version for day in days]
    assert len(set(versions)) == 3
    assert three.on("ozerny", date(2026, 2, 2)).version == versions[0]


def test_a_later_edition_does_not_touch_the_version_of_an_earlier_one(
    folder: Path, write: Write, three: RegionRegistry
) -> None:
    before = three.on("ozerny", date(2026, 6, 1)).version
    write("2027-01-01", edition_toml=EDITION, durations_toml=minutes(14))
    assert FolderEditions(folder).on(date(2026, 6, 1), 2026).version == before


# --- How one lies over the other --------------------------------------------------------------------------------------


def test_an_edition_says_only_what_it_changes(folder: Path, write: Write) -> None:
    write(
        durations_toml=minutes(11, "hard = true\n"),
        terms_toml='["score.consideration"]\nlength = 3\nweek = 6\nclauses = ["federal:102.3"]\n',
    )
    write(SECOND, edition_toml=EDITION, durations_toml=minutes(12))
    rules = load_region(folder)
    assert (rules.durations.on_site.total, rules.durations.on_site.hard) == (12, True)
    assert (rules.terms["score.consideration"].length, rules.terms["score.consideration"].week) == (3, 6)


def test_rows_of_an_edition_replace_those_of_their_kind_and_sources_are_added(folder: Path, write: Write) -> None:
    def notice(title: str, kinds: str) -> str:
        return (
            f'[[notice]]\nevent = "appeal_withdrawn"\nkinds = [{kinds}]\nrecipients = ["participant"]\n'
            f'channels = ["sms"]\nsender = "secretary"\ntitle = "{title}"\ntext = "{{receipt}}"\nclauses = ["a:1"]\n'
        )

    def act(prefix: str) -> str:
        return f'[[act]]\nprefix = "{prefix}"\ntitle = "Акт"\napproved = "приказ"\n'

    write(notices_toml=notice("Первое", '"score", "procedure"'), sources_toml=act("a"))
    write(
        SECOND,
        edition_toml=EDITION,
        notices_toml=notice("Второе", '"score"').replace("a:1", "b:1"),
        sources_toml=act("b"),
    )
    rules = load_region(folder)
    titles = {kind: rules.notice("appeal_withdrawn", kind=kind) for kind in ("score", "procedure")}
    assert {kind: rule and rule.title for kind, rule in titles.items()} == {"score": "Второе", "procedure": "Первое"}
    assert {"federal", "a", "b"} <= {one.prefix for one in rules.sources.act}


def test_a_list_of_sites_is_replaced_as_a_whole_and_days_off_are_added(folder: Path, write: Write) -> None:
    header = "code;kind;name;host;address;alias;teaching;clauses\n"
    main = "main;main;Комиссия;Министерство;г. Озёрск;;да;core:E1\n"
    day = '[[day]]\ndate = {day}\nname = "День"\nact = {{ act = "Указ", date = 2026-01-01 }}\ncarry_over = false\n'
    write(
        sites_csv=f"{header}{main}east;remote;Восток;Школа;г. Восточный;;да;core:E1\n",
        days_off_toml=day.format(day="2026-07-20"),
    )
    write(SECOND, edition_toml=EDITION, sites_csv=f"{header}{main}", days_off_toml=day.format(day="2026-07-22"))
    first, second = (load_region(folder, day=date(2026, month, 1)) for month in (4, 6))
    assert [len(rules.sites.all) for rules in (first, second)] == [2, 1]
    off = [[not rules.calendar.is_working(date(2026, 7, one), 5) for one in (20, 22)] for rules in (first, second)]
    assert off == [[True, False], [True, True]]


# --- The federation's own editions ------------------------------------------------------------------------------------


@pytest.fixture
def federal(tmp_path: Path) -> Path:
    """The federal tables with one more edition, which takes a day from the commission."""
    copy = tmp_path / "federal"
    shutil.copytree(FEDERAL, copy)
    edition = copy / "editions" / THIRD
    edition.mkdir(parents=True)
    (edition / "edition.toml").write_text(EDITION.replace("Положение", "Новый порядок"), encoding="utf-8")
    (edition / "terms.toml").write_text(
        '["score.consideration"]\nlength = 3\nclauses = ["federal:102.3"]\n', encoding="utf-8"
    )
    return copy


def test_a_region_s_editions_are_its_own_and_the_federation_s(folder: Path, write: Write, federal: Path) -> None:
    write(edition_toml=f"{EDITION}in_force = {FIRST}\n")
    write("2027-01-01", edition_toml=EDITION)
    tenant = TenantFolder(folder, federal=federal)
    assert tenant.editions == (date(2025, 2, 1), date(2026, 9, 1), date(2027, 1, 1))
    made = [tenant.rules(edition, year=2026) for edition in tenant.editions]
    assert [rules.terms["score.consideration"].length for rules in made] == [4, 3, 3]
    assert [rules.federal_terms["score.consideration"].length for rules in made] == [4, 3, 3]
    assert [rules.federal_edition.title == "Новый порядок" for rules in made] == [False, True, True]


def test_a_federal_edition_older_than_the_region_s_first_lies_under_it(
    folder: Path, write: Write, federal: Path
) -> None:
    write(edition_toml=f"{EDITION}in_force = 2026-12-01\n")
    tenant = TenantFolder(folder, federal=federal)
    assert tenant.editions == (date(2026, 12, 1),)
    assert tenant.rules(tenant.editions[0], year=2026).terms["score.consideration"].length == 3


def test_a_term_that_a_newer_federal_edition_outdoes_is_an_error_of_the_region(
    folder: Path, write: Write, federal: Path
) -> None:
    write(terms_toml='["score.consideration"]\nlength = 4\nclauses = ["federal:102.3"]\n')
    tenant = TenantFolder(folder, federal=federal)
    assert tenant.rules(None, year=2026).terms["score.consideration"].length == 4
    with pytest.raises(RegionFilesError, match=r"^ozerny/terms.toml: score.consideration: .*\(federal:102.3\)"):
        tenant.rules(date(2026, 9, 1), year=2026)


# --- Years ------------------------------------------------------------------------------------------------------------

SCALE = '[subject."22"]\nname = "Английский язык {year}"\nclauses = ["federal:101.9"]\n'


def test_yearly_tables_are_the_newest_not_later_than_the_season_s(folder: Path, write: Write) -> None:
    write(**{"2026__subjects_toml": SCALE.format(year=2026), "2028__subjects_toml": SCALE.format(year=2028)})
    editions = FolderEditions(folder)
    names = {year: editions.on(date(2026, 6, 1), year).subjects["22"].name[-4:] for year in (2025, 2026, 2027, 2029)}
    assert names == {2025: "2026", 2026: "2026", 2027: "2026", 2029: "2028"}
    assert editions.newest.year == 2028
    of_2027 = editions.on(date(2026, 6, 1), 2027)
    assert (of_2027.year, of_2027.tables_year) == (2027, 2026)
    assert of_2027.version.startswith("ozerny-2027-")


def test_a_region_s_older_year_is_not_laid_over_a_newer_federal_one(folder: Path, write: Write, tmp_path: Path) -> None:
    federal = tmp_path / "federal"
    shutil.copytree(FEDERAL, federal)
    shutil.copytree(federal / "2026", federal / "2027")
    write(**{"2026__subjects_toml": SCALE.format(year=2026)})
    tenant = TenantFolder(folder, federal=federal)
    names = [tenant.rules(None, year=year).subjects["22"].name for year in (2026, 2027)]
    assert [name.endswith("2026") for name in names] == [True, False]


@pytest.mark.clause("kbr:order-1.1", "moscow:0.1", "kuzbass:7.2", "core:C26")
def test_a_season_without_an_act_of_its_own_runs_under_the_last_and_says_so() -> None:
    """The first year's rule set is named by its act; later seasons and a basis to be renewed get a sentence."""
    shipped = tenant_directories()
    notes = {
        slug: {year: load_region(folder, year=year).edition_note(year) for year in (2022, 2025, 2026)}
        for slug, folder in shipped.items()
    }
    acts = {slug: load_region(folder).edition.reference for slug, folder in shipped.items()}
    assert acts["kbr"].endswith("от 31.01.2025 № 22/64")
    assert acts["moscow"].endswith("от 20.05.2022 № Р-357")
    assert notes["kbr"][2025] is None
    assert notes["kbr"][2026] == (
        "Своего акта на 2026 год у региона нет: сезон идёт по последнему – "
        "приказ Минпросвещения КБР от 31.01.2025 № 22/64 (сезон 2025 года)."
    )
    assert notes["moscow"][2022] is None
    assert "на 2025 год у региона нет" in (notes["moscow"][2025] or "")
    assert all(
        "Акт пора обновить: основан на Положении 2020 года" in (note or "") for note in notes["kuzbass"].values()
    )


def test_a_region_without_an_act_says_that_the_federal_one_is_in_force(folder: Path) -> None:
    assert load_region(folder).edition_note(2026) == (
        "Своего акта у региона нет: действует приказ Минпросвещения России и Рособрнадзора от 04.04.2023 № 233/552."
    )


# --- Made again -------------------------------------------------------------------------------------------------------


def test_rules_are_made_again_from_their_content_alone(three: RegionRegistry) -> None:
    rules = three.on("ozerny", date(2026, 6, 1))
    again = rules_again(rules.content, version=rules.version, plugin_version=rules.plugin_version, slug=rules.slug)
    assert again.version == rules.version
    assert again.durations == rules.durations
    assert list(again.terms) == list(rules.terms)
    assert (again.terms, again.federal_terms) == (rules.terms, rules.federal_terms)
    assert (again.edition, again.in_force, again.year) == (rules.edition, rules.in_force, rules.year)


def test_a_record_whose_content_was_changed_is_refused(three: RegionRegistry) -> None:
    rules = three.on("ozerny", date(2026, 6, 1))
    with pytest.raises(ConfigurationError) as caught:
        rules_again(
            {**rules.content, "year": 2025}, version=rules.version, plugin_version=rules.plugin_version, slug=rules.slug
        )
    assert caught.value.error_code == "configuration.record"


def test_every_shipped_rule_set_can_be_made_again() -> None:
    for slug, folder in tenant_directories().items():
        rules = load_region(folder)
        again = rules_again(rules.content, version=rules.version, plugin_version=rules.plugin_version, slug=slug)
        values = [name for name in vars(rules) if name not in ("hooks", "content", "calendar", "sites")]
        assert [name for name in values if getattr(again, name) != getattr(rules, name)] == []
        assert again.calendar.regional == rules.calendar.regional
        assert (again.sites.all, again.sites.territories) == (rules.sites.all, rules.sites.territories)
