"""What the story tells of each case: every step with who did it, when, the limit it had to keep, and its papers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apella.story.stage import Person, Stage, StoryFailed

TERMS = {
    "file": ("filing",),
    "forward": ("forwarding",),
    "forward_withdrawal": ("withdrawal.forwarding",),
    "register": ("registration",),
    "withdraw": ("withdrawal", "entry"),
    "request_kit": ("kit.request",),
    "receive_kit": ("kit.receipt",),
    "assign_expert": ("expert.assignment",),
    "conclude": ("expert.conclusion",),
    "schedule": ("hearing.schedule",),
    "decide": ("consideration",),
    "hand_over": ("protocol.handover",),
    "enter_packet": ("ris.entry", "ris.procedure_result"),
    "dispatch_packet": ("recalculation.dispatch",),
    "enter_recalculation": ("recalculation.federal",),
    "approve": ("approval",),
    "close": ("case.close",),
}
"""Which clock a step keeps: the end of the term's id."""


@dataclass(kw_only=True)
class Tale:
    """One case of the story while it is played."""

    stage: Stage
    case_id: str
    kind: str
    steps: list[dict[str, Any]] = field(default_factory=list)

    def case(self) -> dict[str, Any]:
        """The case as the secretary sees it now."""
        found: dict[str, Any] = self.stage.get(self.stage.staff("secretary"), f"/appeals/{self.case_id}")
        return found

    def act(self, person: Person, action: str, **body: Any) -> dict[str, Any]:
        """Do a verb on the case as this person, at the version that the person sees."""
        path = f"/appeals/{self.case_id}"
        seen = self.stage.get(person, path)
        after: dict[str, Any] = self.stage.post(
            person, f"{path}/{action.replace('_', '-')}", {"version": seen["version"], **body}
        )
        self.note(person, action)
        return after

    def note(self, person: Person, action: str) -> None:
        """Write down what was just done. Raises StoryFailed when it was done after its limit."""
        secretary = self.stage.staff("secretary")
        me = self.stage.get(secretary, "/me")
        at = datetime.fromisoformat(me["now"]).astimezone(self.stage.zone)
        clock = self._clock(action)
        due = None if clock is None else datetime.fromisoformat(clock["due"]).astimezone(self.stage.zone)
        if due is not None and at >= due:
            raise StoryFailed(f"{action}: сделано {at}, а срок был до {due}.", code="story.late")
        papers = self.stage.get(secretary, f"/appeals/{self.case_id}/documents")
        told = {form for step in self.steps for form in step["documents"]}
        self.steps.append(
            {
                "at": at.replace(microsecond=0).isoformat(),
                "actor": person.login,
                "role": person.role,
                "action": action,
                "state": self.case()["state"],
                "due": None if due is None else (due - timedelta(seconds=1)).isoformat(),
                "clauses": [] if clock is None else clock["clauses"],
                "documents": [paper["form"] for paper in papers if paper["form"] not in told],
            }
        )

    def as_json(self) -> dict[str, Any]:
        """The case's part of the story. Raises StoryFailed for a case without an end."""
        case = self.case()
        if case["state"] != "closed" or case["outcome"] is None:
            raise StoryFailed(f"Дело {case['receipt_number']} не закончено: {case['state']}.", code="story.no_end")
        self._gather_late_papers()
        return {
            "kind": case["kind"],
            "number": case["journal_number"] or case["receipt_number"],
            "outcome": case["outcome"],
            "attendance": case["attendance"],
            "steps": self.steps,
        }

    def _gather_late_papers(self) -> None:
        """Papers are made in the background: what came after its step is told with the last one."""
        papers = self.stage.get(self.stage.staff("secretary"), f"/appeals/{self.case_id}/documents")
        told = {form for step in self.steps for form in step["documents"]}
        self.steps[-1]["documents"] += [paper["form"] for paper in papers if paper["form"] not in told]

    def _clock(self, action: str) -> dict[str, Any] | None:
        ends = TERMS.get(action)
        if ends is None:
            return None
        clocks = self.stage.get(self.stage.staff("secretary"), f"/appeals/{self.case_id}/deadlines")
        met = [clock for clock in clocks if clock["term"].endswith(ends) and clock["met_at"] is not None]
        # A paper is passed on several times: the clock of this time ended last.
        newest: dict[str, Any] | None = max(met, key=lambda clock: str(clock["met_at"]), default=None)
        return newest
