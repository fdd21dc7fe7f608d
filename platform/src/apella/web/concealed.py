"""What names a person in an address: sealed, since addresses end in histories and in the logs of others."""

from __future__ import annotations

from typing import Final

from apella.identity.sealed import Seal, SealBroken
from apella.web.requests import app_of

LONGEST: Final = 2_000
"""Characters of a token: more than any text of a filter comes to."""


def conceal(text: str) -> str:
    """Seal a text for an address; an empty one stays empty. The same text gives another token each time."""
    return _seal().seal({"text": text}) if text else ""


def reveal(token: str) -> str:
    """The text of a token; empty for what was not made here."""
    if not token or len(token) > LONGEST:
        return ""
    try:
        return str(_seal().open(token)["text"])
    except SealBroken:
        return ""


def _seal() -> Seal:
    return app_of().addresses
