"""Papers that people attach to a case: announced, sent straight to the store's quarantine, checked, then shown.

A file is never shown before it was checked. The check waits for the scanner as long as it must, and nothing else waits
for the check: the case goes its way meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, select
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of
from apella.appeals.mandates import require_power
from apella.appeals.model import Appeal
from apella.audit.trail import record
from apella.calendar.wording import plural
from apella.db.ids import new_id
from apella.errors import Conflict, Malformed, NotFound, RuleViolation
from apella.identity.model import Person
from apella.identity.permissions import role_for
from apella.identity.roles import Role
from apella.jobs.queue import JobContext, enqueue
from apella.materials.model import Attachment, AttachmentKind
from apella.regions.codes import PowerCode
from apella.storage.filenames import display_name, extension
from apella.storage.keys import Area, ObjectKey, new_key
from apella.storage.model import FileState, StoredFile
from apella.storage.port import MAX_UPLOAD_SECONDS, ObjectStore, SignedLink, SignedUpload, require_digest
from apella.storage.uploads import PAPERS, FileKind, Limits, UploadRefused, too_large

OBJECT_KIND = "attachment"
CHECK = "materials.check_file"
LIMITS = Limits()
LINK_SECONDS = 120
_MIB = 1024**2


@dataclass(frozen=True, kw_only=True)
class Announced:
    """An announced file, and where its bytes are to be sent."""

    attachment: Attachment
    file: StoredFile
    upload: SignedUpload


def announce(
    desk: Desk,
    store: ObjectStore,
    *,
    case_id: uuid.UUID,
    kind: AttachmentKind,
    file_name: str,
    size: int,
    sha256: bytes,
) -> Announced:
    """Say which file is to come, and get the place in quarantine that takes exactly these bytes, for 15 minutes.

    Raises UploadRefused for a name that is no paper's, UploadTooLarge, RuleViolation (`upload.case_limit`,
    `upload.season_limit`) over the tenant's limits, and the refusals of `lifecycle.take`. The case's version stays: no
    page about it becomes wrong.
    """
    appeal, role = lifecycle.take(desk, case_id, action="attach", version=None)
    require_power(desk.actor, PowerCode.FILE, exam_of(desk, appeal), rules=desk.rules)
    content = _kind_of(file_name)
    if size < 1:
        raise Malformed("Файл пуст. Проверьте его и отправьте ещё раз.", code="upload.empty")
    if size > LIMITS.sizes[content]:
        raise too_large(LIMITS.sizes[content])
    require_digest(sha256)
    _require_room(desk, appeal, size=size)
    key = new_key(Area.QUARANTINE, tenant=desk.rules.slug, kind=OBJECT_KIND, year=desk.rules.year)
    file = StoredFile(
        id=new_id(),
        season_id=appeal.season_id,
        case_id=appeal.id,
        key=key.path,
        kind=OBJECT_KIND,
        file_name=display_name(file_name),
        content_type=content.content_type,
        size=size,
        sha256=sha256,
        state=FileState.QUARANTINE,
    )
    attachment = Attachment(
        id=new_id(),
        season_id=appeal.season_id,
        case_id=appeal.id,
        file_id=file.id,
        sender_id=desk.actor.person_id,
        kind=kind,
        announced_at=desk.now,
    )
    desk.session.add(file)
    desk.session.flush()
    desk.session.add(attachment)
    record_file(desk, "announced", attachment, role=role, after={"kind": attachment.kind})
    upload = store.presign_put(
        key,
        content_type=content.content_type,
        size=size,
        sha256=sha256,
        seconds=MAX_UPLOAD_SECONDS,
        now=desk.machine_now,
    )
    return Announced(attachment=attachment, file=file, upload=upload)


def sent(desk: Desk, *, case_id: uuid.UUID, attachment_id: uuid.UUID) -> tuple[Attachment, StoredFile]:
    """Say that the bytes are there: the check is asked for, once. Only the sender may say so. Raises NotFound."""
    appeal, role = lifecycle.take(desk, case_id, action="attach", version=None)
    attachment, file = _one(desk.session, appeal, attachment_id)
    if attachment.sender_id != desk.actor.person_id:
        raise _unknown()
    if file.state is FileState.QUARANTINE and attachment.sent_at is None:
        attachment.sent_at = desk.machine_now
        ask_for_check(desk.session, attachment)
    record_file(desk, "sent", attachment, role=role)
    return attachment, file


def attachments_of(desk: Desk, appeal: Appeal) -> Sequence[tuple[Attachment, StoredFile]]:
    """What was attached to a case, in the order of announcing; a proxy needs the power over materials."""
    require_power(desk.actor, PowerCode.MATERIALS, exam_of(desk, appeal), rules=desk.rules)
    rows = desk.session.execute(_with_file().where(Attachment.case_id == appeal.id).order_by(Attachment.id))
    return [(attachment, file) for attachment, file in rows]


def link_to(desk: Desk, store: ObjectStore, appeal: Appeal, attachment_id: uuid.UUID) -> SignedLink:
    """Sign a link to a checked file; who looked stands in the audit.

    Raises NotFound, and Conflict (`attachment.unchecked`, `attachment.rejected`) for a file that may not be shown.
    """
    require_power(desk.actor, PowerCode.MATERIALS, exam_of(desk, appeal), rules=desk.rules)
    attachment, file = _one(desk.session, appeal, attachment_id)
    if file.state is FileState.QUARANTINE:
        raise Conflict("Файл ещё проверяется. Откройте его немного позже.", code="attachment.unchecked")
    if file.state is not FileState.CLEAN:
        raise Conflict("Этот файл не принят или уже удалён, открыть его нельзя.", code="attachment.rejected")
    record_file(desk, "opened", attachment, role=role_for(desk.actor, "see_case"))
    return store.presign_get(
        clean_key(file),
        filename=f"{attachment.kind}.{extension(file.file_name)}",
        content_type=file.content_type,
        seconds=LINK_SECONDS,
        now=desk.machine_now,
    )


def ask_for_check(session: Session, attachment: Attachment, *, again: str = "") -> None:
    """Ask for the check of a file; `again` tells a further asking from the ones before."""
    enqueue(
        session,
        season_id=attachment.season_id,
        job=CHECK,
        args={"case": str(attachment.case_id), "attachment": str(attachment.id)},
        dedup_key=f"{CHECK}:{attachment.id}:{again}",
    )


def clean_key(file: StoredFile) -> ObjectKey:
    """Where a checked file lies."""
    return ObjectKey.parse(file.key, area=Area.CLEAN)


def find(session: Session, attachment_id: uuid.UUID) -> tuple[Attachment, StoredFile] | None:
    """One attachment of the session's tenant with its file, locked for a change; None when there is none."""
    query = _with_file().where(Attachment.id == attachment_id).with_for_update(of=StoredFile)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    return None if row is None else (row[0], row[1])


def _with_file() -> Select[Attachment, StoredFile]:
    return select(Attachment, StoredFile).join(
        StoredFile, and_(StoredFile.tenant_id == Attachment.tenant_id, StoredFile.id == Attachment.file_id)
    )


def _one(session: Session, appeal: Appeal, attachment_id: uuid.UUID) -> tuple[Attachment, StoredFile]:
    query = _with_file().where(Attachment.id == attachment_id, Attachment.case_id == appeal.id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise _unknown()
    return row[0], row[1]


def _unknown() -> NotFound:
    return NotFound("Такого файла в деле нет.", code="attachment.unknown")


def _kind_of(file_name: str) -> FileKind:
    """What the name says the file is; whether it is true, the check finds out."""
    ending = extension(file_name)
    for kind in sorted(PAPERS):
        if ending in kind.extensions:
            return kind
    raise UploadRefused(
        "Файлы такого вида не принимаются. Отправьте PDF, PNG или JPEG, с таким же окончанием имени.",
        code="upload.type",
    )


def _require_room(desk: Desk, appeal: Appeal, *, size: int) -> None:
    """Refuse what is over the tenant's limits for one person (ASVS 5.2.4).

    Two requests of one person count one after the other: the person's row is locked until the end of the work. Every
    announced file counts, also one that was refused later, but for those that never came.
    """
    sender = desk.actor.person_id
    desk.session.execute(select(Person.id).where(Person.id == sender).with_for_update(key_share=True))
    counted = and_(StoredFile.tenant_id == Attachment.tenant_id, StoredFile.id == Attachment.file_id)
    here = Attachment.case_id == appeal.id
    row = desk.session.execute(
        select(
            sql.count().filter(here),
            sql.coalesce(sql.sum(StoredFile.size).filter(here), 0),
            sql.count(),
            sql.coalesce(sql.sum(StoredFile.size), 0),
        )
        .select_from(Attachment)
        .join(StoredFile, counted)
        .where(
            Attachment.sender_id == sender,
            Attachment.season_id == appeal.season_id,
            Attachment.sent_at.is_not(None) | (StoredFile.state == FileState.QUARANTINE),
        )
    ).one()
    limits = desk.rules.records.uploads
    for what, files, taken, most_files, most_megabytes in (
        ("case", row[0], row[1], limits.case_files, limits.case_megabytes),
        ("season", row[2], row[3], limits.season_files, limits.season_megabytes),
    ):
        if files >= most_files or taken + size > most_megabytes * _MIB:
            where = "к одному делу" if what == "case" else "за сезон"
            raise RuleViolation(
                f"Больше файлов от вас не принять: {where} один человек может прислать {most_files} "
                f"{plural(most_files, 'файл', 'файла', 'файлов')}, вместе не больше {most_megabytes} МБ. Остальное "
                "принесите на рассмотрение или передайте ответственному секретарю комиссии.",
                code=f"upload.{what}_limit",
                clauses=limits.clauses,
                files=most_files,
                megabytes=most_megabytes,
            )


def record_file(
    at: Desk | JobContext,
    what: str,
    attachment: Attachment,
    *,
    role: Role | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Write to the audit what became of a file; a check has no `role`."""
    record(
        at.session,
        actor=at.actor,
        tag=f"attachment:file:{what}",
        subject_type="attachment",
        subject_id=attachment.id,
        case_id=attachment.case_id,
        case_at=at.now,
        role=role,
        after=after,
    )
