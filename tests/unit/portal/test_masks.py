"""Masked contacts: enough to know one's own."""

from __future__ import annotations

import pytest

from apella.portal.masks import is_unchanged, masked_email, masked_phone


def test_of_a_phone_the_code_and_two_digits_are_shown() -> None:
    assert masked_phone("+79001234517").replace("\u00a0", " ") == "+7 900 •••-••-17"


def test_of_any_other_number_only_its_end_is_shown() -> None:
    assert masked_phone("12345") == "•••45"


def test_of_an_address_the_first_letter_and_the_domain_are_shown() -> None:
    assert masked_email("varvara@example.ru") == "v•••@example.ru"


@pytest.mark.parametrize("typed", ["+7\u00a0900\u00a0•••-••-17", "+7 900 •••-••-17", "+7900•••-••-17 "])
def test_spaces_do_not_make_another_number(typed: str) -> None:
    assert is_unchanged(typed, masked_phone("+79001234517"))


@pytest.mark.parametrize("typed", ["", "+7 901 •••-••-17", "+79001234517"])
def test_anything_else_is_a_change(typed: str) -> None:
    assert not is_unchanged(typed, masked_phone("+79001234517"))


def test_nothing_on_record_is_never_unchanged() -> None:
    assert not is_unchanged("", "")
