"""Taking an expert, and the expert's conclusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apella.casework.forms import PositionView, scores_of
from apella.casework.pages.acts.base import Act, ActForm, Raw, whole_number
from apella.casework.pages.acts.words import FIELDS
from apella.casework.pages.frame import full_name
from apella.casework.pages.scores import position_name
from apella.errors import Malformed
from apella.experts.service import choices
from apella.web import formatting
from apella.web.components import Choice
from apella.web.i18n import gettext as _


@dataclass(frozen=True, kw_only=True)
class ExpertLine:
    """An expert of the subject: to be chosen, or the reasons why not."""

    value: str
    name: str
    code: str
    load: str
    obstacles: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class ProposalLine:
    """A position in the conclusion's form; values are what stands in its fields."""

    code: str
    name: str
    was: int
    maximum: int
    disputed: bool
    proposed: str
    criterion: str
    argument: str
    marks: tuple[Choice, ...]


class AssignForm(ActForm):
    """A table of experts with what speaks against each."""

    template = "casework/acts/assign_expert.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return the experts of the subject, those who may take the case first."""
        lines = [
            ExpertLine(
                value=str(choice.expert.id),
                name=full_name(choice.person),
                code=choice.expert.code,
                load=formatting.count(choice.load, _("дело"), _("дела"), _("дел")),
                obstacles="; ".join(choice.obstacles),
                chosen=act.text("expert_id") == str(choice.expert.id),
            )
            for choice in choices(act.desk, act.appeal)
        ]
        return {
            "lines": lines,
            "free": sum(not line.obstacles for line in lines),
            "named": act.ticked("named_by_subject_chair", otherwise=True),
            "named_label": FIELDS["named_by_subject_chair"].label,
        }

    def body(self, act: Act) -> Raw:
        """Read who was chosen."""
        if not act.text("expert_id"):
            raise Malformed(
                FIELDS["expert_id"].wrong, code="form.fields", fields={"expert_id": FIELDS["expert_id"].wrong}
            )
        return {
            "expert_id": act.text("expert_id"),
            "named_by_subject_chair": act.ticked("named_by_subject_chair"),
        }


class ConcludeForm(ActForm):
    """A row for each extended or oral answer: the mark given, the mark proposed, the criterion, the argument."""

    template = "casework/acts/conclude.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return the rows and the summary."""
        positions = [position for position in scores_of(act.desk, act.appeal).positions if position.extended]
        return {"lines": [_line(act, position) for position in positions], "summary": act.text("summary")}

    def body(self, act: Act) -> Raw:
        """Read the rows that say something: another mark, or an argument why not."""
        proposals = []
        fields: dict[str, str] = {}
        for position in scores_of(act.desk, act.appeal).positions:
            code = position.code
            proposed, argument = act.text(f"proposed-{code}"), act.text(f"argument-{code}")
            if not position.extended or (proposed in ("", str(position.mark.mark)) and not argument):
                continue
            if not argument:
                fields[f"argument-{code}"] = _("Напишите обоснование по критерию")
            proposals.append(
                {
                    "task_type": str(position.mark.task_type),
                    "position": position.mark.position,
                    "proposed": whole_number(proposed) if proposed else position.mark.mark,
                    "criterion": act.text(f"criterion-{code}") or None,
                    "argument": argument,
                }
            )
        if not act.text("summary"):
            fields["summary"] = FIELDS["summary"].wrong
        if fields:
            raise Malformed(_("Заключение заполнено не полностью."), code="form.fields", fields=fields)
        return {"summary": act.text("summary"), "proposals": proposals}

    def field(self, path: str, raw: Raw) -> str:
        """Find the row's field that an error is about."""
        return row_field(path, raw, listed="proposals", mark="proposed", text="argument")


def row_field(path: str, raw: Raw, *, listed: str, mark: str, text: str) -> str:
    """Name the field of a row from a path such as «proposals.0.argument» or «proposals.C3»."""
    parts = path.split(".")
    if parts[0] != listed or len(parts) == 1:
        return parts[0]
    code = parts[1]
    if code.isdecimal():
        row = raw[listed][int(code)]
        code = f"{row['task_type']}{row['position']}"
    asked = parts[2] if len(parts) > 2 else mark
    return f"{asked if asked in (mark, text, 'criterion', 'error_kind') else mark}-{code}"


def marks_of(position: PositionView) -> tuple[Choice, ...]:
    """Every mark that a position may have."""
    return tuple(Choice(value=str(mark), label=str(mark)) for mark in range(position.mark.max_mark + 1))


def _line(act: Act, position: PositionView) -> ProposalLine:
    code = position.code
    return ProposalLine(
        code=code,
        name=position_name(position.mark),
        was=position.mark.mark,
        maximum=position.mark.max_mark,
        disputed=position.disputed,
        proposed=act.text(f"proposed-{code}", str(position.mark.mark)),
        criterion=act.text(f"criterion-{code}", position.mark.criterion or ""),
        argument=act.text(f"argument-{code}"),
        marks=marks_of(position),
    )
