"""Turns a form's data into the JSON value that a template reads.

Shapes: text → cleaned text; whole number → number; decimal → text with a comma; date → {date, short, weekday};
moment → the same and `time`; a member of an enum → its code; nothing → null; a dataclass → an object of its fields.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from apella.documents.fonts import FontSet

NBSP = "\N{NO-BREAK SPACE}"
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_WEEKDAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_INVISIBLE_BUT_USEFUL = "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}"
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[ \n]*\n")
_UNBROKEN = re.compile(r"\S{31,}")
_PIECE = 10
# What a line end must not part: a sign or a short word from the next word, initials from a surname.
_GLUED = (
    re.compile(r"(?<=[№§]) (?=\S)"),
    re.compile(r"(?<=\b[авиоксуАВИОКСУ]) (?=\S)"),
    re.compile(r"(?<=\b[А-ЯЁ]\.) (?=[А-ЯЁ])"),
    re.compile(r"(?<=[а-яё]) (?=[А-ЯЁ]\.[ \xa0]?[А-ЯЁ]\.)"),
    re.compile(r"(?<=\b[гдпс]\.) (?=\S)"),
    re.compile(r"(?<=\b(?:ул|пр|кв|им)\.) (?=\S)"),
    re.compile(r"(?<=\bзадание) (?=\d)"),
    re.compile(r"(?<=\d) (?=(?:г|ч|л|мин|руб)\.)"),
)


def encode(value: object, *, fonts: FontSet) -> Any:
    """Encode one value of a form's data.

    Raises ValueError for a moment that is naive or in UTC (it would print the wrong hour) and for a number that is
    not finite, TypeError for a type that no form uses.
    """
    match value:
        case None | bool():
            return value
        case enum.Enum():
            return value.value
        case str():
            return clean(value, fonts=fonts)
        case int():
            return value
        case Decimal():
            return _decimal(value)
        case datetime():
            return _moment(value)
        case date():
            return _day(value)
        case tuple():
            return [encode(item, fonts=fonts) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name), fonts=fonts) for field in dataclasses.fields(value)}
    raise TypeError(f"no form prints a {type(value).__name__}")


def clean(text: str, *, fonts: FontSet) -> str:
    """Make a person's text printable.

    Controls and direction marks go; a character that cannot be set becomes U+FFFD (typst stops at it, and one
    character must not keep a document from being made); line ends are unified; an unbroken run gets places to break;
    short words stay with what they belong to.
    """
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text))
    text = "".join(_printable(cluster, fonts=fonts) for cluster in _clusters(text))
    text = _BLANK_LINES.sub("\n\n", text).strip()
    text = _UNBROKEN.sub(_breakable, text)
    for glued in _GLUED:
        text = glued.sub(NBSP, text)
    return text


def _clusters(text: str) -> list[str]:
    """Split into characters with the marks that stand on them, without what has no place in a document."""
    clusters: list[str] = []
    for character in text:
        category = unicodedata.category(character)
        if character == "\t" or (category == "Zs" and character != NBSP):
            clusters.append(" ")
        elif character == "\n" or character in _INVISIBLE_BUT_USEFUL:
            clusters.append(character)
        elif category in {"Cc", "Cf"} or unicodedata.name(character, "").startswith("VARIATION SELECTOR"):
            continue
        elif _is_mark(character) and clusters and not _is_blank(clusters[-1]):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _printable(cluster: str, *, fonts: FontSet) -> str:
    if _is_blank(cluster):
        return cluster
    # PDF/A forbids private-use characters even where a font draws them; a mark without a letter has no one font.
    settable = not _is_mark(cluster[0]) and all(unicodedata.category(character) != "Co" for character in cluster)
    return cluster if settable and fonts.shows(cluster) else REPLACEMENT


def _breakable(run: re.Match[str]) -> str:
    pieces: list[str] = []
    for cluster in _clusters(run.group()):
        if not pieces or len(pieces[-1]) >= _PIECE:
            pieces.append("")
        pieces[-1] += cluster
    return "\N{ZERO WIDTH SPACE}".join(pieces)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _is_blank(cluster: str) -> bool:
    return cluster.isspace() or cluster in _INVISIBLE_BUT_USEFUL


def _decimal(number: Decimal) -> str:
    if not number.is_finite():
        raise ValueError("a number on a form must be finite")
    return f"{number:f}".replace(".", ",").replace("-", "\N{MINUS SIGN}")


def _day(day: date) -> dict[str, str]:
    return {"date": f"{day:%d.%m.%Y}", "short": f"{day:%d.%m.%y}", "weekday": _WEEKDAYS[day.weekday()]}


def _moment(moment: datetime) -> dict[str, str]:
    if not moment.utcoffset() or moment.utcoffset() == timedelta(0):
        raise ValueError("a moment on a form stands in the tenant's zone, neither naive nor in UTC")
    return {**_day(moment), "time": f"{moment:%H:%M}"}
