"""Masks show enough to recognise and too little to learn."""

from __future__ import annotations

import pytest

from apella.db.masking import masked_document, masked_email, masked_phone


@pytest.mark.parametrize(
    ("number", "mask"),
    [("8304123456", "•••••••456"), ("1234567", "••••567"), ("123456", "••••••"), ("12", "••"), ("", "")],
)
def test_a_document_shows_its_last_three(number: str, mask: str) -> None:
    assert masked_document(number) == mask


@pytest.mark.parametrize(
    ("phone", "mask"), [("+79001234567", "+7 ••• •••-45-67"), ("4567", "+7 ••• •••-••-••"), ("", "+7 ••• •••-••-••")]
)
def test_a_phone_shows_its_last_four(phone: str, mask: str) -> None:
    assert masked_phone(phone) == mask


@pytest.mark.parametrize(
    ("address", "mask"), [("ivanova@example.ru", "i•••@example.ru"), ("a@b.ru", "a•••@b.ru"), ("@b.ru", "•••@b.ru")]
)
def test_an_address_shows_its_first_letter_and_its_domain(address: str, mask: str) -> None:
    assert masked_email(address) == mask
