"""An export of the audit for a court: readable by itself, and provable without the platform and without other cases."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.audit.model import AuditCheckpoint, AuditEvent
from apella.audit.offline_verify import EXPORT, SIGNED_HTML, merkle_levels, merkle_path, signed_bytes
from apella.audit.rows import covered_texts
from apella.audit.signing import SigningKey
from apella.audit.words import Wording, details_of, who_did, words_of
from apella.calendar.wording import short_date
from apella.errors import NotFound
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role
from apella.regions.rules import RegionRules

HEADINGS: Final = ("№", "Когда", "Кто", "Что", "Причина", "Хеш записи")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked for: one case or the whole tenant, from and up to (not including) moments of machine time."""

    case_id: uuid.UUID | None
    since: datetime | None
    until: datetime | None
    reason: str
    made_at: datetime


def case_named(session: Session, name: str) -> uuid.UUID:
    """The case that a number of the journal, of a receipt, or an id names. Raises NotFound."""
    try:
        by_name = Appeal.id == uuid.UUID(name)
    except ValueError:
        by_name = or_(Appeal.journal_number == name, Appeal.receipt_number == name)
    found = session.scalars(select(Appeal.id).where(by_name)).all()
    if len(found) != 1:
        raise NotFound(
            "Дела с таким номером нет." if not found else "Дел с таким номером несколько: укажите номер расписки.",
            code="audit.case",
        )
    return found[0]


def chosen(wish: Wish) -> Select[AuditEvent]:
    """The events that are asked for, in their order."""
    query = select(AuditEvent).order_by(AuditEvent.seq)
    if wish.case_id is not None:
        query = query.where(AuditEvent.case_id == wish.case_id)
    if wish.since is not None:
        query = query.where(AuditEvent.at >= wish.since)
    if wish.until is not None:
        query = query.where(AuditEvent.at < wish.until)
    return query


def check_wish(session: Session, wish: Wish) -> None:
    """Refuse a wish that no event fits before anything is written down of it. Raises NotFound (`audit.nothing`)."""
    if session.scalars(chosen(wish).limit(1)).first() is None:
        raise _nothing()


def make_export(session: Session, *, rules: RegionRules, key: SigningKey, wish: Wish) -> dict[str, Any]:
    """Put the export together and sign it; every event that a checkpoint covers has its proof.

    Whatever is asked for must be committed and covered by a checkpoint before. Raises NotFound when nothing is.
    """
    proofs = _Proofs(session)
    events = [
        {**_said(event, rules), **proofs.of(event)}
        for event in session.scalars(chosen(wish))
        if event.seq <= proofs.end
    ]
    if not events:
        raise _nothing()
    export = {
        "format": EXPORT,
        "tenant": rules.slug,
        "chain": int(rules.tenant.tenant_id),
        "title": rules.tenant.title.nominative,
        "made_at": wish.made_at.isoformat(),
        "reason": wish.reason,
        "case": None if wish.case_id is None else str(wish.case_id),
        "from": None if wish.since is None else wish.since.isoformat(),
        "until": None if wish.until is None else wish.until.isoformat(),
        "events": events,
        "checkpoints": proofs.used,
        "key": key.fingerprint,
        "public_key": key.public_pem,
    }
    return {"export": export, "signature": key.sign(signed_bytes(EXPORT, export))}


def _nothing() -> NotFound:
    return NotFound("В журнале нет записей, которые подходят под этот отбор.", code="audit.nothing")


def as_page(signed: Mapping[str, Any], *, rules: RegionRules, key: SigningKey) -> bytes:
    """The export as one HTML page: a table to read, the evidence inside, a signature over all of it at the end."""
    export = signed["export"]
    last = max((one["checkpoint"] for one in export["checkpoints"]), key=lambda one: one["number"])
    made = _when(datetime.fromisoformat(export["made_at"]), rules)
    title = f"Выписка из журнала действий. {export['title']}"
    facts = (
        ("Сделана", f"{made}, {rules.tenant.time_caption}"),
        ("Основание", export["reason"]),
        ("Записей", str(len(export["events"]))),
        ("Контрольная точка", f"№ {last['number']}, запись {last['seq']}, {_when_text(last['at'], rules)}"),
        ("Отпечаток на контрольной точке", last["hash"]),
        ("Открытый ключ", f"{export['key']}\n{export['public_key']}"),
    )
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in HEADINGS)
    # Nothing of the evidence may end the element that it stands in.
    evidence = json.dumps(signed, ensure_ascii=False).replace("<", "\\u003c")
    page = (
        f"<!doctype html>\n<html lang='ru'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        "<style>body{font:14px/1.4 serif;margin:2em}table{border-collapse:collapse}th,td{border:1px solid #999;"
        "padding:.3em .5em;text-align:left;vertical-align:top}code,pre{font:12px monospace;overflow-wrap:anywhere}"
        "</style></head><body>"
        f"<h1>{escape(title)}</h1><dl>"
        + "".join(f"<dt><b>{escape(name)}</b></dt><dd><pre>{escape(value)}</pre></dd>" for name, value in facts)
        + "</dl><p>Имён участников, документов и телефонов в выписке нет: участник назван условным номером, "
        "сотрудник – именем для входа. Хеш каждой записи считается по её содержанию и хешу записи перед ней. "
        "Проверить выписку без платформы: <code>python3 offline_verify.py ФАЙЛ --public-key КЛЮЧ</code>; "
        "открытый ключ возьмите у региона, а не из выписки.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_line(one['says']) for one in export['events'])}</tbody>"
        f'</table><script type="application/json" id="evidence">{evidence}</script></body></html>'
    ).encode()
    return page + SIGNED_HTML + f"{key.sign(page)} -->\n".encode()


def _line(says: Mapping[str, Any]) -> str:
    when = f"{says['when']}<br>время дела: {says['case_when']}" if says["case_when"] else says["when"]
    what = f"{escape(says['what'])}<br>{escape(says['details'])}" if says["details"] else escape(says["what"])
    who = f"{escape(says['who'])}<br>{escape(says['role'])}" if says["role"] else escape(says["who"])
    cells = (str(says["number"]), when, who, what, escape(says["reason"]), f"<code>{says['hash']}</code>")
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


class _Proofs:
    """The checkpoints that events stand under, with the tree of each that is needed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        rows = session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.number)).all()
        self._points = [(row.first, row.seq, row.number, row.signed) for row in rows]
        self._levels: dict[int, list[list[bytes]]] = {}
        self._used: dict[int, dict[str, Any]] = {}
        self._place = 0
        self.end = max((row.seq for row in rows), default=0)

    @property
    def used(self) -> Sequence[Mapping[str, Any]]:
        """The signed checkpoints that were needed."""
        return list(self._used.values())

    def of(self, event: AuditEvent) -> dict[str, Any]:
        """The checkpoint of an event and its path in that checkpoint's tree; events come in their order."""
        while not self._points[self._place][0] <= event.seq <= self._points[self._place][1]:
            self._place += 1
            self._levels.clear()
        first, last, number, signed = self._points[self._place]
        if number not in self._levels:
            leaves = self._session.scalars(
                select(AuditEvent.hash).where(AuditEvent.seq.between(first, last)).order_by(AuditEvent.seq)
            )
            self._levels[number] = merkle_levels(leaves.all())
            self._used[number] = json.loads(signed)
        return {"checkpoint": number, "proof": merkle_path(self._levels[number], event.seq - first)}


def _said(event: AuditEvent, rules: RegionRules) -> dict[str, Any]:
    """An event with everything that its hash covers, and the same in words."""
    return {
        **covered_texts(event),
        "seq": event.seq,
        "tenant_id": int(event.tenant_id),
        "prev_hash": event.prev_hash.hex(),
        "hash": event.hash.hex(),
        "says": {
            "number": event.seq,
            "when": _when(event.at, rules),
            "case_when": None if event.case_at is None else _when(event.case_at, rules),
            "who": who_did(event),
            "role": ROLE_NAMES[Role(event.role)] if event.role in set(Role) else "",
            "what": words_of(event.tag).text,
            "details": details_of(
                event.changes,
                Wording(
                    moment=lambda at: _when(at, rules),
                    day=short_date,
                    terms={term.id: term.title for term in rules.terms.values()},
                    roles={str(role): name for role, name in ROLE_NAMES.items()},
                ),
            ),
            "reason": reason_of(event),
            "hash": event.hash.hex(),
        },
    }


def reason_of(event: AuditEvent) -> str:
    """Why it was done, as far as the chain says so: the text of a case stays with the case."""
    return "указана в деле" if event.reason == "given" else event.reason or ""


def _when(at: datetime, rules: RegionRules) -> str:
    local = at.astimezone(rules.zone)
    return f"{short_date(local.date())} {local:%H:%M:%S}"


def _when_text(at: str, rules: RegionRules) -> str:
    return _when(datetime.fromisoformat(at), rules)
