"""How an appeal's time is parted: the expert's consultation goes before the hearing.

The two limits of the region do not add up in one table: on site the consultation is taken out of the 25 minutes,
at a remote site the hearing has minutes of its own after it (points 29, 31, 65, 67; C1).
"""

from __future__ import annotations

from apella.regions.api import CaseFacts, HearingPart, RegionRules, hookimpl


@hookimpl
def hearing_parts(case: CaseFacts, rules: RegionRules) -> tuple[HearingPart, ...]:
    """Consultation and hearing where somebody comes to a score appeal with extended answers; else the hearing alone.

    A hearing without a consultation keeps the on-site total, which is the limit of one appeal.
    """
    if case.kind != "score" or not case.attended or not rules.needs_expert(case.subject_code):
        alone = rules.durations.on_site
        return (HearingPart(code="hearing", minutes=alone.total, hard=alone.hard, clauses=("kuzbass:31.1",)),)
    duration = rules.durations.of(case.mode)
    own_slot = duration.hearing
    return (
        HearingPart(
            code="consultation",
            minutes=duration.consultation,
            hard=duration.hard,
            clauses=("kuzbass:28.1", "kuzbass:65.1" if case.mode == "remote" else "kuzbass:29.1"),
        ),
        HearingPart(
            code="hearing",
            minutes=duration.total - duration.consultation if own_slot is None else own_slot,
            hard=duration.hard,
            clauses=("kuzbass:67.1" if case.mode == "remote" else "kuzbass:31.1",),
        ),
    )
