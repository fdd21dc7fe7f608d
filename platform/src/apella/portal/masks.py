"""Telephones and mailboxes as the cabinet shows them: enough to know one's own, too little to learn another's; pure."""

from __future__ import annotations

BULLET = "\u2022"
NBSP = "\u00a0"


def masked_phone(phone: str) -> str:
    """Give «+7 900 •••-••-17» for a number written as +7 and ten digits; of any other only its end is shown."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    if len(digits) != 11:
        return f"{BULLET * 3}{digits[-2:]}"
    return f"+{digits[0]}{NBSP}{digits[1:4]}{NBSP}{BULLET * 3}-{BULLET * 2}-{digits[-2:]}"


def masked_email(email: str) -> str:
    """Give «в•••@example.ru»: the first letter and the domain."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}{BULLET * 3}@{domain}"


def is_unchanged(typed: str, masked: str) -> bool:
    """Whether a field still holds the mask that it was shown with: then what is on record is meant."""
    return bool(masked) and _plain(typed) == _plain(masked)


def _plain(text: str) -> str:
    return "".join(text.split())
