"""What somebody types and the chain keeps for ever: the basis of an export, the number of an act.

The chain cannot be changed, so nothing may get into it by which a person is known. Names cannot be told from other
words; numbers of documents and telephones can.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from apella.errors import Malformed

MOST_DIGITS: Final = 8
"""Dates apart, an act's number has no more digits in a row, whatever stands between them; a telephone has ten."""

_DATE = re.compile(
    r"(?<!\d)(?:(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d"
    r"|(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?!\d)"
)
# «№ 2-1234/2026»: the year is a part of a case's number.
_YEAR = re.compile(r"(?<=\d)\s*/\s*(?:19|20)\d\d(?!\d)")
_BETWEEN = r"(?:[\W_]|номер|ном|no|n)*"
_RUN = re.compile(rf"\d(?:{_BETWEEN}\d){{{MOST_DIGITS}}}")
# A word that says whose number follows: even a short one is somebody's then.
_NAMED = re.compile(
    r"(?:паспорт|снилс|телефон|\bтел\b|\bмоб\b|\bсери[яию]\b|свидетельств|phone|passport|snils)"
    rf"\D{{0,30}}\d(?:{_BETWEEN}\d){{3}}"
)
_ADDRESS = re.compile(r"\S+@\S+")


def names_somebody(text: str) -> bool:
    """Tell whether a text holds what may be a document, a telephone, a СНИЛС or an address of e-mail."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if _ADDRESS.search(plain):
        return True
    plain = _YEAR.sub(" г ", _DATE.sub(" от ", plain))
    return _RUN.search(plain) is not None or _NAMED.search(plain) is not None


def basis(text: str, *, longest: int, example: str, code: str) -> str:
    """Give the basis of a deed as the chain keeps it; `example` is one that passes. Raises Malformed with this code."""
    found = " ".join(text.split())
    if not _may_stay(found, longest=longest):
        raise Malformed(
            f"Основание: напишите, по какой бумаге или почему, например «{example}», до {longest} знаков. Без имён, "
            "телефонов и номеров документов: оно остаётся в журнале навсегда.",
            code=code,
        )
    return found


def act_number(text: str, *, longest: int, code: str) -> str:
    """Give the number of an act as the chain keeps it. Raises Malformed with this code."""
    found = " ".join(text.split())
    if not _may_stay(found, longest=longest):
        raise Malformed(
            f"Укажите номер акта, до {longest} знаков, например «17-у». Без имён, телефонов и номеров документов: он "
            "остаётся в журнале навсегда.",
            code=code,
            fields={"act_number": "Укажите номер, который стоит в акте, без имён, телефонов и номеров документов"},
        )
    return found


def _may_stay(text: str, *, longest: int) -> bool:
    """Whether a tidied text may stand in the chain for ever."""
    return 0 < len(text) <= longest and text.isprintable() and not names_somebody(text)


def check_act_day(day: date, *, today: date, code: str) -> None:
    """Refuse an act that is not signed yet. Raises Malformed with this code; `today` is the tenant's."""
    if day > today:
        raise Malformed(
            f"Акт от {day:%d.%m.%Y} ещё не подписан: сегодня {today:%d.%m.%Y}. Укажите день, который стоит в акте.",
            code=code,
            fields={"act_date": "Укажите день, который стоит в акте: не позже сегодняшнего"},
        )
