"""Everything that one tenant applies in one year: the value that the rest of the core programs against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from apella.calendar.working import WorkCalendar
from apella.deadlines.given import Published
from apella.deadlines.lock import Deviation, federal_lock_violations
from apella.deadlines.terms import Term
from apella.identity.roles import Role
from apella.regions import doors, variants
from apella.regions.codes import DOOR_OPERATORS
from apella.regions.facade import Hooks
from apella.regions.values.admission import AdmissionRules
from apella.regions.values.cases import CaseFacts, HearingPart, KitStop, SiteChoice
from apella.regions.values.decisions import DecisionRules, ExchangeRules, RecordRules
from apella.regions.values.edition import Edition
from apella.regions.values.exams import ExamDay, Subject
from apella.regions.values.filing import Channel, Presence, Withdrawal
from apella.regions.values.hearing import CommissionRules, Durations, ExpertRules, HearingRules
from apella.regions.values.kits import KitRules
from apella.regions.values.notes import Note
from apella.regions.values.papers import DemoDecision, FormRules, NoticeRule, Sources
from apella.regions.values.schedule import Schedule
from apella.regions.values.sites import Sites
from apella.regions.values.sitting import PreparationRules, SittingRules
from apella.regions.values.tenant import Bodies, NumberFormats, TenantInfo


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionRules:
    """The rules of a region: values from tables, and what a table cannot say asked of the region's plugin.

    Codes (kinds, roles, outcomes, modes) are those of glossary.md as strings; the StrEnums of the upper layers compare
    equal to them. `version` changes whenever any file, federal or regional, or the plugin's version changes: a case
    keeps the one it was opened under. Every mapping is read-only.

    `content` is what the rules can be made from again without the files (`apella.regions.loader.rules_again`), with
    `plugin_version`, the plugin's name and version. `year` is the season's; its subjects and exams are those of
    `tables_year`. `edition` is the region's act, or the federal one where it has none (`has_own_act`);
    `in_force` is the day from which these rules are applied, by either act (None: from the beginning).
    `stale_reason` is a sentence for staff while the tenant's files are broken and recorded rules stand in for them.
    """

    version: str
    content: Mapping[str, Any] = field(repr=False)
    plugin_version: str
    year: int
    tables_year: int
    in_force: dt.date | None
    edition: Edition
    federal_edition: Edition
    has_own_act: bool
    stale_reason: str | None = None
    tenant: TenantInfo
    bodies: Bodies
    terms: Mapping[str, Term]
    federal_terms: Mapping[str, Term]
    calendar: WorkCalendar = field(repr=False)
    channels: tuple[Channel, ...]
    admission: AdmissionRules
    presence: Presence
    withdrawal: Withdrawal
    sites: Sites = field(repr=False)
    kits: KitRules
    preparation: PreparationRules
    hearing: HearingRules
    sitting: SittingRules
    durations: Durations
    expert: ExpertRules
    commission: CommissionRules
    notices: tuple[NoticeRule, ...]
    forms: FormRules
    decisions: DecisionRules
    exchange: ExchangeRules
    records: RecordRules
    notes: tuple[Note, ...]
    subjects: Mapping[str, Subject]
    exams: tuple[ExamDay, ...]
    schedule: Schedule
    demo_decisions: tuple[DemoDecision, ...]
    sources: Sources
    hooks: Hooks = field(repr=False)

    def edition_note(self, year: int) -> str | None:
        """What every page of rules says of a season of this year: whose act it runs under when there is no newer one.

        None where the region's act holds for the year and needs no renewal.
        """
        if not self.has_own_act:
            return f"Своего акта у региона нет: действует {self.edition.reference}."
        return self.edition.note(year)

    def with_calendar(self, calendar: WorkCalendar) -> RegionRules:
        """The same rules, counting by another calendar: the live one with its imports."""
        return self if calendar is self.calendar else replace(self, calendar=calendar)

    @property
    def slug(self) -> str:
        """The tenant's name outside the database: in addresses and logins."""
        return self.tenant.slug

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days and hours are counted."""
        return self.tenant.tz

    @property
    def numbers(self) -> NumberFormats:
        """The formats of receipt and journal numbers."""
        return self.tenant.numbers

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Every term that is weaker than the Procedure's, with the respects and the act that sets it."""
        return tuple(
            Deviation(
                term=term, sentences=federal_lock_violations(self.federal_terms[term.id], term), act=term.deviation
            )
            for term in self.terms.values()
            if term.deviation is not None
        )

    def channels_for(self, *, kind: str, category: str) -> tuple[Channel, ...]:
        """The doors open to this category of participant for this kind of appeal, in the order of the table."""
        return tuple(channel for channel in self.channels if channel.kind == kind and category in channel.categories)

    def channel(self, *, kind: str, category: str, code: str) -> Channel | None:
        """One door, or None where the region has no such door for this category."""
        return next(
            (channel for channel in self.channels_for(kind=kind, category=category) if channel.code == code), None
        )

    @property
    def door_keepers(self) -> frozenset[Role]:
        """The staff that takes appeals in somewhere in the region."""
        return frozenset(channel.operator for channel in self.channels if not channel.self_service)

    def takes_withdrawal(self, *, kind: str, role: str) -> bool:
        """Whether somebody in this role stands at a door where this kind of appeal may be taken back."""
        doors = self.withdrawal.doors(kind) if self.withdrawal.allowed else ()
        return any(role in DOOR_OPERATORS[door] for door in doors)

    def published_filing(self, *, exam_date: dt.date, subject_code: str, wave: int) -> Published | None:
        """The график's own window for score appeals on an exam; None where the term is counted."""
        return doors.published_filing(self, exam_date=exam_date, subject_code=subject_code, wave=wave)

    def needs_expert(self, subject_code: str) -> bool:
        """Whether a score appeal in the subject takes an expert: it has extended answers (federal:101.8, E11)."""
        subject = self.subjects[subject_code]
        return subject.has_extended and subject_code not in self.expert.subjects_without

    def notice(self, event: str, *, kind: str) -> NoticeRule | None:
        """How people are told of an event of this kind of appeal; None where the region tells nobody."""
        return next((rule for rule in self.notices if rule.event == event and kind in rule.kinds), None)

    def receipt_number(self, *, subject_code: str, number: int) -> str:
        """The number on the receipt given at filing."""
        return self._number(self.numbers.receipt, subject_code, number)

    def journal_number(self, *, kind: str, subject_code: str, number: int) -> str:
        """The number in the journal; `number` counts without gaps per season and kind."""
        formats = self.numbers
        return self._number(
            formats.journal_score if kind == "score" else formats.journal_procedure, subject_code, number
        )

    def _number(self, text: str, subject_code: str, number: int) -> str:
        return text.format(region=self.tenant.region_code, subject=subject_code, year=self.year, number=number)

    def choose_site(self, case: CaseFacts) -> SiteChoice:
        """Where the appellant comes for the hearing, by the region's `remote_place`."""
        return variants.choose_site(case, self)

    def hearing_parts(self, case: CaseFacts) -> tuple[HearingPart, ...]:
        """What the appeal's time at a sitting is made of, in order; the last part is the hearing."""
        return variants.hearing_parts(case, self)

    def kit_route(self, case: CaseFacts) -> tuple[KitStop, ...]:
        """Through whose hands the appeal kit goes, from the data centre to the sitting. Raises RegionRuleError."""
        return self.hooks.kit_route(case, self)
