"""The check of attached files: from quarantine to the clean area, or rejected; asked for again while it must wait."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from apella.errors import ApellaError
from apella.jobs.model import Task, TaskState
from apella.jobs.queue import JobContext, enqueue, handler
from apella.materials.attachments import CHECK, LIMITS, ask_for_check, find, record_file
from apella.materials.model import Attachment
from apella.storage.intake import admit
from apella.storage.keys import Area, ObjectKey
from apella.storage.model import FileState, StoredFile
from apella.storage.port import MAX_UPLOAD_SECONDS, ChecksumMismatch, ObjectNotFound
from apella.storage.scanner import Scanner, ScannerUnavailable
from apella.storage.uploads import PAPERS, UploadRefused, UploadTooLarge

CLEAN_UP = "materials.empty_quarantine"
ASK_AGAIN = timedelta(minutes=1)
"""How long a file lies unchecked before the sweep asks for its check once more."""
LOST = timedelta(seconds=MAX_UPLOAD_SECONDS) + timedelta(minutes=5)
"""After so long a file that nobody said was sent is looked for, and given up: its link has ended."""

log = logging.getLogger(__name__)


@handler(CHECK)
def check(context: JobContext) -> None:
    """Check one file once. While the scanner is away nothing changes, and the sweep asks again after its return."""
    found = find(context.session, uuid.UUID(context.args["attachment"]))
    if found is None or found[1].state is not FileState.QUARANTINE:
        return
    attachment, file = found
    app = context.parts
    try:
        admitted = admit(
            app.store,
            ObjectKey.parse(file.key, area=Area.QUARANTINE),
            sha256=file.sha256,
            file_name=file.file_name,
            accepted=PAPERS,
            limits=LIMITS,
            scanner=app.scanner,
        )
    except ScannerUnavailable as error:
        log.warning("a file waits for the scanner", extra={"case_id": file.case_id, "code": error.error_code})
        return
    except ObjectNotFound:
        if context.machine_now - file.created_at < LOST:
            return
        _reject(
            context,
            attachment,
            file,
            code="upload.missing",
            sentence="Файл так и не пришёл: загрузка оборвалась. Отправьте его ещё раз.",
        )
        return
    except (UploadRefused, UploadTooLarge, ChecksumMismatch) as refusal:
        _reject(context, attachment, file, code=refusal.error_code, sentence=refusal.message)
        return
    file.state = FileState.CLEAN
    file.checked_at = context.machine_now
    file.file_name = admitted.file_name
    file.content_type = admitted.kind.content_type
    file.size = admitted.stored.size
    file.sha256 = admitted.stored.sha256
    record_file(context, "accepted", attachment, after={"sha256": file.sha256.hex(), "scanned": app.scanner.active})
    _clean_up(context, attachment)


@handler(CLEAN_UP)
def empty_quarantine(context: JobContext) -> None:
    """Delete what lies in quarantine of a file that was checked: an infected file is kept nowhere."""
    found = find(context.session, uuid.UUID(context.args["attachment"]))
    if found is not None and found[1].state is not FileState.QUARANTINE:
        context.parts.store.delete(ObjectKey.parse(found[1].key, area=Area.QUARANTINE))


def ask_again(session: Session, scanner: Scanner, *, machine_now: datetime) -> None:
    """Ask once more for the check of the tenant's files that lie unchecked and that no task is about.

    Nothing is asked for while the scanner is away.
    """
    on_its_way = exists().where(
        Task.tenant_id == Attachment.tenant_id,
        Task.job == CHECK,
        Task.state.in_((TaskState.NEW, TaskState.SENT)),
        Task.args["attachment"].astext == sql_cast(Attachment.id, Text),
    )
    waiting = session.scalars(
        select(Attachment)
        .join(StoredFile, and_(StoredFile.tenant_id == Attachment.tenant_id, StoredFile.id == Attachment.file_id))
        .where(
            StoredFile.state == FileState.QUARANTINE,
            or_(Attachment.sent_at < machine_now - ASK_AGAIN, StoredFile.created_at < machine_now - LOST),
            ~on_its_way,
        )
    ).all()
    if not waiting:
        return
    try:
        scanner.ping()
    except ApellaError as error:
        log.warning("files wait for the scanner", extra={"count": len(waiting), "code": error.error_code})
        return
    for attachment in waiting:
        ask_for_check(session, attachment, again=machine_now.isoformat(timespec="seconds"))


def _reject(context: JobContext, attachment: Attachment, file: StoredFile, *, code: str, sentence: str) -> None:
    file.state = FileState.REJECTED
    file.checked_at = context.machine_now
    attachment.refusal = sentence
    record_file(context, "rejected", attachment, after={"code": code})
    _clean_up(context, attachment)


def _clean_up(context: JobContext, attachment: Attachment) -> None:
    """Ask for the deletion in a task of its own, which exists only once this decision is committed."""
    enqueue(
        context.session,
        season_id=attachment.season_id,
        job=CLEAN_UP,
        args={"attachment": str(attachment.id)},
        dedup_key=f"{CLEAN_UP}:{attachment.id}",
    )
