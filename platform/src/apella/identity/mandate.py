"""What a representative may do for the principal; pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from apella.identity.roles import Role

REPRESENTING = frozenset({Role.PARENT, Role.PROXY})
"""The roles of those who act for somebody else."""


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """A link in force at this moment: by which role it lets act for `participant_id`.

    A proxy's holds for exams of `subject_code` and `year` (None: any) and for `powers`, codes of the regions' data; a
    parent's for everything.
    """

    representation_id: uuid.UUID
    participant_id: uuid.UUID
    role: Role
    powers: frozenset[str] = frozenset()
    subject_code: str | None = None
    year: int | None = None

    def gives(self, power: str, *, subject_code: str, year: int) -> bool:
        """Whether it gives this power over an exam of this subject and year."""
        if self.role is Role.PARENT:
            return True
        return power in self.powers and self.covers(subject_code=subject_code, year=year)

    def covers(self, *, subject_code: str, year: int) -> bool:
        """Whether it is about exams of this subject and year at all."""
        return self.subject_code in (None, subject_code) and self.year in (None, year)
