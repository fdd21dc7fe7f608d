"""Personal data as it may be shown to those who only need to recognise it."""

from __future__ import annotations

_HIDDEN = "•"
_DOCUMENT_SHOWN = 3
_PHONE_SHOWN = 4


def masked_document(number: str) -> str:
    """Show the last three characters of a document's number: `•••••••456`."""
    shown = number[-_DOCUMENT_SHOWN:] if len(number) > 2 * _DOCUMENT_SHOWN else ""
    return _HIDDEN * (len(number) - len(shown)) + shown


def masked_phone(phone: str) -> str:
    """Show the country and the last four digits of a normalised number: `+7 ••• •••-45-67`."""
    last = phone[-_PHONE_SHOWN:] if len(phone) > 2 * _PHONE_SHOWN else _HIDDEN * _PHONE_SHOWN
    return f"+7 {_HIDDEN * 3} {_HIDDEN * 3}-{last[:2]}-{last[2:]}"


def masked_email(address: str) -> str:
    """Show the first letter and the domain: `и•••@example.ru`; how long the name is stays hidden."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}{_HIDDEN * 3}@{domain}"
