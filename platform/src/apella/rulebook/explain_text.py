"""A counted term as text for a terminal: the sentence, the days, the federal limit, the acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from apella.calendar.wording import short_date
from apella.rulebook.in_force import in_force_lines
from apella.rulebook.wording import grounds_words


def explain_text(answer: Mapping[str, Any], *, today: dt.date | None = None) -> str:
    """Lay out the document of `apella.rulebook.asking`: one sentence, then each day of the count with its reason.

    The rules that answered and the acts stand below; `today` says which later editions are in force already.
    """
    sentence = str(answer["summary"])
    lines = [f"{answer['title']}: {sentence}.", *_days(answer, indent="")]
    federal = answer.get("federal")
    if federal is not None and federal["due"] != answer["due"]:
        lines += ["", f"Федеральный предел: {federal['summary']}.", *_days(federal, indent="")]
    lines += ["", f"Часовой пояс {answer['zone']}, календарь {answer['calendar_version']}."]
    lines += [*in_force_lines(answer["rules"], today=today), "Основания:"]
    lines += [f"  {ground}" for ground in grounds_words(_cited(answer), answer["acts"])]
    return "\n".join(lines)


def _days(answer: Mapping[str, Any], *, indent: str) -> Iterator[str]:
    for number, part in enumerate(answer["parts"], start=1):
        yield f"{indent}({number}) {part['summary']}"
        yield from _days(part, indent=f"{indent}    ")
    counted = 0
    for step in answer["steps"]:
        counted += step["counts"]
        mark = f"{counted}-й день" if step["counts"] else "–"
        yield f"{indent}  {short_date(dt.date.fromisoformat(step['date']))}  {mark:<9} {step['reason']}"


def _cited(answer: Mapping[str, Any]) -> list[str]:
    """The clauses of the term, of its parts and of the federal limit, each once."""
    cited = list(answer["clauses"])
    for part in answer["parts"]:
        cited += _cited(part)
    if answer.get("federal"):
        cited += _cited(answer["federal"])
    return list(dict.fromkeys(cited))
