"""The commission's protocol prints the audit's end: paper outside the platform witnesses the chain."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from apella.audit.checkpoints import stored_checkpoints
from apella.documents import jobs
from apella.documents.forms import FormCode
from apella.storage.port import StorageUnavailable
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

LINE = re.compile(r"Журнал действий: запись № (\d+), отпечаток ([0-9a-f]{16}), ключ ([0-9a-f]{16})")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> dict[FormCode, str]:
    """What each form that is made gets to print about the audit."""
    found: dict[FormCode, str] = {}

    def render(form: FormCode, *_: Any, journal: str = "", **__: Any) -> bytes:
        found[form] = journal
        return f"%PDF-1.7 {form}".encode()

    monkeypatch.setattr(jobs, "render", render)
    return found


def decided(north: Play) -> uuid.UUID:
    """Take a case to the hand-over of its protocol, with the papers made on the way."""
    return north.walk(north.file(), "handed_over", outcome="up")


def test_it_is_the_number_and_the_hash_of_a_stored_checkpoint(play: StartPlay, lines: dict[FormCode, str]) -> None:
    north = play()
    decided(north)
    found = LINE.fullmatch(lines[FormCode.HEARING_PROTOCOL])
    assert found is not None
    bodies = [one["checkpoint"] for one in stored_checkpoints(north.app.store, slug="north", number=1)]
    (body,) = (one for one in bodies if one["seq"] == int(found[1]))
    assert body["hash"].startswith(found[2])
    assert found[3] == north.app.audit_key.fingerprint
    assert {line for form, line in lines.items() if form not in jobs.SEALED} <= {""}


def test_a_protocol_is_made_without_it_when_no_checkpoint_can_be_written(
    play: StartPlay, lines: dict[FormCode, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object, **__: object) -> None:
        raise StorageUnavailable("Хранилище не отвечает.")

    monkeypatch.setattr("apella.audit.checkpoints.write", down)
    decided(play())
    assert lines[FormCode.HEARING_PROTOCOL] == ""
