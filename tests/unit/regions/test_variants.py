"""The ways that the core knows and tables choose between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts
from apella.regions.variants import proposed_site, sites_to_ask_for

Problems = Callable[..., tuple[str, ...]]

SITES = (
    "code;kind;name;host;address;alias;teaching;clauses\n"
    "main;main;Комиссия;Министерство;г. Озёрск;;да;core:E1\n"
    "east;remote;Восток;Школа № 1;г. Восточный;;да;core:E1\n"
    "west;remote;Запад;Школа № 2;г. Западный;;да;core:E1\n"
)
TERRITORIES = (
    "site;name;alias;clauses\neast;городской округ Восточный;;core:E1\nwest;Западный муниципальный район;;core:E1\n"
)
CHANNEL = """
[[channel]]
kind = "score"
code = "{code}"
title = "Дверь"
categories = ["student", "extern", "earlier_graduate"]
applicants = ["participant"]
operator = "{operator}"
{more}
receipt_event = "{receipt}"
copies = {copies}
form = "1-AP"
closes_with_office = false
clauses = ["core:E1"]
"""


def facts(mode: str = "remote", **more: str) -> CaseFacts:
    """Facts of a score case in mathematics."""
    return CaseFacts(**{"kind": "score", "subject_code": "02", "category": "student", "mode": mode, **more})  # type: ignore[arg-type]  # the caller names fields of CaseFacts


def with_tables(folder: Path, **tables: str) -> RegionRules:
    """The made-up region with these tables."""
    for name, text in tables.items():
        (folder / name.replace("_csv", ".csv").replace("_toml", ".toml")).write_text(text, encoding="utf-8")
    return load_region(folder)


# --- Where a remote appellant comes -----------------------------------------------------------------------------------


def place(by: str) -> str:
    """The table that chooses a way."""
    return f'[remote_place]\nby = "{by}"\nclauses = ["core:E1"]\n'


@pytest.mark.parametrize(
    ("by", "case", "chosen"),
    [
        ("link", facts(territory="Восточный"), (None, False)),
        ("territory", facts(territory="г.о. Восточный"), ("east", False)),
        ("territory", facts(territory="Западный"), ("west", False)),
        ("territory", facts(territory="Северный"), (None, True)),
        ("territory", facts(), (None, True)),
        ("secretary", facts(territory="Восточный", wished_site="east"), (None, True)),
        ("request", facts(territory="Восточный", wished_site="west"), ("west", False)),
        ("request", facts(territory="Восточный"), (None, True)),
        ("territory", facts("on_site", territory="Восточный"), ("main", False)),
        ("link", facts("in_absence"), ("main", False)),
    ],
)
def test_a_table_says_where_a_remote_appellant_comes(
    folder: Path, by: str, case: CaseFacts, chosen: tuple[str | None, bool]
) -> None:
    rules = with_tables(folder, hearing_toml=place(by), sites_csv=SITES, territories_csv=TERRITORIES)
    choice = rules.choose_site(case)
    assert (choice.site_code, choice.by_hand) == chosen
    assert choice.reason.endswith(".")
    assert "core:E1" in choice.clauses


@pytest.mark.clause("core:D14")
@pytest.mark.parametrize(
    ("by", "territory", "asked", "proposed"),
    [
        ("request", "Западный", ("east", "west", "main"), "west"),
        ("request", "Северный", ("east", "west", "main"), "main"),
        ("request", None, ("east", "west", "main"), "main"),
        ("territory", "Восточный", (), "east"),
        ("territory", "Северный", ("east", "west", "main"), "main"),
        ("territory", None, ("east", "west", "main"), "main"),
        ("secretary", "Северный", (), "main"),
        ("link", "Северный", (), "main"),
    ],
)
def test_an_applicant_is_asked_for_a_site_where_no_rule_decides_it(
    folder: Path, by: str, territory: str | None, asked: tuple[str, ...], proposed: str
) -> None:
    rules = with_tables(folder, hearing_toml=place(by), sites_csv=SITES, territories_csv=TERRITORIES)
    assert tuple(str(site.code) for site in sites_to_ask_for(territory, rules)) == asked
    assert proposed_site(territory, rules).code == proposed


def test_the_secretary_reads_which_site_somebody_from_elsewhere_asked_for(folder: Path) -> None:
    rules = with_tables(folder, hearing_toml=place("territory"), sites_csv=SITES, territories_csv=TERRITORIES)
    choice = rules.choose_site(facts(territory="Северный", wished_site="west"))
    west = rules.sites.get("west")
    assert west is not None
    assert (choice.site_code, choice.by_hand) == (None, True)
    assert choice.reason.endswith(f"Участник просил пункт «{west.name}».")


def test_a_way_that_has_nothing_to_choose_from_is_refused(folder: Path, problems: Problems) -> None:
    assert any("territories.csv" in one for one in problems(hearing_toml=place("territory"), sites_csv=SITES))
    (folder / "sites.csv").unlink()
    assert any("удалённых пунктов нет" in one for one in problems(hearing_toml=place("request")))
    assert any("одно из: link, territory, secretary, request" in one for one in problems(hearing_toml=place("moon")))


# --- What the time is made of -----------------------------------------------------------------------------------------

BEFORE = '[explanation]\nwhen = "before"\nclauses = ["core:E14"]\n'


def lengths(remote: str) -> str:
    """Durations with this remote line."""
    return (
        '[on_site]\ntotal = 30\nconsultation = 20\nclauses = ["core:C1"]\n'
        f'[remote]\ntotal = 45\nconsultation = 20\n{remote}\nclauses = ["core:C1"]\n'
    )


@pytest.mark.parametrize(
    ("remote", "case", "parts"),
    [
        ("", facts("on_site"), [("consultation", 20), ("hearing", 10)]),
        ("", facts(), [("consultation", 20), ("hearing", 25)]),
        ("hearing = 5", facts(), [("consultation", 20), ("hearing", 5)]),
        ("alone = 15", facts(subject_code="22"), [("hearing", 15)]),
        ("", facts(subject_code="22"), [("hearing", 45)]),
        ("alone = 15", facts(kind="procedure"), [("hearing", 15)]),
        ("alone = 15", facts("in_absence"), [("hearing", 30)]),
    ],
)
def test_a_consultation_goes_before_the_hearing_where_there_is_something_to_explain(
    folder: Path, remote: str, case: CaseFacts, parts: list[tuple[str, int]]
) -> None:
    rules = with_tables(folder, hearing_toml=BEFORE, durations_toml=lengths(remote))
    assert [(part.code, part.minutes) for part in rules.hearing_parts(case)] == parts


@pytest.mark.parametrize("when", ["within", "on_request"])
def test_an_explanation_within_the_hearing_is_no_part_of_its_own(folder: Path, when: str) -> None:
    rules = with_tables(folder, hearing_toml=BEFORE.replace("before", when), durations_toml=lengths("alone = 15"))
    assert [(part.code, part.minutes) for part in rules.hearing_parts(facts())] == [("hearing", 45)]


@pytest.mark.parametrize("remote", ["hearing = 26", "hearing = 0"])
def test_a_consultation_and_a_hearing_fit_into_the_total(problems: Problems, remote: str) -> None:
    (sentence,) = problems(hearing_toml=BEFORE, durations_toml=lengths(remote))
    assert "durations.toml: remote" in sentence


# --- How cases get their time -----------------------------------------------------------------------------------------


def test_sessions_have_hours_and_slots_have_none(problems: Problems) -> None:
    session = "{ weekdays = [1], begins = 10:00:00, ends = 12:00:00 }"
    for text, wrong in (
        ('strategy = "session"', "sessions, часы заседаний"),
        (f'strategy = "slot"\nsessions = [{session}]', "sessions, часы заседаний"),
        (f'strategy = "session"\nsessions = [{session.replace("12:", "09:")}]', "begins должно быть раньше ends"),
        ('strategy = "lottery"', "одно из: slot, session, queue"),
    ):
        found = problems(hearing_toml=f'[plan]\n{text}\nclauses = ["core:E1"]\n')
        assert any(wrong in one for one in found), found


def test_a_live_queue_is_planned_as_slots_are(folder: Path) -> None:
    rules = with_tables(folder, hearing_toml='[plan]\nstrategy = "queue"\nclauses = ["core:D8"]\n')
    assert (rules.hearing.plan.strategy, rules.hearing.plan.sessions) == ("queue", ())


# --- Doors ------------------------------------------------------------------------------------------------------------


def door(code: str, operator: str, *, more: str = "", receipt: str = "filed", copies: int = 0) -> str:
    """The table of a region with one door for score appeals."""
    return CHANNEL.format(code=code, operator=operator, more=more, receipt=receipt, copies=copies)


FORWARDED = 'forwarding = [{ role = "school_operator", term = "score.forwarding" }]'
CERTIFIED = 'certification = {{ roles = ["{role}"], post = "руководитель", clauses = ["federal:100.11"] }}'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (door("commission_desk", "school_operator"), "operator – одно из: secretary, data_centre_operator"),
        (door("portal", "secretary"), "operator – одно из: participant, parent"),
        (door("portal", "participant", more='required_fields = ["remote_site"]'), "уберите remote_site"),
        (door("email", "secretary"), "open_reply"),
        (door("secretary_desk", "secretary", more='open_reply = "Принято."'), "open_reply"),
        (door("email", "secretary", more='open_reply = "{surname}, принято."'), "поля {surname}"),
        (door("external_portal", "secretary", copies=1), "copies = 0"),
        (
            door(
                "school_desk",
                "school_operator",
                receipt="registered",
                more='forwarding = [{ role = "municipal_operator", term = "score.forwarding" }]',
            ),
            "первым апелляцию передаёт тот, кто её принял",
        ),
        (
            door(
                "school_desk",
                "school_operator",
                receipt="registered",
                more='forwarding = [{ role = "school_operator", term = "score.forwarding" },'
                ' { role = "secretary", term = "score.onward_forwarding" }]',
            ),
            "а не secretary",
        ),
        (
            door(
                "school_desk",
                "school_operator",
                receipt="registered",
                more='forwarding = [{ role = "school_operator", term = "score.consideration" }]',
            ),
            "score.consideration – срок не передачи",
        ),
        (
            door("secretary_desk", "secretary", more=CERTIFIED.format(role="secretary")),
            "заверяют бумагу, которую передают дальше",
        ),
        (
            door(
                "school_desk",
                "school_operator",
                receipt="registered",
                copies=2,
                more=f"{FORWARDED}\n{CERTIFIED.format(role='municipal_operator')}",
            ),
            "у канала school_desk заверять не может municipal_operator",
        ),
    ],
)
def test_a_door_without_sense_is_refused_with_what_would_be_right(problems: Problems, text: str, wrong: str) -> None:
    found = problems(channels_toml=text)
    assert any(wrong in one for one in found), found


def test_who_stands_at_a_door_that_takes_withdrawals_may_take_one(folder: Path) -> None:
    rules = with_tables(
        folder,
        withdrawal_toml='score_doors = ["commission_desk", "portal"]\nprocedure_doors = []\nclauses = ["core:E17"]\n',
    )
    takes = {
        (kind, role)
        for kind in ("score", "procedure")
        for role in ("participant", "secretary", "school_operator", "chair")
        if rules.takes_withdrawal(kind=kind, role=role)
    }
    assert takes == {("score", "participant"), ("score", "secretary")}
