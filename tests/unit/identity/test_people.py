"""Equal names, documents and phones compare equal however they were typed."""

from __future__ import annotations

import pytest

from apella.errors import Malformed
from apella.identity.people import normal_document, normal_phone, sort_key


def test_names_sort_by_surname_first_with_yo_as_ye() -> None:
    people = [("Ёлкин", "Яков"), ("Еловая", "Анна"), ("Елкин", "Анна"), ("Ежов", "Яна")]
    assert sorted(people, key=lambda name: sort_key(*name)) == [people[3], people[2], people[0], people[1]]


def test_a_name_s_key_has_single_spaces_and_no_empty_parts() -> None:
    assert sort_key(" Иванов-Петров ", "АННА  Мария", None) == "иванов-петров анна мария"


@pytest.mark.parametrize("typed", ["8304 123456", "83 04 123456", " 8304123456 ", "83 04 № 123456", "83–04–123456"])
def test_a_passport_is_its_digits(typed: str) -> None:
    assert normal_document(typed) == "8304123456"


def test_a_certificate_is_the_same_from_either_keyboard() -> None:
    assert normal_document("II-КБ № 123456") == normal_document("ii-kб 123456")


@pytest.mark.parametrize("typed", ["", "   ", "12", "№№№", "1" * 31])
def test_what_is_no_document_names_the_field(typed: str) -> None:
    with pytest.raises(Malformed) as refusal:
        normal_document(typed)
    assert refusal.value.error_code == "identity.document"
    assert set(refusal.value.fields) == {"document"}


@pytest.mark.parametrize(
    "typed",
    ["+7 900 123-45-67", "8 (900) 123-45-67", "79001234567", "9001234567", "+7\u00a0900\u00a0123\u201145\u201167"],
)
def test_a_phone_is_plus_seven_and_ten_digits(typed: str) -> None:
    assert normal_phone(typed) == "+79001234567"


@pytest.mark.parametrize(
    "typed", ["", "+7 900 000-00", "+1 900 123 45 67", "+375291234567", "٩٠٠١٢٣٤٥٦٧", "тел. 9001234567"]
)
def test_what_is_no_russian_phone_names_the_field(typed: str) -> None:
    with pytest.raises(Malformed) as refusal:
        normal_phone(typed)
    assert refusal.value.error_code == "identity.phone"
    assert set(refusal.value.fields) == {"phone"}
