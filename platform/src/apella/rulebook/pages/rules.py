"""The region's rule set on a page: each value with its act, the federal one beside it where they differ."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request, url_for

from apella.casework.pages.counting import clauses
from apella.casework.pages.frame import console_frame, staff_desk
from apella.regions.loader import federal_counterpart
from apella.regions.values.papers import Sources
from apella.rulebook.lines.entry import SILENT
from apella.rulebook.pages.season import season_rules
from apella.rulebook.rules_view import Line, RulesView, Section, rules_view
from apella.web import formatting
from apella.web.components import Column, View
from apella.web.i18n import gettext as _

ONLY = "differences"

blueprint = Blueprint("rulebook_rules", __name__)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A line as the page draws it: `grounds` name acts and points, `ids` are the statements themselves.

    `silent`: nobody says anything; another line without statements names its act in the value (days off).
    """

    line: Line
    grounds: str
    ids: str
    federal_ids: str
    silent: bool


@dataclass(frozen=True, kw_only=True)
class ShownSection:
    """A section with the number of its lines."""

    code: str
    title: str
    note: str
    lines: tuple[Shown, ...]


@blueprint.get("/<tenant>/rules")
def show(tenant: str) -> str:
    """Show the rules of the season; `?only=differences` leaves out what is as the federal Procedure says."""
    at = staff_desk()
    only = request.args.get("only") == ONLY
    rules = at.rules
    view = rules_view(rules, federal_counterpart(rules), only_differences=only, found=season_rules(at))
    url = url_for(".show", tenant=tenant)
    return render_template(
        "rulebook/rules.html",
        frame=console_frame(_("Правила региона"), section="rules"),
        view=view,
        season=_("Правила сезона «%(season)s», открытого %(day)s.", season=view.season, day=formatting.day(view.day))
        if view.day is not None
        else "",
        later=view.later_lines(today=at.now.astimezone(rules.zone).date()),
        in_force="" if view.in_force is None else formatting.day(view.in_force),
        views=_views(view, url, only=only),
        sections=[_section(section, rules.sources) for section in view.sections],
        deviations=[_shown(line, rules.sources) for line in view.deviations],
        columns=[Column(label=_("Что")), Column(label=_("Правило")), Column(label=_("Основание"))],
    )


def _views(view: RulesView, url: str, *, only: bool) -> list[View]:
    return [
        View(label=_("Все правила"), url=url, count=view.total, current=not only),
        View(label=_("Только отличия"), url=f"{url}?only={ONLY}", count=view.different, current=only),
    ]


def _section(section: Section, sources: Sources) -> ShownSection:
    lines = tuple(_shown(line, sources) for line in section.lines)
    return ShownSection(
        code=section.code,
        title=section.title,
        note=formatting.count(len(lines), _("правило"), _("правила"), _("правил")),
        lines=lines,
    )


def _shown(line: Line, sources: Sources) -> Shown:
    return Shown(
        line=line,
        grounds=_grounds(line.clauses, sources),
        ids=", ".join(line.clauses),
        federal_ids=", ".join(line.federal_clauses),
        silent=line.value == SILENT,
    )


def _grounds(ids: tuple[str, ...], sources: Sources) -> str:
    references = {reference.id: reference.title for reference in sources.reference}
    named = [clause.title for clause in clauses([one for one in ids if one not in references], sources)]
    return "; ".join((*named, *(references[one] for one in ids if one in references)))
