"""Sign-in and sign-out for people; the imports put the addresses on the blueprint."""

from __future__ import annotations

from apella.identity.pages import participants, staff
from apella.identity.pages.base import blueprint

VIEWS = (participants, staff)

__all__ = ["VIEWS", "blueprint"]
