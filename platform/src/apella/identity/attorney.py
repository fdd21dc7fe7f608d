"""What a power of attorney must state before it is entered; pure."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from apella.errors import Malformed, RuleViolation
from apella.identity.people import sort_key
from apella.regions.codes import PowerCode
from apella.regions.values.filing import ProxyForm, ProxyRules

MOST_NUMBER: Final = 80
STATED: Final[Mapping[str, str]] = {
    "name": "фамилию, имя, отчество",
    "birth_date": "дату рождения",
    "citizenship": "гражданство",
    "document": "серию и номер паспорта",
    "issued_by": "кем выдан паспорт",
    "issued_on": "когда выдан паспорт",
    "division_code": "код подразделения",
    "address": "адрес регистрации",
}
"""What a form of a region states of each of the two people, as it is asked for."""
PEOPLE: Final[Mapping[str, str]] = {"principal": "доверителя", "attorney": "представителя"}


@dataclass(frozen=True, kw_only=True)
class PowerOfAttorney:
    """A power of attorney as staff read it. `given_by` is the linked parent where `issuer` is "parent".

    Where the region has forms of its own, the paper's data of both people stand in `principal` and `attorney`, by the
    names of `STATED`: they are compared and not kept. `signed`: the date in words and the principal's signature stand.
    `valid_until` None means a year from `given_on` (article 186 of the Civil Code).
    """

    number: str
    given_on: date
    issuer: str
    given_by: uuid.UUID | None = None
    form_code: str | None = None
    subject_code: str | None = None
    year: int | None = None
    powers: frozenset[PowerCode] = frozenset()
    notarised: bool = False
    valid_until: date | None = None
    place: str = ""
    signed: bool = False
    principal: Mapping[str, str] = field(default_factory=dict, repr=False)
    attorney: Mapping[str, str] = field(default_factory=dict, repr=False)
    child: str = field(default="", repr=False)


def checked(
    paper: PowerOfAttorney, rules: ProxyRules, *, subjects: Collection[str], child: str, today: date
) -> PowerOfAttorney:
    """The paper as it is entered, by the region's rules. `child` is the participant's whole name.

    Raises RuleViolation where the region takes no such paper, Malformed with everything that is missing or wrong.
    """
    if not rules.allowed:
        raise _against("В регионе представителей по доверенности нет.", "representation.no_proxies", rules)
    if rules.notary_required and not paper.notarised:
        raise _against("Нужна доверенность, заверенная нотариусом.", "representation.notary", rules)
    form = next((one for one in rules.forms if one.code == paper.form_code), None)
    paper = replace(
        paper,
        number=" ".join(paper.number.split()),
        form_code=None if form is None else form.code,
        powers=frozenset(rules.grantable) if form is not None else paper.powers,
        valid_until=paper.valid_until or _a_year_later(paper.given_on),
    )
    fields = {**_plain_faults(paper, rules, subjects, today), **_form_faults(paper, rules, form, child)}
    if fields:
        raise Malformed(
            "Доверенность не внесена: в ней или в форме указано не всё.", code="representation.attorney", fields=fields
        )
    return paper


def _plain_faults(paper: PowerOfAttorney, rules: ProxyRules, subjects: Collection[str], today: date) -> dict[str, str]:
    issuers = rules.issuers or ("appellant", "parent")
    strange = paper.powers - set(rules.grantable)
    faults = {
        "number": (not 0 < len(paper.number) <= MOST_NUMBER, "Укажите номер доверенности; если номера нет – «б/н»"),
        "given_on": (paper.given_on > today, "Доверенность ещё не выдана: её дата в будущем"),
        "issuer": (paper.issuer not in issuers, "Отметьте, кто выдал доверенность"),
        "given_by": (
            paper.issuer == "parent" and paper.given_by is None,
            "Выберите родителя, который выдал доверенность: сначала его связывают с участником",
        ),
        "valid_until": (
            paper.valid_until is not None and paper.valid_until < max(today, paper.given_on),
            "Срок доверенности уже истёк",
        ),
        "subject_code": (
            paper.subject_code not in subjects
            if rules.per_subject_and_year or paper.subject_code is not None
            else False,
            "Выберите предмет, на который выдана доверенность",
        ),
        "year": (rules.per_subject_and_year and paper.year is None, "Укажите год, на который выдана доверенность"),
        "powers": (
            not paper.powers or bool(strange),
            "По правилам региона доверенность такого полномочия не даёт"
            if strange
            else "Отметьте полномочия, которые названы в доверенности",
        ),
    }
    return {name: sentence for name, (wrong, sentence) in faults.items() if wrong}


def _form_faults(paper: PowerOfAttorney, rules: ProxyRules, form: ProxyForm | None, child: str) -> dict[str, str]:
    """What a form of the region demands beside the rest: every field of both people, and the child's name."""
    if not rules.forms:
        return {}
    if form is None or form.issuer != paper.issuer:
        return {"form_code": "Выберите форму доверенности; она должна подходить к тому, кто её выдал"}
    fields = {
        f"{side}_{name}": f"Перепишите с доверенности {what} {PEOPLE[side]}"
        for side, stated in (("principal", paper.principal), ("attorney", paper.attorney))
        for name, what in STATED.items()
        if not stated.get(name, "").strip()
    }
    if not paper.place.strip():
        fields["place"] = "Перепишите с доверенности место её выдачи"
    if not paper.signed:
        fields["signed"] = "Проверьте, что дата написана словами и доверитель расписался, и отметьте это"
    if form.issuer == "parent" and sort_key(paper.child, "") != sort_key(child, ""):
        fields["child"] = "Имя ребёнка в доверенности должно совпадать с именем апеллянта"
    return fields


def _a_year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return date(day.year + 1, 2, 28)


def _against(message: str, code: str, rules: ProxyRules) -> RuleViolation:
    return RuleViolation(message, code=code, clauses=rules.clauses)
