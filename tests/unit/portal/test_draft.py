"""From what was typed to an application, and back into hidden fields."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from apella.appeals.application import Presence
from apella.deadlines import service as deadlines
from apella.portal.doors import Door, DoorState
from apella.portal.draft import Draft, WrongAnswers, application_of, digest_of, new_draft, read_draft
from apella.portal.results import OwnResult
from apella.portal.sheet import Contact, Sheet
from apella.regions.codes import ApplicationField, SiteKind
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.testing.tenants import NORTH, write_tenants

MakeSheet = Callable[..., Sheet]
NOBODY = (("participant", "without"), ("parent", "without"), ("proxy", ""))
ALL = (ApplicationField.PHONE, ApplicationField.EMAIL, ApplicationField.POSITIONS, ApplicationField.FORMS_CONFIRMED)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RegionRules:
    """The rules of a tenant whose cabinet has a door."""
    return load_region(write_tenants(tmp_path_factory.mktemp("tenants")) / NORTH)


@pytest.fixture
def sheet(rules: RegionRules) -> MakeSheet:
    """A form that asks for `asks` about a subject."""

    def make(*asks: ApplicationField, subject_code: str = "04") -> Sheet:
        channel = next(at for at in rules.channels_for(kind="score", category="student") if at.self_service)
        window = deadlines.explain(rules, "score.filing", {"results_announced": dt.date(2026, 6, 11)})
        door = Door(
            state=DoorState.OPEN,
            window=window,
            due=window.due,
            channel=channel,
            decided=True,
            desks=(),
            case_id=None,
        )
        result = OwnResult(
            work_id=uuid.UUID(int=1),
            exam_id=uuid.UUID(int=2),
            subject_code=subject_code,
            subject=rules.subjects[subject_code],
            exam_date=dt.date(2026, 6, 1),
            primary_score=17,
            test_score=50,
            preliminary=False,
            rechecked_on=None,
            door=door,
        )
        return Sheet(
            result=result,
            channel=channel.model_copy(update={"required_fields": asks}),
            presence=rules.presence,
            modes=("on_site", "remote"),
            marks={},
            exam_point="",
            full_name="Примерова Тест Тестовна",
            document="",
            phone=Contact(stored="+79001234517", masked="+7 900 •••-••-17"),
            email=Contact(stored="varvara@example.ru", masked="v•••@example.ru"),
            decided_by=None,
            withdrawn_by=None,
        )

    return make


def errors_of(draft: Draft, form: Sheet) -> dict[str, str]:
    """What is wrong with the answers."""
    with pytest.raises(WrongAnswers) as wrong:
        application_of(draft, form)
    return dict(wrong.value.fields)


def test_what_is_on_record_stays_unless_it_was_changed(sheet: MakeSheet) -> None:
    form = sheet(ApplicationField.PHONE, ApplicationField.EMAIL)
    kept = application_of(replace(new_draft(form), marks=NOBODY), form)
    assert (kept.phone, kept.email) == ("+79001234517", "varvara@example.ru")
    typed = replace(new_draft(form), marks=NOBODY, phone="8 (912) 345-67-89", email="Anna@example.ru")
    changed = application_of(typed, form)
    assert (changed.phone, changed.email) == ("+79123456789", "Anna@example.ru")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("email", "", "Укажите адрес электронной почты"),
        ("email", "anna@", "Укажите адрес целиком"),
        ("email", "a•••@example.ru", "Введите адрес почты целиком, без точек на месте букв"),
        ("phone", "", "Укажите номер мобильного телефона"),
        ("phone", "12", "Укажите номер телефона: +7 и ещё десять цифр"),
    ],
)
def test_a_contact_has_one_sentence_of_its_own(sheet: MakeSheet, field: str, typed: str, sentence: str) -> None:
    form = sheet(ApplicationField.PHONE, ApplicationField.EMAIL)
    draft = replace(new_draft(form), marks=NOBODY, **{field: typed})  # type: ignore[arg-type]  # a field of Draft
    errors = errors_of(draft, form)
    assert list(errors) == [field]
    assert errors[field].startswith(sentence)


def test_what_is_not_asked_is_not_filed(sheet: MakeSheet) -> None:
    form = sheet()
    draft = Draft(key="", positions=("C1",), forms="yes", phone="8 900 123-45-67", email="a@example.ru", marks=NOBODY)
    application = application_of(draft, form)
    assert (application.phone, application.email, application.disputed) == (None, None, ())
    assert application.forms_confirmed is None


@pytest.mark.parametrize(
    ("subject_code", "first"), [("04", "positions_C"), ("22", "positions_B"), ("29", "positions_D")]
)
def test_a_missing_position_is_asked_for_in_the_first_part(sheet: MakeSheet, subject_code: str, first: str) -> None:
    form = sheet(ApplicationField.POSITIONS, subject_code=subject_code)
    assert list(errors_of(Draft(key="", marks=NOBODY), form)) == [first]


def test_every_open_question_is_named(sheet: MakeSheet) -> None:
    assert set(errors_of(Draft(key=""), sheet(*ALL))) == {
        "positions_C",
        "forms",
        "with_participant",
        "with_parent",
        "phone",
        "email",
    }


@pytest.mark.clause("federal:98.5")
def test_the_way_of_the_hearing_is_asked_only_of_those_who_come(sheet: MakeSheet) -> None:
    form = sheet()
    comes = Draft(key="", marks=(("participant", "with"), ("parent", "without"), ("proxy", "")))
    assert list(errors_of(comes, form)) == ["hearing_mode"]
    application = application_of(replace(comes, hearing_mode="remote"), form)
    assert (application.presence, application.hearing_mode) == (Presence(participant=True), "remote")
    assert application_of(replace(comes, marks=NOBODY, hearing_mode="remote"), form).hearing_mode is None


def test_hidden_fields_carry_the_draft_whole() -> None:
    draft = Draft(
        key=str(uuid.UUID(int=7)),
        positions=("C1", "B12"),
        forms="no",
        presence="in_presence",
        marks=(("participant", "with"), ("parent", ""), ("proxy", "without")),
        hearing_mode="remote",
        phone="8 900 123-45-67",
        email="a@example.ru",
    )
    assert read_draft(MultiDict(draft.fields())) == draft


def test_ticked_persons_are_those_who_come() -> None:
    draft = read_draft(MultiDict([("who", "parent")]))
    assert draft.marks == (("participant", ""), ("parent", "with"), ("proxy", ""))


def test_a_key_of_somebodys_own_making_is_replaced() -> None:
    assert uuid.UUID(read_draft(MultiDict([("key", "1; drop table")])).key).version == 4


def test_the_same_answers_have_the_same_digest(sheet: MakeSheet) -> None:
    form = sheet(*ALL)
    draft = replace(new_draft(form), positions=("C1",), forms="yes", marks=NOBODY)
    first, second = (digest_of(application_of(draft, form)) for _ in range(2))
    other = digest_of(application_of(replace(draft, positions=("C2",)), form))
    assert first == second != other


# --- Where to come for a video link -----------------------------------------------------------------------------------


def asking_for_a_site(form: Sheet, rules: RegionRules, *, modes: tuple[str, ...] = ("on_site", "remote")) -> Sheet:
    """The form where the participant names one of two sites; the second is proposed."""
    here = rules.sites.main
    other = here.model_copy(update={"code": "other", "kind": SiteKind.REMOTE, "name": "Пункт № 1"})
    return replace(form, sites=(here, other), proposed_site="other", modes=modes)


COMING = (("participant", "with"), ("parent", "without"), ("proxy", ""))


def test_the_proposed_site_is_asked_for_unless_another_is_chosen(sheet: MakeSheet, rules: RegionRules) -> None:
    form = asking_for_a_site(sheet(), rules)
    draft = replace(new_draft(form), marks=COMING, hearing_mode="remote")
    assert application_of(draft, form).remote_site == "other"
    main = str(rules.sites.main.code)
    assert application_of(replace(draft, remote_site=main), form).remote_site == main
    assert application_of(draft, replace(form, modes=("remote",))).remote_site == "other"


def test_who_comes_to_no_video_link_asks_for_no_site(sheet: MakeSheet, rules: RegionRules) -> None:
    form = asking_for_a_site(sheet(), rules)
    draft = new_draft(form)
    assert application_of(replace(draft, marks=NOBODY), form).remote_site is None
    assert application_of(replace(draft, marks=COMING, hearing_mode="on_site"), form).remote_site is None
    plain = sheet()
    assert application_of(replace(draft, marks=COMING, hearing_mode="remote"), plain).remote_site is None


@pytest.mark.parametrize("typed", ["", "nowhere"])
def test_a_site_that_is_not_in_the_list_is_sent_back(sheet: MakeSheet, rules: RegionRules, typed: str) -> None:
    form = asking_for_a_site(sheet(), rules)
    draft = replace(new_draft(form), marks=COMING, hearing_mode="remote", remote_site=typed)
    assert errors_of(draft, form) == {"remote_site": "Выберите из списка, куда вы придёте для видеосвязи"}


def test_the_site_goes_along_in_the_hidden_fields(sheet: MakeSheet, rules: RegionRules) -> None:
    form = asking_for_a_site(sheet(), rules)
    draft = replace(new_draft(form), marks=COMING, hearing_mode="remote")
    assert read_draft(MultiDict(draft.fields())).remote_site == "other"
