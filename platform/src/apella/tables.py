"""Every table's module, imported: whoever needs the whole metadata takes it from here."""

from __future__ import annotations

import apella.appeals.conflicts
import apella.appeals.model
import apella.audit.model
import apella.calendar.model
import apella.commissions.model
import apella.commissions.statements
import apella.deadlines.model
import apella.deadlines.moves
import apella.documents.model
import apella.exchange.model
import apella.experts.model
import apella.hearings.model
import apella.identity.address_counts
import apella.identity.api_clients
import apella.identity.break_glass
import apella.identity.model
import apella.identity.phone_binding
import apella.identity.representation_model
import apella.identity.school_codes
import apella.identity.substitution_model
import apella.jobs.model
import apella.materials.model
import apella.notices.model
import apella.regions.model
import apella.registry.model
import apella.storage.model
import apella.tenancy.model  # noqa: F401 the imports fill the metadata
from apella.db.base import Base

METADATA = Base.metadata
