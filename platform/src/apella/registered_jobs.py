"""Every job that a process can do, gathered by importing the modules that register one."""

from __future__ import annotations

import apella.documents.jobs
import apella.identity.send_code
import apella.materials.attachment_checks
import apella.notices.emergency
import apella.notices.moved
import apella.notices.sending
import apella.notices.service
import apella.regions.calendar_jobs  # noqa: F401 the imports register the handlers
from apella.jobs.queue import registered

HANDLERS = registered()
"""The names of all jobs."""
