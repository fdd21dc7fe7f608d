"""A power of attorney is entered when everything that the region wants stands in it, or nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apella.errors import Malformed, RuleViolation
from apella.identity.representation import live_of
from apella.regions.codes import PowerCode
from apella.testing.expect import refused
from apella.testing.plugin import StartPlay
from apella.testing.representatives import WRITTEN, Representatives, links, with_rules

WITH_FORMS = "moscow"
PLAIN = ("kbr", "kuzbass")


# --- Powers of attorney -----------------------------------------------------------------------------------------------


@pytest.mark.clause("kbr:12.4")
def test_a_proxy_needs_a_paper_and_no_notary(play: StartPlay) -> None:
    people = Representatives(play("kbr"))
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(number="  ")
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == ["number"]
    assert people.proxy().notarised is False
    assert people.proxy(notarised=True, newcomer=people.proxy_newcomer(document="45 10 777003")).notarised is True


@pytest.mark.clause("kuzbass:5.3")
@pytest.mark.parametrize(("document", "number"), [("", "5"), ("45 10 777002", "")])
def test_a_proxy_shows_both_documents(play: StartPlay, document: str, number: str) -> None:
    people = Representatives(play("kuzbass"))
    with pytest.raises(Malformed) as wrong:
        people.proxy(newcomer=people.proxy_newcomer(document=document), number=number)
    assert list(wrong.value.fields) == ["document" if number else "number"]
    people.proxy()


def test_where_a_notary_is_required_nobody_is_linked_without_one(play: StartPlay) -> None:
    region = play("kbr")
    with_rules(region, notary_required=True)
    people = Representatives(region)
    with refused("representation.notary", RuleViolation):
        people.proxy(notarised=False)
    assert people.proxy(notarised=True).notarised is True


def test_where_the_region_has_no_proxies_nobody_is_one(play: StartPlay) -> None:
    region = play("kbr")
    with_rules(region, allowed=False)
    with refused("representation.no_proxies", RuleViolation):
        Representatives(region).proxy()


@pytest.mark.clause("moscow:0.24")
@pytest.mark.parametrize("issuer", ["appellant", "parent"])
def test_who_gave_it_is_recorded(play: StartPlay, issuer: str) -> None:
    region = play(WITH_FORMS)
    people = Representatives(region)
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(issuer="")
    assert isinstance(wrong.value, Malformed)
    assert "issuer" in wrong.value.fields
    link = people.proxy(paper=a2(people) if issuer == "parent" else None)
    giver = region.world.participants[0].person_id
    assert (link.issuer, link.given_by == giver) == (issuer, issuer == "appellant")


@pytest.mark.clause("moscow:6.4")
@pytest.mark.parametrize("form", [None, "A2", "A3"])
def test_only_the_region_s_own_forms_are_taken(play: StartPlay, form: str | None) -> None:
    people = Representatives(play(WITH_FORMS))
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(form_code=form)
    assert isinstance(wrong.value, Malformed)
    assert "form_code" in wrong.value.fields
    assert people.proxy().form_code == "A1"


def a2(people: Representatives, **wishes: Any) -> Any:
    """A whole paper of the second form, given by the mother whom this links."""
    mother = people.parent()
    given = {
        "issuer": "parent",
        "given_by": mother.representative_id,
        "principal": {**WRITTEN, "name": "Примерова Ольга Тестовна", "document": "45 10 777001"},
    }
    return people.paper(**{**given, **wishes})


SIDES = [
    pytest.param("principal", marks=pytest.mark.clause("moscow:A1.1")),
    pytest.param("attorney", marks=pytest.mark.clause("moscow:A1.2")),
]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("field", ["name", "document", *WRITTEN])
def test_every_field_of_the_first_form_is_mandatory(play: StartPlay, side: str, field: str) -> None:
    region = play(WITH_FORMS)
    people = Representatives(region)
    whole = people.paper()
    stated: Mapping[str, str] = getattr(whole, side)
    without: dict[str, Any] = {side: {**stated, field: " "}}
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(paper=replace(whole, **without))
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == [f"{side}_{field}"]
    assert links(region) == 0
    people.proxy(paper=whole)


@pytest.mark.clause("moscow:A2.1", "moscow:A2.2")
def test_every_field_of_the_second_form_is_mandatory(play: StartPlay) -> None:
    people = Representatives(play(WITH_FORMS))
    whole = a2(people)
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(paper=whole, principal={}, attorney={}, place="", signed=False)
    assert isinstance(wrong.value, Malformed)
    wanted = {f"{side}_{field}" for side in ("principal", "attorney") for field in ("name", "document", *WRITTEN)}
    assert set(wrong.value.fields) == {*wanted, "place", "signed"}
    assert people.proxy(paper=whole).form_code == "A2"


@pytest.mark.clause("moscow:A1.1")
@pytest.mark.parametrize("wish", [{"place": ""}, {"signed": False}])
def test_place_and_signature_stand_in_the_form(play: StartPlay, wish: dict[str, Any]) -> None:
    with refused("representation.attorney", Malformed) as wrong:
        Representatives(play(WITH_FORMS)).proxy(**wish)
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == list(wish)


@pytest.mark.clause("moscow:A1.2")
@pytest.mark.parametrize(
    ("side", "field", "value"),
    [
        ("attorney", "document", "45 10 000000"),
        ("attorney", "name", "Чужой Пётр"),
        ("principal", "document", "45 10 000000"),
        ("principal", "name", "Чужой Пётр"),
    ],
)
def test_the_paper_is_compared_with_the_documents_shown(play: StartPlay, side: str, field: str, value: str) -> None:
    people = Representatives(play(WITH_FORMS))
    whole = people.paper()
    another: dict[str, Any] = {side: {**getattr(whole, side), field: value}}
    with refused("representation.mismatch", Malformed) as wrong:
        people.proxy(paper=replace(whole, **another))
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == [f"{side}_{field}"]


@pytest.mark.clause("moscow:A2.1")
def test_the_second_form_is_given_by_a_linked_parent(play: StartPlay) -> None:
    region = play(WITH_FORMS)
    people = Representatives(region)
    whole = a2(people)
    stranger = region.world.participants[1].person_id
    with refused("representation.given_by", Malformed):
        people.proxy(paper=whole, given_by=stranger)
    with refused("representation.attorney", Malformed):
        people.proxy(paper=whole, given_by=None)
    assert people.proxy(paper=whole).given_by == whole.given_by


@pytest.mark.clause("moscow:A2.3")
def test_the_child_is_the_appellant(play: StartPlay) -> None:
    people = Representatives(play(WITH_FORMS))
    whole = a2(people)
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(paper=whole, child="Чужой Ребёнок")
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == ["child"]
    assert people.proxy(paper=whole).participant_id == people.play.world.participants[0].person_id


@pytest.mark.clause("moscow:A1.3")
@pytest.mark.parametrize("wish", [{"subject_code": None}, {"subject_code": "77"}, {"year": None}])
def test_one_subject_and_one_year_are_named(play: StartPlay, wish: dict[str, Any]) -> None:
    people = Representatives(play(WITH_FORMS))
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(**wish)
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == list(wish)


def test_the_region_s_form_gives_its_six_powers_and_no_more(play: StartPlay) -> None:
    link = Representatives(play(WITH_FORMS)).proxy(powers=frozenset(PowerCode))
    assert set(link.powers) == set(PowerCode) - {PowerCode.FILE, PowerCode.WITHDRAW}


@pytest.mark.parametrize("slug", PLAIN)
@pytest.mark.parametrize("power", [PowerCode.FILE, PowerCode.WITHDRAW])
def test_a_plain_paper_gives_neither_filing_nor_taking_back(play: StartPlay, slug: str, power: PowerCode) -> None:
    people = Representatives(play(slug))
    with refused("representation.attorney", Malformed) as wrong:
        people.proxy(powers=frozenset({power}))
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == ["powers"]
    assert people.proxy(powers=frozenset({PowerCode.MATERIALS})).powers == [PowerCode.MATERIALS]


def test_a_paper_without_a_term_lives_a_year_and_an_old_one_is_refused(play: StartPlay) -> None:
    people = Representatives(play("kbr"))
    today = people.today()
    with refused("representation.attorney", Malformed):
        people.proxy(given_on=today - timedelta(days=400))
    with refused("representation.attorney", Malformed):
        people.proxy(given_on=today + timedelta(days=1))
    link = people.proxy()
    assert (link.valid_from, link.valid_until) == (today, today.replace(year=today.year + 1))


def test_with_a_parent_go_the_proxies_whom_they_named(play: StartPlay) -> None:
    region = play(WITH_FORMS)
    people = Representatives(region)
    whole = a2(people)
    by_mother = people.proxy(paper=whole)
    by_child = people.proxy(newcomer=people.proxy_newcomer(document="45 10 777003"), paper=own_paper(people))
    (mother, *_) = region.read(lambda s: live_of(s, by_mother.participant_id))
    assert people.end(mother) == 2
    left = region.read(lambda s: live_of(s, by_mother.participant_id))
    assert [one.id for one in left] == [by_child.id]


def own_paper(people: Representatives) -> Any:
    whole = people.paper()
    return people.paper(attorney={**whole.attorney, "document": "45 10 777003"})
