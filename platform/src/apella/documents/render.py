"""Makes a PDF from a form's data and its template."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import typst

from apella.documents.encode import REPLACEMENT, clean, encode
from apella.documents.fonts import load_fonts
from apella.documents.forms import FormCode, FormData
from apella.errors import ConfigurationError

TEMPLATES = Path(__file__).parent / "templates"
FONTS = Path(__file__).parent / "fonts"
# The kit that templates import, the core's and a tenant's alike, as "@local/apella:1.0.0".
PACKAGES = Path(__file__).parent / "packages"


def render(
    form: FormCode,
    data: FormData,
    *,
    timestamp: datetime,
    overrides: Path | None,
    fonts: Path = FONTS,
    journal: str = "",
) -> bytes:
    """Make the PDF of one form, PDF/A-2a and PDF/UA-1: equal arguments give equal bytes.

    `timestamp` (aware) is the document's date of making. `overrides` is a folder whose `<form code>.typ` replaces
    the core's template; it may hold parts of its own in files that begin with `_`. The data reaches the template as
    one JSON string, never as template source. `journal` is the line about the audit's end, at the foot of each page.

    Raises ConfigurationError for a folder or template that cannot be used and for missing fonts, ValueError and
    TypeError for data that no form can print.
    """
    if data.form is not form:
        raise TypeError(f"form {form} does not print {type(data).__name__}")
    if timestamp.utcoffset() is None:
        raise ValueError("timestamp must be aware")
    font_set = load_fonts(fonts)
    template = _override(form, overrides) or TEMPLATES / form.template
    content = encode(data, fonts=font_set)
    content["form"] = {
        "code": form.label,
        "title": clean(form.full_title, fonts=font_set),
        "layout_note": form.layout_note,
        "journal": clean(journal, fonts=font_set),
    }
    content["replaced"] = REPLACEMENT in json.dumps(content, ensure_ascii=False)
    try:
        pdf, warnings = typst.compile_with_warnings(
            template,
            root=template.parent,
            font_paths=font_set.fonts,
            ignore_system_fonts=True,
            package_path=PACKAGES,
            sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=timestamp.astimezone(UTC),
        )
    except typst.TypstError as error:
        place = re.search(r"┌─ (?:.*/)?(.+:\d+):\d+$", error.diagnostic, re.MULTILINE)
        where = f" ({place.group(1)})" if place else ""
        raise _unusable(template, error.message + where) from error
    if warnings:
        raise _unusable(template, warnings[0].message)
    return pdf


def _override(form: FormCode, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    if not folder.is_dir():
        raise ConfigurationError(f"Папки с формами нет: {folder}.", code="documents.overrides")
    known = {code.template for code in FormCode}
    for path in sorted(folder.glob("*.typ")):
        if path.name not in known and not path.name.startswith("_"):
            raise _unusable(path, f"такой формы нет, есть {', '.join(sorted(known))}; своя часть начинается с _")
        if b"@preview/" in path.read_bytes():
            raise _unusable(path, "пакеты из сети не загружаются, положите нужное рядом с шаблоном")
    path = folder / form.template
    return path if path.is_file() else None


def _unusable(template: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(f"Шаблон {template} не годится: {reason}.", code="documents.template")
