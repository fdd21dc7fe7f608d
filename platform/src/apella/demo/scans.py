"""Drawn forms in the place of scans: boxes with codes, answers, something like handwriting. Small and quick.

A sheet that is the same for a whole subject is drawn once; each work adds what its own pen wrote.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from apella.demo.names import chance_of
from apella.errors import ConfigurationError
from apella.registry.tables import MarkRow, WorkFileKind
from apella.registry.work_file_names import material_name

SIZE = (826, 1169)
"""A4 at 100 dots per inch."""

_FONT = "DejaVuSans.ttf"
_BOX = 26
_MOST_BOXES = 26
_KEPT_FORMS = 64
_LEFT = 60
_LINE = 34
_PAPER, _INK = 1, 0
_Ink = ImageDraw.ImageDraw


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a form says about a work. Names stand on the registration form only, as in life."""

    region_code: str
    subject_code: str
    subject: str
    work_code: str
    point_code: str
    room: str
    exam_date: str
    name: tuple[str, str, str]
    marks: tuple[MarkRow, ...]
    checked_by: tuple[str, ...]


def drawn_scan(kind: WorkFileKind, sheet: Sheet, *, page: int) -> bytes:
    """Draw a page of a work as a PNG of a few kilobytes, the same for the same work."""
    image = _form(kind, sheet.region_code, sheet.subject_code, sheet.subject).copy()
    ink = ImageDraw.Draw(image)
    _boxes(ink, _LEFT, 190, sheet.work_code)
    _boxes(ink, 640, 190, f"{page:02d}")
    chance = chance_of("handwriting", sheet.work_code, kind, page)
    match kind:
        case WorkFileKind.REGISTRATION_FORM:
            _registration(ink, sheet, chance)
        case WorkFileKind.ANSWER_FORM_1:
            _short_answers(ink, sheet.marks)
        case WorkFileKind.PROTOCOL:
            _protocol(ink, sheet)
        case _:
            _handwriting(ink, chance)
    target = io.BytesIO()
    image.save(target, "PNG", compress_level=3)
    return target.getvalue()


@lru_cache(maxsize=_KEPT_FORMS)
def _form(kind: WorkFileKind, region_code: str, subject_code: str, subject: str) -> Image.Image:
    image = Image.new("1", SIZE, _PAPER)
    ink = ImageDraw.Draw(image)
    ink.fontmode = "1"
    for x, y in ((20, 20), (SIZE[0] - 50, 20), (20, SIZE[1] - 50), (SIZE[0] - 50, SIZE[1] - 50)):
        ink.rectangle((x, y, x + 30, y + 30), fill=_INK)
    ink.text((SIZE[0] / 2, 40), material_name(kind).capitalize(), font=_font(26), fill=_INK, anchor="mt")
    ink.text((SIZE[0] / 2, 76), "УЧЕБНЫЙ ОБРАЗЕЦ", font=_font(15), fill=_INK, anchor="mt")
    for x, caption in ((_LEFT, "Регион"), (190, "Предмет"), (320, subject)):
        ink.text((x, 108), caption, font=_font(14), fill=_INK)
    _boxes(ink, _LEFT, 128, region_code)
    _boxes(ink, 190, 128, subject_code)
    ink.text((_LEFT, 170), "Код работы", font=_font(14), fill=_INK)
    ink.text((640, 170), "Лист", font=_font(14), fill=_INK)
    if kind is WorkFileKind.ANSWER_FORM_2:
        for y in range(260, SIZE[1] - 80, _LINE):
            ink.line((_LEFT, y, SIZE[0] - _LEFT, y), fill=_INK)
    return image


def _registration(ink: _Ink, sheet: Sheet, chance: random.Random) -> None:
    lines = (
        *zip(("Фамилия", "Имя", "Отчество"), sheet.name, strict=True),
        ("Дата экзамена", sheet.exam_date),
        ("Код пункта", sheet.point_code),
        ("Аудитория", sheet.room),
    )
    for number, (caption, value) in enumerate(lines):
        y = 260 + number * 70
        ink.text((_LEFT, y), caption, font=_font(14), fill=_INK)
        _boxes(ink, _LEFT, y + 20, value[:_MOST_BOXES].upper())
    ink.text((_LEFT, 740), "Подпись участника", font=_font(14), fill=_INK)
    _scribble(ink, chance, x=260, y=750, width=170)


def _short_answers(ink: _Ink, marks: Iterable[MarkRow]) -> None:
    answers = [mark for mark in marks if mark.answer is not None]
    for place, mark in enumerate(answers):
        x, y = _LEFT + place % 2 * 370, 260 + place // 2 * 40
        ink.text((x, y + 4), mark.task, font=_font(16), fill=_INK)
        _boxes(ink, x + 40, y, f"{mark.answer:<10}"[:10])


def _protocol(ink: _Ink, sheet: Sheet) -> None:
    scored = [mark for mark in sheet.marks if mark.task_type != "B"]
    for place, mark in enumerate(scored):
        y = 260 + place * 38
        label = f"{mark.task} {mark.criterion or ''}".strip()
        ink.text((_LEFT, y + 4), f"Позиция {mark.position} (задание {label})", font=_font(16), fill=_INK)
        _boxes(ink, 480, y, str(mark.mark))
        ink.text((540, y + 4), f"из {mark.max_mark}", font=_font(16), fill=_INK)
    codes = ", ".join(sheet.checked_by)
    ink.text((_LEFT, SIZE[1] - 100), f"Эксперты: {codes}", font=_font(16), fill=_INK)


def _handwriting(ink: _Ink, chance: random.Random) -> None:
    for line in range(260, 260 + (12 + chance.randrange(10)) * _LINE, _LINE):
        x = _LEFT + 4
        while x < SIZE[0] - 150:
            width = 30 + chance.randrange(70)
            _scribble(ink, chance, x=x, y=line - 8, width=width)
            x += width + 14


def _scribble(ink: _Ink, chance: random.Random, *, x: int, y: int, width: int) -> None:
    points = [(x + step, y - chance.randrange(14)) for step in range(0, width, 5)]
    ink.line(points, fill=_INK, width=2)


def _boxes(ink: _Ink, x: int, y: int, text: Sequence[str]) -> None:
    for place, letter in enumerate(text):
        ink.bitmap((x + place * _BOX, y), _box(letter), fill=_INK)


@cache
def _box(letter: str) -> Image.Image:
    """A box with a letter, as a mask."""
    mask = Image.new("1", (_BOX, _BOX + 1), 0)
    ink = ImageDraw.Draw(mask)
    ink.fontmode = "1"
    ink.rectangle((0, 0, _BOX - 4, _BOX), outline=1)
    ink.text((_BOX / 2 - 2, _BOX / 2), letter, font=_font(17), fill=1, anchor="mm")
    return mask


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    path = Path(str(resources.files("apella.documents"))) / "fonts" / _FONT
    try:
        return ImageFont.truetype(path, size)
    except OSError as error:
        raise ConfigurationError(
            f"Нет шрифта {_FONT} (папка {path.parent}). Выполните make setup.", code="documents.fonts"
        ) from error
