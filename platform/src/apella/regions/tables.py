"""The files of a tenant and what each of them holds: one schema for the federal folder and for every region."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from apella.regions.values.admission import AdmissionRules
from apella.regions.values.base import SubjectCode, Value
from apella.regions.values.decisions import DecisionRules, ExchangeRules, RecordRules
from apella.regions.values.edition import Edition
from apella.regions.values.exams import ExamDay, Subject
from apella.regions.values.filing import Channel, Presence, Withdrawal
from apella.regions.values.hearing import CommissionRules, Durations, ExpertRules, HearingRules
from apella.regions.values.kits import KitRules
from apella.regions.values.notes import NoteTable
from apella.regions.values.papers import DemoDecision, FormRules, NoticeRule, Sources
from apella.regions.values.schedule import Schedule
from apella.regions.values.sitting import PreparationRules, SittingRules
from apella.regions.values.tenant import Bodies, TenantInfo

EDITION: Final = "edition.toml"
"""The act behind a folder's tables; a folder of a later edition must have it."""

CLAUSES: Final = "clauses.toml"
"""The statements of acts that values may cite: no part of the rules, and not of an edition's folder."""


class ChannelTable(Value):
    """channels.toml; a region's rows for a kind of appeal replace all federal rows of that kind."""

    channel: Annotated[tuple[Channel, ...], Field(min_length=1)]


class NoticeTable(Value):
    """notices.toml; a region's row for an event replaces the federal one for the kinds that it names."""

    notice: Annotated[tuple[NoticeRule, ...], Field(min_length=1)]


class DemoDecisionTable(Value):
    """demo_decisions.toml; without the file the exam commission of the demo season has decided nothing."""

    decision: tuple[DemoDecision, ...] = ()


class SubjectTable(Value):
    """<year>/subjects.toml."""

    subject: Annotated[Mapping[SubjectCode, Subject], Field(min_length=1), AfterValidator(MappingProxyType)]


class ExamTable(Value):
    """<year>/exams.toml."""

    exam: Annotated[tuple[ExamDay, ...], Field(min_length=1)]


def value_tables(year: int) -> Mapping[str, type[Value]]:
    """The tables that are read as one value each, over their federal counterparts."""
    return {
        EDITION: Edition,
        "tenant.toml": TenantInfo,
        "bodies.toml": Bodies,
        "sources.toml": Sources,
        "channels.toml": ChannelTable,
        "admission.toml": AdmissionRules,
        "presence.toml": Presence,
        "withdrawal.toml": Withdrawal,
        "kits.toml": KitRules,
        "preparation.toml": PreparationRules,
        "hearing.toml": HearingRules,
        "sitting.toml": SittingRules,
        "durations.toml": Durations,
        "expert.toml": ExpertRules,
        "commission.toml": CommissionRules,
        "notices.toml": NoticeTable,
        "forms.toml": FormRules,
        "decisions.toml": DecisionRules,
        "exchange.toml": ExchangeRules,
        "records.toml": RecordRules,
        "notes.toml": NoteTable,
        "demo_decisions.toml": DemoDecisionTable,
        f"{year}/subjects.toml": SubjectTable,
        f"{year}/exams.toml": ExamTable,
        f"{year}/schedule.toml": Schedule,
    }


def file_names(year: int) -> tuple[str, ...]:
    """Every table that a tenant's folder may hold; all but tenant.toml may be left to the federal folder."""
    return (*value_tables(year), "terms.toml", "days_off.toml", "sites.csv", "territories.csv", CLAUSES)
