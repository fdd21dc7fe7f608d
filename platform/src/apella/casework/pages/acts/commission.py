"""Voting on a case, and the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apella.appeals.facts import exam_of
from apella.appeals.states import AppealKind
from apella.casework.forms import PanelMember, PositionView, ScoresView, panel_of, scores_of
from apella.casework.pages import labels
from apella.casework.pages.acts.base import Act, ActForm, Raw, whole_number
from apella.casework.pages.acts.experts import marks_of, row_field
from apella.casework.pages.acts.words import FIELDS
from apella.casework.pages.frame import short_name
from apella.casework.pages.scores import position_name, score_table
from apella.commissions.model import Ballot, ErrorKind
from apella.commissions.service import presiding
from apella.errors import Malformed
from apella.identity.roles import Role
from apella.registry.model import TaskType
from apella.web.components import Alert, Choice, Tag, Tone, Vote, VotePanel, VoteRow
from apella.web.i18n import gettext as _

_VOTES = {Ballot.SATISFY: Vote.FOR, Ballot.REJECT: Vote.AGAINST, Ballot.RECUSED: Vote.OFF}


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """A position in the decision's form; values are what stands in its fields."""

    code: str
    name: str
    was: int
    maximum: int
    proposed: int | None
    disputed: bool
    becomes: str
    error_kind: str
    criterion: str
    reason: str
    marks: tuple[Choice, ...]


class VoteForm(ActForm):
    """One's own ballot beside those already in."""

    template = "casework/acts/vote.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return what is voted on, the ballots so far, and one's own."""
        scores = scores_of(act.desk, act.appeal)
        return {
            **_matter(act, scores),
            "panel": vote_panel(act),
            "ballots": [
                Choice(value=ballot, label=label, hint=_hint(ballot)) for ballot, label in labels.BALLOTS.items()
            ],
            "ballot": act.text("ballot"),
            "ballot_label": FIELDS["ballot"].label,
            "reason": act.text("reason"),
            "sites": _sites(act),
            "site": act.text("site_code"),
        }

    def body(self, act: Act) -> Raw:
        """Read the ballot and where the voter sits; a reason belongs to a recusal only."""
        return {
            "ballot": act.text("ballot"),
            "reason": act.text("reason") or None,
            "site_code": act.text("site_code") or None,
        }


def _sites(act: Act) -> tuple[Choice, ...]:
    """Where members may sit, the main site first; empty where the commission has one place only."""
    sites = act.desk.rules.sites
    if not sites.remote:
        return ()
    return tuple(Choice(value=site.code, label=site.name) for site in (sites.main, *sites.remote))


class DecideForm(ActForm):
    """The ground of the decision and, for a satisfied score appeal, a row for each position that changes."""

    template = "casework/acts/decide.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return the rows as the expert proposed them, unless the commission votes against."""
        scores = scores_of(act.desk, act.appeal)
        members = panel_of(act.desk, act.appeal)
        satisfied = _leans_to_satisfy(members, presiding(act.desk))
        lines = [_line(act, position, filled=satisfied) for position in scores.positions]
        short = {position.code for position in scores.positions if not position.extended}
        return {
            **_matter(act, scores),
            "panel": vote_panel(act, members),
            "satisfied": satisfied,
            "lines": [line for line in lines if line.code not in short or line.disputed],
            "short_lines": [line for line in lines if line.code in short and not line.disputed],
            "short_open": any(line.error_kind for line in lines if line.code in short),
            "kinds": [Choice(value=kind, label=label) for kind, label in labels.ERROR_KINDS.items()],
            "technical": [Choice(value=ErrorKind.TECHNICAL, label=labels.ERROR_KINDS[ErrorKind.TECHNICAL])],
            "kege": act.desk.rules.subjects[_subject(act)].kege,
            "reason": act.text("reason"),
        }

    def body(self, act: Act) -> Raw:
        """Read the rows that change: another mark, or a kind of error named for the same mark."""
        changes = []
        fields: dict[str, str] = {}
        for position in scores_of(act.desk, act.appeal).positions:
            code, was = position.code, position.mark.mark
            becomes, kind = act.text(f"becomes-{code}"), act.text(f"error_kind-{code}")
            if becomes in ("", str(was)) and not kind:
                continue
            if not kind:
                fields[f"error_kind-{code}"] = _("Выберите, в чём ошибка")
            if not act.text(f"reason-{code}"):
                fields[f"reason-{code}"] = _("Напишите обоснование изменения")
            changes.append(
                {
                    "task_type": str(position.mark.task_type),
                    "position": position.mark.position,
                    # The mark that the page showed: one that changed meanwhile is refused by the service.
                    "was": whole_number(shown) if (shown := act.text(f"was-{code}")) else was,
                    "becomes": whole_number(becomes) if becomes else was,
                    "error_kind": kind,
                    "criterion": act.text(f"criterion-{code}") or None,
                    "reason": act.text(f"reason-{code}"),
                }
            )
        if not act.text("reason"):
            fields["reason"] = _("Напишите основание решения")
        if fields:
            raise Malformed(_("Проверьте решение: заполнено не всё."), code="form.fields", fields=fields)
        return {"reason": act.text("reason"), "changes": changes}

    def field(self, path: str, raw: Raw) -> str:
        """Find the row's field that an error is about."""
        return row_field(path, raw, listed="changes", mark="becomes", text="reason")


def vote_panel(act: Act, members: Sequence[PanelMember] | None = None) -> VotePanel:
    """Return the ballots so far, with the quorum and what a tie would mean."""
    panel = panel_of(act.desk, act.appeal) if members is None else members
    votes_for, votes_against = _tally(panel)
    needed = act.desk.rules.commission.votes.quorum(len(panel))
    present = votes_for + votes_against
    enough = present >= needed
    tie = Alert(
        title=_("Голоса поровну"),
        text=_whose_vote_decides(act, panel)
        if act.desk.rules.commission.votes.tie == "chair"
        else _("При равенстве апелляция отклоняется."),
        tone=Tone.WARN,
        live=False,
    )
    return VotePanel(
        question=_("Удовлетворить апелляцию?"),
        rows=tuple(_vote_row(act, member) for member in panel),
        votes_for=votes_for,
        votes_against=votes_against,
        quorum=Tag(text=_("Кворум есть"), tone=Tone.OK, icon="check")
        if enough
        else Tag(text=_("Кворума пока нет"), tone=Tone.WARN, icon="alert"),
        quorum_text=_(
            "проголосовали %(present)s из %(all)s, нужно %(needed)s", present=present, all=len(panel), needed=needed
        ),
        outcome=tie if present and votes_for == votes_against else None,
    )


def _whose_vote_decides(act: Act, panel: Sequence[PanelMember]) -> str:
    """Say whose vote breaks a tie: the chair's, or of the member who performs the chair's duties."""
    chairs = presiding(act.desk)
    found = next((member for member in panel if member.person.id == chairs and member.role != Role.CHAIR), None)
    if found is None:
        return _("Решает голос председателя.")
    return _("Решает голос того, кто исполняет обязанности председателя: %(name)s.", name=short_name(found.person))


def _tally(panel: Sequence[PanelMember]) -> tuple[int, int]:
    ballots = [member.vote.ballot for member in panel if member.vote is not None]
    return ballots.count(Ballot.SATISFY), ballots.count(Ballot.REJECT)


def _leans_to_satisfy(panel: Sequence[PanelMember], chair_id: object) -> bool:
    votes_for, votes_against = _tally(panel)
    if votes_for != votes_against:
        return votes_for > votes_against
    own = next((member.vote for member in panel if member.person.id == chair_id), None)
    return own is not None and own.ballot is Ballot.SATISFY


def _vote_row(act: Act, member: PanelMember) -> VoteRow:
    office = labels.role_name(Role(member.role), act.desk.rules.bodies)
    if member.vote is None:
        return VoteRow(name=short_name(member.person), note=office, vote=Vote.WAITING)
    note = office
    if member.vote.ballot is Ballot.RECUSED:
        note = _("не голосует: %(reason)s", reason=member.vote.reason or "")
    return VoteRow(name=short_name(member.person), note=note, vote=_VOTES[member.vote.ballot])


def _matter(act: Act, scores: ScoresView) -> Mapping[str, object]:
    """What the commission looks at: the appellant's statement, the expert's conclusion, the scores."""
    return {
        "statement": act.appeal.statement if act.appeal.kind is AppealKind.PROCEDURE else None,
        "check_conclusion": act.appeal.check_conclusion,
        "conclusion": scores.conclusion,
        "expert": None if scores.expert is None else short_name(scores.expert[1]),
        "scores": score_table(act.desk, _subject(act), scores),
    }


def _subject(act: Act) -> str:
    return exam_of(act.desk, act.appeal).subject_code


def _hint(ballot: Ballot) -> str:
    return _("Напишите причину ниже: вы не считаетесь присутствующим") if ballot is Ballot.RECUSED else ""


def _line(act: Act, position: PositionView, *, filled: bool) -> ChangeLine:
    code, mark = position.code, position.mark
    line = position.proposed if filled else None
    changes = line is not None and line.proposed != mark.mark
    return ChangeLine(
        code=code,
        name=position_name(mark),
        was=mark.mark,
        maximum=mark.max_mark,
        proposed=None if position.proposed is None else position.proposed.proposed,
        disputed=position.disputed,
        becomes=act.text(f"becomes-{code}", str(line.proposed if line is not None else mark.mark)),
        error_kind=act.text(
            f"error_kind-{code}",
            (ErrorKind.SCORING if mark.task_type in (TaskType.C, TaskType.D) else ErrorKind.TECHNICAL)
            if changes
            else "",
        ),
        criterion=act.text(f"criterion-{code}", (line.criterion if line is not None else mark.criterion) or ""),
        reason=act.text(f"reason-{code}", line.argument if changes and line is not None else ""),
        marks=marks_of(position),
    )
