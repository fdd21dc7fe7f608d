"""The person (or the system itself) that a service verb is done by."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from apella.identity.roles import Role
from apella.tenancy.ids import TenantId

SYSTEM_LOGIN = "system"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does it, for which tenant and season, in which roles.

    `person_id` is None for the system. `organisation_id` is the school or authority of an operator,
    `exam_point_code` the point of an exam commission's member, `expert_ids` the roster entries of an expert.
    `login` names a person without personal data (a participant's is the registration code). `session_id` is the
    sign-in that the deed is done in, None outside the web.
    """

    tenant_id: TenantId
    slug: str
    season_id: uuid.UUID
    person_id: uuid.UUID | None
    login: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    organisation_id: uuid.UUID | None = None
    exam_point_code: str | None = None
    commission_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None

    @property
    def is_system(self) -> bool:
        """Whether the platform itself acts: a job, the sweep."""
        return self.person_id is None and self.login == SYSTEM_LOGIN

    @classmethod
    def system(cls, *, tenant_id: TenantId, slug: str, season_id: uuid.UUID) -> Actor:
        """The platform itself, at work in one season."""
        return cls(tenant_id=tenant_id, slug=slug, season_id=season_id, person_id=None, login=SYSTEM_LOGIN)
