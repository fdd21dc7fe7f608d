"""Проверка журнала событий без Апеллы: цепочка хешей каждого региона пересчитывается заново.

    pg_restore --data-only -t audit_event -t audit_head -f - database.dump | python3 tools/verify_chain.py -
    python3 tools/verify_chain.py выгрузка.sql --checkpoint 7:1200:5f0c…
    python3 tools/verify_chain.py --dsn "host=… dbname=apella user=app_ops"

Читает выгрузку pg_dump в виде текста (строки COPY) или базу данных (для этого нужен psycopg). Из кода Апеллы не берёт
ничего: правило счёта записано здесь второй раз, нарочно. Контрольная точка «регион:номер:хеш» — конец цепочки,
записанный раньше в другом месте: только с ней видно, что цепочку переписали целиком или обрезали вместе с её концом.
Код возврата: 0 — всё цело, 1 — есть нарушения, 2 — проверить не удалось.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

# What a hash covers, in this order; each part is written as its length in bytes, a colon and the text, or «-» for null.
COVERED = (
    "tenant_id", "seq", "id", "at", "case_at", "season_id", "actor_id", "actor_login", "role", "tag", "subject_type",
    "subject_id", "case_id", "changes", "reason",
)  # fmt: skip
INSTANTS = frozenset({"at", "case_at"})
EVENTS, HEADS = "audit_event", "audit_head"
SHOWN = 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COPY = re.compile(rb'COPY (?:"?\w+"?\.)?"?(\w+)"? \(([^)]*)\) FROM stdin;\s*')
_END = b"\\."
_NULL = b"\\N"
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

Row = dict[str, bytes | None]


class Unreadable(Exception):
    """The input is not what pg_dump writes."""


@dataclass
class TenantChain:
    """One tenant's events, put in order as they come; `faults` are sentences."""

    checkpoints: dict[int, str] = field(default_factory=dict)
    events: int = 0
    seq: int = 0
    hash: str = ""
    faults: list[str] = field(default_factory=list)
    _waiting: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Check an event by itself, and the order as far as it is known."""
        self.events += 1
        seq = int(row["seq"] or 0)
        before, own = _hex(row["prev_hash"]), _hex(row["hash"])
        if hashlib.sha256(bytes.fromhex(before) + canonical(row)).hexdigest() != own:
            self.faults.append(f"событие {seq} изменено: его содержание не сходится с его хешем")
        if seq <= self.seq or seq in self._waiting:
            self.faults.append(f"событие {seq} встречается дважды или вставлено")
            return
        self._waiting[seq] = (before, own)
        self._go_on()

    def finish(self) -> None:
        """Look at what is missing, and at the checkpoints beyond the end."""
        while self._waiting:
            first = min(self._waiting)
            self.faults.append(f"нет событий с {self.seq + 1} по {first - 1}")
            self.seq, self.hash = first - 1, self._waiting[first][0]
            self._go_on()
        for seq in sorted(self.checkpoints):
            if seq > self.seq:
                self.faults.append(f"цепочка кончается на {self.seq}, а контрольная точка стоит на {seq}")

    def check_head(self, row: Row) -> None:
        """Compare the end with the one that the database keeps apart."""
        if (int(row["seq"] or 0), _hex(row["hash"])) != (self.seq, self.hash):
            self.faults.append(f"последнее событие {self.seq} — не то, что записано концом цепочки")

    def _go_on(self) -> None:
        while (link := self._waiting.pop(self.seq + 1, None)) is not None:
            before, own = link
            self.seq += 1
            if before != self.hash:
                self.faults.append(f"событие {self.seq} не продолжает предыдущее")
            self.hash = own
            if self.checkpoints.get(self.seq, own) != own:
                self.faults.append(f"событие {self.seq} — не то, что стоит в контрольной точке")


def canonical(row: Row) -> bytes:
    """The bytes that an event's hash covers, after the hash of the event before."""
    parts = []
    for name in COVERED:
        value = row[name]
        if value is None:
            parts.append(b"-")
            continue
        if name in INSTANTS:
            moment = datetime.fromisoformat(value.decode())
            value = b"%d" % ((moment - _EPOCH) // _MICROSECOND)
        parts.append(b"%d:%b" % (len(value), value))
    return b"".join(parts)


def verify(tables: Iterable[tuple[str, Row]], checkpoints: dict[int, dict[int, str]]) -> dict[int, TenantChain]:
    """Recount the chains of all tenants; `tables` gives the rows of audit_event and audit_head, in any order."""
    chains = {tenant: TenantChain(checkpoints=wanted) for tenant, wanted in checkpoints.items()}
    heads: dict[int, Row] = {}
    for table, row in tables:
        tenant = int(row["tenant_id"] or 0)
        if table == HEADS:
            heads[tenant] = row
        else:
            chains.setdefault(tenant, TenantChain()).add(row)
    for one in chains.values():
        one.finish()
    for tenant, head in heads.items():
        chains.setdefault(tenant, TenantChain()).check_head(head)
    if heads:
        for tenant in chains.keys() - heads.keys():
            chains[tenant].faults.append("конец цепочки в базе не записан")
    return chains


# --- Sources ----------------------------------------------------------------------------------------------------------


def read_dump(lines: Iterable[bytes]) -> Iterator[tuple[str, Row]]:
    """Read the rows of both tables out of what pg_dump or pg_restore wrote as text. Raises Unreadable."""
    source = iter(lines)
    found = False
    for line in source:
        begin = _COPY.fullmatch(line)
        if begin is None or begin[1].decode() not in (EVENTS, HEADS):
            continue
        table, names = begin[1].decode(), [name.strip(' "') for name in begin[2].decode().split(",")]
        found = found or table == EVENTS
        for data in source:
            text = data.rstrip(b"\r\n")
            if text == _END:
                break
            yield table, _row(names, text)
        else:
            raise Unreadable("Выгрузка обрывается: получите её заново.")
    if not found:
        raise Unreadable("Таблицы audit_event в выгрузке нет: нужен текст, который пишут pg_dump и pg_restore.")


def read_database(dsn: str) -> Iterator[tuple[str, Row]]:
    """Read both tables at one moment from a database, by a role that sees every tenant."""
    import psycopg

    columns = {EVENTS: (*COVERED, "prev_hash", "hash"), HEADS: ("tenant_id", "seq", "hash")}
    settings = "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c default_transaction_read_only=on"
    with psycopg.connect(dsn, options=settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for table, names in columns.items():
            query = psycopg.sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
                psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, names)), psycopg.sql.Identifier(table)
            )
            with connection.cursor().copy(query) as copy:
                for line in copy:
                    yield table, _row(names, bytes(line).rstrip(b"\n"))


def _row(names: Sequence[str], text: bytes) -> Row:
    values = text.split(b"\t")
    if len(values) != len(names):
        raise Unreadable("В строке выгрузки не столько полей, сколько названо: получите её заново.")
    return {name: None if value == _NULL else _plain(value) for name, value in zip(names, values, strict=True)}


def _plain(value: bytes) -> bytes:
    if b"\\" not in value:
        return value
    return _ESCAPED.sub(lambda found: _CONTROL.get(found[1], found[1]), value)


def _hex(value: bytes | None) -> str:
    return (value or b"").decode().removeprefix("\\x")


# --- The command ------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name and say what was found."""
    parser = argparse.ArgumentParser(description="Проверка журнала событий по цепочке хешей.")
    parser.add_argument("dump", nargs="?", metavar="ФАЙЛ", help="текст от pg_dump или pg_restore; «-» — со входа")
    parser.add_argument("--dsn", help="строка подключения к базе; роль — app_ops")
    parser.add_argument(
        "--checkpoint", action="append", default=[], type=_checkpoint, metavar="РЕГИОН:НОМЕР:ХЕШ", help="конец, записанный раньше"
    )  # fmt: skip
    wishes = parser.parse_args(arguments)
    if (wishes.dump is None) == (wishes.dsn is None):
        parser.error("укажите файл выгрузки или --dsn")
    checkpoints: dict[int, dict[int, str]] = {}
    for tenant, seq, value in wishes.checkpoint:
        checkpoints.setdefault(tenant, {})[seq] = value
    try:
        chains = verify(_source(wishes.dump, wishes.dsn), checkpoints)
    except (Unreadable, OSError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for tenant, found in sorted(chains.items()):
        state = "нарушена" if found.faults else "цела"
        end = f", конец {found.seq}:{found.hash}" if found.seq else ""
        sys.stdout.write(f"Регион {tenant}: событий {found.events}, цепочка {state}{end}\n")
        for fault in found.faults[:SHOWN]:
            sys.stdout.write(f"  {fault}\n")
        if len(found.faults) > SHOWN:
            sys.stdout.write(f"  и ещё нарушений: {len(found.faults) - SHOWN}\n")
    return 1 if any(found.faults for found in chains.values()) else 0


def _source(dump: str | None, dsn: str | None) -> Iterator[tuple[str, Row]]:
    if dsn is not None:
        yield from read_database(dsn)
    elif dump == "-":
        yield from read_dump(sys.stdin.buffer)
    else:
        with Path(dump or "").open("rb") as file:
            yield from read_dump(file)


def _checkpoint(text: str) -> tuple[int, int, str]:
    tenant, _, rest = text.partition(":")
    seq, _, value = rest.partition(":")
    if not (tenant.isdecimal() and seq.isdecimal() and re.fullmatch("[0-9a-f]{64}", value)):
        raise argparse.ArgumentTypeError("контрольная точка записывается как 7:1200:хеш из 64 знаков")
    return int(tenant), int(seq), value


if __name__ == "__main__":
    sys.exit(main())
