"""People who attach files to a case, step by step: announced, sent, checked, swept."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from apella.bootstrap import App
from apella.jobs.model import Task
from apella.materials import attachments
from apella.materials.attachment_checks import ask_again
from apella.materials.attachments import CHECK
from apella.materials.model import Attachment, AttachmentKind
from apella.storage.keys import Area, ObjectKey
from apella.storage.model import StoredFile
from apella.testing.factories import make_world
from apella.testing.play import Play, Who


def announce(play: Play, who: Who, case: uuid.UUID, content: bytes, name: str) -> Attachment:
    """Announce a file to a case and give its row; nothing is sent yet."""
    announced = play.do(
        who,
        attachments.announce,
        play.app.store,
        case_id=case,
        kind=AttachmentKind.OTHER,
        file_name=name,
        size=len(content),
        sha256=hashlib.sha256(content).digest(),
    )
    return announced.attachment


def put_bytes(play: Play, attachment_id: uuid.UUID, content: bytes) -> None:
    """Put the bytes of an announced file into quarantine, as the link to it does."""
    _, file = _row(play, attachment_id)
    key = ObjectKey.parse(file.key, area=Area.QUARANTINE)
    play.app.store.put(key, content, content_type=file.content_type, sha256=file.sha256)


def _row(play: Play, attachment_id: uuid.UUID) -> tuple[Attachment, StoredFile]:
    found = play.read(lambda session: attachments.find(session, attachment_id))
    if found is None:
        raise LookupError("no such attachment")
    return found


class Sender:
    """People who attach files to a case of a season."""

    def __init__(self, app: App, **limits: int) -> None:
        """`limits` stand in for some of the tenant's."""
        self.app = app
        world = make_world(app, "north")
        records = world.rules.records
        changed = records.model_copy(update={"uploads": records.uploads.model_copy(update=limits)})
        self.play = Play(app, replace(world, rules=replace(world.rules, records=changed)))
        self.case = self.play.file()

    def announce(self, content: bytes, name: str, *, who: Who = 0, case: uuid.UUID | None = None) -> Attachment:
        """Announce a file and give its row; nothing is sent yet."""
        return announce(self.play, who, case or self.case, content, name)

    def send(self, content: bytes, name: str, *, who: Who = 0) -> uuid.UUID:
        """Announce a file, put its bytes into quarantine, and say so; give the attachment's id."""
        attachment = self.announce(content, name, who=who)
        put_bytes(self.play, attachment.id, content)
        self.play.do(who, attachments.sent, case_id=self.case, attachment_id=attachment.id)
        return attachment.id

    def row(self, attachment_id: uuid.UUID) -> tuple[Attachment, StoredFile]:
        """An attachment and its file as they stand."""
        return _row(self.play, attachment_id)

    def is_kept(self, attachment_id: uuid.UUID, area: Area) -> bool:
        """Whether bytes of the file lie there."""
        _, file = self.row(attachment_id)
        wanted = ObjectKey.parse(file.key, area=area)
        return any(one.key == wanted for one in self.app.store.listing(area, tenant="north", kind="attachment"))

    def sweep(self, *, minutes: int = 2) -> int:
        """What the sweep does so many minutes from now; says how many checks of this season's files it asked for."""
        tenant_id = self.play.world.rules.tenant.tenant_id
        with self.app.database.unit_of_work(tenant_id) as work:
            then: datetime = work.machine_now + timedelta(minutes=minutes)
            before = work.session.scalar(self._checks) or 0
            ask_again(work.session, self.app.scanner, machine_now=then)
        return (self.play.read(lambda session: session.scalar(self._checks)) or 0) - before

    @property
    def _checks(self) -> Select[int]:
        """How many checks were ever asked for of this season's files; the tenant's other seasons are other tests'."""
        return select(func.count()).where(Task.job == CHECK, Task.season_id == self.play.world.season_id)

    def age(self, attachment_id: uuid.UUID, *, minutes: int) -> None:
        """Let a file have been announced so many minutes earlier."""

        def back(session: Session) -> None:
            found = attachments.find(session, attachment_id)
            if found is None:
                raise LookupError("no such attachment")
            found[1].created_at -= timedelta(minutes=minutes)

        self.play.read(back)
