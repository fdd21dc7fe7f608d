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
AT, CASE_AT = COVERED.index("at"), COVERED.index("case_at")
EVENTS, HEADS = "audit_event", "audit_head"
COLUMNS = {EVENTS: (*COVERED, "prev_hash", "hash"), HEADS: ("tenant_id", "seq", "hash")}
SHOWN = 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_COPY = re.compile(rb'COPY (?:"?\w+"?\.)?"?(\w+)"? \(([^)]*)\) FROM stdin;\s*')
_END = b"\\."
_NULL = b"\\N"
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_CONTROL = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}

Row = Sequence[bytes | None]
"""The values of a table's `COLUMNS`, in their order."""


class Unreadable(Exception):
    """The input is not what pg_dump writes."""


@dataclass
class TenantChain:
    """One tenant's events, put in order as they come; `faults` are sentences."""

    checkpoints: dict[int, bytes] = field(default_factory=dict)
    events: int = 0
    seq: int = 0
    hash: bytes = b""
    faults: list[str] = field(default_factory=list)
    _waiting: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Check an event by itself, and the order as far as it is known."""
        self.events += 1
        seq = int(row[1] or 0)
        before, own = _bytes(row[-2]), _bytes(row[-1])
        try:
            intact = hashlib.sha256(before + canonical(row)).digest() == own
        except ValueError:
            intact = False  # an instant that no clock shows, such as «infinity»
        if not intact:
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
        if (int(row[1] or 0), _bytes(row[-1])) != (self.seq, self.hash):
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
    values = list(row[: len(COVERED)])
    values[AT], values[CASE_AT] = _microseconds(row[AT]), _microseconds(row[CASE_AT])
    return b"".join([b"-" if value is None else b"%d:%b" % (len(value), value) for value in values])


def _microseconds(instant: bytes | None) -> bytes | None:
    """An instant as the hash takes it: microseconds since 1970."""
    return None if instant is None else b"%d" % ((datetime.fromisoformat(instant.decode()) - _EPOCH) // _MICROSECOND)


def verify(tables: Iterable[tuple[str, Row]], checkpoints: dict[int, dict[int, bytes]]) -> dict[int, TenantChain]:
    """Recount the chains of all tenants; `tables` gives the rows of audit_event and audit_head, in any order."""
    chains = {tenant: TenantChain(checkpoints=wanted) for tenant, wanted in checkpoints.items()}
    heads: dict[int, Row] = {}
    for table, row in tables:
        tenant = int(row[0] or 0)
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
        if missing := set(COLUMNS[table]) - set(names):
            raise Unreadable(f"В выгрузке таблицы {table} нет столбцов: {', '.join(sorted(missing))}.")
        places = [names.index(name) for name in COLUMNS[table]]
        for data in source:
            text = data.rstrip(b"\r\n")
            if text == _END:
                break
            values = _values(text, len(names))
            yield table, [values[place] for place in places]
        else:
            raise Unreadable("Выгрузка обрывается: получите её заново.")
    if not found:
        raise Unreadable("Таблицы audit_event в выгрузке нет: нужен текст, который пишут pg_dump и pg_restore.")


def read_database(dsn: str) -> Iterator[tuple[str, Row]]:
    """Read both tables at one moment from a database, by a role that sees every tenant."""
    import psycopg

    settings = "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c default_transaction_read_only=on"
    with psycopg.connect(dsn, options=settings) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for table, names in COLUMNS.items():
            query = psycopg.sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
                psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, names)), psycopg.sql.Identifier(table)
            )
            with connection.cursor().copy(query) as copy:
                for line in copy:
                    yield table, _values(bytes(line).rstrip(b"\n"), len(names))


def _values(line: bytes, count: int) -> list[bytes | None]:
    """Take a line of COPY apart: tabs between, a backslash before what is not meant as it stands."""
    values = line.split(b"\t")
    if len(values) != count:
        raise Unreadable("В строке выгрузки не столько полей, сколько названо: получите её заново.")
    return [value if b"\\" not in value else None if value == _NULL else _plain(value) for value in values]


def _plain(value: bytes) -> bytes:
    if value.startswith(rb"\\") and value.count(b"\\") == 2:
        return value[1:]  # what every hash looks like
    return _ESCAPED.sub(lambda found: _CONTROL.get(found[1], found[1]), value)


def _bytes(value: bytes | None) -> bytes:
    r"""A hash out of its notation \x01ab…"""
    return bytes.fromhex((value or b"")[2:].decode())


# --- The command ------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments name and say what was found."""
    parser = argparse.ArgumentParser(description="Проверка журнала событий по цепочке хешей.")
    parser.add_argument("dump", nargs="?", metavar="ФАЙЛ", help="текст от pg_dump или pg_restore; «-» — со входа")
    parser.add_argument("--dsn", help="строка подключения к базе; роль — app_ops")
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        type=_checkpoint,
        metavar="РЕГИОН:НОМЕР:ХЕШ",
        help="конец цепочки, записанный раньше",
    )
    wishes = parser.parse_args(arguments)
    if (wishes.dump is None) == (wishes.dsn is None):
        parser.error("укажите файл выгрузки или --dsn")
    checkpoints: dict[int, dict[int, bytes]] = {}
    for tenant, seq, value in wishes.checkpoint:
        checkpoints.setdefault(tenant, {})[seq] = value
    try:
        chains = verify(_source(wishes.dump, wishes.dsn), checkpoints)
    except (Unreadable, OSError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for tenant, found in sorted(chains.items()):
        state = "нарушена" if found.faults else "цела"
        end = f", конец {found.seq}:{found.hash.hex()}" if found.seq else ""
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


def _checkpoint(text: str) -> tuple[int, int, bytes]:
    tenant, _, rest = text.partition(":")
    seq, _, value = rest.partition(":")
    if not (tenant.isdecimal() and seq.isdecimal() and re.fullmatch("[0-9a-f]{64}", value)):
        raise argparse.ArgumentTypeError("контрольная точка записывается как 7:1200:хеш из 64 знаков")
    return int(tenant), int(seq), bytes.fromhex(value)


if __name__ == "__main__":
    sys.exit(main())
