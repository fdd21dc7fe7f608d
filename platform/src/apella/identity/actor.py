"""The person (or the system itself) that a service verb is done by."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date

from apella.identity.mandate import REPRESENTING, Mandate
from apella.identity.roles import Role
from apella.tenancy.ids import TenantId

SYSTEM_LOGIN = "system"


@dataclass(frozen=True, kw_only=True)
class Acting:
    """A role that somebody performs for its absent holder, until when, and the order that says so."""

    role: Role
    substitution_id: uuid.UUID
    last_day: date
    act_number: str
    act_date: date


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does it, for which tenant and season, in which roles.

    `person_id` is None for the system. `organisation_id` is the school or authority of an operator,
    `exam_point_code` the point of an exam commission's member, `expert_ids` the roster entries of an expert.
    `login` is what the person signs in by; a participant's is the registration code, which is personal data, so that
    whatever is never erased calls the actor by `recorded_as`. `session_id` is the sign-in that the deed is done in,
    None outside the web. `acting` are the roles among `roles` that are another's.
    A representative acts for the participant `principal_id` by `mandates`; None until one of several is chosen.
    A `program` signs in nowhere and sees nobody: it works with an access token.
    """

    tenant_id: TenantId
    slug: str
    season_id: uuid.UUID
    person_id: uuid.UUID | None
    login: str
    recorded_as: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    organisation_id: uuid.UUID | None = None
    exam_point_code: str | None = None
    commission_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    acting: tuple[Acting, ...] = ()
    program: bool = False
    principal_id: uuid.UUID | None = None
    mandates: tuple[Mandate, ...] = ()

    @property
    def own_id(self) -> uuid.UUID | None:
        """Whose works and cases are one's own: the principal's for a representative; None before the choice."""
        return self.principal_id if self.roles & REPRESENTING else self.person_id

    @property
    def is_proxy(self) -> bool:
        """Whether a power of attorney alone says what may be done, and about which exams."""
        return Role.PROXY in self.roles and Role.PARENT not in self.roles

    def has_power(self, power: str, *, subject_code: str, year: int) -> bool:
        """Whether a power of attorney, if the actor needs one, gives this power over an exam."""
        return not self.is_proxy or any(
            mandate.gives(power, subject_code=subject_code, year=year) for mandate in self.mandates
        )

    @property
    def acting_for(self) -> frozenset[Role]:
        """The roles that are performed for an absent holder."""
        return frozenset(one.role for one in self.acting)

    @property
    def is_system(self) -> bool:
        """Whether the platform itself acts: a job, the sweep."""
        return self.person_id is None and self.login == SYSTEM_LOGIN

    @classmethod
    def system(cls, *, tenant_id: TenantId, slug: str, season_id: uuid.UUID) -> Actor:
        """The platform itself, at work in one season."""
        return cls(
            tenant_id=tenant_id,
            slug=slug,
            season_id=season_id,
            person_id=None,
            login=SYSTEM_LOGIN,
            recorded_as=SYSTEM_LOGIN,
        )
