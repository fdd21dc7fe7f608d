"""Row ids: UUIDv7, so that new rows stand together in their index and an id can be tried from outside."""

from __future__ import annotations

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """Make a new row id, ordered by the time of its making."""
    return uuid7()
