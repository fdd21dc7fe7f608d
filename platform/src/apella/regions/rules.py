"""Everything that one tenant applies in one year: the value that the rest of the core programs against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from apella.calendar.working import WorkCalendar
from apella.deadlines.terms import Term
from apella.regions.facade import Hooks
from apella.regions.values.cases import CaseFacts, HearingPart, KitStop, SiteChoice
from apella.regions.values.exams import ExamDay, Subject
from apella.regions.values.filing import Channel, Presence, Withdrawal
from apella.regions.values.hearing import CommissionRules, Durations, ExpertRules, HearingRules
from apella.regions.values.papers import DemoDecision, FormRules, NoticeRule, Sources
from apella.regions.values.sites import Sites
from apella.regions.values.tenant import Bodies, NumberFormats, TenantInfo


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionRules:
    """The rules of a region: values from tables, and what a table cannot say asked of the region's plugin.

    Codes (kinds, roles, outcomes, modes) are those of glossary.md as strings; the StrEnums of the upper layers compare
    equal to them. `version` changes whenever any file, federal or regional, or the plugin's version changes: a case
    keeps the one it was opened under. Every mapping is read-only.
    """

    version: str
    year: int
    tenant: TenantInfo
    bodies: Bodies
    terms: Mapping[str, Term]
    federal_terms: Mapping[str, Term]
    calendar: WorkCalendar = field(repr=False)
    channels: tuple[Channel, ...]
    presence: Presence
    withdrawal: Withdrawal
    sites: Sites = field(repr=False)
    hearing: HearingRules
    durations: Durations
    expert: ExpertRules
    commission: CommissionRules
    notices: tuple[NoticeRule, ...]
    forms: FormRules
    subjects: Mapping[str, Subject]
    exams: tuple[ExamDay, ...]
    demo_decisions: tuple[DemoDecision, ...]
    sources: Sources
    hooks: Hooks = field(repr=False)

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

    def channels_for(self, *, kind: str, category: str) -> tuple[Channel, ...]:
        """The doors open to this category of participant for this kind of appeal, in the order of the table."""
        return tuple(channel for channel in self.channels if channel.kind == kind and category in channel.categories)

    def channel(self, *, kind: str, category: str, code: str) -> Channel | None:
        """One door, or None where the region has no such door for this category."""
        return next(
            (channel for channel in self.channels_for(kind=kind, category=category) if channel.code == code), None
        )

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
        """Where the appellant comes for the hearing. Raises RegionRuleError."""
        return self.hooks.choose_site(case, self)

    def hearing_parts(self, case: CaseFacts) -> tuple[HearingPart, ...]:
        """What the appeal's time at a sitting is made of, in order; the last part is the hearing.

        Raises RegionRuleError.
        """
        return self.hooks.hearing_parts(case, self)

    def kit_route(self, case: CaseFacts) -> tuple[KitStop, ...]:
        """Through whose hands the appeal kit goes, from the data centre to the sitting. Raises RegionRuleError."""
        return self.hooks.kit_route(case, self)
