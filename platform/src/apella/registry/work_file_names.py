"""What the scans and recordings of a work are called to people."""

from __future__ import annotations

from collections.abc import Mapping

from apella.registry.tables import WorkFileKind

WORK_FILE_NAMES: Mapping[str, str] = {
    WorkFileKind.REGISTRATION_FORM: "бланк регистрации",
    WorkFileKind.ANSWER_FORM_1: "бланк ответов № 1",
    WorkFileKind.ANSWER_FORM_2: "бланк ответов № 2",
    WorkFileKind.EXTRA_ANSWER_FORM_2: "дополнительный бланк ответов № 2",
    WorkFileKind.RECOGNITION_SHEET: "лист распознавания",
    WorkFileKind.PROTOCOL: "протокол проверки развёрнутых ответов",
    WorkFileKind.AUDIO: "запись устного ответа",
}
"""Names by the codes of `WorkFileKind`, as they stand within a sentence."""


def material_name(kind: str) -> str:
    """Return the name of a material; one of an unknown kind is «другой материал»."""
    return WORK_FILE_NAMES.get(kind, "другой материал")
