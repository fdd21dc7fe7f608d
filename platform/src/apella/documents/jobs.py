"""Making a document: filled from the case, rendered, stored, then written down with its hash."""

from __future__ import annotations

import hashlib
import logging

from sqlalchemy import select

from apella.appeals.job_desk import case_of, desk_of
from apella.audit import checkpoints
from apella.audit.trail import record
from apella.db.ids import new_id
from apella.documents.filling import fill
from apella.documents.forms import FormCode
from apella.documents.model import Document
from apella.documents.render import render
from apella.errors import ApellaError
from apella.jobs.queue import JobContext, handler
from apella.storage.keys import Area, ObjectKey
from apella.storage.model import FileState, StoredFile
from apella.tenancy.files import forms_directory

PDF = "application/pdf"
SEALED = frozenset({FormCode.HEARING_PROTOCOL, FormCode.PROCEDURE_PROTOCOL})
"""The commission's protocols: each prints the audit's end, so that paper outside the platform witnesses it."""

log = logging.getLogger(__name__)


@handler("documents.make")
def make(context: JobContext) -> None:
    """Make one form of a case once. A form that this release cannot make is left to the region's own paper."""
    desk = desk_of(context)
    appeal = case_of(context)
    if context.args["form"] not in set(FormCode):
        return
    form = FormCode(context.args["form"])
    version = int(context.args["occasion"])
    made = desk.session.scalars(
        select(Document).where(Document.case_id == appeal.id, Document.form == form, Document.version == version)
    ).one_or_none()
    if made is not None:
        return
    pdf = render(
        form,
        fill(desk, appeal, form),
        timestamp=desk.now.replace(microsecond=0),
        overrides=forms_directory(context.parts.settings.tenants, desk.rules.slug),
        journal=_sealed(context, desk.rules.slug) if form in SEALED else "",
    )
    digest = hashlib.sha256(pdf).digest()
    file_id = new_id()
    key = ObjectKey(area=Area.CLEAN, tenant=desk.rules.slug, kind="document", year=desk.rules.year, id=file_id)
    # Stored before the commit that points at it: a crash in between leaves an orphan, never a hole.
    context.parts.store.put(key, pdf, content_type=PDF, sha256=digest)
    number = appeal.journal_number or appeal.receipt_number
    desk.session.add(
        StoredFile(
            id=file_id,
            season_id=appeal.season_id,
            case_id=appeal.id,
            key=key.path,
            kind="document",
            file_name=f"{form.label} {number}.pdf".replace("/", "-"),
            content_type=PDF,
            size=len(pdf),
            sha256=digest,
            state=FileState.CLEAN,
            checked_at=context.machine_now,
        )
    )
    desk.session.flush()
    document = Document(
        case_id=appeal.id,
        form=form,
        version=version,
        title=form.full_title,
        wanted_at=desk.now,
        made_at=desk.now,
        file_id=file_id,
        sha256=digest,
    )
    desk.session.add(document)
    desk.session.flush()
    record(
        desk.session,
        actor=desk.actor,
        tag="document:form:made",
        subject_type="document",
        subject_id=document.id,
        case_id=appeal.id,
        case_at=desk.now,
        after={"form": form, "sha256": digest.hex()},
    )


def _sealed(context: JobContext, slug: str) -> str:
    """Put a checkpoint under what the audit holds now, and give the line that a protocol prints about it.

    It is a transaction of its own: the chain is sealed whether or not this document comes about.
    """
    app = context.parts
    try:
        with app.database.unit_of_work(context.actor.tenant_id) as work:
            found = checkpoints.write(
                work.session,
                store=app.store,
                key=app.audit_key,
                slug=slug,
                machine_now=work.machine_now,
                why="document",
            )
            if found is None:
                return ""
            digest = found.hash.hex()[: checkpoints.SHORT]
            return f"Журнал действий: запись № {found.seq}, отпечаток {digest}, ключ {app.audit_key.fingerprint}"
    except ApellaError as error:
        # A protocol is not held up: the sweep says the same of the checkpoint until somebody mends it.
        log.exception("no checkpoint of the audit", extra={"code": error.error_code, "tenant": slug})
        return ""
