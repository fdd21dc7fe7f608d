"""How the cells of a delivery are read: each reader takes a cell that is not empty and raises ValueError in Russian."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from apella.errors import Malformed

ChoiceT = TypeVar("ChoiceT", bound=str)

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def text(limit: int) -> Callable[[str], str]:
    """Printable text of up to `limit` signs."""

    def read(cell: str) -> str:
        if len(cell) > limit:
            raise ValueError(f"длиннее {limit} знаков")
        if not cell.isprintable():
            raise ValueError("есть непечатаемые знаки")
        return cell

    return read


def name(cell: str) -> str:
    """Part of a person's name."""
    return unicodedata.normalize("NFC", text(150)(cell))


def matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """What a pattern fits as a whole; `wanted` says in Russian what that is."""
    compiled = re.compile(pattern, re.ASCII)

    def read(cell: str) -> str:
        if compiled.fullmatch(cell) is None:
            raise ValueError(f"нужно: {wanted}")
        return cell

    return read


def integer(low: int, high: int) -> Callable[[str], int]:
    """A whole number, the bounds included."""
    known = {str(value): value for value in range(low, high + 1)}

    def read(cell: str) -> int:
        try:
            return known[cell]
        except KeyError:
            raise ValueError(f"нужно целое число от {low} до {high}") from None

    return read


def flag(cell: str) -> bool:
    """1 for yes, 0 for no."""
    if cell not in ("0", "1"):
        raise ValueError("нужно 1 (да) или 0 (нет)")
    return cell == "1"


def day(cell: str) -> date:
    """A date like 2026-06-18."""
    try:
        if _DAY.fullmatch(cell):
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise ValueError("нужна дата вида 2026-06-18")


def one_of(*values: ChoiceT) -> Callable[[str], ChoiceT]:
    """One of these codes."""
    known = {str(value): value for value in values}

    def read(cell: str) -> ChoiceT:
        try:
            return known[cell]
        except KeyError:
            raise ValueError(f"такого кода нет; есть {', '.join(known)}") from None

    return read


def personal(normal: Callable[[str], str]) -> Callable[[str], str]:
    """What `normal` accepts; reasons quote nothing of what they refuse: it is personal data."""

    def read(cell: str) -> str:
        try:
            return normal(cell)
        except Malformed as error:
            raise ValueError(" ".join(error.fields.values())) from None

    return read


code = matching(r"[0-9A-Za-z][0-9A-Za-z-]{0,39}", "код из латинских букв, цифр и дефиса, до 40 знаков")
subject = matching(r"\d\d", "код предмета из двух цифр, например 02")
registration = matching(r"\d{4,20}", "код регистрации из цифр, от 4 до 20 знаков")
sha256 = matching(r"[0-9a-f]{64}", "SHA-256, 64 шестнадцатеричные цифры")
